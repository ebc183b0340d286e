/* Writing a response head. */

#include "libminiclass/http/response.h"

#include "libminiclass/http/head.h"
#include "libminiclass/http/status.h"
#include "test/unit/check.h"

static int
begin(void **state)
{
	static struct mc_buf buf;

	mc_buf_init(&buf, 4096);
	*state = &buf;
	return 0;
}

static int
end(void **state)
{
	mc_buf_finish(*state);
	return 0;
}

static void
test_a_head_is_written_line_by_line(void **state)
{
	struct mc_buf *buf = *state;

	mc_response_begin(buf, 201);
	mc_response_field(buf, MC_STR("Location"), MC_STR("/classes/17"));
	mc_response_field(buf, MC_STR("Empty"), MC_STR(""));
	mc_response_field_int(buf, MC_STR("Content-Length"), 12);
	mc_response_end(buf);
	assert_true(mc_buf_ok(buf));
	check_str(MC_STR("HTTP/1.1 201 Created\r\nLocation: /classes/17\r\nEmpty: \r\n"
			 "Content-Length: 12\r\n\r\n"),
		mc_buf_str(buf), "head");
}

static void
test_what_is_written_is_read_back(void **state)
{
	struct mc_buf *buf = *state;
	struct mc_head_parser parser = { 0 };
	struct mc_response_head head;

	mc_response_begin(buf, 404);
	mc_response_field(buf, MC_STR("X"), MC_STR("caf\xc3\xa9\t1"));
	mc_response_field_int(buf, MC_STR("Content-Length"), 0);
	mc_response_end(buf);
	check_int(MC_HEAD_OK, mc_response_head_parse(&parser, mc_buf_str(buf), &head), "read");
	check_int(404, head.status, "status");
	check_str(MC_STR("caf\xc3\xa9\t1"), head.fields[0].value, "value");
}

static void
test_a_code_without_a_reason_keeps_its_blank(void **state)
{
	struct mc_buf *buf = *state;

	/* RFC 9112, 4. */
	mc_response_begin(buf, 299);
	check_str(MC_STR("HTTP/1.1 299 \r\n"), mc_buf_str(buf), "line");
}

static void
test_a_value_or_name_that_would_forge_a_field_fails_the_buffer(void **state)
{
	static const struct mc_field fields[] = {
		{ MC_STR_INIT("A"), MC_STR_INIT("b\r\nSet-Cookie: c=d") },
		{ MC_STR_INIT("A"), MC_STR_INIT("b\n") },
		{ MC_STR_INIT("A"), MC_STR_INIT("\r") },
		{ MC_STR_INIT("A"), MC_STR_INIT("b\0c") },
		{ MC_STR_INIT("A"), MC_STR_INIT("\x1b") },
		{ MC_STR_INIT("A: b\r\nC"), MC_STR_INIT("d") },
		{ MC_STR_INIT("A "), MC_STR_INIT("b") },
		{ MC_STR_INIT(""), MC_STR_INIT("b") },
	};
	struct mc_buf *buf = *state;

	for (size_t i = 0; i < MC_COUNT(fields); i++) {
		mc_buf_clear(buf);
		mc_response_begin(buf, 200);
		mc_response_field(buf, fields[i].name, fields[i].value);
		assert_false(mc_buf_ok(buf));
	}
	mc_buf_clear(buf);
	mc_response_field_int(buf, MC_STR("A:"), 1);
	assert_false(mc_buf_ok(buf));
}

static void
test_reasons_are_those_of_the_registry(void **state)
{
	/* RFC 9110, 15, and RFC 6585. */
	(void)state;
	check_str(MC_STR("OK"), mc_http_reason(200), "200");
	check_str(MC_STR("See Other"), mc_http_reason(303), "303");
	check_str(MC_STR("Content Too Large"), mc_http_reason(413), "413");
	check_str(MC_STR("Unprocessable Content"), mc_http_reason(422), "422");
	check_str(MC_STR("Request Header Fields Too Large"), mc_http_reason(431), "431");
	check_str(MC_STR("HTTP Version Not Supported"), mc_http_reason(505), "505");
	check_int(0, mc_http_reason(299).len, "none of ours");
	check_int(0, mc_http_reason(-1).len, "none at all");
}

static void
test_what_has_no_body_is_known_by_its_code(void **state)
{
	/* RFC 9112, 6.3. */
	static const int without[] = { 100, 101, 199, 204, 304 };
	static const int with[] = { 200, 201, 206, 303, 400, 404, 500 };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(without); i++)
		assert_false(mc_http_has_body(without[i]));
	for (size_t i = 0; i < MC_COUNT(with); i++)
		assert_true(mc_http_has_body(with[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_head_is_written_line_by_line, begin, end),
		cmocka_unit_test_setup_teardown(test_what_is_written_is_read_back, begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_code_without_a_reason_keeps_its_blank, begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_value_or_name_that_would_forge_a_field_fails_the_buffer, begin, end),
		cmocka_unit_test(test_reasons_are_those_of_the_registry),
		cmocka_unit_test(test_what_has_no_body_is_known_by_its_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
