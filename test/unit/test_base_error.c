/* Errors: one statement to fail with, cut at characters; names of statuses. */

#include "libminiclass/base/error.h"

#include <stdio.h>

#include "libminiclass/base/utf8.h"
#include "test/unit/check.h"

static void
test_setting_fills_everything_and_returns_the_status(void **state)
{
	struct mc_error error = { .retry_after_s = 9, .field = "old", .message = "old" };

	(void)state;
	check_status(MC_INVALID, mc_error_set(&error, MC_INVALID, "name", "at most %d", 100), "");
	check_status(MC_INVALID, error.status, "");
	check_int(0, error.retry_after_s, "");
	check_str(MC_STR("name"), mc_str_from(error.field), "");
	check_str(MC_STR("at most 100"), mc_str_from(error.message), "");
	check_status(MC_FAILED, mc_error_set(&error, MC_FAILED, NULL, "so"), "");
	check_str(MC_STR(""), mc_str_from(error.field), "no field");
}

static void
test_without_an_error_the_words_are_dropped(void **state)
{
	(void)state;
	check_status(MC_CONFLICT, mc_error_set(NULL, MC_CONFLICT, "name", "taken"), "");
}

static void
test_an_error_may_be_made_of_itself(void **state)
{
	struct mc_error error;

	(void)state;
	mc_error_set(&error, MC_FAILED, NULL, "inner");
	mc_error_set(&error, MC_FAILED, NULL, "outer: %s", error.message);
	check_str(MC_STR("outer: inner"), mc_str_from(error.message), "");
}

static void
test_a_long_message_ends_with_a_whole_character(void **state)
{
	static const char *const characters[] = { "a", "\xc3\xa4", "\xe2\x82\xac",
		"\xf0\x9f\x8e\x93" };
	struct mc_error error;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(characters); i++) {
		for (int shift = 0; shift < 4; shift++) {
			char text[1024] = { 0 };
			while (strlen(text) < 500)
				memcpy(text + strlen(text), characters[i], strlen(characters[i]));
			mc_error_set(&error, MC_FAILED, NULL, "%.*s%s", shift, "xxxx", text);
			struct mc_str message = mc_str_from(error.message);
			check_int(true, mc_utf8_is_valid(message), characters[i]);
			check_int(true, message.len > MC_ERROR_MESSAGE_MAX - 5, "nearly full");
		}
	}
}

static void
test_a_message_that_just_fits_is_whole(void **state)
{
	struct mc_error error;

	(void)state;
	mc_error_set(&error, MC_FAILED, NULL, "%*s\xc3\xa4", MC_ERROR_MESSAGE_MAX - 3, "");
	check_int(MC_ERROR_MESSAGE_MAX - 1, strlen(error.message), "");
	check_int(true, mc_utf8_is_valid(mc_str_from(error.message)), "");
}

static void
test_every_status_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (enum mc_status a = 0; a < MC_STATUS_COUNT; a++) {
		check_int(true, strcmp("unknown", mc_status_name(a)) != 0, "named");
		for (enum mc_status b = 0; b < a; b++)
			check_int(true, strcmp(mc_status_name(a), mc_status_name(b)) != 0, "own");
	}
	check_str(MC_STR("not_found"), mc_str_from(mc_status_name(MC_NOT_FOUND)), "");
	check_int(true, mc_status_name((enum mc_status)99) != NULL, "never NULL");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setting_fills_everything_and_returns_the_status),
		cmocka_unit_test(test_without_an_error_the_words_are_dropped),
		cmocka_unit_test(test_an_error_may_be_made_of_itself),
		cmocka_unit_test(test_a_long_message_ends_with_a_whole_character),
		cmocka_unit_test(test_a_message_that_just_fits_is_whole),
		cmocka_unit_test(test_every_status_has_a_name_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
