/* Content negotiation: qualities, the most specific range, and what is malformed. */

#include "libminiclass/http/accept.h"

#include <stdio.h>

#include "test/unit/check.h"

static int
quality(const char *accept, const char *type)
{
	return mc_accept_quality(guard_copy(mc_str_from(accept)), mc_str_from(type));
}

static void
test_the_most_specific_range_decides(void **state)
{
	/* The example of RFC 9110, 12.5.1, for types without parameters. */
	static const char accept[] = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, "
				     "text/plain;format=fixed;q=0.4, */*;q=0.5";

	(void)state;
	check_int(700, quality(accept, "text/plain"), "by name");
	check_int(300, quality(accept, "text/html"), "by subtypes");
	check_int(500, quality(accept, "image/jpeg"), "by all");
	check_int(200, quality("*/*, text/*;q=0.5, text/html;q=0.2", "text/html"), "any order");
	check_int(200, quality("text/html;q=0.2, text/*;q=0.5, */*", "text/html"), "any order");
}

static void
test_qualities_have_up_to_three_decimals(void **state)
{
	/* RFC 9110, 12.4.2. */
	/* clang-format off */
	static const struct {
		const char *accept;
		int quality;
	} cases[] = {
		{ "a/b", 1000 },
		{ "a/b;q=1", 1000 },
		{ "a/b;q=1.", 1000 },
		{ "a/b;q=1.000", 1000 },
		{ "a/b;q=0", 0 },
		{ "a/b;q=0.", 0 },
		{ "a/b;q=0.5", 500 },
		{ "a/b;q=0.05", 50 },
		{ "a/b;q=0.123", 123 },
		{ "a/b ; Q=0.25", 250 },
		{ "A/B;charset=utf-8;q=0.25", 250 },
		{ "a/b;;q=0.25;", 250 },
		{ ", ,a/b,", 1000 },
		{ "", 0 },
		{ "a/c", 0 },
		{ "a/*", 1000 },
		{ "ab/*", 0 },
		{ "*/b", 0 },
		{ "*", 0 },
		{ "a", 0 },
		{ "a/bc", 0 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_int(cases[i].quality, quality(cases[i].accept, "a/b"), cases[i].accept);
	check_int(1000, mc_accept_quality((struct mc_str){ NULL, 0 }, MC_STR("a/b")), "absent");
}

static void
test_a_malformed_element_counts_as_not_there(void **state)
{
	static const char *const malformed[] = { "a/b;q=2", "a/b;q=1.001", "a/b;q=0.1234",
		"a/b;q=-1", "a/b;q=.5", "a/b;q=", "a/b;q", "a/b;q= 1", "a/b;=1", "a/b;x y=1",
		"a/b;q=\"1\"" };
	char accept[64];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(malformed); i++) {
		check_int(0, quality(malformed[i], "a/b"), malformed[i]);
		snprintf(accept, sizeof(accept), "%s, a/*;q=0.3", malformed[i]);
		check_int(300, quality(accept, "a/b"), accept);
	}
}

static void
test_commas_and_semicolons_in_quotes_do_not_part(void **state)
{
	(void)state;
	check_int(0, quality("c/d;x=\", a/b\"", "a/b"), "comma");
	check_int(0, quality("c/d;x=\"\\\", a/b\"", "a/b"), "escaped quote");
	check_int(1000, quality("c/d;x=\"y\", a/b", "a/b"), "behind");
	check_int(1000, quality("a/b;charset=\";q=0\"", "a/b"), "semicolon");
	check_int(0, quality("c/d;x=\"open, a/b", "a/b"), "never closed");
}

static void
test_a_range_narrowed_by_a_parameter_is_another_type(void **state)
{
	(void)state;
	check_int(0, quality("text/html;level=1", "text/html"), "narrowed");
	check_int(400, quality("text/html;level=1, text/html;q=0.4", "text/html"), "both");
}

static void
test_json_is_preferred_when_its_quality_is_above_that_of_html(void **state)
{
	/* docs/HTTP.md, One set of addresses. */
	/* clang-format off */
	static const struct {
		const char *accept;
		bool json;
	} cases[] = {
		{ "application/json", true },
		{ "application/json, text/html;q=0.9", true },
		{ "application/*", true },
		{ "application/json;charset=utf-8", true },
		{ "*/*;q=0.1, application/json", true },
		{ "application/json, text/plain, */*", true },
		{ "text/html, */*", false },
		{ "*/*", false },
		{ "", false },
		{ "text/html", false },
		{ "text/html, application/json", false },
		{ "text/html, application/json;q=0.9", false },
		{ "application/json;q=0", false },
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false },
		{ "application/problem+json", false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_int(cases[i].json,
			mc_accept_prefers_json(guard_copy(mc_str_from(cases[i].accept))),
			cases[i].accept);
	check_int(false, mc_accept_prefers_json((struct mc_str){ NULL, 0 }), "absent");
}

static void
test_a_coding_must_be_asked_for(void **state)
{
	/* RFC 9110, 12.5.3. */
	/* clang-format off */
	static const struct {
		const char *accept;
		int quality;
	} cases[] = {
		{ "gzip, deflate, br", 1000 },
		{ "br;q=1.0, gzip;q=0.8, *;q=0.1", 800 },
		{ "*", 1000 },
		{ "*;q=0.2, GZIP;q=0.4", 400 },
		{ "gzip;q=0, *", 0 },
		{ "*, gzip;q=0", 0 },
		{ "deflate", 0 },
		{ "gzipped", 0 },
		{ "identity", 0 },
		{ "", 0 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_int(cases[i].quality,
			mc_accept_coding_quality(
				guard_copy(mc_str_from(cases[i].accept)), MC_STR("gzip")),
			cases[i].accept);
	check_int(
		0, mc_accept_coding_quality((struct mc_str){ NULL, 0 }, MC_STR("gzip")), "absent");
}

static void
test_a_media_type_stands_before_its_parameters(void **state)
{
	(void)state;
	check_str(MC_STR("text/plain"), mc_media_type(MC_STR("text/plain")), "alone");
	check_str(
		MC_STR("text/plain"), mc_media_type(MC_STR(" text/plain ; charset=utf-8")), "more");
	check_int(0, mc_media_type(MC_STR("")).len, "empty");
	check_int(0, mc_media_type((struct mc_str){ NULL, 0 }).len, "absent");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_most_specific_range_decides),
		cmocka_unit_test(test_qualities_have_up_to_three_decimals),
		cmocka_unit_test(test_a_malformed_element_counts_as_not_there),
		cmocka_unit_test(test_commas_and_semicolons_in_quotes_do_not_part),
		cmocka_unit_test(test_a_range_narrowed_by_a_parameter_is_another_type),
		cmocka_unit_test(test_json_is_preferred_when_its_quality_is_above_that_of_html),
		cmocka_unit_test(test_a_coding_must_be_asked_for),
		cmocka_unit_test(test_a_media_type_stands_before_its_parameters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
