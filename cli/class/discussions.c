/* discussions - the verbs about discussions and the private threads in them. */
#include "cli/class/class.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/common/listing.h"
#include "cli/common/pick.h"
#include "cli/common/request.h"

/* clang-format off */
static const struct column discussion_columns[] = {
	{ "ID", COLUMN_INT, "id" },
	{ "ROOM", COLUMN_INT, "room" },
	{ "MESSAGES", COLUMN_INT, "messages" },
	{ "NEW", COLUMN_INT, "unread" },
	{ "LAST", COLUMN_TIME, "last_at" },
	{ "CLOSED", COLUMN_SET, "closed_at" },
	{ "BEGUN", COLUMN_TIME, "created_at" },
	{ "BY", COLUMN_TEXT, "created_by" },
	{ "TOPIC", COLUMN_TEXT, "topic" },
};
static const struct column thread_columns[] = {
	{ "ROOM", COLUMN_INT, "room" },
	{ "MESSAGES", COLUMN_INT, "messages" },
	{ "NEW", COLUMN_INT, "unread" },
	{ "LAST", COLUMN_TIME, "last_at" },
	{ "ID", COLUMN_INT, "student.id" }, /* names repeat; mc-chat --with takes it */
	{ "STUDENT", COLUMN_TEXT, "student.name" },
	{ "TOPIC", COLUMN_TEXT, "discussion.topic" }, /* of those of all discussions */
};
/* clang-format on */

static int
print_discussions(
	const struct class_tool *tool, const struct mc_api_answer *answer, const char *key)
{
	return listing_answer(answer, tool->options.json, discussion_columns,
		MC_COUNT(discussion_columns), key, "There is no discussion yet.");
}

int
discussion_list(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	(void)n;
	int done = class_get(self, operands[0], "/discussions", &answer);
	return done >= 0 ? done : print_discussions(self, &answer, "discussions");
}

int
discussion_begin(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE];
	int64_t id = 0;

	int done = class_pick(self, operands[0], &id);
	if (done >= 0)
		return done;
	class_path(path, id, "/discussions");
	struct json_object *body = request_body();
	request_add_text(body, "topic", class_join_words(operands + 1, n - 1));
	done = request_create(&self->seat, operands[0], path, body, &answer);
	return done >= 0 ? done : print_discussions(self, &answer, "discussion");
}

static int
pick_discussion(struct class_tool *tool, int64_t class_id, const char *words, int64_t *id)
{
	static const struct pick_key keys[] = { { "topic", false }, { NULL, false } };
	struct json_object *found = NULL;
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE];

	class_path(path, class_id, "/discussions");
	int done = seat_call(&tool->seat, words, path, NULL, &answer);
	if (done >= 0)
		return done;
	struct json_object *list = answer_list(answer.json, "discussions");
	done = pick_one(&list, 1, keys, "discussion", words, &found);
	if (done < 0)
		*id = answer_int(found, "id");
	return done;
}

static int
change_discussion(struct class_tool *tool, char *const *operands, const char *verb,
	struct json_object *body, struct mc_api_answer *answer)
{
	char path[CLASS_PATH_SIZE], rest[64];
	int64_t id = 0, discussion = 0;

	int done = class_pick(tool, operands[0], &id);
	if (done < 0)
		done = pick_discussion(tool, id, operands[1], &discussion);
	if (done >= 0) {
		request_drop(body);
		return done;
	}
	snprintf(rest, sizeof(rest), "/discussions/%" PRId64 "/%s", discussion, verb);
	class_path(path, id, rest);
	return request_post(&tool->seat, operands[1], path, body, answer);
}

int
discussion_rename(void *tool, char *const *operands, size_t n)
{
	struct json_object *body = request_body();
	struct mc_api_answer answer;

	request_add_text(body, "topic", class_join_words(operands + 2, n - 2));
	int done = change_discussion(tool, operands, "edit", body, &answer);
	return done >= 0 ? done : print_discussions(tool, &answer, "discussion");
}

static int
set_closed(struct class_tool *tool, char *const *operands, const char *verb, const char *said)
{
	struct mc_api_answer answer;

	int done = change_discussion(tool, operands, verb, request_body(), &answer);
	if (done >= 0)
		return done;
	return class_done(tool, &answer, answer_text(answer.json, "discussion.topic"), said);
}

int
discussion_close(void *tool, char *const *operands, size_t n)
{
	(void)n;
	return set_closed(
		tool, operands, "close", " is closed: it can be read, and nobody writes in it.");
}

int
discussion_reopen(void *tool, char *const *operands, size_t n)
{
	(void)n;
	return set_closed(tool, operands, "reopen", " is open again.");
}

static int
print_threads(const struct class_tool *tool, const struct mc_api_answer *answer, size_t n_columns)
{
	return listing_answer(answer, tool->options.json, thread_columns, n_columns, "threads",
		"There is no private thread yet.");
}

int
discussion_threads(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE], rest[64];
	int64_t id = 0, discussion = 0;

	if (n == 1) {
		int got = class_get(self, operands[0], "/discussions", &answer);
		return got >= 0 ? got : print_threads(self, &answer, MC_COUNT(thread_columns));
	}
	int done = class_pick(self, operands[0], &id);
	if (done < 0)
		done = pick_discussion(self, id, operands[1], &discussion);
	if (done >= 0)
		return done;
	snprintf(rest, sizeof(rest), "/discussions/%" PRId64, discussion);
	class_path(path, id, rest);
	done = seat_call(&self->seat, operands[1], path, NULL, &answer);
	return done >= 0 ? done : print_threads(self, &answer, MC_COUNT(thread_columns) - 1);
}

int
discussion_read(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	(void)n;
	int done = class_post(self, operands[0], "/discussions/read", &answer);
	if (done >= 0)
		return done;
	return class_done(
		self, &answer, MC_STR(""), "All its discussions and private threads are read.");
}
