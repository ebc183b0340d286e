#include "cli/admin/verb.h"

#include <stdio.h>
#include <string.h>

#include "libminiclass/base/guess.h"

enum { WORDS_SIZE = 40, HELP_COLUMN = 30 };

void
verb_help(const struct verb *verbs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int width = printf("  %s%s%s", verbs[i].name, verbs[i].operands[0] ? " " : "",
			verbs[i].operands);
		printf("%*s%s\n", width < HELP_COLUMN ? HELP_COLUMN - width : 1, "", verbs[i].help);
	}
}

static size_t
count_words(const char *name)
{
	return strchr(name, ' ') ? 2 : 1;
}

/* The first words of what was typed; what is too long for a verb is none. */
static bool
first_words(char *const *operands, size_t n_words, char out[WORDS_SIZE])
{
	int length;

	if (!operands[0] || (n_words == 2 && !operands[1]))
		return false;
	if (n_words == 2)
		length = snprintf(out, WORDS_SIZE, "%s %s", operands[0], operands[1]);
	else
		length = snprintf(out, WORDS_SIZE, "%s", operands[0]);
	return length > 0 && length < WORDS_SIZE;
}

/* Of the verbs with as many words; NULL: none is near. */
static const char *
likely_verb(const struct verb *verbs, size_t n, char *const *operands, size_t n_words)
{
	struct mc_guess guess = { .name = NULL };
	char typed[WORDS_SIZE];

	if (!first_words(operands, n_words, typed))
		return NULL;
	guess.typed = mc_str_from(typed);
	for (size_t i = 0; i < n; i++)
		if (count_words(verbs[i].name) == n_words)
			mc_guess_offer(&guess, verbs[i].name);
	return guess.name;
}

/* Two words before one: "users create" is not "users" with a text to look for. */
static const struct verb *
exact_verb(const struct verb *verbs, size_t n, char *const *operands)
{
	char typed[WORDS_SIZE];

	for (size_t n_words = 2; n_words > 0; n_words--) {
		if (!first_words(operands, n_words, typed))
			continue;
		for (size_t i = 0; i < n; i++)
			if (strcmp(verbs[i].name, typed) == 0)
				return &verbs[i];
	}
	return NULL;
}

/* `n_words`: how many of the operands were meant as a verb. */
static int
complain(char *const *operands, size_t n_words, const char *likely)
{
	char why[120] = "there is no such verb; see mc-admin --help", typed[120];

	if (!operands[0])
		return say_usage("usage", "a verb is missing; see mc-admin --help");
	if (likely) {
		(void)snprintf(why, sizeof(why), "is no verb; did you mean %s?", likely);
		n_words = count_words(likely);
	}
	if (n_words == 1)
		return say_usage(operands[0], why);
	(void)snprintf(typed, sizeof(typed), "%s %s", operands[0], operands[1]);
	return say_usage(typed, why);
}

/* "users disble ada@example.org" means no text to look for; "users rest" may. */
static bool
is_mistyped(char *const *operands)
{
	return operands[0] && operands[1] && operands[2] && strchr(operands[2], '@');
}

const struct verb *
verb_find(const struct verb *verbs, size_t n, char *const *operands, struct admin *admin)
{
	const struct verb *verb = exact_verb(verbs, n, operands);
	const char *likely = NULL;
	size_t n_operands = 0;
	char why[120];

	bool mistyped = verb && count_words(verb->name) == 1 && is_mistyped(operands);
	if (!verb || mistyped)
		likely = likely_verb(verbs, n, operands, 2);
	if (!verb && !likely)
		likely = likely_verb(verbs, n, operands, 1);
	if (!verb || mistyped) {
		(void)complain(operands, mistyped ? 2 : 1, likely);
		return NULL;
	}
	admin->operands = operands + count_words(verb->name);
	while (admin->operands[n_operands])
		n_operands++;
	if (n_operands >= verb->min && n_operands <= verb->max)
		return verb;
	(void)snprintf(why, sizeof(why), "to be used as: mc-admin %s%s%s", verb->name,
		verb->operands[0] ? " " : "", verb->operands);
	(void)say_usage(verb->name, why);
	return NULL;
}
