/* classes - the verbs about a class itself. */
#include "cli/class/class.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/common/confirm.h"
#include "cli/common/listing.h"
#include "cli/common/request.h"
#include "cli/common/say.h"

/* clang-format off */
static const struct column class_columns[] = {
	{ "ID", COLUMN_INT, "id" },
	{ "ROLE", COLUMN_TEXT, "role" },
	{ "MEMBERS", COLUMN_INT, "members" },
	{ "LIVE", COLUMN_YES, "live" },
	{ "INSTRUCTOR", COLUMN_TEXT, "instructor.name" },
	{ "NAME", COLUMN_TEXT, "name" },
};
static const struct column code_columns[] = {
	{ "ID", COLUMN_INT, "id" },
	{ "CODE", COLUMN_TEXT, "join_code" },
	{ "NAME", COLUMN_TEXT, "name" },
};
static const struct column tag_columns[] = {
	{ "POSTS", COLUMN_INT, "posts" },
	{ "TAG", COLUMN_TEXT, "name" },
};
/* clang-format on */

int
class_list(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	(void)operands;
	(void)n;
	int done = class_sit(self);
	if (done < 0)
		done = seat_call(&self->seat, "classes", "/classes", NULL, &answer);
	if (done >= 0)
		return done;
	return listing_answer(&answer, self->options.json, class_columns, MC_COUNT(class_columns),
		"classes", "You are in no class yet: mc-class join CODE, or mc-class create NAME.");
}

/* One class, with the code for those who may know it. */
static int
print_class(const struct class_tool *tool, const struct mc_api_answer *answer,
	const struct column *columns, size_t n_columns)
{
	return listing_answer(answer, tool->options.json, columns, n_columns, "class", "");
}

int
class_create(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	int done = class_sit(self);
	if (done >= 0)
		return done;
	struct json_object *body = request_body();
	request_add_text(body, "name", class_join_words(operands, n));
	if (self->description != NULL)
		request_add_text(body, "description", mc_str_from(self->description));
	done = request_create(&self->seat, "create", "/classes", body, &answer);
	return done >= 0 ? done : print_class(self, &answer, code_columns, MC_COUNT(code_columns));
}

int
class_join(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	int done = class_sit(self);
	if (done >= 0)
		return done;
	struct json_object *body = request_body();
	/* A code may be typed with blanks. */
	request_add_text(body, "code", class_join_words(operands, n));
	done = request_post(&self->seat, "join", "/classes/join", body, &answer);
	return done >= 0 ? done
			 : print_class(self, &answer, class_columns, MC_COUNT(class_columns));
}

static void
print_fact(const char *name, struct mc_str value)
{
	if (value.len == 0)
		return;
	if (say_is_terminal())
		printf("%-12s ", name);
	else
		printf("%s\t", name);
	say_clean(stdout, value, false);
	putchar('\n');
}

static void
print_facts(const struct class_tool *tool, struct json_object *found)
{
	char number[32], address[sizeof(tool->seat.server) + CLASS_PATH_SIZE];
	char space[LISTING_TIME_SIZE];

	snprintf(number, sizeof(number), "%" PRId64, answer_int(found, "id"));
	print_fact("id", mc_str_from(number));
	print_fact("name", answer_text(found, "name"));
	print_fact("instructor", answer_text(found, "instructor.name"));
	print_fact("role", answer_text(found, "role"));
	snprintf(number, sizeof(number), "%" PRId64, answer_int(found, "members"));
	print_fact("members", mc_str_from(number));
	print_fact("live", answer_is(found, "live") ? MC_STR("yes") : MC_STR("no"));
	print_fact("code", answer_text(found, "join_code"));
	print_fact("created", listing_time(answer_text(found, "created_at"), space));
	snprintf(address, sizeof(address), "%s/classes/%" PRId64, tool->seat.server,
		answer_int(found, "id"));
	print_fact("address", mc_str_from(address));
	print_fact("description", answer_text(found, "description"));
}

int
class_show(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	(void)n;
	int done = class_get(self, operands[0], "", &answer);
	if (done < 0)
		done = answer_check(&answer, "class");
	if (done >= 0)
		return done;
	if (self->options.json)
		answer_print(&answer);
	else
		print_facts(self, answer_member(answer.json, "class"));
	return EXIT_DONE;
}

int
class_edit(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE];
	int64_t id = 0;

	(void)n;
	if (self->name == NULL && self->description == NULL)
		return say_usage("edit", "--name or --description is missing");
	int done = class_pick(self, operands[0], &id);
	if (done >= 0)
		return done;
	/* Both are replaced: what is not to change is asked for first. */
	class_path(path, id, "/edit");
	done = seat_call(&self->seat, operands[0], path, NULL, &answer);
	if (done >= 0)
		return done;
	struct json_object *body = request_body();
	request_add_text(body, "name",
		self->name != NULL ? mc_str_from(self->name)
				   : answer_text(answer.json, "class.name"));
	request_add_text(body, "description",
		self->description != NULL ? mc_str_from(self->description)
					  : answer_text(answer.json, "class.description"));
	done = request_post(&self->seat, operands[0], path, body, &answer);
	if (done >= 0)
		return done;
	return class_done(self, &answer, answer_text(answer.json, "class.name"), " is changed.");
}

int
class_leave(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE];
	int64_t id = 0;

	(void)n;
	int done = confirm_possible(self->yes, "leave");
	if (done < 0)
		done = class_pick(self, operands[0], &id);
	if (done >= 0)
		return done;
	class_path(path, id, "/leave");
	done = confirm(&self->seat, self->yes, operands[0], path);
	if (done < 0)
		done = request_post(&self->seat, operands[0], path, request_body(), &answer);
	if (done >= 0)
		return done;
	return class_done(self, &answer, MC_STR(""), "You have left the class.");
}

static int
renew_code(struct class_tool *self, const char *words)
{
	struct mc_api_answer answer;
	char path[CLASS_PATH_SIZE];
	int64_t id = 0;

	int done = confirm_possible(self->yes, "code --new");
	if (done < 0)
		done = class_pick(self, words, &id);
	if (done >= 0)
		return done;
	class_path(path, id, "/code");
	done = confirm(&self->seat, self->yes, words, path);
	if (done < 0)
		done = request_post(&self->seat, words, path, request_body(), &answer);
	return done >= 0 ? done : print_class(self, &answer, code_columns, MC_COUNT(code_columns));
}

int
class_code(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	(void)n;
	if (self->renew)
		return renew_code(self, operands[0]);
	/* The form of the class's data is the instructors', and has the code. */
	int done = class_get(self, operands[0], "/edit", &answer);
	return done >= 0 ? done : print_class(self, &answer, code_columns, MC_COUNT(code_columns));
}

int
class_tags(void *tool, char *const *operands, size_t n)
{
	struct class_tool *self = tool;
	struct mc_api_answer answer;

	(void)n;
	int done = class_get(self, operands[0], "/tags", &answer);
	if (done >= 0)
		return done;
	return listing_answer(&answer, self->options.json, tag_columns, MC_COUNT(tag_columns),
		"tags", "No post has a tag yet.");
}
