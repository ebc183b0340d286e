/* Request heads: lines and bytes; what is taken, what is refused and how early; cuts do not matter.
 */

#include "libminiclass/http/head.h"

#include <stdio.h>

#include "test/unit/http_head.h"

static const char get_browser[] =
	"GET /classes/17?before=90 HTTP/1.1\r\n"
	"Host: school.example:8080\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0\r\n"
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
	"Accept-Language: en-GB,en;q=0.5\r\n"
	"Accept-Encoding: gzip, deflate, br\r\n"
	"Cookie: mc_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"
	"\r\n";

static void
check_same(const struct mc_request_head *a, const struct mc_request_head *b)
{
	check_int(a->method, b->method, "method");
	check_str(a->method_text, b->method_text, "method_text");
	check_str(a->target, b->target, "target");
	check_str(a->host, b->host, "host");
	check_int(a->minor_version, b->minor_version, "minor_version");
	check_int(a->keep_alive, b->keep_alive, "keep_alive");
	check_int(a->expects_continue, b->expects_continue, "expects_continue");
	check_int(a->framing, b->framing, "framing");
	check_int(a->content_length, b->content_length, "content_length");
	check_int(a->size, b->size, "size");
	check_int(a->n_fields, b->n_fields, "n_fields");
	for (size_t i = 0; i < a->n_fields; i++) {
		check_str(a->fields[i].name, b->fields[i].name, "field name");
		check_str(a->fields[i].value, b->fields[i].value, "field value");
	}
}

static void
test_a_browsers_request_is_read_field_by_field(void **state)
{
	struct mc_request_head head;

	(void)state;
	check_taken(get_browser, &head);
	check_int(MC_METHOD_GET, head.method, "method");
	check_str(MC_STR("GET"), head.method_text, "method");
	check_str(MC_STR("/classes/17?before=90"), head.target, "target");
	check_str(MC_STR("school.example:8080"), head.host, "host");
	check_int(1, head.minor_version, "version");
	check_int(true, head.keep_alive, "keep_alive");
	check_int(false, head.expects_continue, "expects_continue");
	check_int(MC_FRAMING_NONE, head.framing, "framing");
	check_int(strlen(get_browser), head.size, "size");
	check_int(6, head.n_fields, "n_fields");
	check_str(MC_STR("Accept-Language"), head.fields[3].name, "fourth");
	check_str(MC_STR("en-GB,en;q=0.5"), head.fields[3].value, "fourth");
}

/* Every request here is taken; the tests of cuts use them all. */
static const char *const good[] = {
	get_browser,
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"HEAD / HTTP/1.0\r\n\r\n",
	"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n",
	"POST / HTTP/1.1\r\nHost:a\r\nTransfer-Encoding:\t chunked \t\r\nConnection: close\r\n\r\n",
	"GET http://school.example/a?b HTTP/1.1\r\nHost: other.example\r\n\r\n",
	"OPTIONS * HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
	"CONNECT school.example:443 HTTP/1.1\r\nHost: school.example:443\r\n\r\n",
	"PATCH / HTTP/1.9\r\nHost: a\r\nX-Empty:\r\nX-Blank: \t \r\n\r\n",
};

static void
test_a_request_cut_anywhere_is_the_same_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < MC_COUNT(good); i++) {
		struct mc_str text = mc_str_from(good[i]);
		struct mc_head_parser parser = { 0 };
		struct mc_request_head whole, cut;

		check_int(MC_HEAD_OK, mc_request_head_parse(&parser, text, &whole), good[i]);
		for (size_t n = 0; n < text.len; n++) {
			struct mc_head_parser two = { 0 };
			struct mc_str first = guard_copy(mc_str_first(text, n));
			check_int(MC_HEAD_MORE, mc_request_head_parse(&two, first, &cut), good[i]);
			/* The copy lies elsewhere: bytes may move between the calls. */
			check_int(MC_HEAD_OK, mc_request_head_parse(&two, guard_copy(text), &cut),
				good[i]);
			check_same(&whole, &cut);
		}
	}
}

static void
test_a_request_byte_by_byte_is_whole_with_its_last_byte_and_not_before(void **state)
{
	(void)state;
	for (size_t i = 0; i < MC_COUNT(good); i++) {
		struct mc_str text = mc_str_from(good[i]);
		struct mc_head_parser at_once = { 0 }, parser = { 0 };
		struct mc_request_head whole, grown;

		check_int(MC_HEAD_OK, mc_request_head_parse(&at_once, text, &whole), good[i]);
		for (size_t n = 0; n < text.len; n++) {
			struct mc_str bytes = guard_copy(mc_str_first(text, n));
			check_int(MC_HEAD_MORE, mc_request_head_parse(&parser, bytes, &grown),
				good[i]);
			check_int(n, parser.position, "no byte is looked at twice");
		}
		check_int(MC_HEAD_OK, mc_request_head_parse(&parser, guard_copy(text), &grown),
			good[i]);
		check_same(&whole, &grown);
	}
}

static void
test_asking_again_after_the_end_gives_the_same_head_where_the_bytes_are_now(void **state)
{
	struct mc_head_parser parser = { 0 };
	struct mc_request_head first, again;
	struct mc_str moved;

	(void)state;
	check_int(MC_HEAD_OK, mc_request_head_parse(&parser, mc_str_from(get_browser), &first),
		"first");
	moved = guard_copy(mc_str_from(get_browser));
	check_int(MC_HEAD_OK, mc_request_head_parse(&parser, moved, &again), "again");
	check_same(&first, &again);
	assert_ptr_equal(moved.ptr, again.method_text.ptr);
}

static void
test_what_follows_the_head_is_left_alone(void **state)
{
	static const char text[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
				   "\x01\nxGET / HT\r\r\r";
	struct mc_request_head head;

	(void)state;
	check_taken(text, &head);
	check_int(strlen(text) - strlen("\x01\nxGET / HT\r\r\r"), head.size, "size");
	check_int(MC_FRAMING_LENGTH, head.framing, "framing");
	check_int(3, head.content_length, "length");
}

static void
test_a_wrong_request_line_is_refused_at_its_first_wrong_byte(void **state)
{
	/* clang-format off */
	static const struct refusal cases[] = {
		{ "no method", "", " ", 400 },
		{ "TLS on a plain port", "", "\x16", 400 },
		{ "bare LF before the request", "", "\n", 400 },
		{ "CR without LF before the request", "\r", "G", 400 },
		{ "a second empty line", "\r\n", "\r", 400 },
		{ "a byte that no token has", "GE", "(", 400 },
		{ "a tab for a blank", "GET", "\t", 400 },
		{ "a method and nothing else", "GET", "\r", 400 },
		{ "two blanks before the target", "GET ", " ", 400 },
		{ "HTTP/0.9", "GET /", "\r", 400 },
		{ "a fragment", "GET /a", "#", 400 },
		{ "a control character in the target", "GET /a", "\x7f", 400 },
		{ "a raw UTF-8 byte in the target", "GET /caf", "\xc3", 400 },
		{ "a quote in the target", "GET /a", "\"", 400 },
		{ "a backslash in the target", "GET /a", "\\", 400 },
		{ "a tab behind the target", "GET /", "\t", 400 },
		{ "two blanks before the version", "GET / ", " ", 400 },
		{ "not HTTP", "GET / HTTP", "S", 400 },
		{ "lower case", "GET / ", "h", 400 },
		{ "letter for a version", "GET / HTTP/", "x", 400 },
		{ "comma for a point", "GET / HTTP/1", ",", 400 },
		{ "no minor version", "GET / HTTP/1.", "\r", 400 },
		{ "blank in the version", "GET / HTTP/", " ", 400 },
		{ "two digits", "GET / HTTP/1", "1", 400 },
		{ "two digits behind the point", "GET / HTTP/1.1", "1", 400 },
		{ "blank at the end", "GET / HTTP/1.1", " ", 400 },
		{ "bare LF", "GET / HTTP/1.1", "\n", 400 },
		{ "bare CR", "GET / HTTP/1.1\r", "\r", 400 },
		{ "HTTP/2", "GET / HTTP/2.", "0", 505 },
		{ "HTTP/0.9 said aloud", "GET / HTTP/0.", "9", 505 },
		{ "HTTP/9", "GET / HTTP/9.", "9", 505 },
	};
	/* clang-format on */

	(void)state;
	check_refusals(cases, MC_COUNT(cases));
}

static void
test_a_wrong_field_line_is_refused_at_its_first_wrong_byte(void **state)
{
	/* clang-format off */
	static const struct refusal cases[] = {
		{ "blank before the first field", LINE, " ", 400 },
		{ "tab before the first field", LINE, "\t", 400 },
		{ "obs-fold", HOST "X: a\r\n", " ", 400 },
		{ "obs-fold with a tab", HOST "X: a\r\n", "\t", 400 },
		{ "no name", HOST, ":", 400 },
		{ "blank before the colon", LINE "Host", " ", 400 },
		{ "tab before the colon", LINE "Host", "\t", 400 },
		{ "blank in the name", LINE "Ho", " ", 400 },
		{ "no colon", LINE "Host", "\r", 400 },
		{ "a byte that no token has", LINE "Ho", "/", 400 },
		{ "a control character in the name", LINE "Ho", "\x01", 400 },
		{ "obs-text in the name", LINE "H", "\xc3", 400 },
		{ "bare LF behind a value", LINE "Host: a", "\n", 400 },
		{ "bare LF before a value", LINE "Host:", "\n", 400 },
		{ "bare CR in a value", HOST "X: a\r", "b", 400 },
		{ "two CR", HOST "X: a\r", "\r", 400 },
		{ "a control character in a value", HOST "X: a", "\x01", 400 },
		{ "DEL in a value", HOST "X: a", "\x7f", 400 },
		{ "escape before a value", HOST "X:", "\x1b", 400 },
		{ "bare LF for the empty line", HOST, "\n", 400 },
		{ "CR without LF at the end", HOST "\r", "G", 400 },
		{ "two CR at the end", HOST "\r", "\r", 400 },
	};
	/* clang-format on */

	(void)state;
	check_refusals(cases, MC_COUNT(cases));
}

static void
test_nul_is_refused_wherever_it_stands(void **state)
{
	struct mc_str text = mc_str_from(get_browser);
	struct mc_request_head head;
	char bytes[sizeof(get_browser)];

	(void)state;
	for (size_t i = 0; i < text.len; i++) {
		struct mc_head_parser parser = { 0 };
		memcpy(bytes, get_browser, sizeof(bytes));
		bytes[i] = '\0';
		struct mc_str cut = guard_copy((struct mc_str){ bytes, i + 1 });
		check_int(MC_HEAD_BAD, mc_request_head_parse(&parser, cut, &head), "NUL");
		check_int(400, parser.refusal_status, "NUL");
	}
}

/* The result for a head in which `byte` stands between `before` and `after`. */
static enum mc_head_result
with_byte(const char *before, int byte, const char *after)
{
	struct mc_head_parser parser = { 0 };
	struct mc_request_head head;
	char text[128];

	size_t len = strlen(before);
	memcpy(text, before, len);
	text[len++] = (char)byte;
	memcpy(text + len, after, strlen(after));
	len += strlen(after);
	return mc_request_head_parse(&parser, guard_copy((struct mc_str){ text, len }), &head);
}

static bool
is_one_of(int byte, const char *set)
{
	return byte != 0 && strchr(set, byte) != NULL;
}

static void
test_each_byte_is_taken_exactly_where_the_grammar_allows_it(void **state)
{
	static const char digits_letters[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char why[32];
		snprintf(why, sizeof(why), "byte %02x", (unsigned)byte);
		bool plain = is_one_of(byte, digits_letters);
		bool token = plain || is_one_of(byte, "!#$%&'*+-.^_`|~"); /* RFC 9110, 5.6.2 */
		/* RFC 3986, 3.3 and 3.4; then what browsers send raw. */
		bool target = plain || is_one_of(byte, "-._~%!$&'()*+,;=:@/?") ||
			      is_one_of(byte, "[]^`{|}");
		/* RFC 9110, 5.5: field-vchar, blank, tab. */
		bool value = byte == '\t' || (byte >= ' ' && byte != 0x7f);
		bool host = plain || is_one_of(byte, "-._~!$&'()*+,;=");

		check_int(token,
			with_byte("GE", byte, "T / HTTP/1.1\r\nHost: a\r\n\r\n") == MC_HEAD_OK,
			why);
		/* A blank ends the target, and what follows is then no version. */
		check_int(target,
			with_byte("GET /a", byte, "b HTTP/1.1\r\nHost: a\r\n\r\n") == MC_HEAD_OK,
			why);
		/* A colon ends the name. */
		check_int(token || byte == ':',
			with_byte(HOST "X", byte, "Y: a\r\n\r\n") == MC_HEAD_OK, why);
		check_int(value, with_byte(HOST "X: a", byte, "b\r\n\r\n") == MC_HEAD_OK, why);
		check_int(byte == '\r', with_byte(HOST "X: a", byte, "\n\r\n") == MC_HEAD_OK, why);
		check_int(host, with_byte(LINE "Host: a", byte, "b\r\n\r\n") == MC_HEAD_OK, why);
	}
}

static void
test_each_byte_is_judged_alike_wherever_it_stands_in_a_long_value(void **state)
{
	static const char long_value[] = "0123456789abcdefghijklmn";

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		/* RFC 9110, 5.5: field-vchar, blank, tab. */
		bool value = byte == '\t' || (byte >= ' ' && byte != 0x7f);
		for (size_t offset = 1; offset < strlen(long_value); offset++) {
			char before[64], after[64], why[32];
			snprintf(before, sizeof(before), HOST "X:%.*s", (int)offset, long_value);
			snprintf(after, sizeof(after), "%s\r\n\r\n", long_value + offset);
			snprintf(why, sizeof(why), "byte %02x at %zu", (unsigned)byte, offset);
			check_int(value, with_byte(before, byte, after) == MC_HEAD_OK, why);
		}
	}
}

static void
test_blanks_around_a_value_are_not_part_of_it(void **state)
{
	struct mc_request_head head;

	(void)state;
	check_taken(HOST "A:b\r\nC: \t d e\t \r\nF:\r\nG: \t \r\n\r\n", &head);
	check_str(MC_STR("b"), head.fields[1].value, "none");
	check_str(MC_STR("d e"), head.fields[2].value, "both sides");
	check_int(0, head.fields[3].value.len, "empty");
	assert_non_null(head.fields[3].value.ptr);
	check_int(0, head.fields[4].value.len, "only blanks");
}

static void
test_methods_are_known_by_their_exact_names(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		enum mc_method method;
	} cases[] = {
		{ "GET", MC_METHOD_GET },       { "HEAD", MC_METHOD_HEAD },
		{ "POST", MC_METHOD_POST },     { "PUT", MC_METHOD_PUT },
		{ "DELETE", MC_METHOD_DELETE }, { "OPTIONS", MC_METHOD_OPTIONS },
		{ "get", MC_METHOD_OTHER },     { "GETS", MC_METHOD_OTHER },
		{ "GE", MC_METHOD_OTHER },      { "M-SEARCH", MC_METHOD_OTHER },
	};
	/* clang-format on */
	struct mc_request_head head;
	char text[128];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		snprintf(text, sizeof(text), "%s / HTTP/1.1\r\nHost: a\r\n\r\n", cases[i].text);
		check_taken(text, &head);
		check_int(cases[i].method, head.method, cases[i].text);
		check_str(mc_str_from(cases[i].text), head.method_text, cases[i].text);
		if (cases[i].method != MC_METHOD_OTHER)
			check_str(mc_str_from(cases[i].text), mc_method_name(head.method),
				cases[i].text);
	}
	check_int(0, mc_method_name(MC_METHOD_OTHER).len, "no name");
}

static void
test_a_method_that_only_reads_is_safe_and_an_unknown_one_is_not(void **state)
{
	static const bool safe[MC_METHOD_COUNT] = {
		[MC_METHOD_GET] = true, [MC_METHOD_HEAD] = true, [MC_METHOD_OPTIONS] = true
	};

	(void)state;
	for (int method = 0; method < MC_METHOD_COUNT; method++)
		check_int(safe[method], mc_method_is_safe((enum mc_method)method), "safe");
}

static void
test_a_higher_minor_version_is_read_as_1_1(void **state)
{
	struct mc_request_head head;

	/* RFC 9110, 2.5. */
	(void)state;
	check_taken("GET / HTTP/1.2\r\nHost: a\r\n\r\n", &head);
	check_int(1, head.minor_version, "1.2");
	check_int(true, head.keep_alive, "1.2");
}

/* A request of exactly `size` bytes with one long piece, which `before` and `after` stand around.
 */
static enum mc_head_result
parse_sized(const char *before, size_t size, const char *after, struct mc_head_parser *parser)
{
	static char text[2 * MC_HEAD_SIZE_MAX];
	struct mc_request_head head;

	memset(text, 'a', size);
	memcpy(text, before, strlen(before));
	memcpy(text + size - strlen(after), after, strlen(after));
	memset(parser, 0, sizeof(*parser));
	return mc_request_head_parse(parser, guard_copy((struct mc_str){ text, size }), &head);
}

static void
test_a_head_of_sixteen_kibibytes_is_taken_and_one_byte_more_is_431(void **state)
{
	struct mc_head_parser parser;

	(void)state;
	check_int(MC_HEAD_OK, parse_sized(HOST "X: ", MC_HEAD_SIZE_MAX, "\r\n\r\n", &parser), "at");
	check_int(MC_HEAD_BAD, parse_sized(HOST "X: ", MC_HEAD_SIZE_MAX + 1, "\r\n\r\n", &parser),
		"above");
	check_int(431, parser.refusal_status, "above");
	check_int(
		MC_HEAD_MORE, parse_sized(HOST "X: ", MC_HEAD_SIZE_MAX - 1, "", &parser), "below");
	check_int(MC_HEAD_BAD, parse_sized(HOST "X: ", MC_HEAD_SIZE_MAX, "", &parser),
		"nothing can make it good");
	check_int(431, parser.refusal_status, "at, without its end");
}

static void
test_a_request_line_above_the_size_of_a_head_is_414(void **state)
{
	struct mc_head_parser parser;

	(void)state;
	check_int(MC_HEAD_MORE, parse_sized("GET /", MC_HEAD_SIZE_MAX - 1, "", &parser), "below");
	check_int(MC_HEAD_BAD, parse_sized("GET /", MC_HEAD_SIZE_MAX, "", &parser), "at");
	check_int(414, parser.refusal_status, "at");
	check_int(MC_HEAD_BAD, parse_sized("GET /", 2 * MC_HEAD_SIZE_MAX, "", &parser), "above");
	check_int(414, parser.refusal_status, "above");
}

static void
test_a_method_longer_than_any_is_501(void **state)
{
	char text[128];

	(void)state;
	snprintf(text, sizeof(text), "%0*d / HTTP/1.1\r\nHost: a\r\n\r\n", MC_METHOD_SIZE_MAX, 0);
	struct mc_request_head head;
	check_taken(text, &head);
	snprintf(text, sizeof(text), "%0*d", MC_METHOD_SIZE_MAX + 1, 0);
	check_refused(text, 501, "one above");
}

static void
test_the_sixty_fifth_field_is_431(void **state)
{
	struct mc_request_head head;
	char text[1024] = HOST;

	(void)state;
	for (int i = 1; i < MC_HEAD_FIELDS_MAX; i++)
		memcpy(text + strlen(HOST) + 6 * (size_t)(i - 1), "X: a\r\n", 7);
	size_t len = strlen(text);
	memcpy(text + len, "\r\n", 3);
	check_taken(text, &head);
	check_int(MC_HEAD_FIELDS_MAX, head.n_fields, "as many as may be");
	memcpy(text + len, "Y", 2);
	check_refused(text, 431, "one above");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_browsers_request_is_read_field_by_field),
		cmocka_unit_test(test_a_request_cut_anywhere_is_the_same_request),
		cmocka_unit_test(
			test_a_request_byte_by_byte_is_whole_with_its_last_byte_and_not_before),
		cmocka_unit_test(
			test_asking_again_after_the_end_gives_the_same_head_where_the_bytes_are_now),
		cmocka_unit_test(test_what_follows_the_head_is_left_alone),
		cmocka_unit_test(test_a_wrong_request_line_is_refused_at_its_first_wrong_byte),
		cmocka_unit_test(test_a_wrong_field_line_is_refused_at_its_first_wrong_byte),
		cmocka_unit_test(test_nul_is_refused_wherever_it_stands),
		cmocka_unit_test(test_each_byte_is_taken_exactly_where_the_grammar_allows_it),
		cmocka_unit_test(test_each_byte_is_judged_alike_wherever_it_stands_in_a_long_value),
		cmocka_unit_test(test_blanks_around_a_value_are_not_part_of_it),
		cmocka_unit_test(test_methods_are_known_by_their_exact_names),
		cmocka_unit_test(test_a_method_that_only_reads_is_safe_and_an_unknown_one_is_not),
		cmocka_unit_test(test_a_higher_minor_version_is_read_as_1_1),
		cmocka_unit_test(
			test_a_head_of_sixteen_kibibytes_is_taken_and_one_byte_more_is_431),
		cmocka_unit_test(test_a_request_line_above_the_size_of_a_head_is_414),
		cmocka_unit_test(test_a_method_longer_than_any_is_501),
		cmocka_unit_test(test_the_sixty_fifth_field_is_431),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
