/* Static files and templates: names, heads, and reading them again while somebody designs. */

#include "server/assets.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "server/template.h"
#include "test/unit/check.h"

enum { PATH_SIZE = 256, OUT_MAX = 64 * 1024 };

struct site {
	char path[PATH_SIZE]; /* a folder of our own */
	struct assets *assets;
};

static void
write_file(const struct site *site, const char *name, const char *text)
{
	char path[2 * PATH_SIZE];
	struct stat found;

	snprintf(path, sizeof(path), "%s/%s", site->path, name);
	bool known = stat(path, &found) == 0;
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(0, fclose(file));
	if (!known)
		return;
	/* Two writes within one tick of the file system's clock are told apart all the same. */
	struct timespec later = { found.st_mtim.tv_sec + 1, found.st_mtim.tv_nsec };
	assert_int_equal(0, utimensat(AT_FDCWD, path, (struct timespec[]){ later, later }, 0));
}

static void
make_site(struct site *site)
{
	char path[2 * PATH_SIZE];
	const char *base = getenv("TMPDIR");

	snprintf(site->path, sizeof(site->path), "%s/mc-assets-XXXXXX",
		base != NULL ? base : "/tmp");
	assert_non_null(mkdtemp(site->path));
	snprintf(path, sizeof(path), "%s/static", site->path);
	assert_int_equal(0, mkdir(path, 0700));
	snprintf(path, sizeof(path), "%s/templates", site->path);
	assert_int_equal(0, mkdir(path, 0700));
	write_file(site, "static/a.css", "a{}");
	write_file(site, "static/a.css~", "an editor's");
	write_file(site, "static/.hidden", "likewise");
	write_file(site, "templates/p.html", "[/static/a.css|/static/b.css|/static/]");
}

static void
open_site(struct site *site)
{
	struct mc_error error = { 0 };

	make_site(site);
	check_status(MC_OK, assets_open(site->path, &site->assets, &error), error.message);
}

static int
remove_one(const char *path, const struct stat *found, int type, struct FTW *where)
{
	(void)found;
	(void)type;
	(void)where;
	return remove(path);
}

static void
close_site(struct site *site)
{
	assets_close(site->assets);
	nftw(site->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
check_page(struct site *site, const char *expected, const char *why)
{
	const struct template *tmpl =
		template_find(assets_templates(site->assets), MC_STR("p.html"));
	struct mc_buf out;

	assert_non_null(tmpl);
	mc_buf_init(&out, OUT_MAX);
	check_status(MC_OK, template_render(tmpl, NULL, &out), why);
	check_str(mc_str_from(expected), mc_buf_str(&out), why);
	mc_buf_finish(&out);
}

/* printf a{} | sha256sum */
#define HASHED_NAME "a.5f546eb4606b.css"

static void
test_a_template_names_a_file_by_what_is_in_it(void **state)
{
	struct site site;

	(void)state;
	open_site(&site);
	check_page(&site, "[/static/" HASHED_NAME "|/static/b.css|/static/]", "known and unknown");
	close_site(&site);
}

static bool
has(struct mc_str text, const char *part)
{
	return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static void
test_only_the_name_with_the_hash_is_kept_for_a_year(void **state)
{
	struct site site;

	(void)state;
	open_site(&site);
	const struct asset *plain = assets_find(site.assets, MC_STR("a.css"));
	const struct asset *hashed = assets_find(site.assets, MC_STR(HASHED_NAME));
	assert_non_null(plain);
	assert_non_null(hashed);
	assert_false(plain->immutable);
	assert_true(hashed->immutable);
	assert_true(has(plain->identity.fields, "Cache-Control: no-cache\r\n"));
	assert_true(has(
		hashed->identity.fields, "Cache-Control: public, max-age=31536000, immutable\r\n"));
	check_str(MC_STR("a{}"), hashed->identity.bytes, "bytes");
	check_str(plain->identity.etag, hashed->identity.etag, "the same bytes, the same tag");
	assert_true(has(hashed->identity.fields, "Content-Type: text/css; charset=utf-8\r\n"));
	close_site(&site);
}

static void
test_another_versions_name_gives_our_file_but_not_for_a_year(void **state)
{
	struct site site;

	(void)state;
	open_site(&site);
	const struct asset *found = assets_find(site.assets, MC_STR("a.0123456789ab.css"));
	assert_non_null(found);
	assert_false(found->immutable);
	assert_null(assets_find(site.assets, MC_STR("b.0123456789ab.css")));
	assert_null(assets_find(site.assets, MC_STR("a.0123456789az.css")));
	assert_null(assets_find(site.assets, MC_STR("a.0123456789abc.css")));
	close_site(&site);
}

static void
test_what_is_not_there_is_not_found(void **state)
{
	static const char *const names[] = { "", ".", "..", "../templates/p.html", "a", "a.css~",
		".hidden", "A.css", "p.html" };
	struct site site;

	(void)state;
	open_site(&site);
	for (size_t i = 0; i < MC_COUNT(names); i++)
		assert_null(assets_find(site.assets, guard_copy(mc_str_from(names[i]))));
	assert_null(assets_find(site.assets, MC_STR("a.css\0")));
	close_site(&site);
}

static void
test_a_changed_file_is_seen_at_once(void **state)
{
	struct site site;

	(void)state;
	open_site(&site);
	const struct asset *old = assets_find(site.assets, MC_STR("a.css"));
	write_file(&site, "static/a.css", "b{}");
	check_str(MC_STR("b{}"), assets_find(site.assets, MC_STR("a.css"))->identity.bytes, "new");
	check_str(MC_STR("a{}"), old->identity.bytes, "what was handed out stays");

	write_file(&site, "templates/p.html", "new");
	check_page(&site, "new", "template");
	write_file(&site, "static/b.css", "");
	assert_non_null(assets_find(site.assets, MC_STR("b.css")));
	close_site(&site);
}

static void
test_a_template_that_does_not_compile_leaves_the_last_good_one(void **state)
{
	struct site site;

	(void)state;
	open_site(&site);
	write_file(&site, "templates/p.html", "good");
	check_page(&site, "good", "before");
	write_file(&site, "templates/p.html", "{{#a}}");
	check_page(&site, "good", "while it is wrong");
	write_file(&site, "templates/p.html", "{{>gone.html}}");
	check_page(&site, "good", "while a partial is missing");
	write_file(&site, "templates/p.html", "better");
	check_page(&site, "better", "after");
	close_site(&site);
}

static void
test_a_mistake_at_the_start_is_an_error_that_names_it(void **state)
{
	struct site site;
	struct mc_error error = { 0 };

	(void)state;
	make_site(&site);
	write_file(&site, "templates/p.html", "\n{{#a}}");
	check_status(MC_INVALID, assets_open(site.path, &site.assets, &error), "template");
	assert_non_null(strstr(error.message, "p.html:2"));
	site.assets = NULL;
	close_site(&site);
	check_status(MC_NOT_FOUND, assets_open(site.path, &site.assets, &error), "no folder");
}

static void
test_the_built_in_styles_are_found_and_smaller_as_gzip(void **state)
{
	struct mc_error error = { 0 };
	struct assets *assets;

	(void)state;
	check_status(MC_OK, assets_open(NULL, &assets, &error), error.message);
	const struct asset *css = assets_find(assets, MC_STR("app.css"));
	assert_non_null(css);
	assert_non_null(css->gzip.bytes.ptr);
	assert_true(css->gzip.bytes.len < css->identity.bytes.len);
	/* RFC 1952, 2.3.1; and RFC 9110, 8.8.3: another coding is another representation. */
	assert_memory_equal("\x1f\x8b\x08", css->gzip.bytes.ptr, 3);
	assert_false(mc_str_equal(css->gzip.etag, css->identity.etag));
	assert_true(has(css->gzip.fields, "Content-Encoding: gzip\r\n"));
	assert_true(has(css->gzip.fields_304, "Vary: Accept-Encoding\r\n"));
	assert_true(has(css->identity.fields_304, "Vary: Accept-Encoding\r\n"));
	assert_false(has(css->identity.fields_304, "Content-"));
	assets_close(assets);
}

/* What the handlers render: reply_page.c would answer 500 for one that is missing. */
static void
test_every_page_is_built_in(void **state)
{
	static const char *const pages[] = { "landing", "signup", "login", "reset", "classes",
		"class_new", "class_join", "class", "class_edit", "posts", "post", "post_form",
		"tags", "people", "confirm", "account", "error" };
	struct mc_error error = { 0 };
	struct assets *assets;
	char name[64];

	(void)state;
	check_status(MC_OK, assets_open(NULL, &assets, &error), error.message);
	for (size_t i = 0; i < MC_COUNT(pages); i++) {
		snprintf(name, sizeof(name), "%s.html", pages[i]);
		if (template_find(assets_templates(assets), mc_str_from(name)) == NULL)
			fail_msg("%s is missing", name);
	}
	assets_close(assets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_template_names_a_file_by_what_is_in_it),
		cmocka_unit_test(test_only_the_name_with_the_hash_is_kept_for_a_year),
		cmocka_unit_test(test_another_versions_name_gives_our_file_but_not_for_a_year),
		cmocka_unit_test(test_what_is_not_there_is_not_found),
		cmocka_unit_test(test_a_changed_file_is_seen_at_once),
		cmocka_unit_test(test_a_template_that_does_not_compile_leaves_the_last_good_one),
		cmocka_unit_test(test_a_mistake_at_the_start_is_an_error_that_names_it),
		cmocka_unit_test(test_the_built_in_styles_are_found_and_smaller_as_gzip),
		cmocka_unit_test(test_every_page_is_built_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
