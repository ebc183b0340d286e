#include "cli/chat/talk.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "cli/common/answer.h"
#include "cli/common/say.h"
#include "libminiclass/base/guess.h"
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

static const struct {
	const char *name, *help;
} orders[] = {
	{ "/who", ": who is here" },
	{ "/with", " STUDENT: the private thread; /with alone: yours, or back" },
	{ "/remove", " NUMBER [all]: a message (all of who wrote it), for teachers; /remove alone: "
		     "numbers" },
	{ "/end", ": ends the live class, for all" },
	{ "/help", ": these orders" },
	{ "/quit", ": leaves" },
};

const char *
talk_order_name(size_t i)
{
	return i < MC_COUNT(orders) ? orders[i].name : NULL;
}

static enum talk_order
order_help(FILE *out)
{
	for (size_t i = 0; i < MC_COUNT(orders); i++)
		fprintf(out, "%s%s\n", orders[i].name, orders[i].help);
	fputs("//TEXT: a message that begins with /", out);
	return TALK_SAID;
}

static enum talk_order
order_unknown(struct mc_str word, FILE *out)
{
	struct mc_guess guess = { .typed = word };

	for (size_t i = 0; i < MC_COUNT(orders); i++)
		mc_guess_offer(&guess, orders[i].name);
	if (guess.name != NULL)
		fprintf(out, "no such order; did you mean %s?", guess.name);
	else
		fputs("no such order; /help names them", out);
	return TALK_FAILED;
}

static enum talk_order
order_end(struct talk *talk, struct mc_str operand, FILE *out)
{
	bool yes = mc_str_equal(operand, MC_STR("yes"));
	struct mc_api_answer answer;
	struct mc_error error = { .status = MC_OK };
	char path[64];

	if (!talk->room.is_live) {
		fputs("only a live class can be ended", out);
		return TALK_FAILED;
	}
	struct json_object *body = yes ? json_object_new_object() : NULL;
	snprintf(path, sizeof(path), "/classes/%" PRId64 "/live/end", talk->room.class_id);
	enum mc_status status = mc_api_call(talk->seat->api, path, body, &answer, &error);
	json_object_put(body);
	if (status != MC_OK) {
		say_clean(out, mc_str_from(error.message), false);
	} else if (!yes) {
		say_clean(out, answer_text(answer.json, "confirm.text"), true);
		fputs("\n/end yes: ends it; /quit: only you leave", out);
	}
	return status == MC_OK ? TALK_SAID : TALK_FAILED;
}

static enum mc_status
move(struct talk *talk, int64_t id, struct mc_error *error)
{
	struct room room;

	enum mc_status status = room_open(talk->seat, id, talk->chat, &room, error);
	if (status != MC_OK)
		return status;
	talk_note_read(talk);
	mc_chat_client_leave(talk->client, talk->room.id);
	talk->room = room;
	talk->shown = 0;
	return talk_join(talk);
}

/* A student's own thread needs no name, so a name is what an instructor says. */
static enum talk_order
order_with(struct talk *talk, const char *student, FILE *out)
{
	struct mc_error error = { .status = MC_OK };
	int64_t here = talk->room.is_private ? talk->outer : talk->room.id;
	int64_t to = 0;
	enum mc_status status = MC_OK;

	if (student[0] == '\0' && talk->outer > 0) {
		to = talk->outer;
		here = 0;
	} else if (talk->room.discussion == 0) {
		fputs("this is no discussion: --discussion TOPIC", out);
		return TALK_FAILED;
	} else {
		status = room_thread(talk->seat, talk->room.class_id, talk->room.discussion,
			student[0] == '\0' ? NULL : student, &to, &error);
	}
	if (status == MC_OK)
		status = move(talk, to, &error);
	if (status != MC_OK) {
		say_clean(out, mc_str_from(error.message), false);
		return TALK_FAILED;
	}
	talk->outer = here;
	return TALK_MOVED;
}

/* What that line says to the room; false: it is an order. */
static bool
is_message(struct mc_str line, struct mc_str *text)
{
	bool is_escaped = mc_str_starts_with(line, MC_STR("//"));

	*text = is_escaped ? mc_str_skip(line, 1) : line;
	return is_escaped || !mc_str_starts_with(line, MC_STR("/"));
}

size_t
talk_surplus(struct mc_str line)
{
	struct mc_str text;

	if (!is_message(mc_str_trim(line), &text) || text.len <= MC_MESSAGE_BODY_MAX)
		return 0;
	return text.len - MC_MESSAGE_BODY_MAX;
}

enum talk_order
talk_order(struct talk *talk, struct mc_str line, struct mc_str *text, FILE *out)
{
	char operand[256];

	if (is_message(line, text))
		return TALK_TEXT;
	struct mc_str word = mc_str_first(line, mc_str_find(line, ' '));
	struct mc_str rest = mc_str_trim(mc_str_skip(line, word.len));
	snprintf(operand, sizeof(operand), "%.*s", (int)rest.len, rest.len > 0 ? rest.ptr : "");
	if (mc_str_equal(word, MC_STR("/quit")))
		return TALK_QUIT;
	if (mc_str_equal(word, MC_STR("/help")))
		return order_help(out);
	if (mc_str_equal(word, MC_STR("/end")))
		return order_end(talk, rest, out);
	if (mc_str_equal(word, MC_STR("/with")))
		return order_with(talk, operand, out);
	if (mc_str_equal(word, MC_STR("/remove")))
		return talk_order_remove(talk, rest, out);
	if (!mc_str_equal(word, MC_STR("/who")))
		return order_unknown(word, out);
	if (talk->has_ended)
		fputs(talk_over(talk), out);
	else
		people_write(&talk->people, out);
	return TALK_SAID;
}
