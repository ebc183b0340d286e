#include "cli/common/pick.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "cli/common/answer.h"
#include "cli/common/say.h"

enum { NAMED_MAX = 5 };

enum fit { FIT_NOT, FIT_PART, FIT_WHOLE };

static enum fit
fit_of(struct json_object *item, const char *const *keys, const char *words)
{
	enum fit best = FIT_NOT;
	int64_t id = 0;

	if (mc_str_to_int(mc_str_from(words), 1, INT64_MAX, &id) && answer_int(item, "id") == id)
		return FIT_WHOLE;
	for (; *keys != NULL; keys++) {
		/* json-c's texts end in NUL. */
		const char *text = answer_text(item, *keys).ptr;
		if (strcasecmp(text, words) == 0)
			return FIT_WHOLE;
		if (words[0] != '\0' && strcasestr(text, words) != NULL)
			best = FIT_PART;
	}
	return best;
}

/* What fits as well as `fit`: how many, the last of them, and the first few named in `out`. */
static size_t
gather(struct json_object *const *lists, const char *const *keys, const char *words, enum fit fit,
	struct json_object **found, FILE *out)
{
	size_t n_found = 0;

	for (; *lists != NULL; lists++) {
		for (size_t i = 0; i < json_object_array_length(*lists); i++) {
			struct json_object *item = json_object_array_get_idx(*lists, i);
			if (fit_of(item, keys, words) != fit)
				continue;
			*found = item;
			if (n_found++ >= NAMED_MAX)
				continue;
			fputs(n_found == 1 ? "several fit: " : ", ", out);
			say_clean(out, answer_text(item, keys[0]), false);
			fprintf(out, " (%" PRId64 ")", answer_int(item, "id"));
		}
	}
	if (n_found > NAMED_MAX)
		fprintf(out, " and %zu more", n_found - NAMED_MAX);
	return n_found;
}

int
pick_one(struct json_object *const *lists, const char *const *keys, const char *what,
	const char *words, struct json_object **out)
{
	char *names = NULL;
	char why[128];
	size_t size = 0;
	int done = -1;

	FILE *sentence = open_memstream(&names, &size);
	if (sentence == NULL)
		return say_error(MC_NO_MEMORY, words, "out of memory");
	size_t n = gather(lists, keys, words, FIT_WHOLE, out, sentence);
	if (n == 0)
		n = gather(lists, keys, words, FIT_PART, out, sentence);
	if (fclose(sentence) != 0)
		done = say_error(MC_NO_MEMORY, words, "out of memory");
	else if (n > 1)
		done = say_usage(words, names);
	snprintf(why, sizeof(why), "there is no such %s", what);
	if (n == 0)
		done = say_error(MC_NOT_FOUND, words, why);
	free(names);
	return done;
}
