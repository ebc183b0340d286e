/* posts - what instructors tell their class. */

#include "libminiclass/base/utf8.h"
#include "libminiclass/http/url.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/post.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/handlers.h"
#include "server/handlers/views.h"
#include "server/markdown_cache.h"
#include "server/reply.h"
#include "server/server.h"
#include "server/view.h"

static struct mc_str
post_path(struct ctx *ctx, mc_post_id post)
{
	return ctx_path_of(
		ctx, "/classes/%lld/posts/%lld", (long long)ctx->classroom.id, (long long)post);
}

static struct mc_str
stream_path(struct ctx *ctx)
{
	return ctx_path_of(ctx, "/classes/%lld", (long long)ctx->classroom.id);
}

static int
page_size(struct ctx *ctx)
{
	return (int)query_number(ctx, "limit", 1, MC_PAGE_POSTS_MAX, MC_PAGE_POSTS);
}

static enum mc_status
posts_ask(struct ctx *ctx)
{
	int64_t before = query_number(ctx, "before", 1, INT64_MAX, 0);
	int limit = page_size(ctx);
	struct mc_str tag;
	enum mc_status status = query_line(ctx, "tag", &tag);

	if (status == MC_OK && form_is_valid(ctx))
		mc_post_page_ask(ctx->db, &ctx->token, ctx->path.class_id, before, tag, limit);
	return status;
}

/* The path of the next page, all but the number behind "before=". */
static struct mc_str
more_path(struct ctx *ctx, struct mc_str tag)
{
	struct mc_buf path;

	mc_buf_init(&path, 4096);
	mc_buf_addf(&path, "/classes/%lld/posts?", (long long)ctx->classroom.id);
	if (tag.ptr != NULL) {
		mc_buf_add(&path, MC_STR("tag="));
		mc_url_escape(&path, tag);
		mc_buf_add_char(&path, '&');
	}
	if (ctx_query(ctx, "limit").len > 0)
		mc_buf_addf(&path, "limit=%d&", page_size(ctx));
	mc_buf_add(&path, MC_STR("before="));
	struct mc_str kept = mc_arena_copy(ctx->arena, mc_buf_str(&path));
	mc_buf_finish(&path);
	return kept;
}

static enum mc_status
posts_list(struct ctx *ctx)
{
	struct mc_post_page page;
	struct mc_str tag;
	enum mc_status status = mc_post_page_take(ctx->db, ctx->arena, page_size(ctx), &page);

	if (status == MC_OK)
		status = query_line(ctx, "tag", &tag);
	if (status != MC_OK)
		return status;
	if (!ctx->json) {
		view_this_class(ctx);
		if (tag.ptr != NULL)
			view_text(ctx->view, "tag", tag);
		view_bool(ctx->view, "is_older", ctx_query(ctx, "before").len > 0);
	}
	view_tab(ctx, "posts");
	status = view_posts(ctx, &page, more_path(ctx, tag));
	return status == MC_OK ? reply_view(ctx, "posts.html") : status;
}

/* Rendered once here, so that nobody can post what the class could not read. */
static struct mc_str
post_body(struct ctx *ctx)
{
	struct mc_str body = form_lines(ctx, "body", 1, MC_POST_BODY_MAX);
	struct mc_buf html;

	mc_buf_init(&html, MC_REPLY_SIZE_MAX);
	if (body.len <= MC_POST_BODY_MAX &&
		markdown_cache_render(ctx->server->markdown_cache, body, &html) == MC_TOO_LARGE)
		form_error(ctx, "body",
			"This Markdown is nested too deeply or its tables are too large.");
	mc_buf_finish(&html);
	return body;
}

static size_t
post_tags(struct ctx *ctx, const struct mc_str **tags)
{
	return form_list(ctx, "tags", MC_POST_TAGS_MAX, MC_TAG_MAX, tags);
}

static enum mc_status
reply_post_form(struct ctx *ctx)
{
	view_this_class(ctx);
	return form_is_valid(ctx) ? reply_view(ctx, "post_form.html")
				  : reply_form_again(ctx, "post_form.html");
}

static enum mc_status
post_new_page(struct ctx *ctx)
{
	return reply_post_form(ctx);
}

/* Its words do not come back, and those of now are not lost: a page has them in a form that posts
 * them. */
static enum mc_status
was_removed(struct ctx *ctx)
{
	mc_error_set(&ctx->error, MC_CONFLICT, NULL, "%s",
		ctx->json
			? "The post of this client_id was removed; nothing has been posted."
			: "This was posted before, and removed since. Posting again makes it a new "
			  "post.");
	view_this_class(ctx);
	return reply_form_refused(ctx, 409, "post_form.html");
}

static enum mc_status
post_create(struct ctx *ctx)
{
	struct mc_post_new wanted = {
		.class_id = ctx->classroom.id,
		.author_id = ctx->user.id,
		.author_name = ctx->user.name,
		.body = post_body(ctx),
		.client_id = form_client_id(ctx),
	};
	struct mc_post post;

	wanted.n_tags = post_tags(ctx, &wanted.tags);
	if (!form_is_valid(ctx))
		return reply_post_form(ctx);
	enum mc_status status = mc_post_create(ctx->db, ctx->arena, &wanted, &post);
	if (status == MC_CONFLICT)
		return was_removed(ctx);
	if (status == MC_OK && ctx->json)
		status = view_post(ctx, view_object(ctx->view, "post"), &post);
	if (status != MC_OK)
		return status;
	struct mc_str page = ctx_path_of(ctx, "%.*s?done=posted", MC_STR_ARGS(stream_path(ctx)));
	return reply_created(ctx, post_path(ctx, post.id), page);
}

static void
find_ask(struct ctx *ctx, enum mc_role least)
{
	mc_post_find_ask(ctx->db, &ctx->token, least, ctx->path.class_id, ctx->path.post_id);
}

static enum mc_status
post_ask(struct ctx *ctx)
{
	find_ask(ctx, MC_ROLE_STUDENT);
	return MC_OK;
}

static enum mc_status
post_change_ask(struct ctx *ctx)
{
	find_ask(ctx, MC_ROLE_INSTRUCTOR);
	return MC_OK;
}

static enum mc_status
post_show(struct ctx *ctx)
{
	struct mc_post post;
	enum mc_status status = mc_post_find_take(ctx->db, ctx->arena, &post);

	if (status != MC_OK)
		return status;
	if (!ctx->json)
		view_this_class(ctx);
	status = view_post(ctx, view_object(ctx->view, "post"), &post);
	return status == MC_OK ? reply_view(ctx, "post.html") : status;
}

/* As an input shows them: "week 1, homework". */
static struct mc_str
tags_text(struct ctx *ctx, const struct mc_post *post)
{
	struct mc_buf text;

	mc_buf_init(&text, 4 * MC_POST_TAGS_MAX * (MC_TAG_MAX + 1));
	for (size_t i = 0; i < post->n_tags; i++) {
		if (i > 0)
			mc_buf_add(&text, MC_STR(", "));
		mc_buf_add(&text, post->tags[i]);
	}
	struct mc_str kept = mc_arena_copy(ctx->arena, mc_buf_str(&text));
	mc_buf_finish(&text);
	return kept;
}

/* Two edit one post: who saves second is to know. */
static void
form_seen(struct ctx *ctx, const struct mc_post *post)
{
	char text[MC_TIME_RFC3339_SIZE];

	mc_time_rfc3339(post->edited_at.us != 0 ? post->edited_at : post->created_at, text);
	form_value(ctx, "seen", mc_arena_copy(ctx->arena, mc_str_from(text)));
}

static enum mc_status
post_edit_page(struct ctx *ctx)
{
	struct mc_post post;
	enum mc_status status = mc_post_find_take(ctx->db, ctx->arena, &post);

	if (status != MC_OK)
		return status;
	view_int(view_object(ctx->view, "post"), "id", post.id);
	form_value(ctx, "body", post.body);
	form_value(ctx, "tags", tags_text(ctx, &post));
	form_seen(ctx, &post);
	return reply_post_form(ctx);
}

/* Whoever wrote it has it back; saving again replaces what is there now. */
static enum mc_status
edit_refused(struct ctx *ctx, enum mc_status why)
{
	struct mc_post now;
	struct json_object *post = view_object(ctx->view, "post");

	view_int(post, "id", ctx->path.post_id);
	find_ask(ctx, MC_ROLE_INSTRUCTOR);
	enum mc_status status = mc_post_find_take(ctx->db, ctx->arena, &now);
	if (status != MC_OK && status != MC_NOT_FOUND)
		return status;
	if (status == MC_OK)
		form_seen(ctx, &now);
	view_bool(post, "is_newer", status == MC_OK);
	view_this_class(ctx);
	mc_error_set(&ctx->error, why, NULL,
		status == MC_OK
			? "This post was changed while you wrote. Look at it as it is now; "
			  "saving again replaces that."
			: "This post was removed while you wrote. What you wrote is still here.");
	return reply_form_refused(ctx, status == MC_OK ? 409 : 404, "post_form.html");
}

static enum mc_status
post_edit(struct ctx *ctx)
{
	const struct mc_str *tags;
	struct mc_str body = post_body(ctx);
	size_t n_tags = post_tags(ctx, &tags);
	struct mc_time seen = form_time(ctx, "seen");
	struct mc_post post;

	if (!form_is_valid(ctx)) {
		view_int(view_object(ctx->view, "post"), "id", ctx->path.post_id);
		return reply_post_form(ctx);
	}
	enum mc_status status = mc_post_edit(ctx->db, ctx->classroom.id, ctx->path.post_id,
		ctx->user.id, body, tags, n_tags, seen);
	if (status == MC_CONFLICT || (status == MC_NOT_FOUND && !ctx->json))
		return edit_refused(ctx, status);
	if (status != MC_OK)
		return status;
	struct mc_str path = post_path(ctx, ctx->path.post_id);
	if (!ctx->json)
		return reply_see_other(ctx, ctx_path_of(ctx, "%.*s?done=saved", MC_STR_ARGS(path)));
	find_ask(ctx, MC_ROLE_INSTRUCTOR);
	status = mc_post_find_take(ctx->db, ctx->arena, &post);
	if (status == MC_OK)
		status = view_post(ctx, view_object(ctx->view, "post"), &post);
	return status == MC_OK ? reply_done(ctx, path) : status;
}

static enum mc_status
post_remove_page(struct ctx *ctx)
{
	struct mc_post post;
	enum mc_status status = mc_post_find_take(ctx->db, ctx->arena, &post);

	if (status != MC_OK)
		return status;
	view_this_class(ctx);
	return reply_confirm(ctx, &(struct confirmation){
					  .title = "Remove this post",
					  .text = mc_arena_printf(ctx->arena,
						  "\u201c%.*s%s\u201d will be gone for everyone.",
						  MC_STR_ARGS(mc_utf8_cut(post.body, 160)),
						  post.body.len > 160 ? "\u2026" : ""),
					  .label = "Remove",
					  .action = ctx->target.path,
					  .cancel = post_path(ctx, post.id),
				  });
}

static enum mc_status
post_remove(struct ctx *ctx)
{
	enum mc_status status =
		mc_post_remove(ctx->db, ctx->classroom.id, ctx->path.post_id, ctx->user.id);
	return status == MC_OK ? reply_no_content(ctx, ctx_path_of(ctx, "%.*s?done=removed",
							       MC_STR_ARGS(stream_path(ctx))))
			       : status;
}

/* clang-format off */
const struct route post_routes[] = {
	{ MC_METHOD_GET,  "/classes/{class}/posts",     ACCESS_MEMBER,     LANE_AHEAD, posts_ask, posts_list, "posts" },
	{ MC_METHOD_POST, "/classes/{class}/posts",     ACCESS_INSTRUCTOR, LANE_WORKER, NULL, post_create, "post_create" },
	{ MC_METHOD_GET,  "/classes/{class}/posts/new", ACCESS_INSTRUCTOR, LANE_WORKER, NULL, post_new_page, "post_new_page" },
	{ MC_METHOD_GET,  "/classes/{class}/posts/{post}",        ACCESS_MEMBER,     LANE_WORKER, post_ask, post_show, "post" },
	{ MC_METHOD_GET,  "/classes/{class}/posts/{post}/edit",   ACCESS_INSTRUCTOR, LANE_WORKER, post_change_ask, post_edit_page, "post_edit_page" },
	{ MC_METHOD_POST, "/classes/{class}/posts/{post}/edit",   ACCESS_INSTRUCTOR, LANE_WORKER, NULL, post_edit, "post_edit" },
	{ MC_METHOD_GET,  "/classes/{class}/posts/{post}/remove", ACCESS_INSTRUCTOR, LANE_WORKER, post_change_ask, post_remove_page, "post_remove_page" },
	{ MC_METHOD_POST, "/classes/{class}/posts/{post}/remove", ACCESS_INSTRUCTOR, LANE_WORKER, NULL, post_remove, "post_remove" },
	{ 0 },
};
/* clang-format on */
