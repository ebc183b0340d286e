/* Targets, percent-coding, and what is safe to be sent to. */

#include "libminiclass/http/url.h"

#include "test/unit/check.h"

static void
test_a_target_is_a_path_and_perhaps_a_query(void **state)
{
	struct mc_target target;

	(void)state;
	assert_true(mc_target_split(guard_copy(MC_STR("/a/b%20c?d=e?f")), &target));
	check_str(MC_STR("/a/b%20c"), target.path, "path");
	check_str(MC_STR("d=e?f"), target.query, "the first ? parts");
	assert_true(mc_target_split(guard_copy(MC_STR("/")), &target));
	check_str(MC_STR("/"), target.path, "path");
	assert_null(target.query.ptr);
	assert_true(mc_target_split(guard_copy(MC_STR("/?")), &target));
	assert_non_null(target.query.ptr);
	check_int(0, target.query.len, "a query that is empty");
}

static void
test_what_is_no_origin_form_is_refused(void **state)
{
	static const char *const texts[] = { "", "a", "*", "?a", "http://a/", "a:443", "/a#b",
		"/a b", "/\x7f", "/\xc3\xa9", "/a\\b", "/<", "/\"" };
	struct mc_target target;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(texts); i++)
		check_int(false, mc_target_split(guard_copy(mc_str_from(texts[i])), &target),
			texts[i]);
}

static void
check_escape(struct mc_str in, struct mc_str out)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 10000);
	mc_url_escape(&buf, guard_copy(in));
	check_int(true, mc_buf_ok(&buf), "");
	check_str(out, mc_buf_str(&buf), "");
	mc_buf_finish(&buf);
}

static void
test_escaping_keeps_only_the_unreserved_of_rfc_3986(void **state)
{
	(void)state;
	/* 2.3: letters, digits, "-", ".", "_", "~"; 2.1: upper case hexadecimal. */
	check_escape(MC_STR("azAZ09-._~"), MC_STR("azAZ09-._~"));
	check_escape(MC_STR("a b/c?d&e=f+g%h#i"), MC_STR("a%20b%2Fc%3Fd%26e%3Df%2Bg%25h%23i"));
	check_escape(MC_STR("\xc3\xa4\0\xff"), MC_STR("%C3%A4%00%FF"));
	check_escape(MC_STR("`{|}^\"<>'()*!,;:@$["),
		MC_STR("%60%7B%7C%7D%5E%22%3C%3E%27%28%29%2A%21%2C%3B%3A%40%24%5B"));
}

static void
test_only_a_path_on_this_site_is_local(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		bool local;
	} cases[] = {
		{ "/", true },
		{ "/classes/17?before=90", true },
		{ "/classes/17#post-3", true },
		{ "/a//b", true },
		{ "", false },
		{ "classes", false },
		{ "//evil.example", false },
		{ "/\\evil.example", false },
		{ "/a\\b", false },
		{ "\\/evil.example", false },
		{ "https://evil.example/", false },
		{ "javascript:alert(1)", false },
		{ " /a", false },
		{ "/\t/evil.example", false },
		{ "/\n/evil.example", false },
		{ "/a\r\nSet-Cookie: b=c", false },
		{ "/a b", false },
		{ "/caf\xc3\xa9", false },
		{ "/a#b#c", false },
		{ "#/a", false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_int(cases[i].local,
			mc_url_is_local_path(guard_copy(mc_str_from(cases[i].text))),
			cases[i].text);
	check_int(false, mc_url_is_local_path(MC_STR("/\0/a")), "NUL");
}

static void
test_an_authority_is_a_host_and_perhaps_a_port(void **state)
{
	(void)state;
	check_str(MC_STR("a.example"), mc_authority_host(MC_STR("a.example:80")), "host");
	check_str(MC_STR("80"), mc_authority_port(MC_STR("a.example:80")), "port");
	check_str(MC_STR("[::1]"), mc_authority_host(MC_STR("[::1]:80")), "host");
	check_str(MC_STR("80"), mc_authority_port(MC_STR("[::1]:80")), "port");
	check_str(MC_STR("[::1]"), mc_authority_host(MC_STR("[::1]")), "host");
	check_int(0, mc_authority_port(MC_STR("[::1]")).len, "no port");
	check_int(0, mc_authority_port(MC_STR("a:")).len, "no digits");
	check_int(0, mc_authority_port(MC_STR("a")).len, "no port");
	assert_true(mc_authority_is_valid(MC_STR("[2001:db8::192.0.2.1]:65535")));
	assert_false(mc_authority_is_valid(MC_STR("[::1%25eth0]")));
	assert_false(mc_authority_is_valid(MC_STR("[::1\0]")));
	assert_false(mc_authority_is_valid(MC_STR("[v1.a]")));
	assert_false(mc_authority_is_valid(MC_STR("[")));
	assert_false(mc_authority_is_valid(MC_STR("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_target_is_a_path_and_perhaps_a_query),
		cmocka_unit_test(test_what_is_no_origin_form_is_refused),
		cmocka_unit_test(test_escaping_keeps_only_the_unreserved_of_rfc_3986),
		cmocka_unit_test(test_only_a_path_on_this_site_is_local),
		cmocka_unit_test(test_an_authority_is_a_host_and_perhaps_a_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
