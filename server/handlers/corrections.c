/* corrections - what an instructor says of one student in a live session, with the reason. */

#include "libminiclass/limits.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/attendance.h"
#include "server/handlers/handlers.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

/* One student out of the list; MC_NOT_FOUND. */
static enum mc_status
find_row(struct ctx *ctx, struct mc_live *session, struct mc_attendance *out)
{
	struct attendance found;
	enum mc_status status = attendance_take(ctx, &found);

	if (status != MC_OK)
		return status;
	*session = found.session;
	for (size_t i = 0; i < found.n_rows; i++) {
		if (found.rows[i].user_id == ctx->path.user_id) {
			*out = found.rows[i];
			return MC_OK;
		}
	}
	return MC_NOT_FOUND;
}

/* What the form begins with: a live class that went on overnight has more than it takes. */
static int64_t
minutes_to_correct(int64_t seconds)
{
	int64_t minutes = mc_time_minutes(seconds);

	return minutes < MC_MINUTES_MAX ? minutes : MC_MINUTES_MAX;
}

/* What the form of a correction shows around its fields. */
static enum mc_status
view_correction(struct ctx *ctx)
{
	struct mc_live session;
	struct mc_attendance row;
	enum mc_status status = find_row(ctx, &session, &row);

	if (status != MC_OK)
		return status;
	view_this_class(ctx);
	view_tab(ctx, "attendance");
	struct json_object *object = view_object(ctx->view, "session");
	view_session(ctx, object, &session);
	if (!ctx->json && session.ended_at.us != 0)
		view_duration(object, "duration",
			(session.ended_at.us - session.started_at.us) / 1000000, true);
	view_attendance(ctx, view_object(ctx->view, "row"), &session, &row);
	if (!ctx->json)
		view_int(ctx->view, "minutes_max", MC_MINUTES_MAX);
	if (ctx->form.values == NULL)
		form_value(ctx, "minutes",
			mc_arena_printf(
				ctx->arena, "%lld", (long long)minutes_to_correct(row.seconds)));
	return MC_OK;
}

static enum mc_status
correct_page(struct ctx *ctx)
{
	enum mc_status status = view_correction(ctx);
	return status == MC_OK ? reply_view(ctx, "correction.html") : status;
}

static enum mc_status
correction_refused(struct ctx *ctx)
{
	mc_live_find_ask(ctx->db, &ctx->token, ctx->classroom.id, ctx->path.live_id);
	enum mc_status status = view_correction(ctx);
	return status == MC_OK ? reply_form_again(ctx, "correction.html") : status;
}

/* seconds < 0: what was counted counts again. */
static enum mc_status
store_correction(struct ctx *ctx, int64_t seconds, struct mc_str reason)
{
	struct mc_live session;
	struct mc_attendance row;
	enum mc_status status = mc_attendance_correct(ctx->db, ctx->classroom.id, ctx->path.live_id,
		ctx->path.user_id, seconds, reason, ctx->user.id);

	if (status != MC_OK)
		return status;
	if (ctx->json) {
		mc_live_find_ask(ctx->db, &ctx->token, ctx->classroom.id, ctx->path.live_id);
		status = find_row(ctx, &session, &row);
		if (status != MC_OK)
			return status;
		view_attendance(ctx, view_object(ctx->view, "attendance"), &session, &row);
	}
	/* To the row: one correction seldom comes alone. */
	return reply_done(
		ctx, ctx_path_of(ctx, "%.*s?done=corrected#user-%lld",
			     MC_STR_ARGS(attendance_path(ctx)), (long long)ctx->path.user_id));
}

static enum mc_status
correct(struct ctx *ctx)
{
	int64_t minutes = 0;

	form_number(ctx, "minutes", true, 0, MC_MINUTES_MAX, &minutes);
	struct mc_str reason = form_line(ctx, "reason", 1, MC_REASON_MAX);
	if (!form_is_valid(ctx))
		return correction_refused(ctx);
	return store_correction(ctx, minutes * MINUTE_S, reason);
}

static enum mc_status
correct_undo(struct ctx *ctx)
{
	struct mc_str reason = form_line(ctx, "reason", 1, MC_REASON_MAX);

	if (!form_is_valid(ctx))
		return correction_refused(ctx);
	return store_correction(ctx, -1, reason);
}

/* clang-format off */
const struct route correction_routes[] = {
	{ MC_METHOD_GET,  "/classes/{class}/sessions/{live}/attendance/{user}",      ACCESS_INSTRUCTOR, LANE_WORKER, attendance_ask, correct_page, "attendance_correct_page" },
	{ MC_METHOD_POST, "/classes/{class}/sessions/{live}/attendance/{user}",      ACCESS_INSTRUCTOR, LANE_WORKER, NULL, correct, "attendance_correct" },
	{ MC_METHOD_POST, "/classes/{class}/sessions/{live}/attendance/{user}/undo", ACCESS_INSTRUCTOR, LANE_WORKER, NULL, correct_undo, "attendance_undo" },
	{ 0 },
};
/* clang-format on */
