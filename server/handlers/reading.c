/* reading - what is new to somebody in discussions and private threads, and that they have read it.
 */

#include "libminiclass/model/reading.h"

#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/handlers.h"
#include "server/reply.h"
#include "server/view.h"

static struct mc_str
discussions_path(struct ctx *ctx)
{
	return ctx_path_of(ctx, "/classes/%lld/discussions", (long long)ctx->classroom.id);
}

static enum mc_status
unread_ask(struct ctx *ctx)
{
	mc_reading_count_ask(ctx->db, &ctx->token, ctx->path.class_id);
	return MC_OK;
}

static enum mc_status
unread_show(struct ctx *ctx)
{
	struct mc_unread unread;
	enum mc_status status = mc_reading_count_take(ctx->db, &unread);

	if (status != MC_OK)
		return status;
	/* A page of its own would say less than that of the discussions. */
	if (!ctx->json)
		return reply_see_other(ctx, discussions_path(ctx));
	struct json_object *object = view_object(ctx->view, "unread");
	view_int(object, "discussions", unread.n_discussions);
	view_int(object, "threads", unread.n_threads);
	return reply_view(ctx, "discussions.html");
}

static enum mc_status
discussions_read(struct ctx *ctx)
{
	enum mc_status status = mc_reading_mark_all(ctx->db, ctx->classroom.id, ctx->user.id);

	return status == MC_OK ? reply_no_content(ctx, discussions_path(ctx)) : status;
}

/* No page has a form for it: it shows what it marks. */
static enum mc_status
room_read(struct ctx *ctx)
{
	int64_t seq = 0;

	form_number(ctx, "seq", true, 1, INT64_MAX, &seq);
	if (!form_is_valid(ctx))
		return ctx->json ? reply_form_again(ctx, "room.html")
				 : reply_problem(ctx, 422,
					   "Which message was read last is missing: seq, its "
					   "number.");
	enum mc_status status = mc_reading_mark(ctx->db, ctx->room.id, ctx->user.id, seq);
	if (status != MC_OK)
		return status;
	return reply_no_content(ctx, ctx_path_of(ctx, "/rooms/%lld", (long long)ctx->room.id));
}

/* clang-format off */
const struct route reading_routes[] = {
	{ MC_METHOD_GET,  "/classes/{class}/unread", ACCESS_MEMBER, LANE_AHEAD, unread_ask, unread_show, "unread" },
	{ MC_METHOD_POST, "/classes/{class}/discussions/read", ACCESS_MEMBER, LANE_WORKER, NULL, discussions_read, "discussions_read" },
	{ MC_METHOD_POST, "/rooms/{room}/read", ACCESS_ROOM, LANE_WORKER, NULL, room_read, "room_read" },
	{ 0 },
};
/* clang-format on */
