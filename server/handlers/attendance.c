/* attendance - who was in the live sessions, and for how long; corrections, and what does not
 * count, with their reason. */

#include "libminiclass/model/attendance.h"

#include "libminiclass/limits.h"
#include "libminiclass/model/live.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/csv.h"
#include "server/handlers/handlers.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

enum { MINUTE_S = 60 };

static struct mc_str
session_path(struct ctx *ctx)
{
	return ctx_path_of(ctx, "/classes/%lld/sessions/%lld/attendance",
		(long long)ctx->classroom.id, (long long)ctx->path.live_id);
}

static void
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

static void
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

static enum mc_status
session_ask(struct ctx *ctx)
{
	mc_live_find_ask(ctx->db, &ctx->token, ctx->path.class_id, ctx->path.live_id);
	return MC_OK;
}

struct session_attendance {
	struct mc_live session;
	struct mc_attendance *rows;
	size_t n_rows;
};

static enum mc_status
take_session(struct ctx *ctx, struct session_attendance *out)
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
	struct session_attendance found;
	enum mc_status status = take_session(ctx, &found);
	int64_t n_present = 0, n_there = 0, n_students = 0;

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
		n_students += found.rows[i].belongs;
	}
	if (!ctx->json) {
		view_this_class(ctx);
		view_tab(ctx, "attendance");
		view_int(ctx->view, "n_present", n_present);
		view_int(ctx->view, "n_there", n_there);
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
		ctx, ctx_path_of(ctx, "%.*s?done=%s", MC_STR_ARGS(session_path(ctx)), done));
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
	struct session_attendance found;
	struct csv csv;
	enum mc_status status = take_session(ctx, &found);

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

/* One student out of the list; MC_NOT_FOUND. */
static enum mc_status
find_row(struct ctx *ctx, struct mc_live *session, struct mc_attendance *out)
{
	struct session_attendance found;
	enum mc_status status = take_session(ctx, &found);

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

/* What the form of a correction shows around its fields. */
/* What the form begins with: a live class that went on overnight has more than it takes. */
static int64_t
minutes_to_correct(int64_t seconds)
{
	int64_t minutes = mc_time_minutes(seconds);

	return minutes < MC_MINUTES_MAX ? minutes : MC_MINUTES_MAX;
}

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
			     MC_STR_ARGS(session_path(ctx)), (long long)ctx->path.user_id));
}

static enum mc_status
correct(struct ctx *ctx)
{
	int64_t minutes = 0;
	bool given = form_number(ctx, "minutes", true, 0, MC_MINUTES_MAX, &minutes);
	struct mc_str reason = form_line(ctx, "reason", 1, MC_REASON_MAX);

	if (!given || !form_is_valid(ctx))
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

struct tallies {
	struct mc_attendance_tally *rows;
	size_t n_rows;
};

/* Everybody's for instructors; for a student the others' are not even read. */
static enum mc_status
find_tallies(struct ctx *ctx, struct tallies *out)
{
	bool all = ctx->classroom.role == MC_ROLE_INSTRUCTOR;

	return mc_attendance_tallies(ctx->db, ctx->arena, ctx->classroom.id, all ? 0 : ctx->user.id,
		&out->rows, &out->n_rows);
}

static enum mc_status
tallies_ask(struct ctx *ctx)
{
	mc_live_list_ask(ctx->db, &ctx->token, ctx->path.class_id, MC_LIVE_LISTED_MAX);
	return MC_OK;
}

/* The links to each session's own list, in a page where they may be followed. */
static enum mc_status
take_sessions(struct ctx *ctx, bool may_follow)
{
	struct mc_live *sessions;
	size_t n_sessions;
	enum mc_status status = mc_live_list_take(ctx->db, ctx->arena, &sessions, &n_sessions);

	if (status != MC_OK || ctx->json || !may_follow)
		return status;
	struct json_object *list = view_array(ctx->view, "sessions");
	for (size_t i = 0; i < n_sessions; i++)
		view_session(ctx, view_item(list), &sessions[i]);
	return MC_OK;
}

static void
view_tally(struct ctx *ctx, struct json_object *object, const struct mc_attendance_tally *tally)
{
	view_person(object, "user", tally->user_id, tally->user_name);
	/* Not "sessions": a row in a page would hide the list of them. */
	view_int(object, "attended", tally->sessions);
	view_int(object, "sessions_total", tally->sessions_total);
	view_int(object, "seconds", tally->seconds);
	view_int(object, "minutes", tally->minutes);
	if (!ctx->json)
		view_duration(object, "duration", tally->minutes * MINUTE_S, tally->sessions > 0);
}

static enum mc_status
show_tallies(struct ctx *ctx)
{
	struct tallies found;
	enum mc_status status = find_tallies(ctx, &found);

	if (status != MC_OK)
		return status;
	struct json_object *list = view_array(ctx->view, "attendance");
	for (size_t i = 0; i < found.n_rows; i++) {
		struct json_object *item = view_item(list);
		view_tally(ctx, item, &found.rows[i]);
		if (ctx->json)
			view_text(item, "email", found.rows[i].user_email);
		else if (has_namesake(&found.rows->user_name, sizeof(*found.rows), found.n_rows, i))
			view_text(item, "namesake_email", found.rows[i].user_email);
	}
	return MC_OK;
}

static void
view_entry(struct ctx *ctx, struct json_object *object, const struct mc_attendance_entry *entry)
{
	view_session(ctx, object, &entry->session);
	view_int(object, "seconds", entry->seconds);
	view_bool(object, "attended", entry->attended);
	view_bool(object, "present", entry->present);
	view_bool(object, "corrected", entry->corrected);
	if (entry->corrected)
		view_text(object, "reason", entry->reason);
	if (!ctx->json)
		view_duration(object, "duration", entry->seconds, entry->attended);
}

/* The tally of one student, and the sessions that it is over; asked for before. */
static enum mc_status
show_record(struct ctx *ctx, struct mc_attendance_record *record)
{
	enum mc_status status = mc_attendance_record_take(ctx->db, ctx->arena, record);

	if (status != MC_OK)
		return status;
	view_tally(ctx, view_item(view_array(ctx->view, "attendance")), &record->tally);
	struct json_object *list = view_array(ctx->view, "sessions");
	for (size_t i = 0; i < record->n_entries; i++)
		view_entry(ctx, view_item(list), &record->entries[i]);
	if (!ctx->json)
		view_int(ctx->view, "n_sessions", (int64_t)record->n_entries);
	return MC_OK;
}

static enum mc_status
show_own_record(struct ctx *ctx)
{
	struct mc_attendance_record record;

	mc_attendance_record_ask(ctx->db, &ctx->token, ctx->classroom.id, ctx->user.id);
	return show_record(ctx, &record);
}

static enum mc_status
attendance_show(struct ctx *ctx)
{
	bool all = ctx->classroom.role == MC_ROLE_INSTRUCTOR;
	enum mc_status status = take_sessions(ctx, all);

	if (status == MC_OK)
		status = all ? show_tallies(ctx) : show_own_record(ctx);
	if (status != MC_OK)
		return status;
	if (!ctx->json)
		view_this_class(ctx);
	view_tab(ctx, "attendance");
	return reply_view(ctx, "attendance.html");
}

static enum mc_status
record_ask(struct ctx *ctx)
{
	mc_attendance_record_ask(ctx->db, &ctx->token, ctx->path.class_id, ctx->path.user_id);
	return MC_OK;
}

static enum mc_status
record_show(struct ctx *ctx)
{
	struct mc_attendance_record record;
	enum mc_status status = show_record(ctx, &record);

	if (status != MC_OK)
		return status;
	view_person(ctx->view, "user", record.tally.user_id, record.tally.user_name);
	if (!ctx->json)
		view_this_class(ctx);
	view_tab(ctx, "attendance");
	return reply_view(ctx, "student_attendance.html");
}

static enum mc_status
tallies_csv(struct ctx *ctx)
{
	static const struct mc_str names[] = { MC_STR_INIT("id"), MC_STR_INIT("name"),
		MC_STR_INIT("attended"), MC_STR_INIT("sessions_total"), MC_STR_INIT("seconds"),
		MC_STR_INIT("minutes"), MC_STR_INIT("email") };
	bool all = ctx->classroom.role == MC_ROLE_INSTRUCTOR;
	struct tallies found;
	struct csv csv;
	enum mc_status status = find_tallies(ctx, &found);

	if (status != MC_OK)
		return status;
	/* A student's own file has no column for it. */
	csv_begin(&csv, ctx, names, all ? MC_COUNT(names) : MC_COUNT(names) - 1);
	for (size_t i = 0; i < found.n_rows; i++) {
		const struct mc_attendance_tally *tally = &found.rows[i];
		csv_number(&csv, tally->user_id);
		csv_cell(&csv, tally->user_name);
		csv_number(&csv, tally->sessions);
		csv_number(&csv, tally->sessions_total);
		csv_number(&csv, tally->seconds);
		csv_number(&csv, tally->minutes);
		if (all)
			csv_cell(&csv, tally->user_email);
		csv_end_row(&csv);
	}
	return csv_reply(&csv,
		mc_arena_printf(ctx->arena, "attendance-%lld.csv", (long long)ctx->classroom.id));
}

/* clang-format off */
const struct route attendance_routes[] = {
	{ MC_METHOD_GET,  "/classes/{class}/attendance",     ACCESS_MEMBER, LANE_WORKER, tallies_ask, attendance_show, "attendance" },
	{ MC_METHOD_GET,  "/classes/{class}/attendance.csv", ACCESS_MEMBER, LANE_WORKER, NULL, tallies_csv, "attendance_csv" },
	{ MC_METHOD_GET,  "/classes/{class}/attendance/{user}", ACCESS_INSTRUCTOR, LANE_WORKER, record_ask, record_show, "student_attendance" },
	{ MC_METHOD_GET,  "/classes/{class}/sessions/{live}/attendance",     ACCESS_INSTRUCTOR, LANE_WORKER, session_ask, session_show, "session_attendance" },
	{ MC_METHOD_GET,  "/classes/{class}/sessions/{live}/attendance.csv", ACCESS_INSTRUCTOR, LANE_WORKER, session_ask, session_csv, "session_attendance_csv" },
	{ MC_METHOD_GET,  "/classes/{class}/sessions/{live}/attendance/{user}",      ACCESS_INSTRUCTOR, LANE_WORKER, session_ask, correct_page, "attendance_correct_page" },
	{ MC_METHOD_POST, "/classes/{class}/sessions/{live}/attendance/{user}",      ACCESS_INSTRUCTOR, LANE_WORKER, NULL, correct, "attendance_correct" },
	{ MC_METHOD_POST, "/classes/{class}/sessions/{live}/attendance/{user}/undo", ACCESS_INSTRUCTOR, LANE_WORKER, NULL, correct_undo, "attendance_undo" },
	{ MC_METHOD_POST, "/classes/{class}/sessions/{live}/attendance/leave-out",   ACCESS_INSTRUCTOR, LANE_WORKER, NULL, leave_out, "attendance_leave_out" },
	{ MC_METHOD_POST, "/classes/{class}/sessions/{live}/attendance/take-in",     ACCESS_INSTRUCTOR, LANE_WORKER, NULL, take_in, "attendance_take_in" },
	{ 0 },
};
/* clang-format on */
