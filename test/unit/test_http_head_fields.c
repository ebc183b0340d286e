/* What a request's target and fields mean: for its host, its framing and its connection. */

#include "libminiclass/http/head.h"

#include <stdio.h>

#include "test/unit/http_head.h"

static void
test_a_target_that_does_not_fit_its_method_is_refused_at_its_end(void **state)
{
	/* clang-format off */
	static const struct refusal cases[] = {
		{ "no slash", "GET a", " ", 400 },
		{ "* is for OPTIONS", "GET *", " ", 400 },
		{ "* and more", "OPTIONS *a", " ", 400 },
		{ "another scheme", "GET ftp://a/", " ", 400 },
		{ "a scheme that begins like ours", "GET httpx://a/", " ", 400 },
		{ "no slashes behind the scheme", "GET http:/a", " ", 400 },
		{ "no host", "GET http:///a", " ", 400 },
		{ "a user, by RFC 9110, 4.2.4", "GET http://u@a/", " ", 400 },
		{ "a user with password", "GET http://u:p@a/", " ", 400 },
		{ "a port that is none", "GET http://a:b/", " ", 400 },
		{ "a query without a path", "GET http://a?b", " ", 400 },
		{ "CONNECT wants an authority", "CONNECT /", " ", 400 },
		{ "CONNECT wants a port", "CONNECT a", " ", 400 },
		{ "CONNECT wants a host", "CONNECT :443", " ", 400 },
		{ "authority-form is for CONNECT", "GET a:443", " ", 400 },
		{ "methods know their case", "options *", " ", 400 },
	};
	/* clang-format on */

	(void)state;
	check_refusals(cases, MC_COUNT(cases));
}

static void
test_a_host_that_is_missing_doubled_or_none_is_refused(void **state)
{
	/* RFC 9112, 3.2. */
	/* clang-format off */
	static const struct refusal cases[] = {
		{ "missing", LINE "X: a\r\n\r", "\n", 400 },
		{ "missing, without any field", LINE "\r", "\n", 400 },
		{ "missing beside an absolute-form", "GET http://a/ HTTP/1.1\r\n\r", "\n", 400 },
		{ "missing in a later version of 1", "GET / HTTP/1.7\r\n\r", "\n", 400 },
		{ "twice, equal", HOST "Host: a\r", "\n", 400 },
		{ "twice, in other letters", HOST "hOST: b\r", "\n", 400 },
		{ "twice in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r", "\n", 400 },
		{ "empty", LINE "Host:\r", "\n", 400 },
		{ "only a port", LINE "Host: :80\r", "\n", 400 },
		{ "a list", LINE "Host: a, b\r", "\n", 400 },
		{ "a path", LINE "Host: a/b\r", "\n", 400 },
		{ "a user", LINE "Host: u@a\r", "\n", 400 },
		{ "a port that is none", LINE "Host: a:8o\r", "\n", 400 },
		{ "a port with a sign", LINE "Host: a:+1\r", "\n", 400 },
		{ "a port above 65535", LINE "Host: a:65536\r", "\n", 400 },
		{ "two ports", LINE "Host: a:1:2\r", "\n", 400 },
		{ "IPv6 without brackets", LINE "Host: ::1\r", "\n", 400 },
		{ "IPv6 left open", LINE "Host: [::1\r", "\n", 400 },
		{ "no IPv6 in brackets", LINE "Host: [a]\r", "\n", 400 },
		{ "text behind the bracket", LINE "Host: [::1]a\r", "\n", 400 },
		{ "half a percent code", LINE "Host: a%4\r", "\n", 400 },
		{ "obs-text", LINE "Host: \xc3\xa9\r", "\n", 400 },
	};
	/* clang-format on */

	(void)state;
	check_refusals(cases, MC_COUNT(cases));
}

static void
test_framing_that_two_readers_could_see_differently_is_refused(void **state)
{
	/* RFC 9112, 6.1, 6.3 and 11.2: what request smuggling is made of. */
	/* clang-format off */
	static const struct refusal cases[] = {
		{ "both, length first", HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r",
			"\n", 400 },
		{ "both, coding first", HOST "Transfer-Encoding: chunked\r\nContent-Length: 3\r",
			"\n", 400 },
		{ "twice, equal", HOST "Content-Length: 3\r\nContent-Length: 3\r", "\n", 400 },
		{ "twice, differing", HOST "Content-Length: 3\r\ncontent-length: 4\r", "\n", 400 },
		{ "a list", HOST "Content-Length: 3, 3\r", "\n", 400 },
		{ "a sign", HOST "Content-Length: +3\r", "\n", 400 },
		{ "negative", HOST "Content-Length: -3\r", "\n", 400 },
		{ "empty", HOST "Content-Length:\r", "\n", 400 },
		{ "blank inside", HOST "Content-Length: 3 3\r", "\n", 400 },
		{ "hexadecimal", HOST "Content-Length: 0x3\r", "\n", 400 },
		{ "octal to some", HOST "Content-Length: 010\r", "\n", 400 },
		{ "fraction", HOST "Content-Length: 3.0\r", "\n", 400 },
		{ "wraps 64 bits", HOST "Content-Length: 18446744073709551619\r", "\n", 400 },
		{ "16 digits", HOST "Content-Length: 1000000000000000\r", "\n", 400 },
		{ "coding twice, equal",
			HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r",
			"\n", 400 },
		{ "coding twice, differing",
			HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r",
			"\n", 400 },
		{ "chunked twice in one", HOST "Transfer-Encoding: chunked, chunked\r",
			"\n", 400 },
		{ "chunked not last", HOST "Transfer-Encoding: chunked, gzip\r", "\n", 400 },
		{ "no end in sight", HOST "Transfer-Encoding: gzip\r", "\n", 400 },
		{ "identity", HOST "Transfer-Encoding: identity\r", "\n", 400 },
		{ "nearly chunked", HOST "Transfer-Encoding: xchunked\r", "\n", 400 },
		{ "nearly chunked, behind", HOST "Transfer-Encoding: chunkedx\r", "\n", 400 },
		{ "quoted", HOST "Transfer-Encoding: \"chunked\"\r", "\n", 400 },
		{ "vertical tab", HOST "Transfer-Encoding:", "\x0b", 400 },
		{ "with a parameter", HOST "Transfer-Encoding: chunked;a=b\r", "\n", 400 },
		{ "empty coding", HOST "Transfer-Encoding:\r", "\n", 400 },
		{ "empty element", HOST "Transfer-Encoding: ,chunked\r", "\n", 400 },
		{ "blank before the colon", HOST "Transfer-Encoding", " ", 400 },
		{ "blank before the colon", HOST "Content-Length", " ", 400 },
		{ "in HTTP/1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r", "\n", 400 },
		{ "right, and not for us", HOST "Transfer-Encoding: gzip, chunked\r", "\n", 501 },
		{ "right, and not for us", HOST "Transfer-Encoding: a;b=c,chunked\r", "\n", 501 },
	};
	/* clang-format on */

	(void)state;
	check_refusals(cases, MC_COUNT(cases));
}

static void
test_an_expectation_other_than_continue_is_417(void **state)
{
	/* RFC 9110, 10.1.1. */
	static const struct refusal cases[] = {
		{ "another", HOST "Expect: 200-ok\r", "\n", 417 },
		{ "more than one", HOST "Expect: 100-continue, a\r", "\n", 417 },
	};
	struct mc_request_head head;

	(void)state;
	check_refusals(cases, MC_COUNT(cases));
	check_taken(HOST "Expect: 100-Continue\r\n\r\n", &head);
	check_int(true, head.expects_continue, "without case");
	check_taken("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", &head);
	check_int(false, head.expects_continue, "HTTP/1.0 knows no 100");
}

static void
test_each_form_of_target_gives_a_path_and_a_host(void **state)
{
	/* RFC 9112, 3.2.1 to 3.2.4. */
	/* clang-format off */
	static const struct {
		const char *line, *target, *host;
	} cases[] = {
		{ "GET /a/b?c=d", "/a/b?c=d", "host.example" },
		{ "GET //a", "//a", "host.example" },
		{ "GET http://other.example/a?b", "/a?b", "other.example" },
		{ "GET HTTPS://other.example:1/", "/", "other.example:1" },
		{ "GET http://[2001:db8::1]:80/a", "/a", "[2001:db8::1]:80" },
		{ "GET http://other.example", "/", "other.example" },
		{ "OPTIONS http://other.example", "*", "other.example" },
		{ "OPTIONS *", "*", "host.example" },
		{ "OPTIONS /a", "/a", "host.example" },
		{ "CONNECT other.example:443", "other.example:443", "host.example" },
	};
	/* clang-format on */
	struct mc_request_head head;
	char text[160];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: host.example\r\n\r\n",
			cases[i].line);
		check_taken(text, &head);
		check_str(mc_str_from(cases[i].target), head.target, cases[i].line);
		check_str(mc_str_from(cases[i].host), head.host, cases[i].line);
	}
}

static void
test_good_hosts_are_taken_as_sent(void **state)
{
	static const char *const hosts[] = { "a", "School.Example", "127.0.0.1:8080", "[::1]",
		"[2001:db8::7]:65535", "a:0", "a:", "a_b.example", "%41.example",
		"localhost:8080" };
	struct mc_request_head head;
	char text[128];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(hosts); i++) {
		snprintf(text, sizeof(text), LINE "Host: %s\r\n\r\n", hosts[i]);
		check_taken(text, &head);
		check_str(mc_str_from(hosts[i]), head.host, hosts[i]);
	}
	check_taken("GET / HTTP/1.0\r\n\r\n", &head);
	check_int(0, head.host.len, "HTTP/1.0 needs none");
}

static void
test_the_connection_is_kept_by_version_and_token(void **state)
{
	/* RFC 9112, 9.3. */
	/* clang-format off */
	static const struct {
		const char *fields;
		int minor;
		bool kept;
	} cases[] = {
		{ "", 1, true },
		{ "", 0, false },
		{ "Connection: close\r\n", 1, false },
		{ "Connection: keep-alive\r\n", 0, true },
		{ "connection: Keep-Alive\r\n", 0, true },
		{ "Connection: upgrade , CLOSE\r\n", 1, false },
		{ "Connection: close, keep-alive\r\n", 0, false },
		{ "Connection: keep-alive\r\nConnection: close\r\n", 1, false },
		{ "Connection: closed\r\n", 1, true },
		{ "Connection:\r\n", 1, true },
		{ "Keep-Alive: timeout=5\r\n", 0, false },
	};
	/* clang-format on */
	struct mc_request_head head;
	char text[256];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		snprintf(text, sizeof(text), "GET / HTTP/1.%d\r\nHost: a\r\n%s\r\n", cases[i].minor,
			cases[i].fields);
		check_taken(text, &head);
		check_int(cases[i].kept, head.keep_alive, cases[i].fields);
	}
}

static void
test_lengths_up_to_fifteen_digits_are_taken(void **state)
{
	struct mc_request_head head;

	(void)state;
	check_taken(HOST "Content-Length: 0\r\n\r\n", &head);
	check_int(MC_FRAMING_LENGTH, head.framing, "none");
	check_int(0, head.content_length, "none");
	check_taken(HOST "Content-Length: 999999999999999\r\n\r\n", &head);
	check_int(999999999999999, head.content_length, "largest");
	check_taken(HOST "Transfer-Encoding: Chunked\r\n\r\n", &head);
	check_int(MC_FRAMING_CHUNKED, head.framing, "codings have no case: RFC 9112, 7");
}

static void
test_fields_are_found_by_name_without_case(void **state)
{
	struct mc_request_head head;

	(void)state;
	check_taken(
		HOST "X-A: 1\r\nx-a: 2\r\nEmpty:\r\nList: a, B\r\nlist: c,\"x,d\"\r\n\r\n", &head);
	check_str(MC_STR("1"), mc_field_find(head.fields, head.n_fields, MC_STR("x-A")), "first");
	assert_null(mc_field_find(head.fields, head.n_fields, MC_STR("X")).ptr);
	assert_non_null(mc_field_find(head.fields, head.n_fields, MC_STR("empty")).ptr);
	check_int(true, mc_field_has_token(head.fields, head.n_fields, MC_STR("LIST"), MC_STR("b")),
		"second of the first");
	check_int(true, mc_field_has_token(head.fields, head.n_fields, MC_STR("List"), MC_STR("C")),
		"first of the second");
	check_int(false,
		mc_field_has_token(head.fields, head.n_fields, MC_STR("List"), MC_STR("d")),
		"a comma in quotes does not part");
	check_int(false, mc_field_has_token(head.fields, head.n_fields, MC_STR("X-A"), MC_STR("a")),
		"another field");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_target_that_does_not_fit_its_method_is_refused_at_its_end),
		cmocka_unit_test(test_a_host_that_is_missing_doubled_or_none_is_refused),
		cmocka_unit_test(test_framing_that_two_readers_could_see_differently_is_refused),
		cmocka_unit_test(test_an_expectation_other_than_continue_is_417),
		cmocka_unit_test(test_each_form_of_target_gives_a_path_and_a_host),
		cmocka_unit_test(test_good_hosts_are_taken_as_sent),
		cmocka_unit_test(test_the_connection_is_kept_by_version_and_token),
		cmocka_unit_test(test_lengths_up_to_fifteen_digits_are_taken),
		cmocka_unit_test(test_fields_are_found_by_name_without_case),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
