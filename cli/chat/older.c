#include "cli/chat/older.h"

#include <json-c/json.h>

#include "cli/common/answer.h"
#include "libminiclass/text/json.h"

enum { OLDER_AT_ONCE = 100 };

static bool
read_message(struct json_object *json, struct mc_chat_event *out)
{
	struct json_object *from = NULL;
	struct mc_str at = { NULL, 0 };

	*out = (struct mc_chat_event){ .type = MC_CHAT_MESSAGE,
		.removed = answer_is(json, "removed") };
	return json_object_object_get_ex(json, "from", &from) &&
	       mc_json_int(json, "seq", &out->seq) && mc_json_int(from, "id", &out->person.id) &&
	       mc_json_text(from, "name", &out->person.name) &&
	       mc_json_text(json, "body", &out->body) && mc_json_text(json, "at", &at) &&
	       mc_time_parse_rfc3339(at, &out->at);
}

enum mc_status
older_fetch(struct talk *talk, struct log *log, struct mc_error *error)
{
	struct json_object *messages;
	struct mc_chat_event message;

	enum mc_status status =
		talk_messages_before(talk, log_first(log), OLDER_AT_ONCE, &messages, error);
	if (status != MC_OK)
		return status;
	for (size_t i = json_object_array_length(messages); i-- > 0;)
		if (read_message(json_object_array_get_idx(messages, i), &message))
			log_older(log, &message);
	return MC_OK;
}
