/*
 * The published Mustache specification, case by case: core and partials.
 *
 * MC_MUSTACHE_SPEC names the folder with its JSON files (test/tools/mustache-spec.sh fetches them).
 */

#include "server/template.h"

#include <stdio.h>

#include <json-c/json.h>

#include "test/unit/check.h"

enum { OUT_MAX = 64 * 1024, PARTIALS_MAX = 8 };

static struct mc_str
text_of(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	assert_true(json_object_is_type(value, json_type_string));
	return (struct mc_str){ json_object_get_string(value),
		(size_t)json_object_get_string_len(value) };
}

static void
check_case(struct json_object *test, const char *file)
{
	struct template_source sources[PARTIALS_MAX + 1] = { { MC_STR("."), { 0 } } };
	size_t n = 1;
	struct template_set *set;
	struct mc_error error = { 0 };
	struct mc_buf out;
	char why[200];

	snprintf(why, sizeof(why), "%s: %.*s", file, MC_STR_ARGS(text_of(test, "name")));
	sources[0].text = guard_copy(text_of(test, "template"));
	struct json_object *partials = json_object_object_get(test, "partials");
	if (partials != NULL) {
		json_object_object_foreach(partials, name, text)
		{
			assert_true(n <= PARTIALS_MAX);
			sources[n].name = mc_str_from(name);
			sources[n++].text = mc_str_from(json_object_get_string(text));
		}
	}
	check_status(MC_OK, template_set_create(sources, n, &set, &error), why);
	mc_buf_init(&out, OUT_MAX);
	check_status(MC_OK,
		template_render(template_find(set, MC_STR(".")),
			json_object_object_get(test, "data"), &out),
		why);
	check_str(text_of(test, "expected"), mc_buf_str(&out), why);
	mc_buf_finish(&out);
	template_set_destroy(set);
}

static void
check_file(const char *name, size_t at_least)
{
	const char *folder = getenv("MC_MUSTACHE_SPEC");
	char path[4096];

	if (folder == NULL)
		skip();
	snprintf(path, sizeof(path), "%s/%s.json", folder, name);
	struct json_object *file = json_object_from_file(path);
	assert_non_null(file);
	struct json_object *tests = json_object_object_get(file, "tests");
	assert_true(json_object_array_length(tests) >= at_least);
	for (size_t i = 0; i < json_object_array_length(tests); i++)
		check_case(json_object_array_get_idx(tests, i), name);
	json_object_put(file);
}

static void
test_comments_render_as_published(void **state)
{
	(void)state;
	check_file("comments", 11);
}

static void
test_delimiters_render_as_published(void **state)
{
	(void)state;
	check_file("delimiters", 14);
}

static void
test_interpolation_renders_as_published(void **state)
{
	(void)state;
	check_file("interpolation", 30);
}

static void
test_inverted_sections_render_as_published(void **state)
{
	(void)state;
	check_file("inverted", 21);
}

static void
test_partials_render_as_published(void **state)
{
	(void)state;
	check_file("partials", 10);
}

static void
test_sections_render_as_published(void **state)
{
	(void)state;
	check_file("sections", 25);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comments_render_as_published),
		cmocka_unit_test(test_delimiters_render_as_published),
		cmocka_unit_test(test_interpolation_renders_as_published),
		cmocka_unit_test(test_inverted_sections_render_as_published),
		cmocka_unit_test(test_partials_render_as_published),
		cmocka_unit_test(test_sections_render_as_published),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
