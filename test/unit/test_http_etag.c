/* Conditional requests and ranges. */

#include "libminiclass/http/etag.h"

#include "test/unit/check.h"

static void
test_an_entity_tag_matches_weakly_in_a_list(void **state)
{
	/* RFC 9110, 8.8.3.2 and 13.1.2. */
	/* clang-format off */
	static const struct {
		const char *if_none_match;
		bool matches;
	} cases[] = {
		{ "\"a\"", true },
		{ "W/\"a\"", true },
		{ "\"b\", \"a\"", true },
		{ "\"b\",W/\"a\"", true },
		{ " , \"b\" ,, \"a\" ", true },
		{ "\"x,y\", \"a\"", true },
		{ "*", true },
		{ "\"b\"", false },
		{ "\"A\"", false },
		{ "a", false },
		{ "\"a", false },
		{ "a\"", false },
		{ "w/\"a\"", false },
		{ "W/ \"a\"", false },
		{ "\"b\" \"a\"", false },
		{ "\"b\"\"a\"", false },
		{ "\"x,\"a\"", false },
		{ "*, \"b\"", false },
		{ "", false },
		{ "\"", false },
		{ "W/", false },
		{ "\"\"", false },
		{ ",", false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_str text = guard_copy(mc_str_from(cases[i].if_none_match));
		check_int(cases[i].matches, mc_etag_matches(text, MC_STR("\"a\"")),
			cases[i].if_none_match);
		check_int(cases[i].matches, mc_etag_matches(text, MC_STR("W/\"a\"")),
			cases[i].if_none_match);
	}
	check_int(false, mc_etag_matches((struct mc_str){ NULL, 0 }, MC_STR("\"a\"")), "absent");
}

static void
test_an_entity_tag_is_the_same_strongly(void **state)
{
	/* RFC 9110, 8.8.3.2 and 13.1.1. */
	/* clang-format off */
	static const struct {
		const char *if_match, *etag;
		bool same;
	} cases[] = {
		{ "\"a\"", "\"a\"", true },
		{ "W/\"a\"", "\"a\"", false },
		{ "\"a\"", "W/\"a\"", false },
		{ "W/\"a\"", "W/\"a\"", false },
		{ "W/\"a\", \"a\"", "\"a\"", true },
		{ "\"b\", \"a\"", "\"a\"", true },
		{ "*", "\"a\"", true },
		{ "\"b\"", "\"a\"", false },
		{ "a", "\"a\"", false },
		{ "", "\"a\"", false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_str text = guard_copy(mc_str_from(cases[i].if_match));
		check_int(cases[i].same, mc_etag_is_same(text, mc_str_from(cases[i].etag)),
			cases[i].if_match);
	}
}

static void
test_a_range_of_bytes_has_both_ends_in_it(void **state)
{
	/* RFC 9110, 14.1.2, for a representation of 10000 bytes. */
	/* clang-format off */
	static const struct {
		const char *range;
		uint64_t first, last;
	} cases[] = {
		{ "bytes=0-499", 0, 499 },
		{ "bytes=500-999", 500, 999 },
		{ "bytes=-500", 9500, 9999 },
		{ "bytes=9500-", 9500, 9999 },
		{ "bytes=0-0", 0, 0 },
		{ "bytes=-1", 9999, 9999 },
		{ "bytes=9999-9999", 9999, 9999 },
		{ "bytes=0-99999999999999999999999", 0, 9999 },
		{ "bytes=-99999999999999999999999", 0, 9999 },
		/* 2^64 + 1: a number that wraps would end at 1. */
		{ "bytes=0-18446744073709551617", 0, 9999 },
		{ "Bytes=0-0", 0, 0 },
	};
	/* clang-format on */
	uint64_t first, last;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_str range = guard_copy(mc_str_from(cases[i].range));
		check_int(
			MC_RANGE_PART, mc_range_read(range, 10000, &first, &last), cases[i].range);
		check_int(cases[i].first, first, cases[i].range);
		check_int(cases[i].last, last, cases[i].range);
	}
}

static void
test_a_range_behind_the_end_is_unsatisfiable(void **state)
{
	static const char *const ranges[] = { "bytes=10-", "bytes=10-20", "bytes=-0",
		"bytes=99999999999999999999999-", "bytes=18446744073709551617-" };
	uint64_t first = 7, last = 7;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(ranges); i++)
		check_int(MC_RANGE_UNSATISFIABLE,
			mc_range_read(guard_copy(mc_str_from(ranges[i])), 10, &first, &last),
			ranges[i]);
	check_int(MC_RANGE_UNSATISFIABLE, mc_range_read(MC_STR("bytes=0-"), 0, &first, &last),
		"of nothing");
	check_int(7, first, "unchanged");
	check_int(7, last, "unchanged");
}

static void
test_what_is_no_single_range_of_bytes_is_ignored(void **state)
{
	/* RFC 9110, 14.2: ignored; and we send no multipart. */
	static const char *const ranges[] = { "", "bytes", "bytes=", "bytes=-", "bytes=5-1",
		"bytes=a-b", "bytes=1", "bytes=+1-2", "bytes=1-+2", "bytes=0x1-2", "bytes 1-2",
		"lines=1-2", "bytes=0-1,3-4", "bytes=1--2", "bytes=--1", "bytes=1 - 2", "=1-2",
		"bytes =1-2" };
	uint64_t first, last;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(ranges); i++)
		check_int(MC_RANGE_NONE,
			mc_range_read(guard_copy(mc_str_from(ranges[i])), 10, &first, &last),
			ranges[i]);
	check_int(MC_RANGE_NONE, mc_range_read((struct mc_str){ NULL, 0 }, 10, &first, &last),
		"absent");
	check_int(MC_RANGE_NONE, mc_range_read(MC_STR("bytes=-5"), 0, &first, &last),
		"the end of nothing is all of it");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_entity_tag_matches_weakly_in_a_list),
		cmocka_unit_test(test_an_entity_tag_is_the_same_strongly),
		cmocka_unit_test(test_a_range_of_bytes_has_both_ends_in_it),
		cmocka_unit_test(test_a_range_behind_the_end_is_unsatisfiable),
		cmocka_unit_test(test_what_is_no_single_range_of_bytes_is_ignored),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
