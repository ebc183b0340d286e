/* opt_verb - which verb the operands say, and whether they are as many as it takes. */

#include <stdio.h>
#include <string.h>

#include "cli/common/opt_int.h"
#include "cli/common/say.h"
#include "libminiclass/base/guess.h"

enum { NAME_SIZE = 64, WHY_SIZE = 256, SIZE_FOR_ALL = 128 };

size_t
opt_verb_words(const struct opt_verb *verb)
{
	return strchr(verb->name, ' ') != NULL ? 2 : 1;
}

/* The first one or two words as one name; empty when there are not as many. */
static void
join(char name[NAME_SIZE], char *const *operands, size_t n, size_t words)
{
	if (n < words)
		name[0] = '\0';
	else
		snprintf(name, NAME_SIZE, "%s%s%s", operands[0], words > 1 ? " " : "",
			words > 1 ? operands[1] : "");
}

static const struct opt_verb *
find_verb(const struct opt_tool *tool, char *const *operands, size_t n)
{
	char name[NAME_SIZE];

	for (size_t i = 0; i < tool->n_verbs; i++) {
		join(name, operands, n, opt_verb_words(&tool->verbs[i]));
		if (strcmp(name, tool->verbs[i].name) == 0)
			return &tool->verbs[i];
	}
	return NULL;
}

/* "live": "it is live start, live end or live show"; 0 when no verb begins with that word. */
static size_t
name_all(const struct opt_tool *tool, const char *word, char out[SIZE_FOR_ALL])
{
	size_t len = 0, n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < tool->n_verbs; i++) {
		struct mc_str name = mc_str_from(tool->verbs[i].name);
		size_t first = mc_str_find(name, ' ');
		if (first == name.len ||
			!mc_str_equal(mc_str_first(name, first), mc_str_from(word)))
			continue;
		int more = snprintf(out + len, SIZE_FOR_ALL - len, "%s\"%s\"", n > 0 ? " or " : "",
			tool->verbs[i].name);
		if (more < 0 || (size_t)more >= SIZE_FOR_ALL - len)
			break;
		len += (size_t)more;
		n++;
	}
	return n;
}

static int
wrong_verb(const struct opt_tool *tool, char *const *operands, size_t n)
{
	struct mc_guess guess = { .name = NULL };
	char name[NAME_SIZE], all[SIZE_FOR_ALL], why[WHY_SIZE];

	for (size_t i = 0; i < tool->n_verbs; i++) {
		join(name, operands, n, opt_verb_words(&tool->verbs[i]));
		guess.typed = mc_str_from(name);
		mc_guess_offer(&guess, tool->verbs[i].name);
	}
	if (guess.name != NULL)
		snprintf(why, sizeof(why), "is no verb; did you mean \"%s\"?", guess.name);
	else if (name_all(tool, operands[0], all) > 0)
		snprintf(why, sizeof(why), "is no verb by itself; it is %s", all);
	else
		snprintf(why, sizeof(why), "is no verb; see %s --help", tool->name);
	return say_usage(operands[0], why);
}

/* How many operands "CLASS [TITLE...]" asks for and allows. */
static void
count_operands(struct mc_str synopsis, size_t *min, size_t *max)
{
	struct mc_str word;

	*min = *max = 0;
	while (mc_str_next(&synopsis, ' ', &word)) {
		if (word.len == 0)
			continue;
		*min += word.ptr[0] != '[';
		*max += 1;
		if (mc_str_ends_with(word, MC_STR("...")) || mc_str_ends_with(word, MC_STR("...]")))
			*max = OPT_OPERANDS_MAX;
	}
}

/* Of "CLASS TOPIC..." the i-th, without its dots. */
static struct mc_str
operand_name(struct mc_str synopsis, size_t i)
{
	struct mc_str word = MC_STR("");

	for (size_t at = 0; at <= i && mc_str_next(&synopsis, ' ', &word); at++)
		continue;
	return mc_str_first(word, mc_str_find(word, '.'));
}

static int
check_operands(
	const struct opt_tool *tool, const struct opt_verb *verb, char *const *operands, size_t n)
{
	struct mc_str synopsis = mc_str_from(verb->operands);
	size_t min, max;
	char why[WHY_SIZE];

	count_operands(synopsis, &min, &max);
	if (n < min) {
		struct mc_str missing = operand_name(synopsis, n);
		snprintf(why, sizeof(why), "%.*s is missing: %s %s %s", MC_STR_ARGS(missing),
			tool->name, verb->name, verb->operands);
		return say_usage(verb->name, why);
	}
	if (n > max) {
		snprintf(why, sizeof(why), "is one word too many: %s %s%s%s", tool->name,
			verb->name, max > 0 ? " " : "", verb->operands);
		return say_usage(operands[max], why);
	}
	return -1;
}

int
opt_run_verb(const struct opt_tool *tool, void *target, char *const *operands, size_t n)
{
	const struct opt_verb *verb = n > 0 ? find_verb(tool, operands, n) : tool->fallback;
	size_t words = n > 0 && verb != NULL ? opt_verb_words(verb) : 0;
	char why[WHY_SIZE];

	if (verb == NULL && n > 0)
		return wrong_verb(tool, operands, n);
	if (verb == NULL) {
		snprintf(why, sizeof(why), "a verb is missing; see %s --help", tool->name);
		return say_usage("usage", why);
	}
	int done = check_operands(tool, verb, operands + words, n - words);
	return done >= 0 ? done : verb->run(target, operands + words, n - words);
}
