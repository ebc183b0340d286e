/* Escaping for HTML and for URLs. */

#include "libminiclass/text/html.h"

#include "test/unit/check.h"

static void
check_escape(void (*escape)(struct mc_buf *, struct mc_str), struct mc_str in, struct mc_str out)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 10000);
	escape(&buf, guard_copy(in));
	check_int(true, mc_buf_ok(&buf), "");
	check_str(out, mc_buf_str(&buf), "");
	mc_buf_finish(&buf);
}

static void
test_markup_becomes_references_and_the_rest_stays(void **state)
{
	(void)state;
	check_escape(mc_html_escape, MC_STR("plain \xc3\xa4 text"), MC_STR("plain \xc3\xa4 text"));
	check_escape(mc_html_escape, MC_STR("<a href=\"x\">&'"),
		MC_STR("&lt;a href=&quot;x&quot;&gt;&amp;&#39;"));
	check_escape(mc_html_escape, MC_STR("&amp;"), MC_STR("&amp;amp;"));
	check_escape(mc_html_escape, MC_STR(""), MC_STR(""));
	check_escape(mc_html_escape, MC_STR("<<"), MC_STR("&lt;&lt;"));
	check_escape(mc_html_escape, MC_STR("a<"), MC_STR("a&lt;"));
}

static void
test_each_byte_is_escaped_by_what_it_is(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		struct mc_buf buf;
		bool special = c == '<' || c == '>' || c == '&' || c == '"' || c == '\'';
		mc_buf_init(&buf, 100);
		mc_html_escape(&buf, (struct mc_str){ &byte, 1 });
		check_int(special, buf.len > 1, "references are longer");
		mc_buf_finish(&buf);
	}
}

static void
test_urls_keep_only_the_unreserved_of_rfc_3986(void **state)
{
	(void)state;
	/* 2.3: letters, digits, "-", ".", "_", "~"; 2.1: upper case hexadecimal. */
	check_escape(mc_url_escape, MC_STR("azAZ09-._~"), MC_STR("azAZ09-._~"));
	check_escape(mc_url_escape, MC_STR("a b/c?d&e=f+g%h#i"),
		MC_STR("a%20b%2Fc%3Fd%26e%3Df%2Bg%25h%23i"));
	check_escape(mc_url_escape, MC_STR("\xc3\xa4\0\xff"), MC_STR("%C3%A4%00%FF"));
	check_escape(mc_url_escape, MC_STR("`{|}^\"<>'()*!,;:@$["),
		MC_STR("%60%7B%7C%7D%5E%22%3C%3E%27%28%29%2A%21%2C%3B%3A%40%24%5B"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup_becomes_references_and_the_rest_stays),
		cmocka_unit_test(test_each_byte_is_escaped_by_what_it_is),
		cmocka_unit_test(test_urls_keep_only_the_unreserved_of_rfc_3986),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
