/* Where an unsafe request comes from, by what the browser says. */

#include "libminiclass/http/origin.h"

#include "test/unit/check.h"

/* NULL: the field is not there. */
static enum mc_origin
origin_of(const char *site, const char *origin, const char *scheme, const char *host)
{
	struct mc_field fields[3] = { { MC_STR("Accept"), MC_STR("*/*") } };
	size_t n = 1;

	if (origin != NULL)
		fields[n++] = (struct mc_field){ MC_STR("origin"), mc_str_from(origin) };
	if (site != NULL)
		fields[n++] = (struct mc_field){ MC_STR("sec-fetch-site"), mc_str_from(site) };
	return mc_origin_of(fields, n, mc_str_from(scheme), mc_str_from(host));
}

static void
test_sec_fetch_site_says_where_a_request_comes_from(void **state)
{
	/* docs/HTTP.md, Other sites. */
	/* clang-format off */
	static const struct {
		const char *site, *origin;
		enum mc_origin verdict;
	} cases[] = {
		{ "same-origin", NULL, MC_ORIGIN_OWN },
		{ "none", NULL, MC_ORIGIN_OWN },
		{ "same-origin", "http://a.example", MC_ORIGIN_OWN },
		{ "cross-site", NULL, MC_ORIGIN_FOREIGN },
		{ "same-site", NULL, MC_ORIGIN_FOREIGN },
		{ "cross-site", "http://a.example", MC_ORIGIN_FOREIGN },
		{ "", NULL, MC_ORIGIN_FOREIGN },
		{ "Same-Origin", NULL, MC_ORIGIN_FOREIGN },
		{ "same-origin, cross-site", NULL, MC_ORIGIN_FOREIGN },
		{ "same-origin", "http://evil.example", MC_ORIGIN_FOREIGN },
		{ "none", "http://evil.example", MC_ORIGIN_FOREIGN },
		/* Our own page with "Referrer-Policy: no-referrer" sends this. */
		{ "same-origin", "null", MC_ORIGIN_OWN },
		/* Behind a proxy that ends TLS. */
		{ "same-origin", "https://a.example", MC_ORIGIN_OWN },
		{ "same-origin", "https://a.example:8443", MC_ORIGIN_FOREIGN },
		{ NULL, NULL, MC_ORIGIN_UNSAID },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_int(cases[i].verdict,
			origin_of(cases[i].site, cases[i].origin, "http", "a.example"),
			cases[i].site != NULL ? cases[i].site : "neither");
}

static void
test_without_it_origin_must_be_ours_in_scheme_host_and_port(void **state)
{
	/* clang-format off */
	static const struct {
		const char *origin, *scheme, *host;
		bool own;
	} cases[] = {
		{ "http://a.example", "http", "a.example", true },
		{ "http://a.example", "http", "A.Example", true },
		{ "http://a.example", "http", "a.example:80", true },
		{ "http://a.example:80", "http", "a.example", true },
		{ "https://a.example", "https", "a.example:443", true },
		{ "http://a.example:8080", "http", "a.example:8080", true },
		{ "http://[::1]:8080", "http", "[::1]:8080", true },
		{ "http://[::1]", "http", "[::1]", true },
		{ "http://a.example:8080", "http", "a.example:8081", false },
		{ "http://a.example:8080", "http", "a.example", false },
		{ "https://a.example", "http", "a.example", false },
		{ "http://a.example", "https", "a.example", false },
		{ "http://a.example:443", "https", "a.example", false },
		{ "http://b.example", "http", "a.example", false },
		{ "http://a.example.evil", "http", "a.example", false },
		{ "http://evil.a.example", "http", "a.example", false },
		{ "http://a.example/", "http", "a.example", false },
		{ "http://u@a.example", "http", "a.example", false },
		{ "http:a.example", "http", "a.example", false },
		{ "a.example", "http", "a.example", false },
		{ "null", "http", "a.example", false },
		{ "null", "http", "null", false },
		{ "", "http", "a.example", false },
		{ "http://", "http", "", false },
		{ "http://a.example http://b.example", "http", "a.example", false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_int(cases[i].own ? MC_ORIGIN_OWN : MC_ORIGIN_FOREIGN,
			origin_of(NULL, cases[i].origin, cases[i].scheme, cases[i].host),
			cases[i].origin);
}

static void
test_one_foreign_field_among_several_is_enough(void **state)
{
	const struct mc_field sites[] = {
		{ MC_STR("Sec-Fetch-Site"), MC_STR("same-origin") },
		{ MC_STR("Sec-Fetch-Site"), MC_STR("cross-site") },
	};
	const struct mc_field origins[] = {
		{ MC_STR("Origin"), MC_STR("http://a") },
		{ MC_STR("Origin"), MC_STR("http://b") },
	};

	(void)state;
	check_int(MC_ORIGIN_FOREIGN, mc_origin_of(sites, 2, MC_STR("http"), MC_STR("a")), "sites");
	check_int(MC_ORIGIN_FOREIGN, mc_origin_of(origins, 2, MC_STR("http"), MC_STR("a")),
		"origins");
	check_int(MC_ORIGIN_OWN, mc_origin_of(origins, 1, MC_STR("http"), MC_STR("a")), "one");
}

static void
test_an_origin_is_taken_apart_as_a_browser_writes_it(void **state)
{
	static const char *const others[] = { "null", "", "a.example", "https:a", "https://",
		"https://a/", "https://a/b", "https://user@a", "https://a:x" };
	struct mc_str scheme, authority;

	(void)state;
	assert_true(mc_origin_split(MC_STR("https://[::1]:81"), &scheme, &authority));
	check_str(MC_STR("https"), scheme, "scheme");
	check_str(MC_STR("[::1]:81"), authority, "host and port");
	for (size_t i = 0; i < MC_COUNT(others); i++)
		check_int(false, mc_origin_split(mc_str_from(others[i]), &scheme, &authority),
			others[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sec_fetch_site_says_where_a_request_comes_from),
		cmocka_unit_test(test_without_it_origin_must_be_ours_in_scheme_host_and_port),
		cmocka_unit_test(test_an_origin_is_taken_apart_as_a_browser_writes_it),
		cmocka_unit_test(test_one_foreign_field_among_several_is_enough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
