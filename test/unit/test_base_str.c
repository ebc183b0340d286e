/* Views: comparing, cutting, splitting, and strict integers. */

#include "libminiclass/base/str.h"

#include "test/unit/check.h"

static void
test_equal_is_bytes_and_length_with_nul_a_byte_like_others(void **state)
{
	(void)state;
	check_int(true, mc_str_equal(MC_STR("abc"), guard_copy(MC_STR("abc"))), "same");
	check_int(false, mc_str_equal(MC_STR("abc"), MC_STR("ab")), "shorter");
	check_int(false, mc_str_equal(MC_STR("a\0b"), MC_STR("a\0c")), "behind NUL");
	check_int(true, mc_str_equal(MC_STR(""), (struct mc_str){ 0 }), "empty is empty");
}

static void
test_case_is_ignored_for_ascii_letters_only(void **state)
{
	(void)state;
	check_int(
		true, mc_str_equal_nocase(MC_STR("Content-LENGTH"), MC_STR("content-length")), "");
	check_int(
		false, mc_str_equal_nocase(MC_STR("[a]"), MC_STR("{a}")), "0x20 apart, no letters");
	check_int(false, mc_str_equal_nocase(MC_STR("@"), MC_STR("`")), "one below A");
	check_int(false, mc_str_equal_nocase(MC_STR("\xc3\x84"), MC_STR("\xc3\xa4")), "not ASCII");
}

static void
test_beginning_and_end_are_found_and_a_longer_one_is_not(void **state)
{
	struct mc_str text = guard_copy(MC_STR("class"));

	(void)state;
	check_int(true, mc_str_starts_with(text, MC_STR("cla")), "");
	check_int(true, mc_str_starts_with(text, MC_STR("")), "nothing");
	check_int(false, mc_str_starts_with(text, MC_STR("classes")), "longer");
	check_int(true, mc_str_ends_with(text, MC_STR("ass")), "");
	check_int(true, mc_str_ends_with(text, text), "all");
	check_int(false, mc_str_ends_with(text, MC_STR("a class")), "longer");
}

static void
test_order_is_that_of_unsigned_bytes_and_a_prefix_is_first(void **state)
{
	(void)state;
	check_int(true, mc_str_compare(MC_STR("a"), MC_STR("b")) < 0, "");
	check_int(true, mc_str_compare(MC_STR("a"), MC_STR("a\x01")) < 0, "prefix");
	check_int(true, mc_str_compare(MC_STR("\xff"), MC_STR("a")) > 0, "unsigned");
	check_int(0, mc_str_compare(MC_STR(""), (struct mc_str){ 0 }), "both empty");
}

static void
test_first_and_skip_stop_at_the_end(void **state)
{
	struct mc_str text = MC_STR("abc");

	(void)state;
	check_str(MC_STR("ab"), mc_str_first(text, 2), "");
	check_str(text, mc_str_first(text, SIZE_MAX), "more than there is");
	check_str(MC_STR("c"), mc_str_skip(text, 2), "");
	check_str(MC_STR(""), mc_str_skip(text, SIZE_MAX), "more than there is");
	check_int(3, mc_str_find(text, 'x'), "not there: the length");
	check_int(1, mc_str_find(text, 'b'), "");
}

static void
test_trim_takes_ascii_blanks_off_both_ends_only(void **state)
{
	(void)state;
	check_str(MC_STR("a b"), mc_str_trim(guard_copy(MC_STR(" \t\r\na b\n "))), "");
	check_str(MC_STR(""), mc_str_trim(guard_copy(MC_STR("  "))), "all blanks");
	check_str(MC_STR("\v"), mc_str_trim(MC_STR("\v")), "no blank of ours");
}

static void
test_splitting_gives_every_piece_also_empty_ones(void **state)
{
	struct mc_str rest = guard_copy(MC_STR("a,,b,")), item;
	const struct mc_str expected[] = { MC_STR_INIT("a"), MC_STR_INIT(""), MC_STR_INIT("b"),
		MC_STR_INIT("") };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(expected); i++) {
		check_int(true, mc_str_next(&rest, ',', &item), "there is one more");
		check_str(expected[i], item, "piece");
	}
	check_int(false, mc_str_next(&rest, ',', &item), "no more");
}

static void
test_integers_are_strict_decimal(void **state)
{
	/* clang-format off */
	static const struct {
		const char *why, *text;
		bool good;
		int64_t value;
	} cases[] = {
		{ "zero", "0", true, 0 },
		{ "plain", "42", true, 42 },
		{ "the largest", "9223372036854775807", true, INT64_MAX },
		{ "one more", "9223372036854775808", false, 0 },
		{ "wraps 64 bits", "18446744073709551617", false, 0 },
		{ "long", "99999999999999999999999999", false, 0 },
		{ "empty", "", false, 0 },
		{ "minus", "-1", false, 0 },
		{ "plus", "+1", false, 0 },
		{ "blank before", " 1", false, 0 },
		{ "blank behind", "1 ", false, 0 },
		{ "leading zero", "01", false, 0 },
		{ "hexadecimal", "0x1", false, 0 },
		{ "letter behind", "1a", false, 0 },
		{ "below 0", "/", false, 0 },
		{ "above 9", ":", false, 0 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		int64_t value = -7;
		check_int(cases[i].good,
			mc_str_to_int(guard_copy(mc_str_from(cases[i].text)), 0, INT64_MAX, &value),
			cases[i].why);
		check_int(cases[i].good ? cases[i].value : -7, value, cases[i].why);
	}
}

static void
test_integers_outside_their_range_are_refused(void **state)
{
	int64_t value = -7;

	(void)state;
	check_int(true, mc_str_to_int(MC_STR("10"), 10, 20, &value), "least");
	check_int(true, mc_str_to_int(MC_STR("20"), 10, 20, &value), "most");
	check_int(false, mc_str_to_int(MC_STR("9"), 10, 20, &value), "below");
	check_int(false, mc_str_to_int(MC_STR("21"), 10, 20, &value), "above");
	check_int(20, value, "unchanged by a refusal");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_is_bytes_and_length_with_nul_a_byte_like_others),
		cmocka_unit_test(test_case_is_ignored_for_ascii_letters_only),
		cmocka_unit_test(test_beginning_and_end_are_found_and_a_longer_one_is_not),
		cmocka_unit_test(test_order_is_that_of_unsigned_bytes_and_a_prefix_is_first),
		cmocka_unit_test(test_first_and_skip_stop_at_the_end),
		cmocka_unit_test(test_trim_takes_ascii_blanks_off_both_ends_only),
		cmocka_unit_test(test_splitting_gives_every_piece_also_empty_ones),
		cmocka_unit_test(test_integers_are_strict_decimal),
		cmocka_unit_test(test_integers_outside_their_range_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
