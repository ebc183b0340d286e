/* Forwarded (RFC 7239), read from its end as far as proxies are trusted. */

#include "libminiclass/http/forwarded.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/check.h"

/* Those of 10.0.0.0/8 are proxies of ours. */
static bool
is_ours(const void *user, struct mc_str node)
{
	(void)user;
	return mc_str_starts_with(node, MC_STR("10."));
}

/* "node proto", "-" where there is nothing to believe. */
static void
check_client(const char *expected, const char *first, const char *second)
{
	struct mc_field fields[2] = { { MC_STR("Forwarded"), guard_copy(mc_str_from(first)) },
		{ MC_STR("forwarded"), guard_copy(mc_str_from(second)) } };
	struct mc_forwarded client;
	char text[256] = "-";

	if (mc_forwarded_client(fields, second == NULL ? 1 : 2, is_ours, NULL, &client))
		snprintf(text, sizeof(text), "%.*s %.*s", MC_STR_ARGS(client.node),
			MC_STR_ARGS(client.proto));
	check_str(mc_str_from(expected), mc_str_from(text), first);
}

static void
test_the_last_element_counts_because_anybody_may_have_written_the_others(void **state)
{
	(void)state;
	check_client("192.0.2.60 https", "for=192.0.2.60;proto=https;by=203.0.113.43", NULL);
	check_client("192.0.2.60 ", "for=127.0.0.1, for=192.0.2.60", NULL);
	check_client("192.0.2.60 http", "for=127.0.0.1;proto=https", "for=192.0.2.60;proto=http");
	check_client("192.0.2.60 ", "For=192.0.2.60", NULL);
}

static void
test_an_element_of_a_trusted_proxy_leads_to_the_one_before(void **state)
{
	(void)state;
	check_client("192.0.2.60 https", "for=127.0.0.1, for=192.0.2.60;proto=https, for=10.0.0.1",
		NULL);
	check_client("192.0.2.60 ", "for=192.0.2.60,for=10.0.0.2,for=10.0.0.1", NULL);
	check_client("10.0.0.2 ", "for=10.0.0.2, for=10.0.0.1", NULL);
}

static void
test_ports_brackets_and_quotes(void **state)
{
	(void)state;
	check_client("2001:db8:cafe::17 ", "for=\"[2001:db8:cafe::17]:4711\"", NULL);
	check_client("2001:db8:cafe::17 ", "for=\"[2001:db8:cafe::17]\"", NULL);
	check_client("192.0.2.60 ", "for=\"192.0.2.60:47011\"", NULL);
	check_client("_hidden ", "for=_hidden", NULL);
	check_client("unknown ", "for=unknown", NULL);
	check_client("192.0.2.1 ", "for=\"x,y;for=z\", for=192.0.2.1", NULL);
	check_client("192.0.2.1 ", " , ,for=192.0.2.1 ;  by=_x , ", NULL);
}

static void
test_of_what_is_malformed_nothing_is_believed(void **state)
{
	(void)state;
	check_client("-", "for", NULL);
	check_client("-", "for=", NULL);
	check_client("-", "for=\"192.0.2.1", NULL);
	check_client("-", "for=\"192.0.2\\.1\"", NULL);
	check_client("-", "for=192.0.2.1 for=192.0.2.2", NULL);
	check_client("-", "for=192.0.2.1;for=192.0.2.2", NULL);
	check_client("-", "for=[2001:db8::1]", NULL);
	check_client("-", "for=192.0.2.1, \"", NULL);
	check_client("-", "", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_the_last_element_counts_because_anybody_may_have_written_the_others),
		cmocka_unit_test(test_an_element_of_a_trusted_proxy_leads_to_the_one_before),
		cmocka_unit_test(test_ports_brackets_and_quotes),
		cmocka_unit_test(test_of_what_is_malformed_nothing_is_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
