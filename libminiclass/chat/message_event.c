/* message_event - what mc-chatd says: written without json-c, because every message is. */

#include "libminiclass/chat/message.h"

#include "libminiclass/chat/message_int.h"
#include "libminiclass/limits.h"

enum {
	/* The longest list of who is here: an object of three for each. */
	VALUES_MAX = 4 * MC_PEOPLE_LISTED_MAX + 1000,
};

static void
write_person(struct mc_buf *buf, const struct mc_chat_person *person, bool with_role)
{
	write_int(buf, MC_STR("{\"id\":"), person->id);
	write_text(buf, MC_STR(",\"name\":"), person->name);
	if (with_role && person->role.ptr != NULL)
		write_text(buf, MC_STR(",\"role\":"), person->role);
	mc_buf_add_char(buf, '}');
}

static void
write_joined(struct mc_buf *buf, const struct mc_chat_event *event)
{
	write_int(buf, MC_STR(",\"last_seq\":"), event->seq);
	mc_buf_add(buf, MC_STR(",\"members\":["));
	for (size_t i = 0; i < event->n_members; i++) {
		if (i > 0)
			mc_buf_add_char(buf, ',');
		write_person(buf, &event->members[i], true);
	}
	mc_buf_add_char(buf, ']');
	if (event->member_count > (int64_t)event->n_members)
		write_int(buf, MC_STR(",\"count\":"), event->member_count);
}

static void
write_message(struct mc_buf *buf, const struct mc_chat_event *event)
{
	char at[MC_TIME_RFC3339_SIZE];

	mc_time_rfc3339(event->at, at);
	write_int(buf, MC_STR(",\"seq\":"), event->seq);
	mc_buf_add(buf, MC_STR(",\"from\":"));
	write_person(buf, &event->person, true);
	write_text(buf, MC_STR(",\"body\":"), event->body);
	mc_buf_add(buf, MC_STR(",\"at\":\""));
	mc_buf_add_text(buf, at);
	mc_buf_add_char(buf, '"');
	if (event->removed)
		mc_buf_add(buf, MC_STR(",\"removed\":true"));
}

static void
write_removed(struct mc_buf *buf, const struct mc_chat_event *event)
{
	mc_buf_add(buf, MC_STR(",\"seqs\":["));
	for (size_t i = 0; i < event->n_seqs; i++)
		write_int(buf, i > 0 ? MC_STR(",") : MC_STR(""), event->seqs[i]);
	mc_buf_add_char(buf, ']');
}

static void
write_presence(struct mc_buf *buf, const struct mc_chat_event *event)
{
	if (event->person.id != 0) {
		mc_buf_add(buf, MC_STR(",\"user\":"));
		write_person(buf, &event->person, false);
		mc_buf_add(buf, event->joined ? MC_STR(",\"state\":\"joined\"")
					      : MC_STR(",\"state\":\"left\""));
		if (event->person.role.ptr != NULL)
			write_text(buf, MC_STR(",\"role\":"), event->person.role);
	}
	write_int(buf, MC_STR(",\"members\":"), event->member_count);
}

static void
write_error(struct mc_buf *buf, const struct mc_chat_event *event)
{
	write_text(buf, MC_STR(",\"code\":"), event->code);
	write_text(buf, MC_STR(",\"message\":"), event->body);
	if (event->room != 0)
		write_int(buf, MC_STR(",\"room\":"), event->room);
	if (event->client_id.ptr != NULL)
		write_text(buf, MC_STR(",\"client_id\":"), event->client_id);
}

/* --- reading -------------------------------------------------------------------- */

/* Copies a text that must be there. */
static enum mc_status
take_text(const struct reader *reader, struct json_object *object, const char *key,
	struct mc_str *out)
{
	struct mc_str text;

	if (!mc_json_text(object, key, &text))
		return mc_error_set(
			reader->error, MC_INVALID, key, "The event's \"%s\" is no string.", key);
	*out = mc_arena_copy(reader->arena, text);
	return out->ptr == NULL ? fail_no_memory(reader) : MC_OK;
}

static enum mc_status
take_optional_text(const struct reader *reader, struct json_object *object, const char *key,
	struct mc_str *out)
{
	return has(object, key) ? take_text(reader, object, key, out) : MC_OK;
}

static enum mc_status
take_int(const struct reader *reader, struct json_object *object, const char *key, int64_t min,
	int64_t *out)
{
	if (read_int(object, key, min, out))
		return MC_OK;
	return mc_error_set(
		reader->error, MC_INVALID, key, "The event's \"%s\" is no number of ours.", key);
}

static enum mc_status
take_person(const struct reader *reader, struct json_object *object, struct mc_chat_person *out)
{
	if (!json_object_is_type(object, json_type_object))
		return mc_error_set(reader->error, MC_INVALID, "user", "A person is no object.");
	enum mc_status status = take_int(reader, object, "id", 1, &out->id);
	if (status == MC_OK)
		status = take_text(reader, object, "name", &out->name);
	if (status == MC_OK)
		status = take_optional_text(reader, object, "role", &out->role);
	return status;
}

static enum mc_status
take_person_of(const struct reader *reader, const char *key, struct mc_chat_person *out)
{
	struct json_object *person = NULL;

	json_object_object_get_ex(reader->object, key, &person);
	return take_person(reader, person, out);
}

static enum mc_status
read_welcome(const struct reader *reader, struct mc_chat_event *out)
{
	return take_person_of(reader, "user", &out->person);
}

static enum mc_status
take_members(const struct reader *reader, struct json_object *list, struct mc_chat_event *out)
{
	if (!json_object_is_type(list, json_type_array))
		return mc_error_set(reader->error, MC_INVALID, "members",
			"The event's \"members\" is no list.");
	size_t n = json_object_array_length(list);
	struct mc_chat_person *members = mc_arena_array(reader->arena, n + 1, sizeof(*members));
	if (members == NULL)
		return fail_no_memory(reader);
	for (size_t i = 0; i < n; i++) {
		enum mc_status status =
			take_person(reader, json_object_array_get_idx(list, i), &members[i]);
		if (status != MC_OK)
			return status;
	}
	out->members = members;
	out->n_members = n;
	return MC_OK;
}

static enum mc_status
read_joined(const struct reader *reader, struct mc_chat_event *out)
{
	struct json_object *list = NULL;

	enum mc_status status = take_int(reader, reader->object, "last_seq", 0, &out->seq);
	if (status != MC_OK)
		return status;
	json_object_object_get_ex(reader->object, "members", &list);
	status = take_members(reader, list, out);
	if (status != MC_OK)
		return status;
	out->member_count = (int64_t)out->n_members;
	if (!has(reader->object, "count"))
		return MC_OK;
	return take_int(reader, reader->object, "count", out->member_count, &out->member_count);
}

static enum mc_status
read_message(const struct reader *reader, struct mc_chat_event *out)
{
	struct json_object *removed = NULL;
	struct mc_str at;

	enum mc_status status = take_int(reader, reader->object, "seq", 1, &out->seq);
	if (status == MC_OK)
		status = take_person_of(reader, "from", &out->person);
	if (status == MC_OK)
		status = take_text(reader, reader->object, "body", &out->body);
	if (status != MC_OK)
		return status;
	if (!mc_json_text(reader->object, "at", &at) || !mc_time_parse_rfc3339(at, &out->at))
		return mc_error_set(
			reader->error, MC_INVALID, "at", "The event's \"at\" is no time.");
	json_object_object_get_ex(reader->object, "removed", &removed);
	out->removed = json_object_get_boolean(removed);
	return MC_OK;
}

static enum mc_status
read_removed(const struct reader *reader, struct mc_chat_event *out)
{
	struct json_object *list = NULL;

	json_object_object_get_ex(reader->object, "seqs", &list);
	if (!json_object_is_type(list, json_type_array))
		return mc_error_set(
			reader->error, MC_INVALID, "seqs", "The event's \"seqs\" is no list.");
	size_t n = json_object_array_length(list);
	int64_t *seqs = mc_arena_array(reader->arena, n + 1, sizeof(*seqs));
	if (seqs == NULL)
		return fail_no_memory(reader);
	for (size_t i = 0; i < n; i++) {
		struct json_object *seq = json_object_array_get_idx(list, i);
		if (!json_object_is_type(seq, json_type_int) || json_object_get_int64(seq) < 1)
			return mc_error_set(reader->error, MC_INVALID, "seqs",
				"The event's \"seqs\" has one that is no number of ours.");
		seqs[i] = json_object_get_int64(seq);
	}
	out->seqs = seqs;
	out->n_seqs = n;
	return MC_OK;
}

static enum mc_status
read_ack(const struct reader *reader, struct mc_chat_event *out)
{
	enum mc_status status = take_int(reader, reader->object, "seq", 1, &out->seq);

	if (status != MC_OK)
		return status;
	return take_text(reader, reader->object, "client_id", &out->client_id);
}

static enum mc_status
read_presence(const struct reader *reader, struct mc_chat_event *out)
{
	struct mc_str state;

	enum mc_status status = take_int(reader, reader->object, "members", 0, &out->member_count);
	if (status != MC_OK || !has(reader->object, "user"))
		return status;
	status = take_person_of(reader, "user", &out->person);
	if (status == MC_OK)
		status = take_optional_text(reader, reader->object, "role", &out->person.role);
	if (status != MC_OK)
		return status;
	if (!mc_json_text(reader->object, "state", &state))
		state = MC_STR("");
	out->joined = mc_str_equal(state, MC_STR("joined"));
	if (!out->joined && !mc_str_equal(state, MC_STR("left")))
		return mc_error_set(reader->error, MC_INVALID, "state",
			"The event's \"state\" is neither joined nor left.");
	return MC_OK;
}

static enum mc_status
read_nothing(const struct reader *reader, struct mc_chat_event *out)
{
	(void)reader;
	(void)out;
	return MC_OK;
}

static enum mc_status
read_error(const struct reader *reader, struct mc_chat_event *out)
{
	enum mc_status status = take_text(reader, reader->object, "code", &out->code);

	if (status == MC_OK)
		status = take_text(reader, reader->object, "message", &out->body);
	if (status == MC_OK && has(reader->object, "room"))
		status = take_int(reader, reader->object, "room", 1, &out->room);
	if (status == MC_OK)
		status = take_optional_text(reader, reader->object, "client_id", &out->client_id);
	return status;
}

/* --- the table ------------------------------------------------------------------ */

/* clang-format off */
static const struct {
	struct mc_str name;
	bool of_room;
	enum mc_status (*read)(const struct reader *reader, struct mc_chat_event *out);
} types[MC_CHAT_EVENT_COUNT] = {
	[MC_CHAT_WELCOME]  = { MC_STR_INIT("welcome"),  false, read_welcome },
	[MC_CHAT_JOINED]   = { MC_STR_INIT("joined"),   true,  read_joined },
	[MC_CHAT_MESSAGE]  = { MC_STR_INIT("message"),  true,  read_message },
	[MC_CHAT_ACK]      = { MC_STR_INIT("ack"),      true,  read_ack },
	[MC_CHAT_PRESENCE] = { MC_STR_INIT("presence"), true,  read_presence },
	[MC_CHAT_REMOVED]  = { MC_STR_INIT("removed"),  true,  read_removed },
	[MC_CHAT_ENDED]    = { MC_STR_INIT("ended"),    true,  read_nothing },
	[MC_CHAT_PONG]     = { MC_STR_INIT("pong"),     false, read_nothing },
	[MC_CHAT_ERROR]    = { MC_STR_INIT("error"),    false, read_error },
};
/* clang-format on */

void
mc_chat_event_write(struct mc_buf *buf, const struct mc_chat_event *event)
{
	write_type(buf, types[event->type].name);
	if (types[event->type].of_room)
		write_int(buf, MC_STR(",\"room\":"), event->room);
	switch (event->type) {
	case MC_CHAT_WELCOME:
		mc_buf_add(buf, MC_STR(",\"user\":"));
		write_person(buf, &event->person, false);
		break;
	case MC_CHAT_JOINED: write_joined(buf, event); break;
	case MC_CHAT_MESSAGE: write_message(buf, event); break;
	case MC_CHAT_ACK:
		write_text(buf, MC_STR(",\"client_id\":"), event->client_id);
		write_int(buf, MC_STR(",\"seq\":"), event->seq);
		break;
	case MC_CHAT_PRESENCE: write_presence(buf, event); break;
	case MC_CHAT_REMOVED: write_removed(buf, event); break;
	case MC_CHAT_ERROR: write_error(buf, event); break;
	case MC_CHAT_ENDED:
	case MC_CHAT_PONG:
	case MC_CHAT_EVENT_COUNT: break;
	}
	mc_buf_add_char(buf, '}');
}

static enum mc_status
read_event(const struct reader *reader, struct mc_chat_event *out)
{
	enum mc_status status = MC_OK;
	struct mc_str type;

	if (!json_object_is_type(reader->object, json_type_object) ||
		!mc_json_text(reader->object, "type", &type))
		type = MC_STR("");
	for (size_t i = 0; i < MC_COUNT(types); i++) {
		if (!mc_str_equal(type, types[i].name))
			continue;
		out->type = (enum mc_chat_event_type)i;
		if (types[i].of_room)
			status = take_int(reader, reader->object, "room", 1, &out->room);
		return status == MC_OK ? types[i].read(reader, out) : status;
	}
	return mc_error_set(reader->error, MC_INVALID, "type", "This is no event of ours.");
}

enum mc_status
mc_chat_event_read(struct mc_arena *arena, struct mc_str json, struct mc_chat_event *out,
	struct mc_error *error)
{
	struct reader reader = { arena, NULL, error };
	struct mc_chat_event event = { 0 };

	enum mc_status status =
		mc_json_read_long(json, MC_JSON_DEPTH_MAX, VALUES_MAX, &reader.object, error);
	/* Above a ceiling it is none of ours either. */
	if (status == MC_TOO_LARGE)
		return mc_error_set(error, MC_INVALID, NULL, "This is no event of ours.");
	if (status != MC_OK)
		return status;
	status = read_event(&reader, &event);
	json_object_put(reader.object);
	if (status == MC_OK)
		*out = event;
	return status;
}
