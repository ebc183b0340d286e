/* attendance - who was in a live session, and for how long; what does not count, with its reason.
 */

#include "server/handlers/attendance.h"

#include "libminiclass/limits.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/csv.h"
#include "server/handlers/handlers.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

struct mc_str
attendance_path(struct ctx *ctx)
{
	return ctx_path_of(ctx, "/classes/%lld/sessions/%lld/attendance",
		(long long)ctx->classroom.id, (long long)ctx->path.live_id);
}

void
view_duration(struct json_object *object, const char *key, int64_t seconds, bool came)
{
	char text[MC_TIME_SPENT_SIZE];

	mc_time_spent(seconds, came, text);
	view_text(object, key, mc_str_from(text));
}

static void
view_moment(struct ctx *ctx, struct json_object *object, const char *key, const char *text_key,
	struct mc_time since, struct mc_time time)
{
	view_time(object, key, time);
	if (!ctx->json && time.us != 0)
		view_until_text(object, text_key, since, time);
}

void
view_attendance(struct ctx *ctx, struct json_object *object, const struct mc_live *session,
	const struct mc_attendance *row)
{
	struct mc_time since = session->started_at;

	view_person(object, "user", row->user_id, row->user_name);
	if (ctx->json)
		view_text(object, "email", row->user_email);
	view_moment(ctx, object, "first_joined_at", "first_text", since, row->first_joined_at);
	view_moment(ctx, object, "last_left_at", "last_text", since, row->last_left_at);
	view_int(object, "seconds", row->seconds);
	view_bool(object, "attended", row->attended);
	view_bool(object, "present", row->present);
	view_bool(object, "corrected", row->corrected);
	view_bool(object, "belongs", row->belongs);
	view_int(object, "counted_seconds", row->counted_seconds);
	if (row->corrected) {
		view_text(object, "reason", row->reason);
		view_text(object, "corrected_by", row->corrected_by);
		view_moment(
			ctx, object, "corrected_at", "corrected_text", since, row->corrected_at);
	}
	if (ctx->json)
		return;
	view_duration(object, "duration", row->seconds, row->attended);
	view_duration(object, "counted", row->counted_seconds, row->first_joined_at.us != 0);
}

enum mc_status
attendance_ask(struct ctx *ctx)
{
	mc_live_find_ask(ctx->db, &ctx->token, ctx->path.class_id, ctx->path.live_id);
	return MC_OK;
}

enum mc_status
attendance_take(struct ctx *ctx, struct attendance *out)
{
	enum mc_status status = mc_live_find_take(ctx->db, &out->session);

	if (status != MC_OK)
		return status;
	return mc_attendance_of_session(ctx->db, ctx->arena, ctx->classroom.id, ctx->path.live_id,
		&out->rows, &out->n_rows);
}

/* Who left it out or took it in again, when and why. */
static void
view_decision(struct ctx *ctx, const struct mc_live *session)
{
	struct json_object *object = view_object(ctx->view, "decision");

	view_text(object, "reason", session->decision.reason);
	view_text(object, "by", session->decision.by);
	view_time(object, "at", session->decision.at);
	if (!ctx->json)
		view_time_text(object, "at_text", session->decision.at);
}

static enum mc_status
view_roll(struct ctx *ctx)
{
	struct attendance found;
	enum mc_status status = attendance_take(ctx, &found);
	int64_t n_present = 0, n_there = 0, n_students = 0, n_corrected = 0;

	if (status != MC_OK)
		return status;
	view_session(ctx, view_object(ctx->view, "session"), &found.session);
	if (found.session.decision.by.ptr != NULL)
		view_decision(ctx, &found.session);
	struct json_object *list = view_array(ctx->view, "attendance");
	for (size_t i = 0; i < found.n_rows; i++) {
		struct json_object *item = view_item(list);
		view_attendance(ctx, item, &found.session, &found.rows[i]);
		if (!ctx->json &&
			has_namesake(&found.rows->user_name, sizeof(*found.rows), found.n_rows, i))
			view_text(item, "namesake_email", found.rows[i].user_email);
		n_present += found.rows[i].present;
		n_there += found.rows[i].attended;
		n_corrected += found.rows[i].corrected;
		n_students += found.rows[i].belongs;
	}
	if (!ctx->json) {
		view_this_class(ctx);
		view_tab(ctx, "attendance");
		view_int(ctx->view, "n_present", n_present);
		view_int(ctx->view, "n_there", n_there);
		view_int(ctx->view, "n_corrected", n_corrected);
		view_int(ctx->view, "n_students", n_students);
		view_bool(ctx->view, "has_rows", found.n_rows > 0);
	}
	return MC_OK;
}

static enum mc_status
session_show(struct ctx *ctx)
{
	enum mc_status status = view_roll(ctx);
	return status == MC_OK ? reply_view(ctx, "session_attendance.html") : status;
}

/* `done`: what the list says then. */
static enum mc_status
set_counts(struct ctx *ctx, bool counts, const char *done)
{
	struct mc_str reason = form_line(ctx, "reason", 1, MC_REASON_MAX);
	struct mc_live session;
	enum mc_status status;

	if (!form_is_valid(ctx)) {
		mc_live_find_ask(ctx->db, &ctx->token, ctx->classroom.id, ctx->path.live_id);
		status = view_roll(ctx);
		return status == MC_OK ? reply_form_again(ctx, "session_attendance.html") : status;
	}
	status = mc_live_set_counts(ctx->db, ctx->classroom.id, ctx->path.live_id, counts, reason,
		ctx->user.id, &session);
	if (status != MC_OK)
		return status;
	view_session(ctx, view_object(ctx->view, "session"), &session);
	return reply_done(
		ctx, ctx_path_of(ctx, "%.*s?done=%s", MC_STR_ARGS(attendance_path(ctx)), done));
}

static enum mc_status
leave_out(struct ctx *ctx)
{
	return set_counts(ctx, false, "left-out");
}

static enum mc_status
take_in(struct ctx *ctx)
{
	return set_counts(ctx, true, "taken-in");
}

static enum mc_status
session_csv(struct ctx *ctx)
{
	static const struct mc_str names[] = { MC_STR_INIT("id"), MC_STR_INIT("name"),
		MC_STR_INIT("first_joined_at"), MC_STR_INIT("last_left_at"), MC_STR_INIT("seconds"),
		MC_STR_INIT("minutes"), MC_STR_INIT("attended"), MC_STR_INIT("present"),
		MC_STR_INIT("corrected"), MC_STR_INIT("counted_seconds"), MC_STR_INIT("reason"),
		MC_STR_INIT("corrected_by"), MC_STR_INIT("corrected_at"), MC_STR_INIT("counts"),
		MC_STR_INIT("belongs"), MC_STR_INIT("email") };
	struct attendance found;
	struct csv csv;
	enum mc_status status = attendance_take(ctx, &found);

	if (status != MC_OK)
		return status;
	csv_begin(&csv, ctx, names, MC_COUNT(names));
	for (size_t i = 0; i < found.n_rows; i++) {
		const struct mc_attendance *row = &found.rows[i];
		csv_number(&csv, row->user_id);
		csv_cell(&csv, row->user_name);
		csv_time(&csv, row->first_joined_at);
		csv_time(&csv, row->last_left_at);
		csv_number(&csv, row->seconds);
		csv_number(&csv, mc_time_minutes(row->seconds));
		csv_yes(&csv, row->attended);
		csv_yes(&csv, row->present);
		csv_yes(&csv, row->corrected);
		csv_number(&csv, row->counted_seconds);
		csv_cell(&csv, row->corrected ? row->reason : MC_STR(""));
		csv_cell(&csv, row->corrected ? row->corrected_by : MC_STR(""));
		csv_time(&csv, row->corrected_at);
		csv_yes(&csv, found.session.counts);
		csv_yes(&csv, row->belongs);
		csv_cell(&csv, row->user_email);
		csv_end_row(&csv);
	}
	return csv_reply(&csv, mc_arena_printf(ctx->arena, "attendance-%lld-session-%lld.csv",
				       (long long)ctx->classroom.id, (long long)found.session.id));
}

/* clang-format off */
const struct route attendance_routes[] = {
	{ MC_METHOD_GET,  "/classes/{class}/sessions/{live}/attendance",     ACCESS_INSTRUCTOR, LANE_WORKER, attendance_ask, session_show, "session_attendance" },
	{ MC_METHOD_GET,  "/classes/{class}/sessions/{live}/attendance.csv", ACCESS_INSTRUCTOR, LANE_WORKER, attendance_ask, session_csv, "session_attendance_csv" },
	{ MC_METHOD_POST, "/classes/{class}/sessions/{live}/attendance/leave-out",   ACCESS_INSTRUCTOR, LANE_WORKER, NULL, leave_out, "attendance_leave_out" },
	{ MC_METHOD_POST, "/classes/{class}/sessions/{live}/attendance/take-in",     ACCESS_INSTRUCTOR, LANE_WORKER, NULL, take_in, "attendance_take_in" },
	{ 0 },
};
/* clang-format on */
