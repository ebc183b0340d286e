#include "cli/chat/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "cli/common/answer.h"
#include "cli/common/say.h"
#include "libminiclass/base/utf8.h"
#include "libminiclass/limits.h"

int
talk_open(struct talk *talk, const struct seat_options *options)
{
	struct mc_error error = { .status = MC_OK };
	struct mc_chat_client_options chat = {
		.address = talk->room.address,
		.tls = talk->room.tls,
		.ca_file = options->ca_file,
		.token = mc_str_from(talk->seat->token),
	};

	enum mc_status status = mc_chat_client_create(&chat, &talk->client, &error);
	if (status != MC_OK)
		return say_error(status, talk->room.address, error.message);
	return -1;
}

void
talk_close(struct talk *talk)
{
	mc_chat_client_destroy(talk->client);
	people_clear(&talk->people);
}

void
talk_note_read(struct talk *talk)
{
	struct mc_error error = { .status = MC_OK };
	struct mc_api_answer answer;
	char path[64];

	if (talk->shown == 0 || talk->room.is_live ||
		mc_chat_client_state(talk->client) != MC_CHAT_CONNECTED)
		return;
	struct json_object *body = json_object_new_object();
	if (body == NULL)
		return;
	json_object_object_add(body, "seq", json_object_new_int64(talk->shown));
	snprintf(path, sizeof(path), "/rooms/%" PRId64 "/read", talk->room.id);
	mc_api_set_timeout(talk->seat->api, TALK_LEAVE_MS);
	if (mc_api_call(talk->seat->api, path, body, &answer, &error) == MC_OK)
		talk->shown = 0;
	mc_api_set_timeout(talk->seat->api, talk->timeout_ms);
	json_object_put(body);
}

enum mc_status
talk_join(struct talk *talk)
{
	int64_t after = talk->room.last_seq - talk->history;

	people_clear(&talk->people);
	talk->has_ended = false;
	return mc_chat_client_join(talk->client, talk->room.id, after > 0 ? after : 0);
}

enum mc_status
talk_messages_before(
	struct talk *talk, int64_t seq, int limit, struct json_object **out, struct mc_error *error)
{
	char path[128];
	struct mc_api_answer answer;

	snprintf(path, sizeof(path), "/rooms/%" PRId64 "/messages?before=%" PRId64 "&limit=%d",
		talk->room.id, seq, limit);
	enum mc_status status = mc_api_call(talk->seat->api, path, NULL, &answer, error);
	if (status != MC_OK)
		return status;
	*out = answer_list(answer.json, "messages");
	if (*out == NULL)
		return mc_error_set(error, MC_FAILED, NULL, "the server's answer has no messages");
	return MC_OK;
}

enum mc_status
talk_check(struct mc_str text, struct mc_error *error)
{
	text = mc_str_trim(text);
	if (text.len == 0)
		return mc_error_set(error, MC_INVALID, NULL, "a message is not empty");
	if (text.len > MC_MESSAGE_BODY_MAX)
		return mc_error_set(error, MC_TOO_LARGE, NULL, "a message has %d bytes at most",
			MC_MESSAGE_BODY_MAX);
	if (!mc_utf8_is_valid(text))
		return mc_error_set(error, MC_INVALID, NULL, "this is not UTF-8");
	return MC_OK;
}

const char *
talk_coming(const struct talk *talk, const struct mc_chat_event *presence)
{
	if (presence->person.id == mc_chat_client_user(talk->client) &&
		mc_str_equal(presence->person.role, MC_STR("instructor")))
		return "teaches here now";
	return presence->joined ? "is here" : "has left";
}

const char *
talk_over(const struct talk *talk)
{
	return talk->room.is_live ? "the live class has ended" : "the discussion is closed";
}

enum mc_status
talk_status(struct mc_str code)
{
	static const struct {
		struct mc_str code;
		enum mc_status status;
	} codes[] = {
		{ MC_STR_INIT("not_found"), MC_NOT_FOUND },
		{ MC_STR_INIT("ended"), MC_CONFLICT },
		{ MC_STR_INIT("bad_field"), MC_INVALID },
		{ MC_STR_INIT("too_long"), MC_TOO_LARGE },
		{ MC_STR_INIT("too_many"), MC_TOO_MANY },
		{ MC_STR_INIT("busy"), MC_UNAVAILABLE },
		{ MC_STR_INIT("unavailable"), MC_UNAVAILABLE },
		{ MC_STR_INIT("unauthenticated"), MC_UNAUTHENTICATED },
	};

	for (size_t i = 0; i < MC_COUNT(codes); i++)
		if (mc_str_equal(code, codes[i].code))
			return codes[i].status;
	return MC_FAILED;
}

int
talk_say_unsent(const struct talk *talk)
{
	size_t n = mc_chat_client_unacked(talk->client);
	char why[96];

	if (n == 0)
		return EXIT_DONE;
	snprintf(why, sizeof(why), "%zu message%s on the way; perhaps not stored", n,
		n == 1 ? " was" : "s were");
	return say_error(MC_UNAVAILABLE, talk->room.title, why);
}

static bool
local_time(struct mc_time when, struct tm *out)
{
	time_t seconds = (time_t)(when.us / 1000000);

	return localtime_r(&seconds, out) != NULL;
}

struct mc_str
talk_words(const struct mc_chat_event *message)
{
	return message->removed ? MC_STR("(removed by a teacher)") : message->body;
}

const char *
talk_mark(const struct mc_chat_event *message)
{
	return mc_str_equal(message->person.role, MC_STR("instructor")) ? "* " : "";
}

void
talk_clock(struct mc_time when, char out[TALK_CLOCK_SIZE])
{
	struct tm local;

	if (!local_time(when, &local) || strftime(out, TALK_CLOCK_SIZE, "%H:%M", &local) == 0)
		snprintf(out, TALK_CLOCK_SIZE, "--:--");
}

void
talk_day(struct mc_time when, char out[TALK_DAY_SIZE])
{
	struct tm local;

	if (!local_time(when, &local) || strftime(out, TALK_DAY_SIZE, "%a %Y-%m-%d", &local) == 0)
		snprintf(out, TALK_DAY_SIZE, "another day");
}
