/* tallies - attendance over all live sessions of a class, and the record of one student. */

#include "libminiclass/limits.h"
#include "server/ctx.h"
#include "server/handlers/attendance.h"
#include "server/handlers/csv.h"
#include "server/handlers/handlers.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

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
const struct route tally_routes[] = {
	{ MC_METHOD_GET,  "/classes/{class}/attendance",     ACCESS_MEMBER, LANE_WORKER, tallies_ask, attendance_show, "attendance" },
	{ MC_METHOD_GET,  "/classes/{class}/attendance.csv", ACCESS_MEMBER, LANE_WORKER, NULL, tallies_csv, "attendance_csv" },
	{ MC_METHOD_GET,  "/classes/{class}/attendance/{user}", ACCESS_INSTRUCTOR, LANE_WORKER, record_ask, record_show, "student_attendance" },
	{ 0 },
};
/* clang-format on */
