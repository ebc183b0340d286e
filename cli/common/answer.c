#include "cli/common/answer.h"

#include <stdio.h>

#include <json-c/json.h>

#include "cli/common/say.h"

enum { KEY_SIZE = 64 };

struct json_object *
answer_member(struct json_object *object, const char *path)
{
	struct mc_str rest = mc_str_from(path), step;
	char key[KEY_SIZE];

	while (object != NULL && mc_str_next(&rest, '.', &step)) {
		struct json_object *inner = NULL;
		snprintf(key, sizeof(key), "%.*s", MC_STR_ARGS(step));
		if (!json_object_is_type(object, json_type_object) ||
			!json_object_object_get_ex(object, key, &inner))
			return NULL;
		object = inner;
	}
	return object;
}

struct json_object *
answer_list(struct json_object *object, const char *path)
{
	struct json_object *value = answer_member(object, path);

	return json_object_is_type(value, json_type_array) ? value : NULL;
}

struct mc_str
answer_text(struct json_object *object, const char *path)
{
	struct json_object *value = answer_member(object, path);

	if (!json_object_is_type(value, json_type_string))
		return MC_STR("");
	return (struct mc_str){ json_object_get_string(value),
		(size_t)json_object_get_string_len(value) };
}

int64_t
answer_int(struct json_object *object, const char *path)
{
	struct json_object *value = answer_member(object, path);

	return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
}

bool
answer_is(struct json_object *object, const char *path)
{
	struct json_object *value = answer_member(object, path);

	return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

int
answer_check(const struct mc_api_answer *answer, const char *path)
{
	if (answer_member(answer->json, path) != NULL)
		return -1;
	return say_error(MC_FAILED, path, "is missing in the server's answer");
}

/* CSV has CRLF, which is no control character that anybody need see. */
static void
print_lines(struct mc_str text)
{
	struct mc_str line;

	while (mc_str_next(&text, '\n', &line)) {
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		say_clean(stdout, line, true);
		if (text.ptr != NULL)
			putchar('\n');
	}
}

void
answer_print(const struct mc_api_answer *answer)
{
	struct mc_str text = answer->text;

	if (text.len == 0)
		return;
	if (say_is_terminal())
		print_lines(text);
	else
		(void)fwrite(text.ptr, 1, text.len, stdout);
	if (text.ptr[text.len - 1] != '\n')
		putchar('\n');
}
