/* people - the verbs about who is in a class. */
#include "cli/class/class.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "cli/common/confirm.h"
#include "cli/common/listing.h"
#include "cli/common/pick.h"
#include "cli/common/request.h"
#include "cli/common/say.h"

enum { NAME_SIZE = 512 };

/* clang-format off */
/* A student sees who teaches, by name. */
static const struct column names[] = {
	{ "ID", COLUMN_INT, "id" },
	{ "ROLE", COLUMN_TEXT, "role" },
	{ "NAME", COLUMN_TEXT, "name" },
};
static const struct column people[] = {
	{ "ID", COLUMN_INT, "id" },
	{ "ROLE", COLUMN_TEXT, "role" },
	{ "JOINED", COLUMN_TIME, "joined_at" },
	{ "E-MAIL", COLUMN_TEXT, "email" },
	{ "NAME", COLUMN_TEXT, "name" },
};
/* clang-format on */

/* The list of one role, with the role in each row, behind what is in `all`. */
static void
add_role(struct json_object *all, struct json_object *list, const char *role)
{
	size_t n = list == NULL ? 0 : json_object_array_length(list);

	for (size_t i = 0; i < n; i++) {
		struct json_object *person = json_object_array_get_idx(list, i);
		if (!json_object_is_type(person, json_type_object))
			continue;
		json_object_object_add(person, "role", json_object_new_string(role));
		json_object_array_add(all, json_object_get(person));
	}
}

int
people_list(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	(void)n;
	int done = class_get(self, operands[0], "/people", &answer);
	if (done < 0)
		done = answer_check(&answer, "instructors");
	if (done >= 0)
		return done;
	if (self->options.json) {
		answer_print(&answer);
		return EXIT_DONE;
	}
	struct json_object *students = answer_list(answer.json, "students");
	struct json_object *all = json_object_new_array();
	if (all == NULL)
		return say_error(MC_NO_MEMORY, operands[0], "out of memory");
	add_role(all, answer_list(answer.json, "instructors"), "instructor");
	add_role(all, students, "student");
	if (students != NULL)
		listing_print(people, MC_COUNT(people), all, "");
	else
		listing_print(names, MC_COUNT(names), all, "");
	json_object_put(all);
	return EXIT_DONE;
}

/* Somebody in the class, by id, e-mail address or part of the name; borrowed from the answer. */
static int
find_person(struct class_tool *tool, int64_t class_id, const char *words, bool students_only,
	struct json_object **out)
{
	struct json_object *lists[2];
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE];

	class_path(path, class_id, "/people");
	int done = seat_call(&tool->seat, words, path, NULL, &answer);
	if (done >= 0)
		return done;
	lists[0] = answer_list(answer.json, "instructors");
	lists[1] = answer_list(answer.json, "students");
	if (!students_only)
		return pick_one(lists, 2, pick_people, "person in the class", words, out);
	if (lists[1] == NULL)
		return say_error(MC_FORBIDDEN, words, "only instructors see who is in the class");
	return pick_one(&lists[1], 1, pick_people, "student in the class", words, out);
}

static int
pick_person(struct class_tool *tool, int64_t class_id, const char *words, int64_t *id,
	char name[NAME_SIZE])
{
	struct json_object *found = NULL;

	int done = find_person(tool, class_id, words, false, &found);
	if (done >= 0)
		return done;
	*id = answer_int(found, "id");
	snprintf(name, NAME_SIZE, "%.*s", MC_STR_ARGS(answer_text(found, "name")));
	return -1;
}

int
people_pick_student(struct class_tool *tool, int64_t class_id, const char *words, int64_t *id)
{
	struct json_object *found = NULL;

	int done = find_person(tool, class_id, words, true, &found);
	if (done < 0)
		*id = answer_int(found, "id");
	return done;
}

/* As the server calls it; NULL: it is none. */
static const char *
role_of(const char *word)
{
	if (strcmp(word, "instructor") == 0 || strcmp(word, "teacher") == 0)
		return "instructor";
	return strcmp(word, "student") == 0 ? "student" : NULL;
}

int
people_role(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE], rest[64], name[NAME_SIZE];
	int64_t id = 0, person = 0;
	const char *role = role_of(operands[2]);

	(void)n;
	if (role == NULL)
		return say_usage(
			operands[2], "a role is \"instructor\" (or \"teacher\") or \"student\"");
	int done = class_pick(self, operands[0], &id);
	if (done < 0)
		done = pick_person(self, id, operands[1], &person, name);
	if (done >= 0)
		return done;
	snprintf(rest, sizeof(rest), "/people/%" PRId64 "/role", person);
	class_path(path, id, rest);
	struct json_object *body = request_body();
	request_add_text(body, "role", mc_str_from(role));
	done = request_post(&self->seat, operands[1], path, body, &answer);
	if (done >= 0)
		return done;
	return class_done(self, &answer, mc_str_from(name),
		role[0] == 'i' ? " is an instructor now." : " is a student now.");
}

int
people_remove(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE], rest[64], name[NAME_SIZE];
	int64_t id = 0, person = 0;

	(void)n;
	int done = confirm_possible(self->yes, "remove");
	if (done < 0)
		done = class_pick(self, operands[0], &id);
	if (done < 0)
		done = pick_person(self, id, operands[1], &person, name);
	if (done >= 0)
		return done;
	snprintf(rest, sizeof(rest), "/people/%" PRId64 "/remove", person);
	class_path(path, id, rest);
	done = confirm(&self->seat, self->yes, operands[1], path);
	if (done < 0)
		done = request_post(&self->seat, operands[1], path, request_body(), &answer);
	if (done >= 0)
		return done;
	return class_done(self, &answer, mc_str_from(name), " is no longer in the class.");
}
