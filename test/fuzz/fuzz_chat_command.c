/*
 * What clients and mc-chatd say, read by either side: what is taken keeps the contract's bounds,
 * and must be written so that it reads back the same; what is refused says why.
 */

#include <string.h>

#include "libminiclass/base/utf8.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/limits.h"
#include "test/fuzz/fuzz.h"

enum { WRITTEN_SIZE_MAX = 16 * 1024 * 1024 };

static bool
same(struct mc_str a, struct mc_str b)
{
	return mc_str_equal(a, b) && (a.ptr == NULL) == (b.ptr == NULL);
}

/* What stands in an answer: bounded, and safe on any terminal but for its controls. */
static void
check_named(const struct mc_chat_command *command)
{
	struct mc_str id = command->client_id;

	expect(command->room >= 0, "a room is above 0, or 0");
	expect(id.len <= MC_CLIENT_ID_MAX && mc_utf8_is_valid(id), "a client_id is short");
	expect((id.ptr == NULL) == (id.len == 0), "there is one or there is none");
	for (size_t i = 0; i < id.len; i++)
		expect((unsigned char)id.ptr[i] >= 0x20, "it has no control character");
}

static void
check_fields(const struct mc_chat_command *command)
{
	bool of_room = command->verb == MC_CHAT_JOIN || command->verb == MC_CHAT_LEAVE ||
		       command->verb == MC_CHAT_SEND;

	expect(command->verb < MC_CHAT_VERB_COUNT, "it is one of the verbs");
	expect(!of_room || command->room > 0, "it has its room");
	expect(command->has_after ? command->after >= 0 : command->after == 0, "after is a seq");
	if (command->verb != MC_CHAT_SEND)
		return;
	expect(command->client_id.len > 0, "a send has its client_id");
	expect(command->body.len > 0 && command->body.len <= MC_MESSAGE_BODY_MAX, "and a body");
	expect(mc_utf8_is_valid(command->body), "of text");
}

static void
check_command(struct mc_arena *arena, const struct mc_chat_command *command)
{
	struct mc_chat_command again = { 0 };
	struct mc_buf buf;

	check_fields(command);
	mc_buf_init(&buf, WRITTEN_SIZE_MAX);
	mc_chat_command_write(&buf, command);
	expect(mc_buf_ok(&buf), "it can be written");
	expect(mc_chat_command_read(arena, mc_buf_str(&buf), &again, NULL) == MC_OK, "and read");
	expect(again.verb == command->verb, "the same verb");
	expect(same(again.token, command->token), "the same token");
	expect(again.has_after == command->has_after && again.after == command->after, "after");
	if (command->verb == MC_CHAT_SEND) {
		expect(again.room == command->room, "the same room");
		expect(same(again.client_id, command->client_id), "the same client_id");
		expect(same(again.body, command->body), "normalising twice changes nothing");
	}
	mc_buf_finish(&buf);
}

static void
check_person(const struct mc_chat_person *a, const struct mc_chat_person *b, bool with_role)
{
	expect(a->id == b->id && same(a->name, b->name), "the same person");
	expect(!with_role || same(a->role, b->role), "the same role");
}

static void
check_event(struct mc_arena *arena, const struct mc_chat_event *event)
{
	bool with_role = event->type == MC_CHAT_MESSAGE;
	struct mc_chat_event again = { 0 };
	struct mc_buf buf;

	expect(event->type < MC_CHAT_EVENT_COUNT, "it is one of the types");
	mc_buf_init(&buf, WRITTEN_SIZE_MAX);
	mc_chat_event_write(&buf, event);
	expect(mc_buf_ok(&buf), "it can be written");
	struct mc_str text = mc_buf_str(&buf);
	expect(mc_utf8_is_valid(text), "as UTF-8");
	for (size_t i = 0; i < text.len; i++)
		expect((unsigned char)text.ptr[i] >= 0x20, "on one line");
	expect(mc_chat_event_read(arena, text, &again, NULL) == MC_OK, "it reads back");
	expect(again.type == event->type && again.room == event->room, "the same");
	expect(again.seq == event->seq && again.at.us == event->at.us, "the same seq and time");
	expect(again.joined == event->joined, "the same state");
	expect(again.member_count == event->member_count, "the same count");
	expect(same(again.client_id, event->client_id), "the same client_id");
	expect(same(again.body, event->body) && same(again.code, event->code), "the same text");
	check_person(&event->person, &again.person, with_role);
	expect(again.n_members == event->n_members, "as many");
	for (size_t i = 0; i < event->n_members; i++)
		check_person(&event->members[i], &again.members[i], true);
	expect(again.removed == event->removed && again.n_seqs == event->n_seqs, "as removed");
	for (size_t i = 0; i < event->n_seqs; i++)
		expect(again.seqs[i] == event->seqs[i], "the same seqs");
	mc_buf_finish(&buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_arena *arena = mc_arena_create(4096, MC_ARENA_SIZE_MAX);
	struct mc_str in = { (const char *)data, size };
	struct mc_chat_command command;
	struct mc_chat_event event = { .room = 77 };
	struct mc_error error = { 0 };

	expect(arena != NULL, "there is memory");
	enum mc_status status = mc_chat_command_read(arena, in, &command, &error);
	check_named(&command);
	if (status == MC_OK) {
		check_command(arena, &command);
	} else {
		expect(status == MC_INVALID && error.status == status, "a refusal is MC_INVALID");
		expect(error.field[0] != '\0' && error.message[0] != '\0', "it says why");
	}

	error = (struct mc_error){ 0 };
	status = mc_chat_event_read(arena, in, &event, &error);
	if (status == MC_OK) {
		check_event(arena, &event);
	} else {
		expect(event.room == 77, "a refusal leaves the output alone");
		expect(status == MC_INVALID && error.message[0] != '\0', "it says why");
	}
	mc_arena_destroy(arena);
	return 0;
}
