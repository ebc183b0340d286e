/* reading - what is new to somebody in discussions and private threads, and that it was read. */

#include "libminiclass/model/reading.h"
#include "libminiclass/model/post.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/handlers.h"
#include "server/handlers/rooms.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

static struct mc_str
discussions_path(struct ctx *ctx)
{
	return ctx_path_of(ctx, "/classes/%lld/discussions", (long long)ctx->classroom.id);
}

/* Nobody types what these forms say, so there is no page to bring them back. */
static enum mc_status
refuse(struct ctx *ctx, const char *why)
{
	return ctx->json ? reply_form_again(ctx, "discussions.html")
			 : reply_problem(ctx, form_status(ctx), why);
}

/* Who shows posts says which one is the newest. */
static bool
shows_posts(struct ctx *ctx)
{
	return ctx_query(ctx, "post").len > 0;
}

static enum mc_status
unread_ask(struct ctx *ctx)
{
	mc_room_id open = query_number(ctx, "room", 0, INT64_MAX, 0);
	mc_post_id newest = query_number(ctx, "post", 0, INT64_MAX, 0);

	if (!form_is_valid(ctx))
		return MC_OK;
	mc_reading_count_ask(ctx->db, &ctx->token, ctx->path.class_id, open);
	if (shows_posts(ctx))
		mc_post_count_after_ask(ctx->db, &ctx->token, ctx->path.class_id, newest);
	return MC_OK;
}

static enum mc_status
unread_show(struct ctx *ctx)
{
	struct mc_unread unread;
	int64_t n_posts = 0;
	enum mc_status status = mc_reading_count_take(ctx->db, &unread);

	if (status == MC_OK && shows_posts(ctx))
		status = mc_post_count_after_take(ctx->db, &n_posts);
	if (status != MC_OK)
		return status;
	/* A page of its own would say less than that of the discussions. */
	if (!ctx->json)
		return reply_see_other(ctx, discussions_path(ctx));
	struct json_object *object = view_object(ctx->view, "unread");
	view_int(object, "discussions", unread.n_discussions);
	view_int(object, "threads", unread.n_threads);
	if (shows_posts(ctx))
		view_int(object, "posts", n_posts);
	return reply_view(ctx, "discussions.html");
}

static enum mc_status
discussions_read(struct ctx *ctx)
{
	/* Pages say when they were made: what was written since, whoever marks has not seen. */
	struct mc_time until = form_time(ctx, "until");

	if (!form_is_valid(ctx))
		return refuse(ctx, "Until when all was read is no time: until.");
	enum mc_status status =
		mc_reading_mark_all(ctx->db, ctx->classroom.id, ctx->user.id, until);
	return status == MC_OK ? reply_no_content(ctx, discussions_path(ctx)) : status;
}

static enum mc_status
room_read(struct ctx *ctx)
{
	int64_t seq = 0;

	form_number(ctx, "seq", true, 1, INT64_MAX, &seq);
	if (!form_is_valid(ctx))
		return refuse(ctx, "Which message was read last is missing: seq, its number.");
	enum mc_status status = mc_reading_mark(ctx->db, ctx->room.id, ctx->user.id, seq);
	if (status != MC_OK)
		return status;
	return reply_no_content(ctx, room_path(ctx, ctx->room.id));
}

/* clang-format off */
const struct route reading_routes[] = {
	{ MC_METHOD_GET,  "/classes/{class}/unread", ACCESS_MEMBER, LANE_AHEAD, unread_ask, unread_show, "unread" },
	{ MC_METHOD_POST, "/classes/{class}/discussions/read", ACCESS_MEMBER, LANE_WORKER, NULL, discussions_read, "discussions_read" },
	{ MC_METHOD_POST, "/rooms/{room}/read", ACCESS_ROOM, LANE_WORKER, NULL, room_read, "room_read" },
	{ 0 },
};
/* clang-format on */
