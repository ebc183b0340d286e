/* Framed JSON: docs/CHAT.md, Two forms; a decimal size of 1 to 7 digits, CRLF, the bytes, CRLF. */

#include "libminiclass/chat/frame.h"

#include <stdio.h>

#include "libminiclass/limits.h"
#include "test/unit/check.h"

enum { LIMIT = MC_FRAME_SIZE_MAX };

/* What is no frame must leave *out alone. */
static enum mc_frame_result
next(struct mc_str in, size_t limit, struct mc_frame *out)
{
	struct mc_frame found = { { NULL, 77 }, 88 };
	enum mc_frame_result result = mc_frame_next(guard_copy(in), limit, &found);

	if (result != MC_FRAME_OK) {
		check_int(true, found.json.ptr == NULL && found.json.len == 77, "json unchanged");
		check_int(88, found.size, "size unchanged");
	}
	*out = found;
	return result;
}

static enum mc_frame_result
result_of(struct mc_str in)
{
	struct mc_frame frame;
	return next(in, LIMIT, &frame);
}

static void
test_a_frame_is_whole_with_its_last_byte_and_not_before(void **state)
{
	struct mc_str whole = MC_STR("15\r\n{\"type\":\"ping\"}\r\n");
	struct mc_frame frame;

	(void)state;
	for (size_t n = 0; n < whole.len; n++)
		check_int(MC_FRAME_MORE, next(mc_str_first(whole, n), LIMIT, &frame), "cut");
	check_int(MC_FRAME_OK, next(whole, LIMIT, &frame), "whole");
	check_str(MC_STR("{\"type\":\"ping\"}"), frame.json, "its JSON");
	check_int(whole.len, frame.size, "its size");
}

static void
test_what_follows_a_frame_is_left_for_the_next_call(void **state)
{
	struct mc_str in = MC_STR("2\r\n{}\r\n3\r\n[1]\r\n+");
	struct mc_frame frame;

	(void)state;
	check_int(MC_FRAME_OK, next(in, LIMIT, &frame), "first");
	check_str(MC_STR("{}"), frame.json, "first");
	in = mc_str_skip(in, frame.size);
	check_int(MC_FRAME_OK, next(in, LIMIT, &frame), "second");
	check_str(MC_STR("[1]"), frame.json, "second");
	in = mc_str_skip(in, frame.size);
	check_int(MC_FRAME_BAD, next(in, LIMIT, &frame), "third");
}

static void
test_the_size_counts_bytes_whatever_they_are(void **state)
{
	struct mc_frame frame;

	(void)state;
	check_int(MC_FRAME_OK, next(MC_STR("6\r\n\r\n\0\r\n3\r\n"), LIMIT, &frame), "CRLF within");
	check_str(MC_STR("\r\n\0\r\n3"), frame.json, "CRLF within");
	check_int(MC_FRAME_OK, next(MC_STR("4\r\n\"\xc3\xa4\"\r\n"), LIMIT, &frame), "UTF-8");
	check_str(MC_STR("\"\xc3\xa4\""), frame.json, "bytes, not characters");
	check_int(MC_FRAME_OK, next(MC_STR("1\r\n\xff\r\n"), LIMIT, &frame), "not ours to judge");
}

/* Each case is a good beginning, and then a byte that makes it bad, whatever may come. */
static void
test_a_wrong_byte_is_refused_as_soon_as_it_is_there(void **state)
{
	/* clang-format off */
	static const struct {
		const char *why;
		struct mc_str good, bad;
	} cases[] = {
		{ "plus sign", MC_STR_INIT(""), MC_STR_INIT("+") },
		{ "minus sign", MC_STR_INIT(""), MC_STR_INIT("-") },
		{ "zero", MC_STR_INIT(""), MC_STR_INIT("0") },
		{ "blank before", MC_STR_INIT(""), MC_STR_INIT(" ") },
		{ "tab before", MC_STR_INIT(""), MC_STR_INIT("\t") },
		{ "no digits", MC_STR_INIT(""), MC_STR_INIT("\r") },
		{ "LF first", MC_STR_INIT(""), MC_STR_INIT("\n") },
		{ "NUL first", MC_STR_INIT(""), MC_STR_INIT("\0") },
		{ "JSON without a size", MC_STR_INIT(""), MC_STR_INIT("{") },
		{ "hexadecimal letter first", MC_STR_INIT(""), MC_STR_INIT("a") },
		{ "WebSocket", MC_STR_INIT(""), MC_STR_INIT("G") },
		{ "TLS", MC_STR_INIT(""), MC_STR_INIT("\x16") },
		{ "byte below the digits", MC_STR_INIT(""), MC_STR_INIT("/") },
		{ "byte above the digits", MC_STR_INIT(""), MC_STR_INIT(":") },
		{ "full-width digit", MC_STR_INIT(""), MC_STR_INIT("\xef") },
		{ "hexadecimal digit", MC_STR_INIT("1"), MC_STR_INIT("a") },
		{ "sign within", MC_STR_INIT("1"), MC_STR_INIT("+") },
		{ "blank behind", MC_STR_INIT("15"), MC_STR_INIT(" ") },
		{ "point", MC_STR_INIT("15"), MC_STR_INIT(".") },
		{ "exponent", MC_STR_INIT("1"), MC_STR_INIT("e") },
		{ "comma", MC_STR_INIT("1"), MC_STR_INIT(",") },
		{ "NUL behind", MC_STR_INIT("15"), MC_STR_INIT("\0") },
		{ "no CR", MC_STR_INIT("2"), MC_STR_INIT("\n") },
		{ "no CRLF", MC_STR_INIT("2"), MC_STR_INIT("{") },
		{ "netstring", MC_STR_INIT("2"), MC_STR_INIT(":") },
		{ "no LF", MC_STR_INIT("2\r"), MC_STR_INIT("{") },
		{ "CR twice", MC_STR_INIT("2\r"), MC_STR_INIT("\r") },
		{ "eight digits", MC_STR_INIT("1234567"), MC_STR_INIT("8") },
		{ "size too small", MC_STR_INIT("2\r\n{}"), MC_STR_INIT("}") },
		{ "no CR behind", MC_STR_INIT("2\r\n{}"), MC_STR_INIT("\n") },
		{ "next size at once", MC_STR_INIT("2\r\n{}"), MC_STR_INIT("2") },
		{ "no LF behind", MC_STR_INIT("2\r\n{}\r"), MC_STR_INIT("2") },
		{ "CR twice behind", MC_STR_INIT("2\r\n{}\r"), MC_STR_INIT("\r") },
	};
	/* clang-format on */
	char text[64];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_str good = cases[i].good;
		memcpy(text, good.ptr, good.len);
		memcpy(text + good.len, cases[i].bad.ptr, cases[i].bad.len);
		size_t len = good.len + cases[i].bad.len;
		memcpy(text + len, "\r\n{}\r\n", 6);
		for (size_t n = 0; n <= good.len; n++)
			check_int(MC_FRAME_MORE, result_of(mc_str_first(good, n)), cases[i].why);
		for (size_t n = len; n <= len + 6; n++)
			check_int(
				MC_FRAME_BAD, result_of((struct mc_str){ text, n }), cases[i].why);
	}
}

static void
test_a_leading_zero_is_refused_however_long(void **state)
{
	(void)state;
	check_int(MC_FRAME_BAD, result_of(MC_STR("0\r\n\r\n")), "an empty frame");
	check_int(MC_FRAME_BAD, result_of(MC_STR("02\r\n{}\r\n")), "one");
	check_int(MC_FRAME_BAD, result_of(MC_STR("0000002\r\n{}\r\n")), "seven digits");
	check_int(MC_FRAME_BAD, result_of(MC_STR("0x2\r\n{}\r\n")), "hexadecimal");
}

static void
test_a_size_above_the_limit_is_refused_before_its_bytes(void **state)
{
	struct mc_frame frame;

	(void)state;
	/* 64 KiB at most from a client. */
	check_int(MC_FRAME_MORE, next(MC_STR("65536\r\n"), LIMIT, &frame), "at the limit");
	check_int(MC_FRAME_MORE, next(MC_STR("65537\r"), LIMIT, &frame), "not well-formed yet");
	check_int(MC_FRAME_TOO_BIG, next(MC_STR("65537\r\n"), LIMIT, &frame), "one above");
	check_int(MC_FRAME_TOO_BIG, next(MC_STR("9999999\r\n{"), LIMIT, &frame), "most");
	check_int(MC_FRAME_BAD, next(MC_STR("65537\n"), LIMIT, &frame), "wrong is worse");
	check_int(MC_FRAME_BAD, next(MC_STR("99999999\r\n"), LIMIT, &frame), "eight digits");
	check_int(MC_FRAME_BAD, next(MC_STR("18446744073709551618\r\n"), LIMIT, &frame),
		"2 if it wrapped");
	check_int(MC_FRAME_OK, next(MC_STR("2\r\n{}\r\n"), 2, &frame), "any limit");
	check_int(MC_FRAME_TOO_BIG, next(MC_STR("2\r\n{}\r\n"), 1, &frame), "any limit");
}

/* Of every number of digits, whole, a byte short and a byte more. */
static void
test_a_written_frame_is_read_back(void **state)
{
	static const size_t sizes[] = { 1, 9, 10, 99, 100, 999, 1000, 9999, 10000, 65536, 99999,
		100000, 999999, 1000000, 9999999 };
	char *json = malloc(9999999);
	struct mc_frame frame;

	(void)state;
	assert_non_null(json);
	memset(json, 'x', 9999999);
	for (size_t i = 0; i < MC_COUNT(sizes); i++) {
		struct mc_buf buf;
		char head[16];
		mc_buf_init(&buf, 10000020);
		mc_frame_write(&buf, (struct mc_str){ json, sizes[i] });
		assert_true(mc_buf_ok(&buf));
		struct mc_str text = mc_buf_str(&buf);
		snprintf(head, sizeof(head), "%zu\r\n", sizes[i]);
		check_str(mc_str_from(head), mc_str_first(text, strlen(head)), "its head");
		check_int(strlen(head) + sizes[i] + 2, text.len, "its length");
		check_int(MC_FRAME_MORE, next(mc_str_first(text, text.len - 1), 9999999, &frame),
			"a byte short");
		check_int(MC_FRAME_OK, next(text, 9999999, &frame), "whole");
		check_int(sizes[i], frame.json.len, "its JSON");
		check_int(text.len, frame.size, "its size");
		mc_buf_finish(&buf);
	}
	free(json);
}

static void
test_a_frame_that_does_not_fit_is_not_begun(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 13);
	mc_frame_write(&buf, MC_STR("{}"));
	check_str(MC_STR("2\r\n{}\r\n"), mc_buf_str(&buf), "fits");
	mc_frame_write(&buf, MC_STR("{}"));
	check_int(false, mc_buf_ok(&buf), "a byte too many");
	check_str(MC_STR("2\r\n{}\r\n"), mc_buf_str(&buf), "nothing was added");
	mc_buf_finish(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_frame_is_whole_with_its_last_byte_and_not_before),
		cmocka_unit_test(test_what_follows_a_frame_is_left_for_the_next_call),
		cmocka_unit_test(test_the_size_counts_bytes_whatever_they_are),
		cmocka_unit_test(test_a_wrong_byte_is_refused_as_soon_as_it_is_there),
		cmocka_unit_test(test_a_leading_zero_is_refused_however_long),
		cmocka_unit_test(test_a_size_above_the_limit_is_refused_before_its_bytes),
		cmocka_unit_test(test_a_written_frame_is_read_back),
		cmocka_unit_test(test_a_frame_that_does_not_fit_is_not_begun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
