/* What was likely meant by a word that is typed wrong. */

#include "libminiclass/base/guess.h"

#include "test/unit/check.h"

static const char *
guess_of(const char *typed)
{
	static const char *const names[] = { "listen", "workers", "head_timeout", "body_timeout",
		"write_timeout", "log_level", "log_format", "db" };
	struct mc_guess guess = { .typed = mc_str_from(typed) };

	for (size_t i = 0; i < MC_COUNT(names); i++)
		mc_guess_offer(&guess, names[i]);
	return guess.name == NULL ? "nothing" : guess.name;
}

static void
test_a_word_that_is_typed_wrong_is_guessed_and_a_far_one_is_not(void **state)
{
	static const struct {
		const char *typed, *meant, *why;
	} cases[] = {
		{ "lisen", "listen", "a letter less" },
		{ "workerss", "workers", "a letter more" },
		{ "workars", "workers", "another letter" },
		{ "owrkers", "workers", "two neighbours the other way are one edit" },
		{ "read_timeout", "head_timeout", "the nearest of several" },
		{ "boby_timeuot", "body_timeout", "two edits" },
		{ "boby_timuoet", "nothing", "three edits" },
		{ "log", "log_level", "a beginning is cut, not mistyped: the first of two" },
		{ "log_f", "log_format", "a longer one" },
		{ "w", "nothing", "of one letter" },
		{ "dp", "nothing", "short words are all near to one another" },
		{ "", "nothing", "no word" },
		{ "colour", "nothing", "another word" },
		{ "workersworkersworkersworkersworkersworkers", "nothing", "longer than all" },
	};

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_str(mc_str_from(cases[i].meant), mc_str_from(guess_of(cases[i].typed)),
			cases[i].why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_word_that_is_typed_wrong_is_guessed_and_a_far_one_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
