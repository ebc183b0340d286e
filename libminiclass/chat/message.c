#include "libminiclass/chat/message.h"

#include "libminiclass/base/utf8.h"
#include "libminiclass/chat/message_int.h"
#include "libminiclass/limits.h"

enum { VALUES_MAX = 256 }; /* a command has five, and those of newer clients some more */

static enum mc_status
refuse_room(const struct reader *reader)
{
	return mc_error_set(
		reader->error, MC_INVALID, "bad_field", "\"room\" must be a whole number above 0.");
}

static enum mc_status
read_hello(const struct reader *reader, struct mc_chat_command *out)
{
	struct mc_str token;

	if (!has(reader->object, "token"))
		return MC_OK;
	if (!mc_json_text(reader->object, "token", &token))
		return mc_error_set(
			reader->error, MC_INVALID, "bad_field", "\"token\" must be a string.");
	out->token = mc_arena_copy(reader->arena, token);
	return out->token.ptr == NULL ? fail_no_memory(reader) : MC_OK;
}

static enum mc_status
read_join(const struct reader *reader, struct mc_chat_command *out)
{
	if (out->room == 0)
		return refuse_room(reader);
	if (!has(reader->object, "after"))
		return MC_OK;
	out->has_after = read_int(reader->object, "after", 0, &out->after);
	return out->has_after ? MC_OK
			      : mc_error_set(reader->error, MC_INVALID, "bad_field",
					"\"after\" must be a whole number from 0.");
}

static enum mc_status
read_leave(const struct reader *reader, struct mc_chat_command *out)
{
	return out->room == 0 ? refuse_room(reader) : MC_OK;
}

static enum mc_status
read_body(const struct reader *reader, struct mc_chat_command *out)
{
	struct mc_str raw, body = { 0 };

	if (!mc_json_text(reader->object, "body", &raw))
		return mc_error_set(
			reader->error, MC_INVALID, "bad_field", "\"body\" must be a string.");
	/* What needs no change is not copied by normalising, and raw ends with the JSON. */
	raw = mc_arena_copy(reader->arena, raw);
	if (raw.ptr == NULL)
		return fail_no_memory(reader);
	switch (mc_text_normalise(reader->arena, MC_TEXT_LINES, raw, &body)) {
	case MC_TEXT_OK: break;
	case MC_TEXT_NO_MEMORY: return fail_no_memory(reader);
	case MC_TEXT_NOT_UTF8:
	case MC_TEXT_CONTROL:
		return mc_error_set(reader->error, MC_INVALID, "bad_field",
			"\"body\" contains a control character.");
	}
	if (body.len == 0)
		return mc_error_set(
			reader->error, MC_INVALID, "bad_field", "\"body\" must not be empty.");
	if (body.len > MC_MESSAGE_BODY_MAX)
		return mc_error_set(reader->error, MC_INVALID, "too_long",
			"\"body\" must have at most %d bytes.", MC_MESSAGE_BODY_MAX);
	out->body = body;
	return MC_OK;
}

static enum mc_status
refuse_client_id(const struct reader *reader)
{
	struct mc_str id;

	if (mc_json_text(reader->object, "client_id", &id) && id.len > MC_CLIENT_ID_MAX)
		return mc_error_set(reader->error, MC_INVALID, "too_long",
			"\"client_id\" must have at most %d bytes.", MC_CLIENT_ID_MAX);
	return mc_error_set(reader->error, MC_INVALID, "bad_field",
		"\"client_id\" must be a string without control characters, and not empty.");
}

/* Nobody is to believe that it was written under another name or role. */
static enum mc_status
refuse_claims(const struct reader *reader)
{
	static const char *const claims[] = { "from", "sender", "user", "name", "role" };

	for (size_t i = 0; i < MC_COUNT(claims); i++)
		if (has(reader->object, claims[i]))
			return mc_error_set(reader->error, MC_INVALID, "bad_field",
				"\"%s\" is not for you to say: who writes is known from the "
				"log-in.",
				claims[i]);
	return MC_OK;
}

static enum mc_status
read_send(const struct reader *reader, struct mc_chat_command *out)
{
	if (out->room == 0)
		return refuse_room(reader);
	enum mc_status status = refuse_claims(reader);
	if (status != MC_OK)
		return status;
	if (out->client_id.ptr == NULL)
		return refuse_client_id(reader);
	return read_body(reader, out);
}

static enum mc_status
read_ping(const struct reader *reader, struct mc_chat_command *out)
{
	(void)reader;
	(void)out;
	return MC_OK;
}

/* clang-format off */
static const struct {
	struct mc_str name;
	enum mc_status (*read)(const struct reader *reader, struct mc_chat_command *out);
} verbs[MC_CHAT_VERB_COUNT] = {
	[MC_CHAT_HELLO] = { MC_STR_INIT("hello"), read_hello },
	[MC_CHAT_JOIN]  = { MC_STR_INIT("join"),  read_join },
	[MC_CHAT_LEAVE] = { MC_STR_INIT("leave"), read_leave },
	[MC_CHAT_SEND]  = { MC_STR_INIT("send"),  read_send },
	[MC_CHAT_PING]  = { MC_STR_INIT("ping"),  read_ping },
};
/* clang-format on */

/* As it was sent, because the sender looks for it in the ack; normalising could change it. */
static bool
read_client_id(const struct reader *reader, struct mc_str *out)
{
	struct mc_str id;

	if (!mc_json_text(reader->object, "client_id", &id))
		return true;
	if (id.len == 0 || id.len > MC_CLIENT_ID_MAX || mc_text_has_control(MC_TEXT_LINE, id))
		return true;
	*out = mc_arena_copy(reader->arena, id);
	return out->ptr != NULL;
}

static enum mc_status
read_command(const struct reader *reader, struct mc_chat_command *out)
{
	struct mc_str type;

	if (!json_object_is_type(reader->object, json_type_object))
		return mc_error_set(
			reader->error, MC_INVALID, "bad_json", "A command is one JSON object.");
	if (!read_int(reader->object, "room", 1, &out->room))
		out->room = 0;
	if (!read_client_id(reader, &out->client_id))
		return fail_no_memory(reader);
	if (!mc_json_text(reader->object, "type", &type))
		return mc_error_set(
			reader->error, MC_INVALID, "bad_type", "\"type\" must be a string.");
	for (size_t i = 0; i < MC_COUNT(verbs); i++) {
		if (!mc_str_equal(type, verbs[i].name))
			continue;
		out->verb = (enum mc_chat_verb)i;
		return verbs[i].read(reader, out);
	}
	return mc_error_set(reader->error, MC_INVALID, "bad_type",
		"\"type\" must be hello, join, leave, send or ping.");
}

enum mc_status
mc_chat_command_read(struct mc_arena *arena, struct mc_str json, struct mc_chat_command *out,
	struct mc_error *error)
{
	struct reader reader = { arena, NULL, error };
	struct mc_error why = { 0 };

	*out = (struct mc_chat_command){ 0 };
	enum mc_status status =
		mc_json_read_long(json, MC_JSON_DEPTH_MAX, VALUES_MAX, &reader.object, &why);
	if (status == MC_NO_MEMORY)
		return fail_no_memory(&reader);
	if (status != MC_OK)
		return mc_error_set(error, MC_INVALID, "bad_json", "%s", why.message);
	status = read_command(&reader, out);
	json_object_put(reader.object);
	return status;
}

void
mc_chat_command_write(struct mc_buf *buf, const struct mc_chat_command *command)
{
	write_type(buf, verbs[command->verb].name);
	switch (command->verb) {
	case MC_CHAT_HELLO:
		if (command->token.ptr != NULL)
			write_text(buf, MC_STR(",\"token\":"), command->token);
		break;
	case MC_CHAT_JOIN:
		write_int(buf, MC_STR(",\"room\":"), command->room);
		if (command->has_after)
			write_int(buf, MC_STR(",\"after\":"), command->after);
		break;
	case MC_CHAT_LEAVE: write_int(buf, MC_STR(",\"room\":"), command->room); break;
	case MC_CHAT_SEND:
		write_int(buf, MC_STR(",\"room\":"), command->room);
		write_text(buf, MC_STR(",\"client_id\":"), command->client_id);
		write_text(buf, MC_STR(",\"body\":"), command->body);
		break;
	case MC_CHAT_PING:
	case MC_CHAT_VERB_COUNT: break;
	}
	mc_buf_add_char(buf, '}');
}
