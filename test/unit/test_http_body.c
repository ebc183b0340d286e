/* Bodies: by length, in chunks, until the end; read in pieces of every size. */

#include "libminiclass/http/body.h"

#include <stdio.h>

#include "test/unit/check.h"

enum { LIMIT = 64 };

struct read {
	enum mc_body_result result;
	size_t used; /* of all pieces together */
	char data[2 * LIMIT];
	size_t len;
};

/* Gives the bytes in pieces of `piece` bytes until the body ends, is refused, or wants more. */
static struct read
read_in(struct mc_body *body, struct mc_str in, size_t piece)
{
	struct read read = { .result = MC_BODY_MORE };

	for (;;) {
		struct mc_str part = guard_copy(mc_str_first(mc_str_skip(in, read.used), piece));
		struct mc_str data;
		size_t used = SIZE_MAX;
		read.result = mc_body_next(body, part, &used, &data);
		assert_in_range(used, 0, part.len);
		read.used += used;
		if (read.result == MC_BODY_DATA) {
			assert_in_range(data.len, 1, sizeof(read.data) - read.len);
			memcpy(read.data + read.len, data.ptr, data.len);
			read.len += data.len;
		} else if (read.result != MC_BODY_MORE) {
			return read;
		} else {
			check_int(part.len, used, "MORE has used all");
			if (read.used == in.len)
				return read;
		}
	}
}

static struct read
read_chunked(struct mc_str in, size_t piece)
{
	struct mc_body body;

	mc_body_init(&body, MC_FRAMING_CHUNKED, 0, LIMIT);
	return read_in(&body, in, piece);
}

static struct mc_str
data_of(const struct read *read)
{
	return (struct mc_str){ read->data, read->len };
}

static void
test_no_body_is_done_at_once(void **state)
{
	struct mc_body body;
	struct mc_str data;
	size_t used;

	(void)state;
	mc_body_init(&body, MC_FRAMING_NONE, 0, LIMIT);
	check_int(MC_BODY_DONE, mc_body_next(&body, MC_STR("GET"), &used, &data), "none");
	check_int(0, used, "none");
	mc_body_init(&body, MC_FRAMING_LENGTH, 0, LIMIT);
	check_int(MC_BODY_DONE, mc_body_next(&body, MC_STR("GET"), &used, &data), "length 0");
	check_int(0, used, "length 0");
}

static void
test_a_length_is_read_to_its_last_byte_and_not_beyond(void **state)
{
	(void)state;
	for (size_t piece = 1; piece <= 8; piece++) {
		struct mc_body body;
		mc_body_init(&body, MC_FRAMING_LENGTH, 5, LIMIT);
		struct read read = read_in(&body, MC_STR("helloGET"), piece);
		check_int(MC_BODY_DONE, read.result, "whole");
		check_int(5, read.used, "used");
		check_str(MC_STR("hello"), data_of(&read), "data");

		mc_body_init(&body, MC_FRAMING_LENGTH, 5, LIMIT);
		read = read_in(&body, MC_STR("hell"), piece);
		check_int(MC_BODY_MORE, read.result, "one byte short");
	}
}

static void
test_a_length_above_the_limit_is_refused_before_its_bytes(void **state)
{
	struct mc_body body;
	struct mc_str data;
	size_t used;

	(void)state;
	mc_body_init(&body, MC_FRAMING_LENGTH, LIMIT, LIMIT);
	check_int(MC_BODY_MORE, mc_body_next(&body, MC_STR(""), &used, &data), "at the limit");
	mc_body_init(&body, MC_FRAMING_LENGTH, LIMIT + 1, LIMIT);
	check_int(MC_BODY_TOO_BIG, mc_body_next(&body, MC_STR(""), &used, &data), "one above");
	check_int(MC_BODY_TOO_BIG, mc_body_next(&body, MC_STR("a"), &used, &data), "it stays so");
}

static void
test_a_body_until_the_end_is_all_there_is_up_to_the_limit(void **state)
{
	static const char text[LIMIT + 1] = "hello";
	struct mc_body body;

	(void)state;
	mc_body_init(&body, MC_FRAMING_UNTIL_CLOSE, 0, LIMIT);
	struct read read = read_in(&body, (struct mc_str){ text, LIMIT }, 7);
	check_int(MC_BODY_MORE, read.result, "never done");
	check_int(LIMIT, read.len, "all");
	mc_body_init(&body, MC_FRAMING_UNTIL_CLOSE, 0, LIMIT);
	read = read_in(&body, (struct mc_str){ text, LIMIT + 1 }, 1);
	check_int(MC_BODY_TOO_BIG, read.result, "one above");
}

static void
test_chunks_are_the_same_in_pieces_of_any_size(void **state)
{
	/* RFC 9112, 7.1: extensions and trailers are read and dropped. */
	static const char text[] = "5\r\nhello\r\n"
				   "00b;name=value;other=\"a;b\"\r\n, classroom\r\n"
				   "1;\r\n!\r\n"
				   "0;last\r\nX-Checksum: 1\r\nEmpty:\r\n\r\n";
	static const char next[] = "GET / HTTP/1.1\r\n";
	char both[sizeof(text) + sizeof(next)];

	(void)state;
	snprintf(both, sizeof(both), "%s%s", text, next);
	for (size_t piece = 1; piece <= strlen(both); piece++) {
		struct read read = read_chunked(mc_str_from(both), piece);
		check_int(MC_BODY_DONE, read.result, "whole");
		check_int(strlen(text), read.used, "the next request is left alone");
		check_str(MC_STR("hello, classroom!"), data_of(&read), "data");
	}
	for (size_t n = 0; n < strlen(text); n++)
		check_int(MC_BODY_MORE, read_chunked((struct mc_str){ text, n }, n + 1).result,
			"cut");
}

static void
test_done_stays_done(void **state)
{
	struct mc_body body;
	struct mc_str data;
	size_t used;

	(void)state;
	mc_body_init(&body, MC_FRAMING_CHUNKED, 0, LIMIT);
	check_int(MC_BODY_DONE, read_in(&body, MC_STR("0\r\n\r\n"), 1).result, "done");
	check_int(MC_BODY_DONE, mc_body_next(&body, MC_STR("5\r\n"), &used, &data), "again");
	check_int(0, used, "again");
}

static void
test_wrong_chunks_are_refused_at_their_first_wrong_byte(void **state)
{
	/* clang-format off */
	static const struct {
		const char *why, *good, *bad;
	} cases[] = {
		{ "no size", "", "\r" },
		{ "an extension without a size", "", ";" },
		{ "blank before the size", "", " " },
		{ "plus", "", "+" },
		{ "minus", "", "-" },
		{ "no hexadecimal digit", "", "g" },
		{ "0x", "0", "x" },
		{ "underscore", "1", "_" },
		{ "blank behind the size", "5", " " },
		{ "tab behind the size", "5", "\t" },
		{ "16 digits", "000000000000005", "0" },
		{ "wraps 64 bits", "100000000000000", "0" },
		{ "bare LF behind the size", "5", "\n" },
		{ "bare CR behind the size", "5\r", "h" },
		{ "bare LF behind an extension", "5;a=b", "\n" },
		{ "bare CR in an extension", "5;a\r", "b" },
		{ "control character in an extension", "5;a", "\x01" },
		{ "data longer than announced", "5\r\nhello", "!" },
		{ "bare LF behind the data", "5\r\nhello", "\n" },
		{ "bare CR behind the data", "5\r\nhello\r", "5" },
		{ "bare LF behind the last size", "0", "\n" },
		{ "bare LF at the end", "0\r\n", "\n" },
		{ "bare CR at the end", "0\r\n\r", "G" },
		{ "a request in place of the empty line", "0\r\nGET", " " },
		{ "obs-fold in the trailers", "0\r\nX: a\r\n", " " },
		{ "blank before a trailer", "0\r\n", " " },
		{ "a trailer without a name", "0\r\n", ":" },
		{ "blank before the colon", "0\r\nX", " " },
		{ "a trailer without a colon", "0\r\nX", "\r" },
		{ "control character in a trailer", "0\r\nX: ", "\x7f" },
		{ "bare LF behind a trailer", "0\r\nX: a", "\n" },
		{ "bare CR in a trailer", "0\r\nX: a\r", "b" },
	};
	/* clang-format on */
	char text[128];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		check_int(MC_BODY_MORE, read_chunked(mc_str_from(cases[i].good), 1).result,
			cases[i].why);
		snprintf(text, sizeof(text), "%s%s", cases[i].good, cases[i].bad);
		for (size_t piece = 1; piece <= strlen(text); piece++) {
			struct read read = read_chunked(mc_str_from(text), piece);
			check_int(MC_BODY_BAD, read.result, cases[i].why);
		}
	}
}

static void
test_nul_is_refused_in_framing_and_taken_in_data(void **state)
{
	struct read read = read_chunked(MC_STR("3\r\na\0b\r\n0\r\n\r\n"), 1);

	(void)state;
	check_int(MC_BODY_DONE, read.result, "data");
	check_str(MC_STR("a\0b"), data_of(&read), "data");
	check_int(MC_BODY_BAD, read_chunked(MC_STR("3\0"), 1).result, "size");
	check_int(MC_BODY_BAD, read_chunked(MC_STR("3;a\0"), 1).result, "extension");
	check_int(MC_BODY_BAD, read_chunked(MC_STR("0\r\nX\0"), 1).result, "trailer");
}

static void
test_what_was_refused_stays_refused(void **state)
{
	struct mc_body body;
	struct mc_str data;
	size_t used;

	(void)state;
	mc_body_init(&body, MC_FRAMING_CHUNKED, 0, LIMIT);
	check_int(MC_BODY_BAD, read_in(&body, MC_STR("x"), 1).result, "first");
	check_int(MC_BODY_BAD, mc_body_next(&body, MC_STR("0\r\n\r\n"), &used, &data), "again");
}

static void
test_chunks_above_the_limit_are_refused_before_their_bytes(void **state)
{
	struct mc_body body;

	(void)state;
	check_int(MC_BODY_MORE, read_chunked(MC_STR("40\r\n"), 1).result, "at the limit");
	check_int(MC_BODY_TOO_BIG, read_chunked(MC_STR("41\r"), 1).result, "one above");
	check_int(MC_BODY_TOO_BIG, read_chunked(MC_STR("fffffffffffffff\r"), 1).result, "most");
	mc_body_init(&body, MC_FRAMING_CHUNKED, 0, 5);
	check_int(MC_BODY_MORE, read_in(&body, MC_STR("3\r\nabc\r\n2\r\n"), 1).result, "sum at it");
	mc_body_init(&body, MC_FRAMING_CHUNKED, 0, 5);
	check_int(MC_BODY_TOO_BIG, read_in(&body, MC_STR("3\r\nabc\r\n3\r\n"), 1).result, "above");
}

static void
test_extensions_and_trailers_have_a_bound_of_their_own(void **state)
{
	static char text[MC_BODY_OVERHEAD_MAX + 16];
	struct mc_body body;
	struct mc_str data;
	size_t used;

	(void)state;
	memset(text, 'a', sizeof(text));
	mc_body_init(&body, MC_FRAMING_CHUNKED, 0, LIMIT);
	check_int(MC_BODY_MORE, mc_body_next(&body, MC_STR("1;"), &used, &data), "begin");
	struct mc_str most = { text, MC_BODY_OVERHEAD_MAX };
	check_int(MC_BODY_MORE, mc_body_next(&body, most, &used, &data), "at the bound");
	check_int(MC_BODY_BAD, mc_body_next(&body, MC_STR("a"), &used, &data), "one above");

	mc_body_init(&body, MC_FRAMING_CHUNKED, 0, LIMIT);
	check_int(MC_BODY_MORE, mc_body_next(&body, MC_STR("0\r\nX:"), &used, &data), "begin");
	check_int(MC_BODY_BAD, mc_body_next(&body, most, &used, &data), "X counts too");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_body_is_done_at_once),
		cmocka_unit_test(test_a_length_is_read_to_its_last_byte_and_not_beyond),
		cmocka_unit_test(test_a_length_above_the_limit_is_refused_before_its_bytes),
		cmocka_unit_test(test_a_body_until_the_end_is_all_there_is_up_to_the_limit),
		cmocka_unit_test(test_chunks_are_the_same_in_pieces_of_any_size),
		cmocka_unit_test(test_done_stays_done),
		cmocka_unit_test(test_wrong_chunks_are_refused_at_their_first_wrong_byte),
		cmocka_unit_test(test_nul_is_refused_in_framing_and_taken_in_data),
		cmocka_unit_test(test_what_was_refused_stays_refused),
		cmocka_unit_test(test_chunks_above_the_limit_are_refused_before_their_bytes),
		cmocka_unit_test(test_extensions_and_trailers_have_a_bound_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
