#include "cli/common/pick.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "cli/common/answer.h"
#include "cli/common/glyph.h"
#include "cli/common/say.h"
#include "libminiclass/base/buf.h"

enum { NAMED_MAX = 5, NAMES_MAX = 8192 };

enum fit { FIT_NOT, FIT_PART, FIT_WHOLE, FIT_ID };

const struct pick_key pick_people[] = { { "name", true }, { "email", false }, { NULL, false } };

static enum fit
fit_of_text(const char *text, const char *words, enum fit whole)
{
	enum fit fit = FIT_NOT;
	char *folded = glyph_fold(text);

	if (folded != NULL && strcmp(folded, words) == 0)
		fit = whole;
	else if (folded != NULL && strstr(folded, words) != NULL)
		fit = FIT_PART;
	free(folded);
	return fit;
}

static enum fit
fit_of(struct json_object *item, const struct pick_key *keys, const char *words)
{
	enum fit best = FIT_NOT;
	int64_t id = 0;

	if (mc_str_to_int(mc_str_from(words), 1, INT64_MAX, &id) && answer_int(item, "id") == id)
		return FIT_ID;
	for (; keys->member != NULL; keys++) {
		/* json-c's texts end in NUL. */
		enum fit fit = fit_of_text(answer_text(item, keys->member).ptr, words,
			keys->is_anybodys ? FIT_PART : FIT_WHOLE);
		best = fit > best ? fit : best;
	}
	return best;
}

/* What several that fit are named by; who has a namesake among them by the address too. */
static void
add_name(struct mc_buf *names, const struct pick_key *keys, struct json_object *const *fitting,
	size_t n, size_t i)
{
	struct mc_str name = answer_text(fitting[i], keys->member);
	struct mc_str email = answer_text(fitting[i], "email");
	bool has_namesake = false;

	for (size_t k = 0; k < n; k++)
		if (k != i && mc_str_equal(answer_text(fitting[k], keys->member), name))
			has_namesake = true;
	mc_buf_addf(names, "%s%.*s (%" PRId64, i == 0 ? "" : ", ", MC_STR_ARGS(name),
		answer_int(fitting[i], "id"));
	if (has_namesake && email.len > 0)
		mc_buf_addf(names, ", %.*s", MC_STR_ARGS(email));
	mc_buf_add(names, MC_STR(")"));
}

/* What fits as well as `fit`: how many there are then, the first few of them in `out`. */
static size_t
gather(struct json_object *list, const struct pick_key *keys, const char *words, enum fit fit,
	struct json_object *out[NAMED_MAX], size_t n_found)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		if (fit_of(item, keys, words) != fit)
			continue;
		if (n_found < NAMED_MAX)
			out[n_found] = item;
		n_found++;
	}
	return n_found;
}

enum mc_status
pick_among(struct json_object *const *lists, size_t n_lists, const struct pick_key *keys,
	const char *what, const char *words, struct json_object **out, struct mc_error *error)
{
	struct json_object *fitting[NAMED_MAX];
	enum mc_status status = MC_OK;
	struct mc_buf names;
	char *folded = glyph_fold(words);
	size_t n = 0;

	for (enum fit fit = FIT_ID; folded != NULL && n == 0 && fit > FIT_NOT; fit--)
		for (size_t i = 0; i < n_lists; i++)
			if (lists[i] != NULL)
				n = gather(lists[i], keys, folded, fit, fitting, n);
	free(folded);
	mc_buf_init(&names, NAMES_MAX);
	for (size_t i = 0; n > 1 && i < n && i < NAMED_MAX; i++)
		add_name(&names, keys, fitting, n < NAMED_MAX ? n : NAMED_MAX, i);
	if (n == 0)
		status = mc_error_set(error, MC_NOT_FOUND, NULL, "there is no such %s", what);
	else if (n > NAMED_MAX)
		status = mc_error_set(error, MC_INVALID, NULL, "several fit: %.*s and %zu more",
			MC_STR_ARGS(mc_buf_str(&names)), n - NAMED_MAX);
	else if (n > 1)
		status = mc_error_set(error, MC_INVALID, NULL, "several fit: %.*s",
			MC_STR_ARGS(mc_buf_str(&names)));
	else
		*out = fitting[0];
	mc_buf_finish(&names);
	return status;
}

int
pick_one(struct json_object *const *lists, size_t n_lists, const struct pick_key *keys,
	const char *what, const char *words, struct json_object **out)
{
	struct mc_error error = { .status = MC_OK };

	/* A script's variable without a value would mean the only one there is. */
	if (words[0] == '\0')
		return say_usage(what, "is named by an empty word");
	enum mc_status status = pick_among(lists, n_lists, keys, what, words, out, &error);

	if (status == MC_INVALID)
		return say_usage(words, error.message);
	return status == MC_OK ? -1 : say_error(status, words, error.message);
}
