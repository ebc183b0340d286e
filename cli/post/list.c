/* list - posts, newest first. */
#include "cli/post/post.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "cli/common/answer.h"
#include "cli/common/listing.h"
#include "cli/common/pager.h"
#include "cli/common/say.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/http/url.h"
#include "libminiclass/limits.h"

/* Names and tags are other people's, so a style stands around them, never inside. */
static void
print_styled(FILE *out, const char *style, struct mc_str text)
{
	fputs(say_has_colour() ? style : "", out);
	say_clean(out, text, false);
	fputs(say_has_colour() ? "\033[0m" : "", out);
}

static void
print_tags(FILE *out, struct json_object *tags, const char *before, const char *between)
{
	for (size_t i = 0; tags != NULL && i < json_object_array_length(tags); i++) {
		fputs(i == 0 ? before : between, out);
		say_clean(out,
			mc_str_from(json_object_get_string(json_object_array_get_idx(tags, i))),
			false);
	}
}

static void
print_for_people(FILE *out, struct json_object *post)
{
	char number[32], space[LISTING_TIME_SIZE];

	snprintf(number, sizeof(number), "%" PRId64, answer_int(post, "id"));
	print_styled(out, "\033[2m", mc_str_from(number));
	fputs("  ", out);
	print_styled(out, "\033[1m", answer_text(post, "author.name"));
	fputs("  ", out);
	print_styled(out, "\033[2m", listing_time(answer_text(post, "created_at"), space));
	print_tags(out, answer_list(post, "tags"), "  #", " #");
	fputs("\n\n", out);
	say_clean(out, answer_text(post, "body"), true);
	fputs("\n\n", out);
}

static void
print_for_programs(FILE *out, struct json_object *post)
{
	fprintf(out, "%" PRId64 "\t", answer_int(post, "id"));
	say_clean(out, answer_text(post, "created_at"), false);
	fputc('\t', out);
	say_clean(out, answer_text(post, "author.name"), false);
	fputc('\t', out);
	print_tags(out, answer_list(post, "tags"), "", ",");
	fputc('\t', out);
	say_clean(out, answer_text(post, "body"), false);
	fputc('\n', out);
}

static void
print_post(FILE *out, struct json_object *post)
{
	if (say_is_terminal())
		print_for_people(out, post);
	else
		print_for_programs(out, post);
}

static void
path_of_page(const struct post_tool *tool, int64_t before, int64_t limit, struct mc_buf *path)
{
	struct mc_str tag = mc_str_from(tool->tags.n > 0 ? tool->tags.values[0] : "");

	mc_buf_addf(path, "/classes/%" PRId64 "/posts?limit=%" PRId64, tool->class_id, limit);
	if (tag.len > 0) {
		mc_buf_add(path, MC_STR("&tag="));
		mc_url_escape(path, tag);
	}
	if (before > 0)
		mc_buf_addf(path, "&before=%" PRId64, before);
	mc_buf_add_char(path, '\0');
}

/* A page goes to `out`; *left and *before say what is still wanted. */
static int
list_page(struct post_tool *tool, FILE *out, int64_t *left, int64_t *before)
{
	struct mc_api_answer answer = { 0 };
	struct mc_buf path;

	mc_buf_init(&path, POST_PATH_SIZE);
	path_of_page(tool, *before, *left < MC_PAGE_POSTS_MAX ? *left : MC_PAGE_POSTS_MAX, &path);
	int done = mc_buf_ok(&path)
			   ? seat_call(&tool->seat, tool->class_words, path.ptr, NULL, &answer)
			   : say_error(MC_TOO_LARGE, "posts", "the tag is too long");
	mc_buf_finish(&path);
	if (done < 0)
		done = answer_check(&answer, "posts");
	if (done >= 0)
		return done;
	struct json_object *posts = answer_list(answer.json, "posts");
	size_t n = posts != NULL ? json_object_array_length(posts) : 0;
	if (tool->options.json)
		answer_print(&answer);
	for (size_t i = 0; !tool->options.json && i < n; i++)
		print_post(out, json_object_array_get_idx(posts, i));
	*before = answer_int(answer.json, "next");
	*left = *before > 0 && n > 0 ? *left - (int64_t)n : 0;
	return -1;
}

int
post_list(struct post_tool *tool)
{
	int64_t left = tool->limit, before = tool->before;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int done = out != NULL ? -1 : say_error(MC_NO_MEMORY, "posts", "out of memory");

	while (done < 0 && left > 0)
		done = list_page(tool, out, &left, &before);
	if (out != NULL && fclose(out) != 0 && done < 0)
		done = say_error(MC_NO_MEMORY, "posts", "out of memory");
	/* What came before a page failed is shown all the same. */
	if (size > 0)
		pager_show((struct mc_str){ text, size });
	else if (done < 0 && say_is_terminal() && !tool->options.json)
		puts(tool->tags.n > 0 ? "There is no post with this tag."
				      : "There are no posts yet.");
	free(text);
	return done < 0 ? EXIT_DONE : done;
}

int
post_show(struct post_tool *tool)
{
	struct mc_api_answer answer;
	char path[POST_PATH_SIZE], what[32];

	snprintf(what, sizeof(what), "post %" PRId64, tool->show);
	snprintf(path, sizeof(path), "/classes/%" PRId64 "/posts/%" PRId64, tool->class_id,
		tool->show);
	int done = seat_call(&tool->seat, what, path, NULL, &answer);
	if (done < 0)
		done = answer_check(&answer, "post");
	if (done >= 0)
		return done;
	if (tool->options.json)
		answer_print(&answer);
	else
		print_post(stdout, answer_member(answer.json, "post"));
	return EXIT_DONE;
}
