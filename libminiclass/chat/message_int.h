/* message_int - what commands (message.c) and events (message_event.c) share. */
#ifndef LIBMINICLASS_CHAT_MESSAGE_INT_H
#define LIBMINICLASS_CHAT_MESSAGE_INT_H

#include <json-c/json.h>

#include "libminiclass/chat/message.h"
#include "libminiclass/text/json.h"

struct reader {
	struct mc_arena *arena;
	struct json_object *object;
	struct mc_error *error;
};

/* A member that is there; null says that it is left out. */
static inline bool
has(struct json_object *object, const char *key)
{
	struct json_object *value;
	return json_object_object_get_ex(object, key, &value) && value != NULL;
}

static inline bool
read_int(struct json_object *object, const char *key, int64_t min, int64_t *out)
{
	int64_t value;

	if (!mc_json_int(object, key, &value) || value < min)
		return false;
	*out = value;
	return true;
}

static inline enum mc_status
fail_no_memory(const struct reader *reader)
{
	return mc_error_set(reader->error, MC_NO_MEMORY, "busy",
		"The classroom is busy just now. Please try again.");
}

/* Keys come with what stands around them: constants are cheaper than making them. */
static inline void
write_int(struct mc_buf *buf, struct mc_str key, int64_t value)
{
	mc_buf_add(buf, key);
	mc_buf_add_int(buf, value);
}

static inline void
write_text(struct mc_buf *buf, struct mc_str key, struct mc_str value)
{
	mc_buf_add(buf, key);
	mc_json_write_text(buf, value);
}

static inline void
write_type(struct mc_buf *buf, struct mc_str type)
{
	mc_buf_add(buf, MC_STR("{\"type\":\""));
	mc_buf_add(buf, type);
	mc_buf_add_char(buf, '"');
}

#endif
