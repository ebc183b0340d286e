/* Response heads, as a client of ours reads them. */

#include "libminiclass/http/head.h"

#include <stdio.h>

#include "test/unit/check.h"

static void
check_taken(const char *text, struct mc_response_head *head)
{
	struct mc_head_parser parser = { 0 };

	check_int(MC_HEAD_OK, mc_response_head_parse(&parser, guard_copy(mc_str_from(text)), head),
		text);
}

static void
test_a_response_cut_anywhere_is_the_same_response(void **state)
{
	static const char text[] = "HTTP/1.1 201 Created\r\nContent-Length: 12\r\n"
				   "Location: /classes/17\r\nConnection: close\r\n\r\n";

	(void)state;
	for (size_t cut = 0; cut < strlen(text); cut++) {
		struct mc_head_parser parser = { 0 };
		struct mc_response_head head;
		struct mc_str first = guard_copy((struct mc_str){ text, cut });
		check_int(MC_HEAD_MORE, mc_response_head_parse(&parser, first, &head), "cut");
		struct mc_str all = guard_copy(mc_str_from(text));
		check_int(MC_HEAD_OK, mc_response_head_parse(&parser, all, &head), "whole");
		check_int(201, head.status, "status");
		check_int(1, head.minor_version, "version");
		check_int(false, head.keep_alive, "keep_alive");
		check_int(MC_FRAMING_LENGTH, head.framing, "framing");
		check_int(12, head.content_length, "length");
		check_int(strlen(text), head.size, "size");
		check_int(3, head.n_fields, "fields");
		check_str(MC_STR("/classes/17"), head.fields[1].value, "Location");
	}
}

static void
test_the_framing_of_a_response_is_told_by_its_fields(void **state)
{
	/* RFC 9112, 6.3. */
	struct mc_response_head head;

	(void)state;
	check_taken("HTTP/1.1 200 OK\r\n\r\n", &head);
	check_int(MC_FRAMING_UNTIL_CLOSE, head.framing, "nothing said");
	check_taken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &head);
	check_int(MC_FRAMING_CHUNKED, head.framing, "chunked");
	check_taken(
		"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", &head);
	check_int(MC_FRAMING_LENGTH, head.framing, "length");
	check_int(true, head.keep_alive, "asked for");
}

static void
test_a_reason_may_be_empty_or_hold_other_bytes(void **state)
{
	/* RFC 9112, 4: the blank before it stays. */
	struct mc_response_head head;

	(void)state;
	check_taken("HTTP/1.1 200 \r\n\r\n", &head);
	check_int(200, head.status, "empty");
	check_taken("HTTP/1.1 404 Pas trouv\xe9\t(e)\r\n\r\n", &head);
	check_int(404, head.status, "obs-text");
}

static void
test_a_response_needs_no_host(void **state)
{
	struct mc_response_head head;

	(void)state;
	check_taken("HTTP/1.1 200 OK\r\nHost: a\r\nHost: /\r\nExpect: me\r\n\r\n", &head);
	check_int(3, head.n_fields, "fields of requests mean nothing here");
}

static void
test_a_wrong_response_is_refused_with_its_first_wrong_byte(void **state)
{
	/* clang-format off */
	static const struct {
		const char *why, *good, *bad;
	} cases[] = {
		{ "an empty line before it", "", "\r" },
		{ "another protocol", "", "I" },
		{ "another version", "HTTP/2.", "0" },
		{ "no code", "HTTP/1.1", "\r" },
		{ "two blanks", "HTTP/1.1 ", " " },
		{ "code above 599", "HTTP/1.1 ", "6" },
		{ "code below 100", "HTTP/1.1 ", "0" },
		{ "two digits", "HTTP/1.1 20", " " },
		{ "four digits", "HTTP/1.1 200", "0" },
		{ "no blank behind the code", "HTTP/1.1 200", "\r" },
		{ "control character in the reason", "HTTP/1.1 200 O", "\x01" },
		{ "bare LF", "HTTP/1.1 200 OK", "\n" },
		{ "obs-fold", "HTTP/1.1 200 OK\r\nX: a\r\n", " " },
		{ "both framings", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r",
			"\n" },
		{ "length twice", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r", "\n" },
		{ "a coding that we do not read", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r", "\n" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_head_parser parser = { 0 };
		struct mc_response_head head;
		char text[256];

		snprintf(text, sizeof(text), "%s%s", cases[i].good, cases[i].bad);
		struct mc_str bytes = mc_str_from(text);
		for (size_t n = 0; n < bytes.len; n++) {
			struct mc_str first = guard_copy(mc_str_first(bytes, n));
			check_int(MC_HEAD_MORE, mc_response_head_parse(&parser, first, &head),
				cases[i].why);
		}
		check_int(MC_HEAD_BAD, mc_response_head_parse(&parser, guard_copy(bytes), &head),
			cases[i].why);
		assert_non_null(parser.refusal);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_response_cut_anywhere_is_the_same_response),
		cmocka_unit_test(test_the_framing_of_a_response_is_told_by_its_fields),
		cmocka_unit_test(test_a_reason_may_be_empty_or_hold_other_bytes),
		cmocka_unit_test(test_a_response_needs_no_host),
		cmocka_unit_test(test_a_wrong_response_is_refused_with_its_first_wrong_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
