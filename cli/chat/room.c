#include "cli/chat/room.h"

#include <inttypes.h>
#include <stdio.h>

#include <json-c/json.h>

#include "cli/common/answer.h"
#include "cli/common/pick.h"
#include "cli/common/pick_class.h"
#include "cli/common/say.h"
#include "libminiclass/text/json.h"

enum { PATH_SIZE = 128, NUMBER_SIZE = 24 };

/* "wss://host:port/chat" as an address of the framed form, which is spoken on the same port. */
static bool
read_chat_url(struct mc_str url, struct room *room)
{
	bool tls = mc_str_starts_with(url, MC_STR("wss://"));

	if (!tls && !mc_str_starts_with(url, MC_STR("ws://")))
		return false;
	struct mc_str host = mc_str_skip(url, tls ? 6 : 5);
	host = mc_str_first(host, mc_str_find(host, '/'));
	if (host.len == 0 || host.len > 255)
		return false;
	struct mc_str last = mc_str_skip(host, host.ptr[0] == '[' ? mc_str_find(host, ']') : 0);
	bool has_port = mc_str_find(last, ':') < last.len;
	snprintf(room->address, sizeof(room->address), "%.*s%s", MC_STR_ARGS(host),
		has_port ? "" : (tls ? ":443" : ":80"));
	room->tls = tls;
	return true;
}

static bool
read_room(struct json_object *json, struct room *out)
{
	struct json_object *room = answer_member(json, "room");
	struct mc_str title = { NULL, 0 }, kind = { NULL, 0 };

	if (!mc_json_int(room, "id", &out->id) || !mc_json_int(room, "class", &out->class_id) ||
		!mc_json_text(room, "title", &title) || !mc_json_text(room, "kind", &kind) ||
		!mc_json_int(json, "last_seq", &out->last_seq))
		return false;
	out->is_live = mc_str_equal(kind, MC_STR("live"));
	out->is_private = mc_str_equal(kind, MC_STR("thread"));
	struct mc_str student = answer_text(room, "student.name");
	if (out->is_private)
		snprintf(out->title, sizeof(out->title), "private: %.*s (%.*s)", MC_STR_ARGS(title),
			MC_STR_ARGS(student));
	else
		snprintf(out->title, sizeof(out->title), "%.*s", MC_STR_ARGS(title));
	if (out->is_live || !mc_json_int(room, "discussion", &out->discussion))
		out->discussion = 0;
	return true;
}

enum mc_status
room_open(struct seat *seat, int64_t id, const char *chat, struct room *out, struct mc_error *error)
{
	char path[PATH_SIZE];
	struct mc_api_answer answer;
	struct mc_str url = { NULL, 0 };

	*out = (struct room){ .id = 0 };
	snprintf(path, sizeof(path), "/rooms/%" PRId64 "?limit=1", id);
	enum mc_status status = mc_api_call(seat->api, path, NULL, &answer, error);
	if (status != MC_OK)
		return status;
	if (!read_room(answer.json, out))
		return mc_error_set(error, MC_FAILED, NULL, "the server's answer is no room");
	if (chat == NULL && mc_json_text(answer.json, "chat_url", &url) && read_chat_url(url, out))
		return MC_OK;
	seat_chat_address(seat, chat, out->address, sizeof(out->address), &out->tls);
	return MC_OK;
}

static enum mc_status
find_student(struct seat *seat, int64_t class_id, const char *student, int64_t *out,
	struct mc_error *error)
{
	char path[PATH_SIZE];
	struct mc_api_answer answer;
	struct json_object *found = NULL;

	snprintf(path, sizeof(path), "/classes/%" PRId64 "/people", class_id);
	enum mc_status status = mc_api_call(seat->api, path, NULL, &answer, error);
	if (status != MC_OK)
		return status;
	struct json_object *students = answer_list(answer.json, "students");
	if (students == NULL)
		return mc_error_set(error, MC_FORBIDDEN, NULL,
			"a student writes privately to the instructors only");
	status = pick_among(&students, 1, pick_people, "student", student, &found, error);
	*out = status == MC_OK ? answer_int(found, "id") : 0;
	return status;
}

enum mc_status
room_thread(struct seat *seat, int64_t class_id, int64_t discussion, const char *student,
	int64_t *room, struct mc_error *error)
{
	char path[PATH_SIZE];
	struct mc_api_answer answer;
	int64_t id = 0;

	if (student != NULL) {
		enum mc_status found = find_student(seat, class_id, student, &id, error);
		if (found != MC_OK)
			return found;
	}
	struct json_object *body = json_object_new_object();
	if (body == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	if (student != NULL)
		json_object_object_add(body, "student", json_object_new_int64(id));
	snprintf(path, sizeof(path), "/classes/%" PRId64 "/discussions/%" PRId64 "/threads",
		class_id, discussion);
	enum mc_status status = mc_api_call(seat->api, path, body, &answer, error);
	json_object_put(body);
	if (status == MC_OK && !mc_json_int(answer.json, "room", room))
		return mc_error_set(error, MC_FAILED, NULL, "the server's answer has no room");
	return status;
}

/* -1: *id is the room that is live. */
static int
find_live(struct seat *seat, const char *words, int64_t class_id, int64_t *id)
{
	char path[PATH_SIZE];
	struct mc_api_answer answer;

	snprintf(path, sizeof(path), "/classes/%" PRId64 "/live", class_id);
	int done = seat_call(seat, words, path, NULL, &answer);
	if (done >= 0)
		return done;
	if (!mc_json_int(answer_member(answer.json, "session"), "room", id))
		return say_error(MC_FAILED, words, "the server's answer has no room");
	return -1;
}

/* Without words: the one there is. */
static int
find_discussion(struct seat *seat, const struct room_wish *wish, int64_t class_id, int64_t *id,
	int64_t *room)
{
	static const struct pick_key keys[] = { { "topic", false }, { NULL, false } };
	char path[PATH_SIZE];
	struct mc_api_answer answer;
	struct mc_error error = { .status = MC_OK };
	struct json_object *found = NULL;

	snprintf(path, sizeof(path), "/classes/%" PRId64 "/discussions", class_id);
	int done = seat_call(seat, wish->class_words, path, NULL, &answer);
	if (done >= 0)
		return done;
	struct json_object *list = answer_list(answer.json, "discussions");
	const char *words = wish->discussion != NULL ? wish->discussion : "";
	enum mc_status status = pick_among(&list, 1, keys, "discussion", words, &found, &error);
	*id = status == MC_OK ? answer_int(found, "id") : 0;
	*room = status == MC_OK ? answer_int(found, "room") : 0;
	if (words[0] == '\0')
		words = "--discussion";
	if (status == MC_INVALID)
		return say_usage(words, error.message);
	return status == MC_OK ? -1 : say_error(status, words, error.message);
}

bool
room_has_place(const struct room_wish *wish)
{
	return wish->discussion != NULL || wish->student != NULL || wish->is_private;
}

static int
find_in_class(struct seat *seat, const struct room_wish *wish, int64_t *id)
{
	int64_t class_id = 0;
	int64_t discussion = 0;
	struct mc_error error = { .status = MC_OK };

	int done = pick_class(seat, wish->class_words, &class_id);
	if (done >= 0)
		return done;
	if (!room_has_place(wish))
		return find_live(seat, wish->class_words, class_id, id);
	done = find_discussion(seat, wish, class_id, &discussion, id);
	if (done >= 0)
		return done;
	if (wish->student == NULL && !wish->is_private)
		return -1;
	enum mc_status status = room_thread(seat, class_id, discussion, wish->student, id, &error);
	const char *what = wish->student != NULL ? wish->student : "--private";
	if (status == MC_INVALID && wish->student == NULL)
		return say_usage(what, "is a student's; an instructor says --with STUDENT");
	if (status == MC_INVALID)
		return say_usage(what, error.message);
	return status == MC_OK ? -1 : say_error(status, what, error.message);
}

/* What an address says beyond the class, unless an option says it. */
static void
read_address(const struct seat *seat, struct room_wish *wish, char number[NUMBER_SIZE])
{
	int64_t discussion = pick_number_in(seat, wish->class_words, "/discussions/");

	if (!room_has_place(wish))
		wish->room = pick_number_in(seat, wish->class_words, "/rooms/");
	if (wish->discussion != NULL || discussion == 0)
		return;
	snprintf(number, NUMBER_SIZE, "%" PRId64, discussion);
	wish->discussion = number;
}

int
room_find(struct seat *seat, const struct room_wish *given, struct room *out)
{
	struct room_wish wish = *given;
	struct mc_error error = { .status = MC_OK };
	char number[NUMBER_SIZE], what[NUMBER_SIZE + 8];

	if (wish.room == 0)
		read_address(seat, &wish, number);
	int64_t id = wish.room;
	if (id == 0) {
		int done = find_in_class(seat, &wish, &id);
		if (done >= 0)
			return done;
	}
	enum mc_status status = room_open(seat, id, wish.chat, out, &error);
	snprintf(what, sizeof(what), "room %" PRId64, id);
	return status == MC_OK ? -1 : say_error(status, what, error.message);
}
