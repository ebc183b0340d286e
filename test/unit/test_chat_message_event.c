/* Events as JSON: docs/CHAT.md, Events. */

#include "libminiclass/chat/message.h"

#include "libminiclass/limits.h"
#include "test/unit/chat_message.h"

static void
check_person(struct mc_chat_person expected, struct mc_chat_person actual, const char *why)
{
	check_int(expected.id, actual.id, why);
	check_str(expected.name, actual.name, why);
	check_str(expected.role, actual.role, why);
	check_int(expected.role.ptr == NULL, actual.role.ptr == NULL, why);
}

static struct mc_chat_event
read_event(struct mc_str json)
{
	struct mc_chat_event event = { 0 };
	struct mc_error error = { 0 };

	check_status(MC_OK, mc_chat_event_read(arena, guard_copy(json), &event, &error), json.ptr);
	return event;
}

/* Written exactly so, and read back the same, as far as it is said. */
static void
check_event(const char *expected, const struct mc_chat_event *event)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 4096);
	mc_chat_event_write(&buf, event);
	assert_true(mc_buf_ok(&buf));
	check_str(mc_str_from(expected), mc_buf_str(&buf), "written");

	struct mc_chat_event again = read_event(mc_buf_str(&buf));
	check_int(event->type, again.type, expected);
	check_int(event->room, again.room, expected);
	check_int(event->seq, again.seq, expected);
	check_int(event->member_count, again.member_count, expected);
	check_int(event->joined, again.joined, expected);
	check_int(event->at.us, again.at.us, expected);
	check_str(event->client_id, again.client_id, expected);
	check_str(event->body, again.body, expected);
	check_str(event->code, again.code, expected);
	check_int(event->client_id.ptr == NULL, again.client_id.ptr == NULL, expected);
	check_person(event->person, again.person, expected);
	check_int(event->removed, again.removed, expected);
	check_int(event->n_seqs, again.n_seqs, expected);
	for (size_t i = 0; i < event->n_seqs; i++)
		check_int(event->seqs[i], again.seqs[i], expected);
	check_int(event->n_members, again.n_members, expected);
	for (size_t i = 0; i < event->n_members; i++)
		check_person(event->members[i], again.members[i], expected);
	mc_buf_finish(&buf);
}

/* clang-format off */
static const struct mc_chat_person ada = { 3, MC_STR_INIT("Ada"), MC_STR_INIT("instructor") };
static const struct mc_chat_person bob = { 4, MC_STR_INIT("Bob"), MC_STR_INIT("student") };
/* clang-format on */

static void
test_welcome_names_the_user(void **state)
{
	(void)state;
	check_event("{\"type\":\"welcome\",\"user\":{\"id\":3,\"name\":\"Ada\"}}",
		&(struct mc_chat_event){
			.type = MC_CHAT_WELCOME, .person = { 3, MC_STR("Ada"), { NULL, 0 } } });
}

static void
test_joined_names_the_members_and_counts_those_it_does_not_name(void **state)
{
	const struct mc_chat_person members[] = { ada, bob };

	(void)state;
	check_event("{\"type\":\"joined\",\"room\":7,\"last_seq\":41,\"members\":["
		    "{\"id\":3,\"name\":\"Ada\",\"role\":\"instructor\"},"
		    "{\"id\":4,\"name\":\"Bob\",\"role\":\"student\"}]}",
		&(struct mc_chat_event){ .type = MC_CHAT_JOINED,
			.room = 7,
			.seq = 41,
			.members = members,
			.n_members = 2,
			.member_count = 2 });
	check_event("{\"type\":\"joined\",\"room\":7,\"last_seq\":0,\"members\":[]}",
		&(struct mc_chat_event){ .type = MC_CHAT_JOINED, .room = 7 });
	/* To a student: instructors only. */
	check_event("{\"type\":\"joined\",\"room\":7,\"last_seq\":1,\"members\":["
		    "{\"id\":3,\"name\":\"Ada\",\"role\":\"instructor\"}],\"count\":40}",
		&(struct mc_chat_event){ .type = MC_CHAT_JOINED,
			.room = 7,
			.seq = 1,
			.members = members,
			.n_members = 1,
			.member_count = 40 });
}

static void
test_message_says_who_what_and_when(void **state)
{
	(void)state;
	check_event(
		"{\"type\":\"message\",\"room\":7,\"seq\":42,"
		"\"from\":{\"id\":4,\"name\":\"Bob\",\"role\":\"student\"},"
		"\"body\":\"Why?\\nTell me \\\"it\\\".\",\"at\":\"1985-04-12T23:20:50.520000Z\"}",
		&(struct mc_chat_event){ .type = MC_CHAT_MESSAGE,
			.room = 7,
			.seq = 42,
			.person = bob,
			.body = MC_STR("Why?\nTell me \"it\"."),
			.at = { 482196050520000 } });
}

static void
test_a_message_that_was_removed_says_so_and_nothing_else(void **state)
{
	(void)state;
	check_event("{\"type\":\"message\",\"room\":7,\"seq\":42,"
		    "\"from\":{\"id\":4,\"name\":\"Bob\",\"role\":\"student\"},"
		    "\"body\":\"\",\"at\":\"1985-04-12T23:20:50.520000Z\",\"removed\":true}",
		&(struct mc_chat_event){ .type = MC_CHAT_MESSAGE,
			.room = 7,
			.seq = 42,
			.person = bob,
			.removed = true,
			.at = { 482196050520000 } });
}

static void
test_removed_names_the_messages(void **state)
{
	static const int64_t seqs[] = { 3, 17 };

	(void)state;
	check_event("{\"type\":\"removed\",\"room\":7,\"seqs\":[3,17]}",
		&(struct mc_chat_event){
			.type = MC_CHAT_REMOVED, .room = 7, .seqs = seqs, .n_seqs = 2 });
}

static void
test_ack_names_the_client_id_and_the_seq(void **state)
{
	(void)state;
	check_event("{\"type\":\"ack\",\"room\":7,\"client_id\":\"c-1\",\"seq\":42}",
		&(struct mc_chat_event){
			.type = MC_CHAT_ACK, .room = 7, .client_id = MC_STR("c-1"), .seq = 42 });
}

static void
test_presence_names_a_person_or_is_only_the_new_count(void **state)
{
	struct mc_chat_event event = {
		.type = MC_CHAT_PRESENCE,
		.room = 7,
		.person = { 3, MC_STR("Ada"), { NULL, 0 } },
		.joined = true,
		.member_count = 12,
	};
	struct mc_buf buf;

	(void)state;
	check_event("{\"type\":\"presence\",\"room\":7,\"user\":{\"id\":3,\"name\":\"Ada\"},"
		    "\"state\":\"joined\",\"members\":12}",
		&event);
	event.joined = false;
	check_event("{\"type\":\"presence\",\"room\":7,\"user\":{\"id\":3,\"name\":\"Ada\"},"
		    "\"state\":\"left\",\"members\":12}",
		&event);
	event.person.role = MC_STR("student");
	check_event("{\"type\":\"presence\",\"room\":7,\"user\":{\"id\":3,\"name\":\"Ada\"},"
		    "\"state\":\"left\",\"role\":\"student\",\"members\":12}",
		&event);
	check_event("{\"type\":\"presence\",\"room\":7,\"members\":0}",
		&(struct mc_chat_event){ .type = MC_CHAT_PRESENCE, .room = 7 });

	/* A name and a role that came without an id are not told. */
	event.person = bob;
	event.person.id = 0;
	event.joined = true;
	mc_buf_init(&buf, 1000);
	mc_chat_event_write(&buf, &event);
	check_str(MC_STR("{\"type\":\"presence\",\"room\":7,\"members\":12}"), mc_buf_str(&buf),
		"to a student");
	mc_buf_finish(&buf);
}

static void
test_ended_and_pong_are_short(void **state)
{
	(void)state;
	check_event("{\"type\":\"ended\",\"room\":7}",
		&(struct mc_chat_event){ .type = MC_CHAT_ENDED, .room = 7 });
	check_event("{\"type\":\"pong\"}", &(struct mc_chat_event){ .type = MC_CHAT_PONG });
}

static void
test_error_names_room_and_client_id_only_when_they_are_known(void **state)
{
	struct mc_chat_event event = {
		.type = MC_CHAT_ERROR,
		.code = MC_STR("not_found"),
		.body = MC_STR("There is no such room."),
	};

	(void)state;
	check_event("{\"type\":\"error\",\"code\":\"not_found\",\"message\":\"There is no such "
		    "room.\"}",
		&event);
	event.room = 7;
	check_event("{\"type\":\"error\",\"code\":\"not_found\",\"message\":\"There is no such "
		    "room.\",\"room\":7}",
		&event);
	event.client_id = MC_STR("c-1");
	check_event("{\"type\":\"error\",\"code\":\"not_found\",\"message\":\"There is no such "
		    "room.\",\"room\":7,\"client_id\":\"c-1\"}",
		&event);
	event.room = 0;
	check_event("{\"type\":\"error\",\"code\":\"not_found\",\"message\":\"There is no such "
		    "room.\",\"client_id\":\"c-1\"}",
		&event);
}

/* Every character of RFC 8259, section 7, and every byte of UTF-8's forms. */
static void
test_any_text_comes_back_from_any_place(void **state)
{
	char controls[128];
	const struct mc_str texts[] = {
		MC_STR(""),
		{ controls, sizeof(controls) },
		MC_STR("</script><!-- \xe2\x80\xa8\xe2\x80\xa9 & \\u0041 \\"),
		MC_STR("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
	};
	struct mc_buf buf;

	(void)state;
	for (size_t i = 0; i < sizeof(controls); i++)
		controls[i] = (char)i;
	for (size_t i = 0; i < MC_COUNT(texts); i++) {
		struct mc_chat_event event = { .type = MC_CHAT_MESSAGE,
			.room = 1,
			.seq = 1,
			.person = { 1, texts[i], MC_STR("student") },
			.body = texts[i] };
		mc_buf_init(&buf, 4096);
		mc_chat_event_write(&buf, &event);
		for (size_t k = 0; k < buf.len; k++)
			check_int(true, (unsigned char)buf.ptr[k] >= 0x20 && buf.ptr[k] != '<',
				"one line, and safe in a page");
		struct mc_chat_event again = read_event(mc_buf_str(&buf));
		check_str(texts[i], again.person.name, "name");
		check_str(texts[i], again.body, "body");
		event = (struct mc_chat_event){ .type = MC_CHAT_ERROR,
			.code = texts[i],
			.body = texts[i],
			.client_id = texts[i] };
		mc_buf_clear(&buf);
		mc_chat_event_write(&buf, &event);
		again = read_event(mc_buf_str(&buf));
		check_str(texts[i], again.code, "code");
		check_str(texts[i], again.body, "message");
		check_str(texts[i], again.client_id, "client_id");
		mc_buf_finish(&buf);
	}
}

static void
test_a_buffer_that_is_full_says_so(void **state)
{
	struct mc_chat_event event = { .type = MC_CHAT_ENDED, .room = 7 };
	struct mc_buf buf;

	(void)state;
	for (size_t limit = 0; limit <= sizeof("{\"type\":\"ended\",\"room\":7}") - 1; limit++) {
		mc_buf_init(&buf, limit);
		mc_chat_event_write(&buf, &event);
		check_int(limit == sizeof("{\"type\":\"ended\",\"room\":7}") - 1, mc_buf_ok(&buf),
			"fits");
		mc_buf_finish(&buf);
	}
}

/* limits.h: 10,000 people of a class may be there at once. */
static void
test_joined_may_be_as_long_as_the_largest_class(void **state)
{
	struct mc_chat_person *members =
		mc_arena_array(arena, MC_PEOPLE_LISTED_MAX, sizeof(*members));
	struct mc_chat_event event = { .type = MC_CHAT_JOINED,
		.room = 7,
		.members = members,
		.n_members = MC_PEOPLE_LISTED_MAX,
		.member_count = MC_PEOPLE_LISTED_MAX };
	struct mc_buf buf;

	(void)state;
	assert_non_null(members);
	for (int i = 0; i < MC_PEOPLE_LISTED_MAX; i++)
		members[i] = (struct mc_chat_person){ i + 1, MC_STR("Bob"), MC_STR("student") };
	mc_buf_init(&buf, 1000000);
	mc_chat_event_write(&buf, &event);
	assert_true(mc_buf_ok(&buf));
	struct mc_chat_event again = read_event(mc_buf_str(&buf));
	check_int(MC_PEOPLE_LISTED_MAX, again.n_members, "all");
	check_person(members[9999], again.members[9999], "the last");
	mc_buf_finish(&buf);
}

static void
test_what_a_later_server_adds_is_passed_over(void **state)
{
	struct mc_chat_event event;

	(void)state;
	event = read_event(MC_STR("{\"type\":\"message\",\"room\":1,\"seq\":2,\"from\":{\"id\":3,"
				  "\"name\":\"A\",\"x\":[]},\"body\":\"b\",\"at\":"
				  "\"1970-01-01T00:00:00Z\",\"client_id\":\"c\",\"edited\":null}"));
	check_int(2, event.seq, "seq");
	check_int(true, event.person.role.ptr == NULL, "not said");
	event = read_event(MC_STR("{\"type\":\"presence\",\"room\":1,\"state\":\"joined\","
				  "\"user\":null,\"members\":5}"));
	check_int(5, event.member_count, "members");
	check_int(0, event.person.id, "nobody");
}

static void
test_what_is_no_event_is_refused_and_nothing_changes(void **state)
{
	/* clang-format off */
	static const struct {
		const char *field, *json;
	} cases[] = {
		{ "", "" },
		{ "", "{\"type\":\"pong\"" },
		{ "", "{\"type\":\"pong\",\"type\":\"pong\"}" },
		{ "", "{\"type\":\"pong\",\"x\":\"\xff\"}" },
		{ "type", "null" },
		{ "type", "[]" },
		{ "type", "\"pong\"" },
		{ "type", "{}" },
		{ "type", "{\"type\":1}" },
		{ "type", "{\"type\":\"\"}" },
		{ "type", "{\"type\":\"ping\"}" },
		{ "type", "{\"type\":\"PONG\"}" },
		{ "user", "{\"type\":\"welcome\"}" },
		{ "user", "{\"type\":\"welcome\",\"user\":null}" },
		{ "user", "{\"type\":\"welcome\",\"user\":[]}" },
		{ "id", "{\"type\":\"welcome\",\"user\":{\"name\":\"A\"}}" },
		{ "id", "{\"type\":\"welcome\",\"user\":{\"id\":0,\"name\":\"A\"}}" },
		{ "id", "{\"type\":\"welcome\",\"user\":{\"id\":1.0,\"name\":\"A\"}}" },
		{ "name", "{\"type\":\"welcome\",\"user\":{\"id\":1}}" },
		{ "name", "{\"type\":\"welcome\",\"user\":{\"id\":1,\"name\":null}}" },
		{ "role", "{\"type\":\"welcome\",\"user\":{\"id\":1,\"name\":\"A\",\"role\":1}}" },
		{ "room", "{\"type\":\"joined\",\"last_seq\":1,\"members\":[]}" },
		{ "room", "{\"type\":\"joined\",\"room\":0,\"last_seq\":1,\"members\":[]}" },
		{ "last_seq", "{\"type\":\"joined\",\"room\":1,\"members\":[]}" },
		{ "last_seq", "{\"type\":\"joined\",\"room\":1,\"last_seq\":-1,\"members\":[]}" },
		{ "seqs", "{\"type\":\"removed\",\"room\":1}" },
		{ "seqs", "{\"type\":\"removed\",\"room\":1,\"seqs\":3}" },
		{ "seqs", "{\"type\":\"removed\",\"room\":1,\"seqs\":[3,0]}" },
		{ "seqs", "{\"type\":\"removed\",\"room\":1,\"seqs\":[\"3\"]}" },
		{ "members", "{\"type\":\"joined\",\"room\":1,\"last_seq\":1}" },
		{ "members", "{\"type\":\"joined\",\"room\":1,\"last_seq\":1,\"members\":{}}" },
		{ "members", "{\"type\":\"joined\",\"room\":1,\"last_seq\":1,\"members\":1}" },
		{ "user", "{\"type\":\"joined\",\"room\":1,\"last_seq\":1,\"members\":[1]}" },
		{ "user", "{\"type\":\"joined\",\"room\":1,\"last_seq\":1,\"members\":[null]}" },
		{ "id", "{\"type\":\"joined\",\"room\":1,\"last_seq\":1,\"members\":[{}]}" },
		{ "count", "{\"type\":\"joined\",\"room\":1,\"last_seq\":1,\"members\":[],\"count\":-1}" },
		{ "room", "{\"type\":\"message\",\"seq\":1}" },
		{ "seq", "{\"type\":\"message\",\"room\":1}" },
		{ "seq", "{\"type\":\"message\",\"room\":1,\"seq\":0}" },
		{ "seq", "{\"type\":\"message\",\"room\":1,\"seq\":\"1\"}" },
		{ "user", "{\"type\":\"message\",\"room\":1,\"seq\":1}" },
		{ "body", "{\"type\":\"message\",\"room\":1,\"seq\":1,\"from\":{\"id\":1,\"name\":\"A\"}}" },
		{ "at", "{\"type\":\"message\",\"room\":1,\"seq\":1,\"from\":{\"id\":1,\"name\":\"A\"},"
			"\"body\":\"b\"}" },
		{ "at", "{\"type\":\"message\",\"room\":1,\"seq\":1,\"from\":{\"id\":1,\"name\":\"A\"},"
			"\"body\":\"b\",\"at\":\"yesterday\"}" },
		{ "at", "{\"type\":\"message\",\"room\":1,\"seq\":1,\"from\":{\"id\":1,\"name\":\"A\"},"
			"\"body\":\"b\",\"at\":0}" },
		{ "room", "{\"type\":\"ack\",\"client_id\":\"c\",\"seq\":1}" },
		{ "seq", "{\"type\":\"ack\",\"room\":1,\"client_id\":\"c\"}" },
		{ "client_id", "{\"type\":\"ack\",\"room\":1,\"seq\":1}" },
		{ "room", "{\"type\":\"presence\",\"members\":1}" },
		{ "members", "{\"type\":\"presence\",\"room\":1}" },
		{ "members", "{\"type\":\"presence\",\"room\":1,\"members\":-1}" },
		{ "members", "{\"type\":\"presence\",\"room\":1,\"members\":[]}" },
		{ "user", "{\"type\":\"presence\",\"room\":1,\"members\":1,\"user\":3}" },
		{ "state", "{\"type\":\"presence\",\"room\":1,\"members\":1,"
			"\"user\":{\"id\":1,\"name\":\"A\"}}" },
		{ "state", "{\"type\":\"presence\",\"room\":1,\"members\":1,"
			"\"user\":{\"id\":1,\"name\":\"A\"},\"state\":\"away\"}" },
		{ "room", "{\"type\":\"ended\"}" },
		{ "room", "{\"type\":\"ended\",\"room\":\"1\"}" },
		{ "code", "{\"type\":\"error\",\"message\":\"m\"}" },
		{ "message", "{\"type\":\"error\",\"code\":\"c\"}" },
		{ "room", "{\"type\":\"error\",\"code\":\"c\",\"message\":\"m\",\"room\":-1}" },
		{ "client_id", "{\"type\":\"error\",\"code\":\"c\",\"message\":\"m\",\"client_id\":1}" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_chat_event event = { .room = 77 };
		struct mc_error error = { 0 };
		const char *json = cases[i].json;
		check_status(MC_INVALID,
			mc_chat_event_read(arena, guard_copy(mc_str_from(json)), &event, &error),
			json);
		check_status(MC_INVALID, error.status, json);
		check_str(mc_str_from(cases[i].field), mc_str_from(error.field), json);
		check_int(true, error.message[0] != '\0', "a refusal says why");
		check_int(77, event.room, "unchanged");
	}
}

static void
test_an_event_too_deep_or_with_too_much_in_it_is_none(void **state)
{
	struct mc_chat_event event;
	struct mc_error error = { 0 };
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 1000000);
	mc_buf_add(&buf, MC_STR("{\"type\":\"pong\",\"x\":"));
	for (int i = 0; i < 10000; i++)
		mc_buf_add_char(&buf, '[');
	check_status(MC_INVALID, mc_chat_event_read(arena, mc_buf_str(&buf), &event, &error), "");
	mc_buf_clear(&buf);
	mc_buf_add(&buf, MC_STR("{\"type\":\"pong\",\"x\":[1"));
	for (int i = 0; i < 100000; i++)
		mc_buf_add(&buf, MC_STR(",1"));
	mc_buf_add(&buf, MC_STR("]}"));
	assert_true(mc_buf_ok(&buf));
	check_status(MC_INVALID, mc_chat_event_read(arena, mc_buf_str(&buf), &event, &error), "");
	mc_buf_finish(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_welcome_names_the_user),
		cmocka_unit_test(test_joined_names_the_members_and_counts_those_it_does_not_name),
		cmocka_unit_test(test_message_says_who_what_and_when),
		cmocka_unit_test(test_a_message_that_was_removed_says_so_and_nothing_else),
		cmocka_unit_test(test_removed_names_the_messages),
		cmocka_unit_test(test_ack_names_the_client_id_and_the_seq),
		cmocka_unit_test(test_presence_names_a_person_or_is_only_the_new_count),
		cmocka_unit_test(test_ended_and_pong_are_short),
		cmocka_unit_test(test_error_names_room_and_client_id_only_when_they_are_known),
		cmocka_unit_test(test_any_text_comes_back_from_any_place),
		cmocka_unit_test(test_a_buffer_that_is_full_says_so),
		cmocka_unit_test(test_joined_may_be_as_long_as_the_largest_class),
		cmocka_unit_test(test_what_a_later_server_adds_is_passed_over),
		cmocka_unit_test(test_what_is_no_event_is_refused_and_nothing_changes),
		cmocka_unit_test(test_an_event_too_deep_or_with_too_much_in_it_is_none),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
