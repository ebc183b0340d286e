/* Templates: what a page can rely on beyond the published cases (test_server_mustache.c). */

#include "server/template.h"

#include <stdio.h>

#include <json-c/json.h>

#include "test/unit/check.h"

enum { OUT_MAX = 1024 * 1024 };

struct page {
	struct template_set *set;
	struct json_object *view;
	struct mc_buf out;
	enum mc_status status;
};

/* Renders "page" of the sources, guarded so that a read past an end is a crash. */
static struct page
render(const struct template_source *sources, size_t n, const char *json, size_t limit)
{
	struct template_source guarded[8];
	struct mc_error error = { 0 };
	struct page page = { .view = json_tokener_parse(json) };

	assert_true(n <= MC_COUNT(guarded));
	for (size_t i = 0; i < n; i++)
		guarded[i] =
			(struct template_source){ sources[i].name, guard_copy(sources[i].text) };
	mc_buf_init(&page.out, limit);
	check_status(MC_OK, template_set_create(guarded, n, &page.set, &error), "compiles");
	const struct template *tmpl = template_find(page.set, MC_STR("page"));
	assert_non_null(tmpl);
	page.status = template_render(tmpl, page.view, &page.out);
	return page;
}

static void
finish(struct page *page)
{
	mc_buf_finish(&page->out);
	json_object_put(page->view);
	template_set_destroy(page->set);
}

static void
check_page(const char *text, const char *json, const char *expected)
{
	const struct template_source source = { MC_STR("page"), mc_str_from(text) };
	struct page page = render(&source, 1, json, OUT_MAX);

	check_status(MC_OK, page.status, text);
	check_str(mc_str_from(expected), mc_buf_str(&page.out), text);
	finish(&page);
}

static void
test_a_value_cannot_bring_markup_into_text_or_a_quoted_attribute(void **state)
{
	(void)state;
	check_page("<a title=\"{{t}}\" rel='{{t}}'>{{t}}</a>", "{\"t\":\"'\\\"><script>&\"}",
		"<a title=\"&#39;&quot;&gt;&lt;script&gt;&amp;\" "
		"rel='&#39;&quot;&gt;&lt;script&gt;&amp;'>"
		"&#39;&quot;&gt;&lt;script&gt;&amp;</a>");
}

static void
test_a_value_is_never_read_as_a_template(void **state)
{
	(void)state;
	check_page("{{a}}{{{a}}}", "{\"a\":\"{{b}}\",\"b\":\"no\"}", "{{b}}{{b}}");
}

static void
test_what_is_empty_or_zero_is_false(void **state)
{
	static const char *const views[] = { "{}", "{\"v\":null}", "{\"v\":false}", "{\"v\":\"\"}",
		"{\"v\":0}", "{\"v\":0.0}", "{\"v\":[]}" };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(views); i++)
		check_page("{{#v}}yes{{/v}}{{^v}}no{{/v}}", views[i], "no");
}

static void
test_everything_else_is_true(void **state)
{
	static const char *const views[] = { "{\"v\":true}", "{\"v\":\"0\"}", "{\"v\":-1}",
		"{\"v\":0.5}", "{\"v\":[0]}", "{\"v\":{}}" };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(views); i++)
		check_page("{{#v}}yes{{/v}}{{^v}}no{{/v}}", views[i], "yes");
}

static void
test_an_inner_null_hides_the_outer_value(void **state)
{
	(void)state;
	check_page("{{#in}}[{{v}}]{{/in}}", "{\"v\":\"outer\",\"in\":{\"v\":null}}", "[]");
}

static void
test_numbers_print_as_json_prints_them(void **state)
{
	(void)state;
	check_page("{{a}} {{b}} {{c}}", "{\"a\":-9223372036854775808,\"b\":1.5,\"c\":true}",
		"-9223372036854775808 1.5 true");
}

static void
test_a_text_with_nul_is_written_whole(void **state)
{
	const struct template_source source = { MC_STR("page"), MC_STR("{{a}}") };
	struct page page = render(&source, 1, "{\"a\":\"x\\u0000y\"}", OUT_MAX);

	(void)state;
	check_int(3, page.out.len, "bytes");
	finish(&page);
}

static void
test_elements_of_a_list_see_what_surrounds_the_list(void **state)
{
	(void)state;
	check_page("{{#posts}}{{id}}{{#class.mine}}!{{/class.mine}} {{/posts}}",
		"{\"class\":{\"mine\":true},\"posts\":[{\"id\":1},{\"id\":2}]}", "1! 2! ");
}

static void
test_a_list_in_a_list_does_not_lose_its_place(void **state)
{
	(void)state;
	check_page("{{#a}}({{#b}}{{.}}{{/b}}{{n}}){{/a}}",
		"{\"a\":[{\"b\":[1,2],\"n\":3},{\"b\":[],\"n\":4},{\"b\":[5],\"n\":6}]}",
		"(123)(4)(56)");
}

static void
test_indentation_of_partials_adds_up_and_leaves_values_alone(void **state)
{
	const struct template_source sources[] = {
		{ MC_STR("page"), MC_STR("a\n  {{>one}}\nz\n") },
		{ MC_STR("one"), MC_STR("b\n\t{{>two}}\n{{#l}}\n{{.}}\n{{/l}}\n{{^l}}\nnever\n{{/"
					"l}}\ny\n") },
		{ MC_STR("two"), MC_STR("{{v}}\n{{>three}} c\n") },
		{ MC_STR("three"), MC_STR("m\nn") },
	};
	struct page page = render(
		sources, MC_COUNT(sources), "{\"v\":\"1\\n2\",\"l\":[\"p\",\"q\"]}", OUT_MAX);

	(void)state;
	check_str(MC_STR("a\n  b\n  \t1\n2\n  \tm\nn c\n  p\n  q\n  y\nz\n"), mc_buf_str(&page.out),
		"text");
	finish(&page);
}

static void
test_a_partial_that_calls_itself_without_end_is_refused(void **state)
{
	const struct template_source sources[] = {
		{ MC_STR("page"), MC_STR("{{>page}}") },
	};
	struct page page = render(sources, 1, "{}", OUT_MAX);

	(void)state;
	check_status(MC_TOO_LARGE, page.status, "one call");
	finish(&page);
}

static void
test_a_tree_of_partials_that_never_ends_is_refused_in_time(void **state)
{
	/* The view ends the recursion after 20 levels: a million calls, were they not counted. */
	const struct template_source sources[] = {
		{ MC_STR("page"), MC_STR("{{#n}}{{>page}}{{>page}}{{/n}}") },
	};
	char json[1024] = "";
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		len += (size_t)snprintf(json + len, sizeof(json) - len, "{\"n\":");
	len += (size_t)snprintf(json + len, sizeof(json) - len, "{\"n\":null}");
	for (int i = 0; i < 20; i++)
		json[len++] = '}';
	json[len] = '\0';
	struct page page = render(sources, 1, json, OUT_MAX);
	check_status(MC_TOO_LARGE, page.status, "2^20 calls");
	finish(&page);
}

static void
test_a_page_above_the_ceiling_of_its_buffer_is_refused(void **state)
{
	const struct template_source source = { MC_STR("page"), MC_STR("{{#l}}{{.}}{{/l}}") };
	struct page page = render(&source, 1, "{\"l\":[\"12345\",\"12345\",\"12345\"]}", 16);

	(void)state;
	check_status(MC_OK, page.status, "15 bytes");
	finish(&page);
	page = render(&source, 1, "{\"l\":[\"12345\",\"12345\",\"1234567\"]}", 16);
	check_status(MC_NO_MEMORY, page.status, "17 bytes");
	finish(&page);
}

static void
test_a_mistake_is_named_with_its_template_and_line(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "a\n{{#b}}", "page:2: this section does not end: b" },
		{ "a\n\n{{/b}}", "page:3: this section was not begun: b" },
		{ "{{#a}}{{#b}}\n{{/a}}", "page:2: another section ends first: b" },
		{ "\n{{b", "page:2: this tag does not end" },
		{ "{{{b}}", "page:1: this tag does not end" },
		{ "{{}}", "page:1: a tag without a name" },
		{ "{{#}}{{/}}", "page:1: a tag without a name" },
		{ "{{a b}}", "page:1: a blank in this name: a b" },
		{ "{{a..b}}", "page:1: a part of this name is empty: a..b" },
		{ "{{.a}}", "page:1: a part of this name is empty: .a" },
		{ "{{a.}}", "page:1: a part of this name is empty: a." },
		{ "{{=x=}}", "page:1: these are no two delimiters: x" },
		{ "{{=== ===}}", "page:1: these are no two delimiters" },
	};

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct template_source source = { MC_STR("page"),
			guard_copy(mc_str_from(cases[i].text)) };
		struct template_set *set;
		struct mc_error error = { 0 };
		check_status(
			MC_INVALID, template_set_create(&source, 1, &set, &error), cases[i].text);
		check_int(0, strncmp(error.message, cases[i].message, strlen(cases[i].message)),
			error.message);
	}
}

static void
test_every_beginning_of_a_template_compiles_or_is_refused(void **state)
{
	struct mc_str text = MC_STR("  {{! c }}\r\n{{#a.b}}\n {{{x}}}{{&y}} {{> p }}\n{{=<% %>=}}"
				    "<%^z%><%.%><%/z%>\n<%/a.b%>\r\n\t<%={{ }}=%>\n{{v}}");

	(void)state;
	for (size_t n = 0; n <= text.len; n++) {
		struct template_source source = { MC_STR("page"),
			guard_copy(mc_str_first(text, n)) };
		struct template_set *set = NULL;
		enum mc_status status = template_set_create(&source, 1, &set, NULL);
		assert_true(status == MC_OK || status == MC_INVALID);
		if (status == MC_OK)
			template_set_destroy(set);
	}
}

static void
test_a_partial_that_is_not_in_the_set_is_named(void **state)
{
	const struct template_source sources[] = {
		{ MC_STR("page"), MC_STR("[{{>here}}{{>gone}}]") },
		{ MC_STR("here"), MC_STR("x") },
	};
	struct page page = render(sources, MC_COUNT(sources), "{}", OUT_MAX);

	(void)state;
	check_str(MC_STR("[x]"), mc_buf_str(&page.out), "page");
	check_str(MC_STR("gone"), template_set_missing(page.set), "missing");
	finish(&page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_value_cannot_bring_markup_into_text_or_a_quoted_attribute),
		cmocka_unit_test(test_a_value_is_never_read_as_a_template),
		cmocka_unit_test(test_what_is_empty_or_zero_is_false),
		cmocka_unit_test(test_everything_else_is_true),
		cmocka_unit_test(test_an_inner_null_hides_the_outer_value),
		cmocka_unit_test(test_numbers_print_as_json_prints_them),
		cmocka_unit_test(test_a_text_with_nul_is_written_whole),
		cmocka_unit_test(test_elements_of_a_list_see_what_surrounds_the_list),
		cmocka_unit_test(test_a_list_in_a_list_does_not_lose_its_place),
		cmocka_unit_test(test_indentation_of_partials_adds_up_and_leaves_values_alone),
		cmocka_unit_test(test_a_partial_that_calls_itself_without_end_is_refused),
		cmocka_unit_test(test_a_tree_of_partials_that_never_ends_is_refused_in_time),
		cmocka_unit_test(test_a_page_above_the_ceiling_of_its_buffer_is_refused),
		cmocka_unit_test(test_a_mistake_is_named_with_its_template_and_line),
		cmocka_unit_test(test_every_beginning_of_a_template_compiles_or_is_refused),
		cmocka_unit_test(test_a_partial_that_is_not_in_the_set_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
