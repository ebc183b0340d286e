/* http_head - what the tests of request heads share. */
#ifndef TEST_UNIT_HTTP_HEAD_H
#define TEST_UNIT_HTTP_HEAD_H

#include <stdio.h>

#include "libminiclass/http/head.h"
#include "test/unit/check.h"

#define LINE "GET / HTTP/1.1\r\n"
#define HOST LINE "Host: a\r\n"

static inline enum mc_head_result
parse(const char *text, struct mc_head_parser *parser, struct mc_request_head *head)
{
	memset(parser, 0, sizeof(*parser));
	return mc_request_head_parse(parser, guard_copy(mc_str_from(text)), head);
}

static inline void
check_taken(const char *text, struct mc_request_head *head)
{
	struct mc_head_parser parser;

	check_int(MC_HEAD_OK, parse(text, &parser, head), text);
}

static inline void
check_refused(const char *text, int status, const char *why)
{
	struct mc_head_parser parser;
	struct mc_request_head head;

	check_int(MC_HEAD_BAD, parse(text, &parser, &head), why);
	check_int(status, parser.refusal_status, why);
	assert_non_null(parser.refusal);
}

/*
 * `good` is a beginning that must wait for more at each of its bytes; `bad` is refused with its
 * last byte and not before.
 */
struct refusal {
	const char *why;
	const char *good;
	const char *bad;
	int status;
};

static inline void
check_refusals(const struct refusal *cases, size_t n_cases)
{
	for (size_t i = 0; i < n_cases; i++) {
		struct mc_head_parser grown = { 0 }, at_once = { 0 };
		struct mc_request_head head;
		char text[512];

		int len = snprintf(text, sizeof(text), "%s%s", cases[i].good, cases[i].bad);
		assert_in_range(len, 1, sizeof(text) - 1);
		struct mc_str bytes = { text, (size_t)len };
		for (size_t n = 0; n < bytes.len; n++)
			check_int(MC_HEAD_MORE,
				mc_request_head_parse(
					&grown, guard_copy(mc_str_first(bytes, n)), &head),
				cases[i].why);
		check_int(MC_HEAD_BAD, mc_request_head_parse(&grown, guard_copy(bytes), &head),
			cases[i].why);
		check_int(cases[i].status, grown.refusal_status, cases[i].why);
		check_int(MC_HEAD_BAD, mc_request_head_parse(&at_once, guard_copy(bytes), &head),
			cases[i].why);
		check_int(cases[i].status, at_once.refusal_status, cases[i].why);
		assert_ptr_equal(grown.refusal, at_once.refusal);
		check_int(MC_HEAD_BAD, mc_request_head_parse(&grown, guard_copy(bytes), &head),
			"it stays refused");
	}
}

#endif
