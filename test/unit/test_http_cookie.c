/* Cookies: which one is ours, and how it is set. */

#include "libminiclass/http/cookie.h"

#include "test/unit/check.h"

#define FIELD(name, value)                                                                         \
	{                                                                                          \
		MC_STR_INIT(name), MC_STR_INIT(value)                                              \
	}

static struct mc_str
find(const struct mc_field *fields, size_t n_fields)
{
	return mc_cookie_find(fields, n_fields, MC_STR("mc_session"));
}

static struct mc_str
find_in(const char *value)
{
	struct mc_field field = { MC_STR("cookie"), guard_copy(mc_str_from(value)) };

	return find(&field, 1);
}

static void
test_a_cookie_is_found_by_its_exact_name(void **state)
{
	/* clang-format off */
	static const struct {
		const char *cookies, *value;
	} cases[] = {
		{ "mc_session=abc", "abc" },
		{ "a=b; mc_session=abc; c=d", "abc" },
		{ "a=b;mc_session=abc;c=d", "abc" },
		{ "mc_session=\"abc\"", "abc" },
		{ "mc_session=a=b==", "a=b==" },
		{ "mc_session=", "" },
		{ "mc_session=\"", "\"" },
		{ "mc_session=abc; mc_session=abc", "abc" },
		{ " ; ; mc_session=abc ; ", "abc" },
	};
	static const char *const missing[] = { "", "mc_session", "xmc_session=a", "mc_sessionx=a",
		"MC_SESSION=a", "__Host-mc_session=a", "a=mc_session=b", "a=\"b; c\"", "=a", ";" };
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_str(mc_str_from(cases[i].value), find_in(cases[i].cookies), cases[i].cookies);
	for (size_t i = 0; i < MC_COUNT(missing); i++)
		if (find_in(missing[i]).ptr != NULL)
			fail_msg("found in %s", missing[i]);
}

static void
test_two_that_differ_are_none(void **state)
{
	const struct mc_field two_fields[] = {
		FIELD("Cookie", "mc_session=a"),
		FIELD("Cookie", "mc_session=b"),
	};

	(void)state;
	assert_null(find_in("mc_session=a; mc_session=b").ptr);
	assert_null(find_in("mc_session=a; mc_session=").ptr);
	assert_null(find(two_fields, 2).ptr);
	check_str(MC_STR("a"), find(two_fields, 1), "one alone");
}

static void
test_cookies_are_looked_for_in_all_cookie_fields_and_no_other(void **state)
{
	const struct mc_field fields[] = {
		FIELD("X-Cookie", "mc_session=x"),
		FIELD("Cookie", "a=b"),
		FIELD("cOOKIE", "mc_session=abc"),
	};

	(void)state;
	check_str(MC_STR("abc"), find(fields, MC_COUNT(fields)), "third");
	assert_null(find(fields, 2).ptr);
	assert_null(find(NULL, 0).ptr);
}

static void
check_written(const char *expected, struct mc_str value, int64_t max_age_s, bool secure)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 1024);
	mc_cookie_write(&buf, MC_STR("mc_session"), value, max_age_s, secure);
	assert_true(mc_buf_ok(&buf));
	check_str(mc_str_from(expected), mc_buf_str(&buf), expected);
	mc_buf_finish(&buf);
}

static void
test_a_cookie_is_written_for_us_only(void **state)
{
	/* docs/HTTP.md, Who you are. */
	(void)state;
	check_written("mc_session=abc; Path=/; HttpOnly; SameSite=Lax", MC_STR("abc"), -1, false);
	check_written("mc_session=a-_b; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure",
		MC_STR("a-_b"), 2592000, true);
	check_written(
		"mc_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", MC_STR(""), 0, false);
}

/* HTTP.md; RFC 6265bis, 4.1.3.2: only with Secure does a browser take a name with the prefix. */
static void
test_the_session_has_the_name_of_this_host_alone_where_it_is_secure(void **state)
{
	(void)state;
	check_str(MC_STR("mc_session"), mc_cookie_session_name(false), "in clear");
	check_str(MC_STR("__Host-mc_session"), mc_cookie_session_name(true), "secure");
}

static void
test_a_value_that_would_add_an_attribute_fails_the_buffer(void **state)
{
	/* RFC 6265, 4.1.1: cookie-octet. */
	static const char *const values[] = { "a;b", "a b", "a,b", "a\"b", "a\\b", "a\r\nb", "\x7f",
		"\xc3\xa9" };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(values); i++) {
		struct mc_buf buf;
		mc_buf_init(&buf, 1024);
		mc_cookie_write(&buf, MC_STR("a"), mc_str_from(values[i]), -1, false);
		check_int(false, mc_buf_ok(&buf), values[i]);
		mc_buf_finish(&buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_cookie_is_found_by_its_exact_name),
		cmocka_unit_test(test_two_that_differ_are_none),
		cmocka_unit_test(test_cookies_are_looked_for_in_all_cookie_fields_and_no_other),
		cmocka_unit_test(test_a_cookie_is_written_for_us_only),
		cmocka_unit_test(
			test_the_session_has_the_name_of_this_host_alone_where_it_is_secure),
		cmocka_unit_test(test_a_value_that_would_add_an_attribute_fails_the_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
