/* Addresses as settings write them: read, printed, and what a throttle makes of them. */

#include "libminiclass/net/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "test/unit/check.h"

static struct mc_addr
parsed(const char *text)
{
	struct mc_addr addr = { .size = 0 };
	struct mc_error error = { .message = "" };

	if (mc_addr_parse(mc_str_from(text), &addr, &error) != MC_OK)
		fail_msg("%s: %s", text, error.message);
	return addr;
}

static void
test_an_address_is_printed_as_it_was_read(void **state)
{
	static const char *const texts[] = {
		"127.0.0.1:8080",
		"0.0.0.0:0",
		"192.0.2.7:65535",
		"[::1]:8080",
		"[::]:80",
		"[2001:db8::7]:443",
		"unix:/run/miniclass/http.sock",
	};
	char text[MC_ADDR_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(texts); i++) {
		struct mc_addr addr = parsed(texts[i]);
		mc_addr_text(&addr, text);
		check_str(mc_str_from(texts[i]), mc_str_from(text), texts[i]);
	}
}

static void
test_the_socket_address_holds_what_was_written(void **state)
{
	struct mc_addr addr = parsed("192.0.2.7:8080");
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	(void)state;
	memcpy(&in, &addr.storage, sizeof(in));
	check_int(sizeof(in), addr.size, "size");
	check_int(AF_INET, in.sin_family, "family");
	check_int(8080, ntohs(in.sin_port), "port");
	check_int(0xC0000207, ntohl(in.sin_addr.s_addr), "address");

	addr = parsed("[::1]:443");
	memcpy(&in6, &addr.storage, sizeof(in6));
	check_int(sizeof(in6), addr.size, "size");
	check_int(AF_INET6, in6.sin6_family, "family");
	check_int(443, ntohs(in6.sin6_port), "port");
	check_int(1, IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr), "address");
}

static void
test_localhost_is_a_loopback_address_with_its_port(void **state)
{
	struct mc_addr addr = parsed("localhost:8080");
	char text[MC_ADDR_TEXT_SIZE];

	(void)state;
	mc_addr_text(&addr, text);
	check_int(true, mc_addr_is_loopback(&addr), "loopback");
	check_str(mc_str_from(":8080"), mc_str_from(strrchr(text, ':')), "port");
}

static void
test_what_is_no_address_is_refused_with_words(void **state)
{
	static const char *const texts[] = {
		"",
		"8080",
		":8080",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:65536",
		"127.0.0.1:-1",
		"127.0.0.1:+1",
		"127.0.0.1:08080",
		"127.0.0.1: 8080",
		"127.0.0.1:8080 ",
		"127.0.0.1:http",
		"127.1:8080",
		"256.0.0.1:8080",
		"0177.0.0.1:8080",
		"::1:8080",
		"[::1]",
		"[::1]8080",
		"[::1:8080",
		"[127.0.0.1]:8080",
		"[localhost]:8080",
		"[]:8080",
		"unix:",
		"unix:relative/path",
	};

	(void)state;
	for (size_t i = 0; i < MC_COUNT(texts); i++) {
		struct mc_addr addr = { .size = 7 };
		struct mc_error error = { .message = "" };
		check_int(
			MC_INVALID, mc_addr_parse(mc_str_from(texts[i]), &addr, &error), texts[i]);
		check_int(7, addr.size, "unchanged");
		assert_true(error.message[0] != '\0');
		check_int(MC_INVALID, mc_addr_parse(mc_str_from(texts[i]), &addr, NULL), texts[i]);
		check_int(MC_INVALID, mc_addr_check(mc_str_from(texts[i]), NULL), texts[i]);
	}
}

/* RFC 6761, 6.4: "invalid" is nobody's name. */
static void
test_a_name_may_mean_something_elsewhere(void **state)
{
	struct mc_addr addr;

	(void)state;
	check_int(MC_INVALID, mc_addr_parse(MC_STR("chat.invalid:8081"), &addr, NULL), "here");
	check_int(MC_OK, mc_addr_check(MC_STR("chat.invalid:8081"), NULL), "there");
	check_int(MC_OK, mc_addr_check(MC_STR("[::1]:8081"), NULL), "");
	check_int(MC_OK, mc_addr_check(MC_STR("unix:/run/miniclass/chat.sock"), NULL), "");
}

static void
test_a_nul_does_not_cut_an_address_short(void **state)
{
	struct mc_addr addr;

	(void)state;
	check_int(MC_INVALID, mc_addr_parse(MC_STR("unix:/run/a\0b"), &addr, NULL), "path");
	check_int(MC_INVALID, mc_addr_parse(MC_STR("127.0.0.1\0.example:80"), &addr, NULL), "host");
}

/* unix(7): sun_path has 108 bytes, the last of them NUL. */
static void
test_a_unix_path_has_at_most_107_bytes(void **state)
{
	char text[5 + 108 + 1] = "unix:/";
	char printed[MC_ADDR_TEXT_SIZE];
	struct mc_addr addr;

	(void)state;
	memset(text + 6, 'x', 107);
	struct mc_str fits = { text, 5 + 107 };
	struct mc_str too_long = { text, 5 + 108 };
	check_int(MC_INVALID, mc_addr_parse(too_long, &addr, NULL), "108");
	check_int(MC_OK, mc_addr_parse(fits, &addr, NULL), "107");
	mc_addr_text(&addr, printed);
	check_str(fits, mc_str_from(printed), "printed whole");
}

static void
test_a_unix_peer_without_a_name_is_printed_without_one(void **state)
{
	struct mc_addr addr = { .size = sizeof(sa_family_t) };
	char text[MC_ADDR_TEXT_SIZE];

	(void)state;
	addr.storage.ss_family = AF_UNIX;
	mc_addr_text(&addr, text);
	check_str(MC_STR("unix:"), mc_str_from(text), "unnamed");
}

static void
test_a_throttle_sees_hosts_and_for_ipv6_the_subscriber(void **state)
{
	static const struct {
		const char *text, *host;
	} cases[] = {
		{ "192.0.2.7:1024", "192.0.2.7" },
		{ "[2001:db8:1:2:3:4:5:6]:1024", "2001:db8:1:2::/64" },
		{ "[2001:db8:1:2:ffff:ffff:ffff:ffff]:99", "2001:db8:1:2::/64" },
		{ "[2001:db8:1:3::1]:99", "2001:db8:1:3::/64" },
		{ "[::ffff:192.0.2.7]:99", "192.0.2.7" },
		{ "unix:/run/x", "unix" },
	};
	char host[MC_ADDR_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_addr addr = parsed(cases[i].text);
		mc_addr_host_text(&addr, host);
		check_str(mc_str_from(cases[i].host), mc_str_from(host), cases[i].text);
	}
}

static void
test_loopback_is_what_only_this_machine_can_be(void **state)
{
	static const struct {
		const char *text;
		bool loopback, is_unix;
	} cases[] = {
		{ "127.0.0.1:1", true, false },
		{ "127.255.255.254:1", true, false },
		{ "128.0.0.1:1", false, false },
		{ "126.255.255.255:1", false, false },
		{ "0.0.0.0:1", false, false },
		{ "[::1]:1", true, false },
		{ "[::]:1", false, false },
		{ "[::2]:1", false, false },
		{ "[::ffff:127.0.0.1]:1", true, false },
		{ "[::ffff:192.0.2.1]:1", false, false },
		{ "[7f00::]:1", false, false },
		{ "unix:/run/x", true, true },
	};

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_addr addr = parsed(cases[i].text);
		check_int(cases[i].loopback, mc_addr_is_loopback(&addr), cases[i].text);
		check_int(cases[i].is_unix, mc_addr_is_unix(&addr), cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_is_printed_as_it_was_read),
		cmocka_unit_test(test_the_socket_address_holds_what_was_written),
		cmocka_unit_test(test_localhost_is_a_loopback_address_with_its_port),
		cmocka_unit_test(test_what_is_no_address_is_refused_with_words),
		cmocka_unit_test(test_a_name_may_mean_something_elsewhere),
		cmocka_unit_test(test_a_nul_does_not_cut_an_address_short),
		cmocka_unit_test(test_a_unix_path_has_at_most_107_bytes),
		cmocka_unit_test(test_a_unix_peer_without_a_name_is_printed_without_one),
		cmocka_unit_test(test_a_throttle_sees_hosts_and_for_ipv6_the_subscriber),
		cmocka_unit_test(test_loopback_is_what_only_this_machine_can_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
