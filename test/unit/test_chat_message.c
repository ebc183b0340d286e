/* Commands as JSON: docs/CHAT.md, Commands. */

#include "libminiclass/chat/message.h"

#include <stdio.h>

#include "test/unit/chat_message.h"

/* The JSON is gone afterwards, so that a text borrowed from it would be seen. */
static enum mc_status
read_command(struct mc_str json, struct mc_chat_command *out, struct mc_error *error)
{
	char *copy = malloc(json.len + 1);
	enum mc_status status;

	assert_non_null(copy);
	memcpy(copy, json.ptr, json.len);
	memset(out, 0x55, sizeof(*out));
	*error = (struct mc_error){ 0 };
	status = mc_chat_command_read(arena, (struct mc_str){ copy, json.len }, out, error);
	memset(copy, 'x', json.len);
	free(copy);
	return status;
}

static struct mc_chat_command
good(struct mc_str json)
{
	struct mc_chat_command command;
	struct mc_error error;

	check_status(MC_OK, read_command(json, &command, &error), json.ptr);
	check_str(MC_STR(""), mc_str_from(error.message), "no words without a failure");
	return command;
}

/* Refused with this code; what of it an answer could name. */
static struct mc_chat_command
bad(const char *code, struct mc_str json)
{
	struct mc_chat_command command;
	struct mc_error error;

	check_status(MC_INVALID, read_command(json, &command, &error), json.ptr);
	check_status(MC_INVALID, error.status, json.ptr);
	check_str(mc_str_from(code), mc_str_from(error.field), json.ptr);
	check_int(true, error.message[0] != '\0', "a refusal says why");
	return command;
}

static void
test_each_command_of_the_contract_is_read(void **state)
{
	struct mc_chat_command command;

	(void)state;
	command = good(MC_STR("{\"type\":\"hello\",\"token\":\"abc\"}"));
	check_int(MC_CHAT_HELLO, command.verb, "hello");
	check_str(MC_STR("abc"), command.token, "hello");
	command = good(MC_STR("{\"type\":\"join\",\"room\":7,\"after\":41}"));
	check_int(MC_CHAT_JOIN, command.verb, "join");
	check_int(7, command.room, "join");
	check_int(true, command.has_after, "join");
	check_int(41, command.after, "join");
	command = good(MC_STR("{\"type\":\"leave\",\"room\":9223372036854775807}"));
	check_int(MC_CHAT_LEAVE, command.verb, "leave");
	check_int(INT64_MAX, command.room, "leave");
	command = good(
		MC_STR("{\"type\":\"send\",\"room\":7,\"client_id\":\"c-1\",\"body\":\"Hello\"}"));
	check_int(MC_CHAT_SEND, command.verb, "send");
	check_int(7, command.room, "send");
	check_str(MC_STR("c-1"), command.client_id, "send");
	check_str(MC_STR("Hello"), command.body, "send");
	command = good(MC_STR("{\"type\":\"ping\"}"));
	check_int(MC_CHAT_PING, command.verb, "ping");
}

static void
test_token_and_after_may_be_left_out(void **state)
{
	struct mc_chat_command command;

	(void)state;
	check_int(true, good(MC_STR("{\"type\":\"hello\"}")).token.ptr == NULL, "with a cookie");
	check_int(true, good(MC_STR("{\"type\":\"hello\",\"token\":null}")).token.ptr == NULL,
		"null");
	/* An empty token is one, and opens nothing. */
	check_int(true, good(MC_STR("{\"type\":\"hello\",\"token\":\"\"}")).token.ptr != NULL,
		"empty");
	command = good(MC_STR("{\"type\":\"join\",\"room\":1}"));
	check_int(false, command.has_after, "the last 50");
	command = good(MC_STR("{\"type\":\"join\",\"room\":1,\"after\":null}"));
	check_int(false, command.has_after, "null");
	command = good(MC_STR("{\"type\":\"join\",\"room\":1,\"after\":0}"));
	check_int(true, command.has_after, "all there is");
	check_int(0, command.after, "all there is");
}

static void
test_order_blanks_escapes_and_unknown_members_change_nothing(void **state)
{
	struct mc_chat_command command = good(MC_STR(
		" {\n\"body\" : \"a\\u00e4\" ,\"x\":[{\"type\":1}],\"client_id\":\"\\u0031\","
		"\"room\":7,\"t\\u0079pe\":\"s\\u0065nd\"} "));

	(void)state;
	check_int(MC_CHAT_SEND, command.verb, "verb");
	check_int(7, command.room, "room");
	check_str(MC_STR("1"), command.client_id, "client_id");
	check_str(MC_STR("a\xc3\xa4"), command.body, "body");
}

static void
test_what_is_no_json_object_is_bad_json(void **state)
{
	static const struct mc_str cases[] = {
		MC_STR_INIT("x"),
		MC_STR_INIT("{"),
		MC_STR_INIT("{}{}"),
		MC_STR_INIT("{\"type\":\"ping\"}\0"),
		MC_STR_INIT("{'type':'ping'}"),
		MC_STR_INIT("{\"type\":\"ping\",}"),
		MC_STR_INIT("{\"type\":\"ping\"}//"),
		MC_STR_INIT("\xef\xbb\xbf{\"type\":\"ping\"}"),
		MC_STR_INIT("[]"),
		MC_STR_INIT("[{\"type\":\"ping\"}]"),
		MC_STR_INIT("null"),
		MC_STR_INIT("true"),
		MC_STR_INIT("\"ping\""),
		MC_STR_INIT("1"),
		/* Not UTF-8: a lone byte, an overlong slash, a surrogate, half a character. */
		MC_STR_INIT("{\"type\":\"ping\",\"x\":\"\xff\"}"),
		MC_STR_INIT("{\"type\":\"ping\",\"x\":\"\xc0\xaf\"}"),
		MC_STR_INIT("{\"type\":\"ping\",\"x\":\"\xed\xa0\x80\"}"),
		MC_STR_INIT("{\"type\":\"ping\",\"x\":\"\xe2\x82\"}"),
		MC_STR_INIT("{\"type\":\"ping\",\"x\":\"\\ud800\"}"),
		/* A key twice, which two readers could understand differently. */
		MC_STR_INIT("{\"type\":\"ping\",\"type\":\"ping\"}"),
		MC_STR_INIT("{\"type\":\"join\",\"room\":1,\"room\":2}"),
		MC_STR_INIT("{\"type\":\"join\",\"room\":1,\"r\\u006fom\":1}"),
		/* A control character that is not escaped. */
		MC_STR_INIT("{\"type\":\"send\",\"room\":1,\"client_id\":\"c\",\"body\":\"a\nb\"}"),
		/* Above int64 another reader would make something else of it. */
		MC_STR_INIT("{\"type\":\"join\",\"room\":9223372036854775808}"),
		MC_STR_INIT("{\"type\":\"join\",\"room\":99999999999999999999999999}"),
	};

	(void)state;
	bad("bad_json", MC_STR(""));
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_chat_command command = bad("bad_json", cases[i]);
		check_int(0, command.room, "nothing is known of it");
		check_int(true, command.client_id.ptr == NULL, "nothing is known of it");
	}
}

static void
test_a_command_cut_anywhere_is_bad_json(void **state)
{
	struct mc_str whole = MC_STR("{\"type\":\"send\",\"room\":12,\"client_id\":\"c\xc3\xa4\","
				     "\"body\":\"\\n\\u00e4\"}");

	(void)state;
	for (size_t n = 0; n < whole.len; n++) {
		struct mc_chat_command command;
		struct mc_error error = { 0 };
		check_status(MC_INVALID,
			mc_chat_command_read(
				arena, guard_copy(mc_str_first(whole, n)), &command, &error),
			"cut");
		check_str(MC_STR("bad_json"), mc_str_from(error.field), "cut");
	}
	good(whole);
}

/* A ping with that many values: the object and its type are two of them, a list is one more. */
static struct mc_str
ping_of(struct mc_buf *buf, size_t values)
{
	mc_buf_clear(buf);
	mc_buf_add(buf, MC_STR("{\"type\":\"ping\",\"x\":[0"));
	for (size_t n = 4; n < values; n++)
		mc_buf_add(buf, MC_STR(",0"));
	mc_buf_add(buf, MC_STR("]}"));
	assert_true(mc_buf_ok(buf));
	return mc_buf_str(buf);
}

static void
test_a_command_has_256_values_at_most(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 10000);
	check_int(MC_CHAT_PING, good(ping_of(&buf, 256)).verb, "256");
	bad("bad_json", ping_of(&buf, 257));
	mc_buf_finish(&buf);
}

/* The object is one of them. */
static struct mc_str
ping_with_levels(struct mc_buf *buf, size_t levels)
{
	mc_buf_clear(buf);
	mc_buf_add(buf, MC_STR("{\"type\":\"ping\",\"x\":"));
	for (size_t n = 1; n < levels; n++)
		mc_buf_add_char(buf, '[');
	for (size_t n = 1; n < levels; n++)
		mc_buf_add_char(buf, ']');
	mc_buf_add_char(buf, '}');
	assert_true(mc_buf_ok(buf));
	return mc_buf_str(buf);
}

static void
test_a_command_has_16_levels_at_most(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 10000);
	check_int(MC_CHAT_PING, good(ping_with_levels(&buf, 16)).verb, "16");
	bad("bad_json", ping_with_levels(&buf, 17));
	mc_buf_finish(&buf);
}

static void
test_ten_thousand_levels_are_refused(void **state)
{
	enum { LEVELS = 10000 };
	static const struct mc_str openings[] = { MC_STR_INIT("["), MC_STR_INIT("{\"a\":") };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(openings); i++) {
		struct mc_buf buf;
		mc_buf_init(&buf, 100000);
		mc_buf_add(&buf, MC_STR("{\"type\":\"ping\",\"x\":"));
		for (int level = 0; level < LEVELS; level++)
			mc_buf_add(&buf, openings[i]);
		bad("bad_json", mc_buf_str(&buf));
		mc_buf_add(&buf, MC_STR("1"));
		for (int level = 0; level < LEVELS; level++)
			mc_buf_add_char(&buf, i == 0 ? ']' : '}');
		mc_buf_add_char(&buf, '}');
		assert_true(mc_buf_ok(&buf));
		bad("bad_json", mc_buf_str(&buf));
		mc_buf_finish(&buf);
	}
}

static void
test_an_unknown_type_is_bad_type_and_still_names_its_room(void **state)
{
	static const char *const cases[] = { "{\"room\":7,\"client_id\":\"c\"}",
		"{\"type\":null,\"room\":7,\"client_id\":\"c\"}",
		"{\"type\":1,\"room\":7,\"client_id\":\"c\"}",
		"{\"type\":[\"join\"],\"room\":7,\"client_id\":\"c\"}",
		"{\"type\":\"\",\"room\":7,\"client_id\":\"c\"}",
		"{\"type\":\"Join\",\"room\":7,\"client_id\":\"c\"}",
		"{\"type\":\"joinx\",\"room\":7,\"client_id\":\"c\"}",
		"{\"type\":\"join\\u0000\",\"room\":7,\"client_id\":\"c\"}",
		"{\"type\":\"welcome\",\"room\":7,\"client_id\":\"c\"}",
		"{\"Type\":\"join\",\"room\":7,\"client_id\":\"c\"}" };

	(void)state;
	bad("bad_type", MC_STR("{}"));
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_chat_command command = bad("bad_type", mc_str_from(cases[i]));
		check_int(7, command.room, cases[i]);
		check_str(MC_STR("c"), command.client_id, cases[i]);
	}
}

static void
test_a_room_is_a_whole_number_above_zero(void **state)
{
	static const char *const rooms[] = { "0", "-0", "-1", "-9223372036854775808", "1.0", "1.5",
		"1e0", "1e30", "\"1\"", "null", "true", "[1]", "{\"id\":1}" };
	static const char *const rest[] = { "\"join\"", "\"leave\"",
		"\"send\",\"client_id\":\"c\",\"body\":\"b\"" };
	char text[128];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(rest); i++) {
		for (size_t k = 0; k < MC_COUNT(rooms); k++) {
			snprintf(
				text, sizeof(text), "{\"type\":%s,\"room\":%s}", rest[i], rooms[k]);
			check_int(0, bad("bad_field", mc_str_from(text)).room, text);
		}
		snprintf(text, sizeof(text), "{\"type\":%s}", rest[i]);
		check_int(0, bad("bad_field", mc_str_from(text)).room, text);
	}
	/* Where a room is of no use, it is not looked at. */
	good(MC_STR("{\"type\":\"ping\",\"room\":\"x\"}"));
	good(MC_STR("{\"type\":\"hello\",\"room\":-1}"));
}

static void
test_after_is_a_whole_number_from_zero(void **state)
{
	static const char *const wrong[] = { "-1", "1.0", "1e3", "\"1\"", "true", "[]", "{}" };
	char text[128];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(wrong); i++) {
		snprintf(text, sizeof(text), "{\"type\":\"join\",\"room\":7,\"after\":%s}",
			wrong[i]);
		check_int(7, bad("bad_field", mc_str_from(text)).room, text);
	}
	snprintf(text, sizeof(text), "{\"type\":\"join\",\"room\":7,\"after\":%lld}",
		(long long)INT64_MAX);
	check_int(INT64_MAX, good(mc_str_from(text)).after, "most");
}

static void
test_a_token_is_a_string(void **state)
{
	(void)state;
	bad("bad_field", MC_STR("{\"type\":\"hello\",\"token\":1}"));
	bad("bad_field", MC_STR("{\"type\":\"hello\",\"token\":[]}"));
	bad("bad_field", MC_STR("{\"type\":\"hello\",\"token\":false}"));
}

/* A send with these, as they stand in JSON. */
static struct mc_str
send_of(const char *client_id, const char *body)
{
	struct mc_str text = mc_arena_printf(arena,
		"{\"type\":\"send\",\"room\":7,\"client_id\":%s,\"body\":%s}", client_id, body);

	assert_non_null(text.ptr);
	return text;
}

/* n times the unit between quotes. */
static const char *
quoted(const char *unit, size_t n)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 1000000);
	mc_buf_add_char(&buf, '"');
	for (size_t i = 0; i < n; i++)
		mc_buf_add_text(&buf, unit);
	mc_buf_add_char(&buf, '"');
	const char *text = mc_arena_text(arena, mc_buf_str(&buf));
	mc_buf_finish(&buf);
	assert_non_null(text);
	return text;
}

static void
test_a_client_id_has_64_bytes_at_most_and_stays_as_it_is(void **state)
{
	static const char *const wrong[] = { "\"\"", "1", "null", "true", "[]", "\"a\\u0000b\"",
		"\"a\\n\"", "\"\\t\"", "\"\\u007f\"", "\"\\u0085\"", "\"a\\u001b[31m\"" };

	(void)state;
	check_int(64, good(send_of(quoted("x", 64), "\"b\"")).client_id.len, "most");
	struct mc_chat_command command = bad("too_long", send_of(quoted("x", 65), "\"b\""));
	check_int(7, command.room, "the room is known");
	check_int(true, command.client_id.ptr == NULL, "too long to be sent back");
	/* Bytes, not characters. */
	check_int(64, good(send_of(quoted("\xc3\xa4", 32), "\"b\"")).client_id.len, "bytes");
	bad("too_long", send_of(quoted("\xc3\xa4", 33), "\"b\""));
	for (size_t i = 0; i < MC_COUNT(wrong); i++) {
		command = bad("bad_field", send_of(wrong[i], "\"b\""));
		check_int(7, command.room, "the room is known");
		check_int(true, command.client_id.ptr == NULL, wrong[i]);
	}
	bad("bad_field", MC_STR("{\"type\":\"send\",\"room\":7,\"body\":\"b\"}"));
	/* The sender compares it with the ack's: blanks and U+0061 U+0308 stay. */
	check_str(MC_STR(" a\xcc\x88 "), good(send_of("\" a\\u0308 \"", "\"b\"")).client_id,
		"verbatim");
}

static void
test_a_send_does_not_say_who_writes(void **state)
{
	static const char *const claims[] = { "from", "sender", "user", "name", "role" };
	char json[128];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(claims); i++) {
		snprintf(json, sizeof(json),
			"{\"type\":\"send\",\"room\":7,\"client_id\":\"c\",\"body\":\"b\",\"%s\":{}"
			"}",
			claims[i]);
		struct mc_chat_command command = bad("bad_field", mc_str_from(json));
		check_int(7, command.room, claims[i]);
		check_str(MC_STR("c"), command.client_id, claims[i]);
	}
	good(MC_STR("{\"type\":\"send\",\"room\":7,\"client_id\":\"c\",\"body\":\"b\","
		    "\"from\":null,\"unknown\":1}"));
}

static void
test_a_body_has_4_kib_at_most_and_its_send_is_still_named(void **state)
{
	static const char *const wrong[] = { "\"\"", "\" \\n\\t \"", "1", "null", "true", "[]",
		"{}", "\"a\\u0000b\"", "\"a\\u0007b\"", "\"a\\u001bb\"", "\"a\\u007fb\"",
		"\"a\\u0080b\"" };
	struct mc_chat_command command;

	(void)state;
	check_int(4096, good(send_of("\"c\"", quoted("x", 4096))).body.len, "most");
	command = bad("too_long", send_of("\"c\"", quoted("x", 4097)));
	check_int(7, command.room, "one above");
	check_str(MC_STR("c"), command.client_id, "one above");
	bad("too_long", send_of("\"c\"", quoted("x", 60000)));
	check_int(4096, good(send_of("\"c\"", quoted("\xe2\x82\xac\\u0061", 1024))).body.len,
		"bytes, without their escapes");
	bad("too_long", send_of("\"c\"", quoted("\xe2\x82\xac", 1366)));
	for (size_t i = 0; i < MC_COUNT(wrong); i++) {
		command = bad("bad_field", send_of("\"c\"", wrong[i]));
		check_int(7, command.room, wrong[i]);
		check_str(MC_STR("c"), command.client_id, wrong[i]);
	}
	command = bad("bad_field", MC_STR("{\"type\":\"send\",\"room\":7,\"client_id\":\"c\"}"));
	check_str(MC_STR("c"), command.client_id, "no body");
}

static void
test_a_body_is_normalised_as_all_text(void **state)
{
	(void)state;
	check_str(MC_STR("a\n\tb"), good(send_of("\"c\"", "\" \\na\\n\\tb \\n\"")).body, "trimmed");
	check_str(MC_STR("a\nb\nc"), good(send_of("\"c\"", "\"a\\r\\nb\\rc\"")).body, "newlines");
	check_str(MC_STR("\xc3\xa4"), good(send_of("\"c\"", "\"a\\u0308\"")).body, "composed");
	check_str(MC_STR("\xf0\x9f\x98\x80<&>"),
		good(send_of("\"c\"", "\"\\ud83d\\ude00<&>\"")).body, "kept");
	/* Its size counts afterwards. */
	struct mc_str blanks = mc_str_from(quoted(" ", 5000));
	struct mc_str body = mc_arena_printf(arena, "%.*sx\"", (int)blanks.len - 1, blanks.ptr);
	check_str(MC_STR("x"), good(send_of("\"c\"", body.ptr)).body, "blanks");
}

static void
test_memory_that_is_out_is_no_fault_of_the_command(void **state)
{
	struct mc_arena *small = mc_arena_create(256, 1024);
	struct mc_chat_command command;
	struct mc_error error = { 0 };

	(void)state;
	assert_non_null(small);
	check_status(MC_NO_MEMORY,
		mc_chat_command_read(small, send_of("\"c\"", quoted("x", 4000)), &command, &error),
		"");
	check_str(MC_STR("busy"), mc_str_from(error.field), "");
	mc_arena_destroy(small);
	check_status(MC_INVALID, mc_chat_command_read(arena, MC_STR("{}"), &command, NULL),
		"nobody wants the words");
}

/* Written exactly so, and read back the same. */
static void
check_command(const char *expected, const struct mc_chat_command *command)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 1000);
	mc_chat_command_write(&buf, command);
	assert_true(mc_buf_ok(&buf));
	check_str(mc_str_from(expected), mc_buf_str(&buf), "written");
	struct mc_chat_command again = good(mc_buf_str(&buf));
	check_int(command->verb, again.verb, expected);
	check_int(command->room, again.room, expected);
	check_int(command->has_after, again.has_after, expected);
	check_int(command->after, again.after, expected);
	check_str(command->token, again.token, expected);
	check_str(command->client_id, again.client_id, expected);
	check_str(command->body, again.body, expected);
	check_int(command->token.ptr == NULL, again.token.ptr == NULL, expected);
	mc_buf_finish(&buf);
}

static void
test_commands_are_written_as_the_contract_says(void **state)
{
	(void)state;
	check_command("{\"type\":\"hello\"}", &(struct mc_chat_command){ .verb = MC_CHAT_HELLO });
	check_command("{\"type\":\"hello\",\"token\":\"abc\"}",
		&(struct mc_chat_command){ .verb = MC_CHAT_HELLO, .token = MC_STR("abc") });
	check_command("{\"type\":\"join\",\"room\":7}",
		&(struct mc_chat_command){ .verb = MC_CHAT_JOIN, .room = 7 });
	check_command("{\"type\":\"join\",\"room\":7,\"after\":0}",
		&(struct mc_chat_command){ .verb = MC_CHAT_JOIN, .room = 7, .has_after = true });
	check_command("{\"type\":\"leave\",\"room\":9223372036854775807}",
		&(struct mc_chat_command){ .verb = MC_CHAT_LEAVE, .room = INT64_MAX });
	check_command("{\"type\":\"send\",\"room\":7,\"client_id\":\"c\\\"1\",\"body\":\"a\\nb "
		      "\\\\\"}",
		&(struct mc_chat_command){ .verb = MC_CHAT_SEND,
			.room = 7,
			.client_id = MC_STR("c\"1"),
			.body = MC_STR("a\nb \\") });
	check_command("{\"type\":\"ping\"}", &(struct mc_chat_command){ .verb = MC_CHAT_PING });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_command_of_the_contract_is_read),
		cmocka_unit_test(test_token_and_after_may_be_left_out),
		cmocka_unit_test(test_order_blanks_escapes_and_unknown_members_change_nothing),
		cmocka_unit_test(test_what_is_no_json_object_is_bad_json),
		cmocka_unit_test(test_a_command_cut_anywhere_is_bad_json),
		cmocka_unit_test(test_a_command_has_256_values_at_most),
		cmocka_unit_test(test_a_command_has_16_levels_at_most),
		cmocka_unit_test(test_ten_thousand_levels_are_refused),
		cmocka_unit_test(test_an_unknown_type_is_bad_type_and_still_names_its_room),
		cmocka_unit_test(test_a_room_is_a_whole_number_above_zero),
		cmocka_unit_test(test_after_is_a_whole_number_from_zero),
		cmocka_unit_test(test_a_token_is_a_string),
		cmocka_unit_test(test_a_client_id_has_64_bytes_at_most_and_stays_as_it_is),
		cmocka_unit_test(test_a_send_does_not_say_who_writes),
		cmocka_unit_test(test_a_body_has_4_kib_at_most_and_its_send_is_still_named),
		cmocka_unit_test(test_a_body_is_normalised_as_all_text),
		cmocka_unit_test(test_memory_that_is_out_is_no_fault_of_the_command),
		cmocka_unit_test(test_commands_are_written_as_the_contract_says),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
