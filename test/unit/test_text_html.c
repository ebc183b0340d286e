/* Escaping for HTML. */

#include "libminiclass/text/html.h"

#include "test/unit/check.h"

static void
check_escape(struct mc_str in, struct mc_str out)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 10000);
	mc_html_escape(&buf, guard_copy(in));
	check_int(true, mc_buf_ok(&buf), "");
	check_str(out, mc_buf_str(&buf), "");
	mc_buf_finish(&buf);
}

static void
test_markup_becomes_references_and_the_rest_stays(void **state)
{
	(void)state;
	check_escape(MC_STR("plain \xc3\xa4 text"), MC_STR("plain \xc3\xa4 text"));
	check_escape(MC_STR("<a href=\"x\">&'"), MC_STR("&lt;a href=&quot;x&quot;&gt;&amp;&#39;"));
	check_escape(MC_STR("&amp;"), MC_STR("&amp;amp;"));
	check_escape(MC_STR(""), MC_STR(""));
	check_escape(MC_STR("<<"), MC_STR("&lt;&lt;"));
	check_escape(MC_STR("a<"), MC_STR("a&lt;"));
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup_becomes_references_and_the_rest_stays),
		cmocka_unit_test(test_each_byte_is_escaped_by_what_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
