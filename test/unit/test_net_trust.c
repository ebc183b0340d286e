/* Networks of trusted proxies. */

#include "libminiclass/net/trust.h"

#include <string.h>

#include "test/unit/check.h"

static bool
trusts(const char *list, const char *address)
{
	struct mc_trust trust;
	struct mc_error error = { 0 };

	check_int(MC_OK, mc_trust_read(list, &trust, &error), list);
	return mc_trust_has_text(&trust, mc_str_from(address));
}

static void
test_addresses_and_networks(void **state)
{
	(void)state;
	assert_true(trusts("192.0.2.1", "192.0.2.1"));
	assert_false(trusts("192.0.2.1", "192.0.2.2"));
	assert_true(trusts("10.0.0.0/8, 127.0.0.1", "10.255.0.1"));
	assert_true(trusts("10.0.0.0/8 127.0.0.1", "127.0.0.1"));
	assert_false(trusts("10.0.0.0/8", "11.0.0.0"));
	assert_true(trusts("192.0.2.128/25", "192.0.2.255"));
	assert_false(trusts("192.0.2.128/25", "192.0.2.127"));
	assert_true(trusts("0.0.0.0/0", "203.0.113.9"));
	assert_false(trusts("0.0.0.0/0", "2001:db8::1"));
	assert_true(trusts("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(trusts("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(trusts("::1", "::1"));
}

static void
test_an_ipv4_address_in_ipv6_clothes_is_the_same(void **state)
{
	(void)state;
	assert_true(trusts("192.0.2.0/24", "::ffff:192.0.2.7"));
	assert_true(trusts("::ffff:192.0.2.0/120", "192.0.2.7"));
}

static void
test_nobody_is_trusted_unless_named(void **state)
{
	struct mc_trust trust;

	(void)state;
	assert_int_equal(MC_OK, mc_trust_read(NULL, &trust, NULL));
	assert_false(mc_trust_has_text(&trust, MC_STR("127.0.0.1")));
	assert_false(trusts("", "127.0.0.1"));
	assert_false(trusts("unix", "127.0.0.1"));
	assert_false(trusts("0.0.0.0/0", "unknown"));
	assert_false(trusts("0.0.0.0/0", ""));
	assert_false(trusts("0.0.0.0/0", "127.0.0.1:80"));
}

static void
test_what_is_no_network_is_named(void **state)
{
	static const char *const wrong[] = { "proxy.example.org", "10.0.0.0/33", "::/129",
		"10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "/8", "10.0.0.1:80" };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(wrong); i++) {
		struct mc_trust trust;
		struct mc_error error = { 0 };
		check_int(MC_INVALID, mc_trust_read(wrong[i], &trust, &error), wrong[i]);
		assert_string_equal(error.field, "trusted_proxies");
		assert_non_null(strstr(error.message, wrong[i]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_and_networks),
		cmocka_unit_test(test_an_ipv4_address_in_ipv6_clothes_is_the_same),
		cmocka_unit_test(test_nobody_is_trusted_unless_named),
		cmocka_unit_test(test_what_is_no_network_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
