#include "server/handlers/views.h"

#include <string.h>

#include <json-c/json.h>

#include "libminiclass/base/utf8.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/membership.h"
#include "libminiclass/text/html.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/markdown_cache.h"
#include "server/reply.h"
#include "server/server.h"
#include "server/view.h"

enum {
	JOIN_CODE_HALF = MC_JOIN_CODE_LENGTH / 2,
	LOOP_POSTS_SIZE = 128 * 1024, /* a millisecond of writing: more is a worker's */
};

/* In two halves, as people read it to each other. */
static void
view_code(struct json_object *object, struct mc_str code)
{
	char text[MC_JOIN_CODE_LENGTH + 1];

	if (code.len != MC_JOIN_CODE_LENGTH)
		return;
	memcpy(text, code.ptr, JOIN_CODE_HALF);
	text[JOIN_CODE_HALF] = '-';
	memcpy(text + JOIN_CODE_HALF + 1, code.ptr + JOIN_CODE_HALF, JOIN_CODE_HALF);
	view_text(object, "join_code", (struct mc_str){ text, sizeof(text) });
}

void
view_class(struct ctx *ctx, struct json_object *parent, const char *key,
	const struct mc_classroom *classroom, bool with_code)
{
	struct json_object *object = key == NULL ? view_item(parent) : view_object(parent, key);
	bool instructor = classroom->role == MC_ROLE_INSTRUCTOR;

	view_int(object, "id", classroom->id);
	view_text(object, "name", classroom->name);
	view_text(object, "description", classroom->description);
	view_text(object, "role", mc_role_name(classroom->role));
	if (!ctx->json)
		view_bool(object, "is_instructor", instructor);
	view_person(object, "instructor", classroom->instructor_id, classroom->instructor_name);
	view_bool(object, "live", classroom->live);
	view_int(object, "members", classroom->n_members);
	view_time(object, "created_at", classroom->created_at);
	if (with_code && instructor)
		view_code(object, classroom->join_code);
}

void
view_this_class(struct ctx *ctx)
{
	ctx->title = ctx->classroom.name;
	view_class(ctx, ctx->view, "class", &ctx->classroom, true);
}

void
view_tab(struct ctx *ctx, const char *tab)
{
	if (!ctx->json)
		view_bool(view_object(ctx->view, "tab"), tab, true);
}

/* What the page shows of it: the body as HTML, tags as links, times to read. */
static enum mc_status
view_post_page(struct ctx *ctx, struct json_object *object, const struct mc_post *post)
{
	struct json_object *links = view_array(object, "tag_links");
	struct mc_buf html;

	for (size_t i = 0; i < post->n_tags; i++) {
		struct json_object *link = view_item(links);
		view_text(link, "name", post->tags[i]);
		view_query(link, "query", post->tags[i]);
	}
	view_time_text(object, "created_text", post->created_at);
	if (post->edited_at.us != 0)
		view_time_text(object, "edited_text", post->edited_at);

	mc_buf_init(&html, MC_REPLY_SIZE_MAX);
	enum mc_status status = MC_OK;
	if (!ctx->on_loop) {
		status = markdown_cache_render(ctx->server->markdown_cache, post->body, &html);
	} else if (!markdown_cache_find(ctx->server->markdown_cache, post->body, &html)) {
		ctx->reply->for_worker = true;
		status = MC_UNAVAILABLE;
	}
	if (status == MC_TOO_LARGE) {
		/* It was taken before there was this bound: still to be read, as it was written. */
		mc_buf_add(&html, MC_STR("<pre>"));
		mc_html_escape(&html, post->body);
		mc_buf_add(&html, MC_STR("</pre>"));
		status = mc_buf_ok(&html) ? MC_OK : MC_NO_MEMORY;
	}
	if (status == MC_OK)
		view_text(object, "html", mc_buf_str(&html));
	mc_buf_finish(&html);
	return status;
}

enum mc_status
view_post(struct ctx *ctx, struct json_object *object, const struct mc_post *post)
{
	view_int(object, "id", post->id);
	if (ctx->json) {
		view_text(object, "body", post->body);
		view_texts(object, "tags", post->tags, post->n_tags);
	}
	view_person(object, "author", post->author_id, post->author_name);
	view_time(object, "created_at", post->created_at);
	if (post->edited_at.us != 0)
		view_time(object, "edited_at", post->edited_at);
	return ctx->json ? MC_OK : view_post_page(ctx, object, post);
}

enum mc_status
view_posts(struct ctx *ctx, const struct mc_post_page *page, struct mc_str more_path)
{
	struct json_object *posts = view_array(ctx->view, "posts");
	size_t size = 0;

	for (size_t i = 0; i < page->n_posts; i++)
		size += page->posts[i].body.len;
	if (ctx->on_loop && size > LOOP_POSTS_SIZE) {
		ctx->reply->for_worker = true;
		return MC_UNAVAILABLE;
	}
	for (size_t i = 0; i < page->n_posts; i++) {
		enum mc_status status = view_post(ctx, view_item(posts), &page->posts[i]);
		if (status != MC_OK)
			return status;
	}
	if (page->next == 0) {
		view_null(ctx->view, "next");
		return MC_OK;
	}
	view_int(ctx->view, "next", page->next);
	if (!ctx->json)
		view_text(ctx->view, "next_path",
			ctx_path_of(
				ctx, "%.*s%lld", MC_STR_ARGS(more_path), (long long)page->next));
	return MC_OK;
}

static struct mc_str
name_at(const struct mc_str *name, size_t row_size, size_t i)
{
	return *(const struct mc_str *)(const void *)((const char *)name + i * row_size);
}

bool
has_namesake(const struct mc_str *name, size_t row_size, size_t n, size_t i)
{
	struct mc_str own = name_at(name, row_size, i);

	return (i > 0 && mc_str_equal(name_at(name, row_size, i - 1), own)) ||
	       (i + 1 < n && mc_str_equal(name_at(name, row_size, i + 1), own));
}

void
view_session(struct ctx *ctx, struct json_object *object, const struct mc_live *live)
{
	view_int(object, "id", live->id);
	view_text(object, "title", live->title);
	view_time(object, "started_at", live->started_at);
	view_time(object, "ended_at", live->ended_at);
	view_text(object, "started_by", live->started_by);
	view_int(object, "room", live->room);
	view_bool(object, "counts", live->counts);
	if (ctx->json)
		return;
	view_time_text(object, "started_text", live->started_at);
	if (live->ended_at.us != 0)
		view_until_text(object, "ended_text", live->started_at, live->ended_at);
}

enum mc_status
reply_confirm(struct ctx *ctx, const struct confirmation *confirmation)
{
	struct json_object *confirm = view_object(ctx->view, "confirm");

	ctx->title = mc_str_from(confirmation->title);
	view_text(confirm, "title", mc_str_from(confirmation->title));
	view_text(confirm, "text", confirmation->text);
	view_text(confirm, "label", mc_str_from(confirmation->label));
	view_text(confirm, "action", confirmation->action);
	view_text(confirm, "cancel", confirmation->cancel);
	if (confirmation->also != NULL && !ctx->json) {
		view_text(confirm, "also", mc_str_from(confirmation->also));
		view_text(confirm, "also_path", confirmation->also_path);
	}
	struct json_object *fields = view_array(confirm, "fields");
	if (confirmation->field != NULL) {
		struct json_object *field = view_item(fields);
		view_text(field, "name", mc_str_from(confirmation->field));
		view_text(field, "value", mc_str_from(confirmation->value));
	}
	return reply_view(ctx, "confirm.html");
}

int64_t
query_number(struct ctx *ctx, const char *name, int64_t min, int64_t max, int64_t fallback)
{
	struct mc_str text = ctx_query(ctx, name);
	int64_t number;

	if (text.len == 0)
		return fallback;
	if (!mc_utf8_is_valid(text)) {
		form_not_text(ctx, name);
		return fallback;
	}
	if (!mc_str_to_int(text, min, INT64_MAX, &number)) {
		form_error(ctx, name, "This must be a whole number, %lld or more.", (long long)min);
		return fallback;
	}
	return number < max ? number : max;
}

enum mc_status
query_line(struct ctx *ctx, const char *name, struct mc_str *out)
{
	struct mc_str text = ctx_query(ctx, name);

	*out = (struct mc_str){ 0 };
	if (text.len == 0)
		return MC_OK;
	switch (mc_text_normalise(ctx->arena, MC_TEXT_LINE, text, &text)) {
	case MC_TEXT_OK: break;
	case MC_TEXT_NOT_UTF8:
		return mc_error_set(&ctx->error, MC_INVALID, name, "%s is not valid UTF-8.", name);
	case MC_TEXT_CONTROL:
		form_error(ctx, name, "This contains a control character.");
		return MC_OK;
	case MC_TEXT_NO_MEMORY: return MC_NO_MEMORY;
	}
	if (text.len > 0)
		*out = text;
	return MC_OK;
}
