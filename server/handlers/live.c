/* live - the live session of a class: starting, entering and ending it; all that there were. */

#include "libminiclass/model/live.h"

#include <stdio.h>

#include "libminiclass/limits.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/handlers.h"
#include "server/handlers/rooms.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

static const char no_live_class[] = "No live class is on just now.";

static struct mc_str
live_path(struct ctx *ctx)
{
	return ctx_path_of(ctx, "/classes/%lld/live", (long long)ctx->classroom.id);
}

static enum mc_status
live_ask(struct ctx *ctx)
{
	mc_live_current_ask(ctx->db, &ctx->token, MC_ROLE_STUDENT, ctx->path.class_id);
	return MC_OK;
}

static enum mc_status
live_end_ask(struct ctx *ctx)
{
	mc_live_current_ask(ctx->db, &ctx->token, MC_ROLE_INSTRUCTOR, ctx->path.class_id);
	return MC_OK;
}

static enum mc_status
sessions_ask(struct ctx *ctx)
{
	int limit = (int)query_number(ctx, "limit", 1, MC_LIVE_LISTED_MAX, MC_LIVE_LISTED_MAX);

	if (form_is_valid(ctx))
		mc_live_list_ask(ctx->db, &ctx->token, ctx->path.class_id, limit);
	return MC_OK;
}

/* "sessions", and in a page what stands around them. */
static enum mc_status
view_sessions(struct ctx *ctx)
{
	struct mc_live *sessions;
	size_t n_sessions;
	enum mc_status status = mc_live_list_take(ctx->db, ctx->arena, &sessions, &n_sessions);

	if (status != MC_OK)
		return status;
	struct json_object *list = view_array(ctx->view, "sessions");
	for (size_t i = 0; i < n_sessions; i++)
		view_session(ctx, view_item(list), &sessions[i]);
	if (!ctx->json)
		view_this_class(ctx);
	view_tab(ctx, "live");
	return MC_OK;
}

static enum mc_status
sessions_list(struct ctx *ctx)
{
	enum mc_status status = view_sessions(ctx);
	return status == MC_OK ? reply_view(ctx, "sessions.html") : status;
}

/* In a page: the list of all sessions, with the words on top. */
static enum mc_status
nothing_is_live(struct ctx *ctx, const char *words)
{
	mc_error_set(&ctx->error, MC_NOT_FOUND, NULL, "%s", words);
	if (ctx->json)
		return MC_NOT_FOUND;
	mc_live_list_ask(ctx->db, &ctx->token, ctx->classroom.id, MC_LIVE_LISTED_MAX);
	enum mc_status status = view_sessions(ctx);
	return status == MC_OK ? reply_form_refused(ctx, 404, "sessions.html") : status;
}

/* The page of its room, as that is at its own address. */
static enum mc_status
live_page(struct ctx *ctx, const struct mc_live *live)
{
	mc_room_find_ask(ctx->db, &ctx->token, live->room);
	room_last_ask(ctx, live->room);
	enum mc_status status =
		mc_room_find_take(ctx->db, &ctx->session, &ctx->user, &ctx->classroom, &ctx->room);
	if (status == MC_OK)
		status = view_room(ctx, &ctx->room);
	if (status != MC_OK)
		return status;
	view_this_class(ctx);
	return reply_view(ctx, "room.html");
}

static enum mc_status
live_show(struct ctx *ctx)
{
	struct mc_live live;
	enum mc_status status = mc_live_current_take(ctx->db, &live);

	if (status == MC_NOT_FOUND)
		return nothing_is_live(ctx, no_live_class);
	if (status != MC_OK)
		return status;
	if (!ctx->json)
		return live_page(ctx, &live);
	view_session(ctx, view_object(ctx->view, "session"), &live);
	return reply_view(ctx, "room.html");
}

static enum mc_status
live_start(struct ctx *ctx)
{
	struct mc_str title = form_line(ctx, "title", 0, MC_TITLE_MAX);
	struct mc_live live;

	if (!form_is_valid(ctx)) {
		if (!ctx->json) {
			mc_live_list_ask(
				ctx->db, &ctx->token, ctx->classroom.id, MC_LIVE_LISTED_MAX);
			enum mc_status viewed = view_sessions(ctx);
			if (viewed != MC_OK)
				return viewed;
		}
		return reply_form_again(ctx, "sessions.html");
	}
	if (title.len == 0)
		title = MC_STR("Live class");
	enum mc_status status =
		mc_live_start(ctx->db, ctx->classroom.id, ctx->user.id, title, &live);
	if (status != MC_OK && status != MC_CONFLICT)
		return status;
	view_session(ctx, view_object(ctx->view, "session"), &live);
	if (status == MC_CONFLICT)
		return reply_conflict(
			ctx, "One is live already in this class.", "session", live_path(ctx));
	return reply_created(ctx, live_path(ctx), live_path(ctx));
}

static enum mc_status
live_end_page(struct ctx *ctx)
{
	struct mc_live live;
	char id[24];
	enum mc_status status = mc_live_current_take(ctx->db, &live);

	if (status == MC_NOT_FOUND)
		return nothing_is_live(ctx, no_live_class);
	if (status != MC_OK)
		return status;
	view_this_class(ctx);
	(void)snprintf(id, sizeof(id), "%lld", (long long)live.id);
	return reply_confirm(
		ctx, &(struct confirmation){
			     .title = "End the live class",
			     .text = mc_arena_printf(ctx->arena,
				     "\u201c%.*s\u201d ends for everyone. What was written stays "
				     "readable, and attendance is kept.",
				     MC_STR_ARGS(live.title)),
			     .label = "End it",
			     .action = ctx->target.path,
			     .cancel = live_path(ctx),
			     .field = "session",
			     .value = id,
		     });
}

/* With `session`, which the page that asks back says, no other that is live meanwhile. */
static enum mc_status
live_end(struct ctx *ctx)
{
	struct mc_live live;
	mc_live_id wanted = 0;

	form_number(ctx, "session", false, 1, INT64_MAX, &wanted);
	if (!form_is_valid(ctx))
		return reply_problem(ctx, form_status(ctx), "Some fields need another look.");
	enum mc_status status =
		mc_live_end(ctx->db, ctx->classroom.id, wanted, ctx->user.id, &live);
	if (status == MC_NOT_FOUND)
		return nothing_is_live(
			ctx, wanted == 0 ? no_live_class : "This live class has ended already.");
	if (status != MC_OK)
		return status;
	view_session(ctx, view_object(ctx->view, "session"), &live);
	return reply_done(ctx, ctx_path_of(ctx, "/classes/%lld/sessions/%lld/attendance?done=ended",
				       (long long)ctx->classroom.id, (long long)live.id));
}

/* clang-format off */
const struct route live_routes[] = {
	{ MC_METHOD_GET,  "/classes/{class}/live",     ACCESS_MEMBER,     LANE_WORKER, live_ask, live_show, "live" },
	{ MC_METHOD_POST, "/classes/{class}/live",     ACCESS_INSTRUCTOR, LANE_WORKER, NULL, live_start, "live_start" },
	{ MC_METHOD_GET,  "/classes/{class}/live/end", ACCESS_INSTRUCTOR, LANE_WORKER, live_end_ask, live_end_page, "live_end_page" },
	{ MC_METHOD_POST, "/classes/{class}/live/end", ACCESS_INSTRUCTOR, LANE_WORKER, NULL, live_end, "live_end" },
	{ MC_METHOD_GET,  "/classes/{class}/sessions", ACCESS_MEMBER,     LANE_WORKER, sessions_ask, sessions_list, "sessions" },
	{ 0 },
};
/* clang-format on */
