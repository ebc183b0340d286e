/* attendance - the verbs about who was there. */
#include "cli/class/class.h"

#include <inttypes.h>
#include <stdio.h>

#include <json-c/json.h>

#include "cli/common/listing.h"
#include "cli/common/pick.h"
#include "cli/common/request.h"
#include "cli/common/say.h"
#include "libminiclass/limits.h"

/* clang-format off */
static const struct column session_columns[] = {
	{ "ID", COLUMN_INT, "user.id" },
	{ "ATTENDED", COLUMN_YES, "attended" },
	{ "PRESENT", COLUMN_YES, "present" },
	{ "FIRST", COLUMN_TIME, "first_joined_at" },
	{ "LAST", COLUMN_TIME, "last_left_at" },
	{ "TIME", COLUMN_SPAN, "seconds" },
	{ "CORRECTED", COLUMN_YES, "corrected" },
	{ "NAME", COLUMN_NAME, "user.name" },
};
static const struct column tally_columns[] = {
	{ "ID", COLUMN_INT, "user.id" },
	{ "ATTENDED", COLUMN_INT, "attended" },
	{ "OF", COLUMN_INT, "sessions_total" },
	{ "TIME", COLUMN_SPAN, "seconds" },
	{ "NAME", COLUMN_NAME, "user.name" },
};
static const struct column record_columns[] = {
	{ "ID", COLUMN_INT, "id" },
	{ "STARTED", COLUMN_TIME, "started_at" },
	{ "ATTENDED", COLUMN_YES, "attended" },
	{ "PRESENT", COLUMN_YES, "present" },
	{ "TIME", COLUMN_SPAN, "seconds" },
	{ "CORRECTED", COLUMN_YES, "corrected" },
	{ "COUNTS", COLUMN_YES, "counts" },
	{ "TITLE", COLUMN_TEXT, "title" },
};
/* clang-format on */

int
attendance_show(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;
	char rest[80] = "/attendance";

	(void)n;
	if (self->session > 0)
		snprintf(rest, sizeof(rest), "/sessions/%" PRId64 "/attendance%s", self->session,
			self->csv ? ".csv" : "");
	else if (self->csv)
		snprintf(rest, sizeof(rest), "/attendance.csv");
	int done = class_get(self, operands[0], rest, &answer);
	if (done >= 0)
		return done;
	struct json_object *rows = answer_member(answer.json, "attendance");
	if (self->options.json || self->csv)
		answer_print(&answer);
	else if (self->session > 0)
		listing_print(session_columns, MC_COUNT(session_columns), rows,
			"There is no student in the class.");
	else
		listing_print(tally_columns, MC_COUNT(tally_columns), rows,
			"There is no student in the class.");
	return EXIT_DONE;
}

int
attendance_record(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE], rest[64] = "/attendance";
	int64_t id = 0, student = 0;

	int done = class_pick(self, operands[0], &id);
	if (done < 0 && n > 1)
		done = people_pick_student(self, id, operands[1], &student);
	if (done >= 0)
		return done;
	if (n > 1)
		snprintf(rest, sizeof(rest), "/attendance/%" PRId64, student);
	class_path(path, id, rest);
	done = seat_call(&self->seat, operands[n - 1], path, NULL, &answer);
	if (done >= 0)
		return done;
	if (answer_list(answer.json, "sessions") == NULL)
		return say_usage("PERSON", "is missing: name the student whose record you want");
	return listing_answer(&answer, self->options.json, record_columns, MC_COUNT(record_columns),
		"sessions", "There has been no live class yet.");
}

/* Somebody in the session's list: who has left the class since is still in it. */
static int
pick_attended(struct class_tool *tool, int64_t class_id, const char *words, int64_t *id)
{
	struct json_object *users = json_object_new_array();
	struct json_object *found = NULL;
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE], rest[80];

	if (users == NULL)
		return say_error(MC_NO_MEMORY, words, "out of memory");
	snprintf(rest, sizeof(rest), "/sessions/%" PRId64 "/attendance", tool->session);
	class_path(path, class_id, rest);
	int done = seat_call(&tool->seat, words, path, NULL, &answer);
	struct json_object *rows = done < 0 ? answer_list(answer.json, "attendance") : NULL;
	for (size_t i = 0; rows != NULL && i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		struct json_object *user = answer_member(row, "user");
		if (json_object_is_type(user, json_type_object))
			json_object_object_add(
				user, "email", json_object_get(answer_member(row, "email")));
		json_object_array_add(users, json_object_get(user));
	}
	if (done < 0)
		done = pick_one(&users, 1, pick_people, "student in this session", words, &found);
	if (done < 0)
		*id = answer_int(found, "id");
	json_object_put(users);
	return done;
}

/* The address of somebody's row in the session that was named. */
static int
find_row(struct class_tool *tool, char *const *operands, const char *rest,
	char path[CLASS_PATH_SIZE])
{
	char tail[96];
	int64_t id = 0, person = 0;

	int done = class_need_session(tool);
	if (done < 0)
		done = class_pick(tool, operands[0], &id);
	if (done < 0)
		done = pick_attended(tool, id, operands[1], &person);
	if (done >= 0)
		return done;
	snprintf(tail, sizeof(tail), "/sessions/%" PRId64 "/attendance/%" PRId64 "%s",
		tool->session, person, rest);
	class_path(path, id, tail);
	return -1;
}

static int
send_correction(
	struct class_tool *tool, const char *what, const char *path, struct json_object *body)
{
	struct mc_api_answer answer;

	int done = request_post(&tool->seat, what, path, body, &answer);
	if (done >= 0)
		return done;
	return listing_answer(&answer, tool->options.json, session_columns,
		MC_COUNT(session_columns), "attendance", "");
}

int
attendance_correct(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	char path[CLASS_PATH_SIZE];
	int64_t minutes = 0;

	if (!mc_str_to_int(mc_str_from(operands[2]), 0, MC_MINUTES_MAX, &minutes))
		return say_usage(operands[2], "is no number of minutes from 0 to 1440");
	int done = find_row(self, operands, "", path);
	if (done >= 0)
		return done;
	struct json_object *body = request_body();
	if (body != NULL)
		json_object_object_add(body, "minutes", json_object_new_int64(minutes));
	request_add_text(body, "reason", class_join_words(operands + 3, n - 3));
	return send_correction(self, operands[1], path, body);
}

int
attendance_uncorrect(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	char path[CLASS_PATH_SIZE];

	int done = find_row(self, operands, "/undo", path);
	if (done >= 0)
		return done;
	struct json_object *body = request_body();
	request_add_text(body, "reason", class_join_words(operands + 2, n - 2));
	return send_correction(self, operands[1], path, body);
}
