/* write - makes, changes and removes a post. */
#include "cli/post/post.h"

#include <inttypes.h>
#include <stdio.h>

#include <json-c/json.h>

#include "cli/common/answer.h"
#include "cli/common/confirm.h"
#include "cli/common/request.h"
#include "cli/common/say.h"

static void
path_of(const struct post_tool *tool, int64_t post, const char *rest, char path[POST_PATH_SIZE])
{
	if (post == 0)
		snprintf(path, POST_PATH_SIZE, "/classes/%" PRId64 "/posts", tool->class_id);
	else
		snprintf(path, POST_PATH_SIZE, "/classes/%" PRId64 "/posts/%" PRId64 "%s",
			tool->class_id, post, rest);
}

/* An empty tag takes all away ("-t ''"). */
static void
add_tags(struct json_object *body, const struct opt_list *tags)
{
	struct json_object *list = json_object_new_array();

	if (body == NULL || list == NULL) {
		json_object_put(list);
		return;
	}
	for (size_t i = 0; i < tags->n; i++)
		if (tags->values[i][0] != '\0')
			json_object_array_add(list, json_object_new_string(tags->values[i]));
	json_object_object_add(body, "tags", list);
}

/* Where it can be read, which "mc-post CLASS" understands too. */
static int
show_post(const struct post_tool *tool, const struct mc_api_answer *answer)
{
	char path[POST_PATH_SIZE];
	int64_t id = answer_int(answer->json, "post.id");
	int done = answer_check(answer, "post.id");

	if (done >= 0)
		return done;
	path_of(tool, id, "", path);
	if (tool->options.json)
		answer_print(answer);
	else if (say_is_terminal())
		printf("Post %" PRId64 ": %s%s\n", id, tool->seat.server, path);
	else
		printf("%" PRId64 "\t%s%s\n", id, tool->seat.server, path);
	return EXIT_DONE;
}

int
post_write(struct post_tool *tool)
{
	struct edit edit = { "" };
	struct mc_buf text;
	struct mc_api_answer answer;
	char path[POST_PATH_SIZE];

	int done = post_text(tool, MC_STR(""), &edit, &text);
	if (done < 0) {
		struct json_object *body = request_body();
		request_add_text(body, "body", mc_buf_str(&text));
		add_tags(body, &tool->tags);
		path_of(tool, 0, "", path);
		done = request_create(&tool->seat, tool->class_words, path, body, &answer);
	}
	post_text_done(&edit, done < 0 || mc_str_trim(mc_buf_str(&text)).len == 0);
	mc_buf_finish(&text);
	return done >= 0 ? done : show_post(tool, &answer);
}

/* Its body, copied into `body`, and what goes back with it: `tags` and `seen`, in an object that
 * the caller owns. */
static int
read_post(struct post_tool *tool, const char *what, struct mc_buf *body, struct json_object **kept)
{
	struct mc_api_answer answer;
	char path[POST_PATH_SIZE];

	path_of(tool, tool->edit, "", path);
	int done = seat_call(&tool->seat, what, path, NULL, &answer);
	if (done >= 0)
		return done;
	mc_buf_add(body, answer_text(answer.json, "post.body"));
	struct mc_str seen = answer_text(answer.json, "post.edited_at");
	*kept = request_body();
	request_add_text(
		*kept, "seen", seen.len > 0 ? seen : answer_text(answer.json, "post.created_at"));
	if (*kept != NULL)
		json_object_object_add(
			*kept, "tags", json_object_get(answer_member(answer.json, "post.tags")));
	return mc_buf_ok(body) ? -1 : say_error(MC_NO_MEMORY, what, "out of memory");
}

/* Both fields are replaced: what is not to change goes back as it came.  Consumes `body`. */
static int
send_edit(struct post_tool *tool, const char *what, struct mc_str text, struct json_object *body,
	struct mc_api_answer *answer)
{
	char path[POST_PATH_SIZE];

	request_add_text(body, "body", text);
	if (tool->tags.n > 0)
		add_tags(body, &tool->tags);
	path_of(tool, tool->edit, "/edit", path);
	return request_post(&tool->seat, what, path, body, answer);
}

int
post_edit(struct post_tool *tool)
{
	struct edit edit = { "" };
	struct mc_buf before, text;
	struct json_object *kept = NULL;
	struct mc_api_answer answer;
	char what[32];
	bool only_tags = tool->n_words == 0 && tool->tags.n > 0;

	snprintf(what, sizeof(what), "post %" PRId64, tool->edit);
	mc_buf_init(&before, 256 << 10);
	mc_buf_init(&text, 0);
	int done = read_post(tool, what, &before, &kept);
	if (done < 0 && !only_tags)
		done = post_text(tool, mc_buf_str(&before), &edit, &text);
	if (done < 0) {
		done = send_edit(
			tool, what, mc_buf_str(only_tags ? &before : &text), kept, &answer);
		kept = NULL;
	}
	post_text_done(&edit, done < 0 || mc_str_trim(mc_buf_str(&text)).len == 0);
	mc_buf_finish(&text);
	mc_buf_finish(&before);
	request_drop(kept);
	return done >= 0 ? done : show_post(tool, &answer);
}

int
post_remove(struct post_tool *tool)
{
	struct mc_api_answer answer;
	char path[POST_PATH_SIZE], what[32];

	snprintf(what, sizeof(what), "post %" PRId64, tool->remove);
	path_of(tool, tool->remove, "/remove", path);
	int done = confirm(&tool->seat, tool->yes, what, path);
	if (done < 0)
		done = request_post(&tool->seat, what, path, request_body(), &answer);
	if (done >= 0)
		return done;
	if (tool->options.json)
		answer_print(&answer);
	else if (say_is_terminal())
		printf("Post %" PRId64 " is removed.\n", tool->remove);
	return EXIT_DONE;
}
