/* live - the verbs about live classes. */
#include "cli/class/class.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/common/listing.h"
#include "cli/common/request.h"

/* clang-format off */
static const struct column session_columns[] = {
	{ "ID", COLUMN_INT, "id" },
	{ "ROOM", COLUMN_INT, "room" },
	{ "STARTED", COLUMN_TIME, "started_at" },
	{ "ENDED", COLUMN_TIME, "ended_at" },
	{ "BY", COLUMN_TEXT, "started_by" },
	{ "COUNTS", COLUMN_YES, "counts" },
	{ "TITLE", COLUMN_TEXT, "title" },
};
/* clang-format on */

static int
print_sessions(const struct class_tool *tool, const struct mc_api_answer *answer, const char *key)
{
	return listing_answer(answer, tool->options.json, session_columns,
		MC_COUNT(session_columns), key, "There has been no live class yet.");
}

int
live_start(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE];
	int64_t id = 0;

	int done = class_pick(self, operands[0], &id);
	if (done >= 0)
		return done;
	class_path(path, id, "/live");
	struct json_object *body = request_body();
	request_add_text(body, "title", class_join_words(operands + 1, n - 1));
	done = request_post(&self->seat, operands[0], path, body, &answer);
	return done >= 0 ? done : print_sessions(self, &answer, "session");
}

int
live_end(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	(void)n;
	int done = class_post(self, operands[0], "/live/end", &answer);
	return done >= 0 ? done : print_sessions(self, &answer, "session");
}

int
live_show(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	(void)n;
	int done = class_get(self, operands[0], "/live", &answer);
	return done >= 0 ? done : print_sessions(self, &answer, "session");
}

int
live_sessions(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	(void)n;
	int done = class_get(self, operands[0], "/sessions", &answer);
	return done >= 0 ? done : print_sessions(self, &answer, "sessions");
}

/* `verb` as it stands in the address. */
static int
set_counts(struct class_tool *tool, char *const *operands, size_t n, const char *verb)
{
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE], rest[80];
	int64_t id = 0;

	int done = class_need_session(tool);
	if (done < 0)
		done = class_pick(tool, operands[0], &id);
	if (done >= 0)
		return done;
	snprintf(rest, sizeof(rest), "/sessions/%" PRId64 "/attendance/%s", tool->session, verb);
	class_path(path, id, rest);
	struct json_object *body = request_body();
	request_add_text(body, "reason", class_join_words(operands + 1, n - 1));
	done = request_post(&tool->seat, operands[0], path, body, &answer);
	return done >= 0 ? done : print_sessions(tool, &answer, "session");
}

int
live_leave_out(void *tool, char *const *operands, size_t n)
{
	return set_counts(tool, operands, n, "leave-out");
}

int
live_take_in(void *tool, char *const *operands, size_t n)
{
	return set_counts(tool, operands, n, "take-in");
}
