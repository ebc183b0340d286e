#include "libminiclass/model/live.h"

#include "libminiclass/db/query.h"
#include "libminiclass/model/access_int.h"
#include "libminiclass/model/live_int.h"

enum { START_TRIES = 3 };

#define LIVE_STARTER " JOIN mc.account a ON a.id = l.started_by"

/*
 * No row: no instructor of the class now.  When one is live the whole statement fails, so no room
 * is left without a session.
 */
static const struct mc_sql live_start = {
	"live_start",
	"WITH a AS (SELECT m.class_id, p.id, p.name FROM mc.membership m"
	" JOIN mc.account p ON p.id = m.account_id WHERE" INSTRUCTOR_IS "$2),"
	" r AS (INSERT INTO mc.room (class_id, kind) SELECT class_id, 'live' FROM a"
	" RETURNING class_id, id),"
	" l AS (INSERT INTO mc.live_session (class_id, title, started_by, room_id)"
	" SELECT r.class_id, $3, $2, r.id FROM r"
	" RETURNING class_id, id, room_id, title, started_at, ended_at)"
	" SELECT " LIVE_COLUMNS " FROM l CROSS JOIN a",
};

/* The statement's own clock: it may have waited for a start that was still under way.  A clock that
 * was set back meanwhile does not make it end before it began. */
static const struct mc_sql live_end = {
	"live_end",
	"WITH" BY_INSTRUCTOR "$3),"
	" ended AS (UPDATE mc.live_session l"
	" SET ended_at = greatest(clock_timestamp(), l.started_at)"
	" FROM mc.account a WHERE a.id = l.started_by AND l.class_id = $1 AND l.ended_at IS NULL"
	" AND ($2 = 0 OR l.id = $2)" IF_MAY " RETURNING " LIVE_COLUMNS ")"
	" SELECT e.*," MAY " FROM (VALUES (1)) AS one LEFT JOIN ended e ON true",
};

#define LONG_AGO "now() - $1 * interval '1 second'"

/* An open stay ends at its last beat, if nobody closes it.  Nothing is locked but what ends; of two
 * daemons that end it the second finds it ended.  What began lately, or has somebody in it, is not
 * looked at any further. */
static const struct mc_sql live_end_abandoned = {
	"live_end_abandoned",
	"WITH quiet AS (SELECT o.class_id, o.id, greatest(o.started_at,"
	" (SELECT max(coalesce(s.left_at, s.beat_at)) FROM mc.stay s"
	" WHERE s.class_id = o.class_id AND s.room_id = o.room_id),"
	" (SELECT w.at FROM mc.message w JOIN mc.room r ON w.seq = r.last_seq"
	" WHERE r.class_id = o.class_id AND r.id = o.room_id"
	" AND w.class_id = o.class_id AND w.room_id = o.room_id)) AS since"
	" FROM mc.live_session o WHERE o.ended_at IS NULL AND o.started_at < " LONG_AGO
	" AND NOT EXISTS (SELECT FROM mc.stay s WHERE s.class_id = o.class_id"
	" AND s.room_id = o.room_id AND s.left_at IS NULL AND s.beat_at >= " LONG_AGO "))"
	" UPDATE mc.live_session l SET ended_at = q.since FROM quiet q"
	" WHERE l.class_id = q.class_id AND l.id = q.id AND l.ended_at IS NULL"
	" AND q.since < " LONG_AGO,
};

#define LIVE_CURRENT                                                                               \
	"SELECT " LIVE_COLUMNS " FROM mc.live_session l" LIVE_STARTER                              \
	" WHERE l.class_id = $1 AND l.ended_at IS NULL"

static const struct mc_sql live_current = {
	"live_current",
	LIVE_CURRENT " AND" IN_CLASS_OF("$2", AS_INSTRUCTOR_IF("$3")),
};

static const struct mc_sql live_in_the_way = { "live_in_the_way", LIVE_CURRENT };

static const struct mc_sql live_list = {
	"live_list",
	"SELECT " LIVE_COLUMNS " FROM mc.live_session l" LIVE_STARTER
	" WHERE l.class_id = $1 AND" IN_CLASS " ORDER BY l.id DESC LIMIT $3",
};

static const struct mc_sql live_find = {
	"live_find",
	"SELECT " LIVE_COLUMNS ", d.reason, i.name, d.decided_at"
	" FROM mc.live_session l" LIVE_STARTER
	" LEFT JOIN LATERAL (SELECT c.reason, c.decided_by, c.decided_at"
	" FROM mc.live_counting c WHERE c.class_id = l.class_id AND c.live_id = l.id"
	" ORDER BY c.id DESC LIMIT 1) d ON true"
	" LEFT JOIN mc.account i ON i.id = d.decided_by"
	" WHERE l.class_id = $1 AND l.id = $3 AND" IN_CLASS_OF("$2", AS_INSTRUCTOR),
};

/* No row: whoever decides is no instructor of the class now. */
static const struct mc_sql live_set_counts = {
	"live_set_counts",
	"WITH d AS (INSERT INTO mc.live_counting (class_id, live_id, counts, reason, decided_by)"
	" SELECT m.class_id, $2, $3, $4, m.account_id FROM mc.membership m WHERE" INSTRUCTOR_IS "$5"
	" RETURNING class_id, live_id, counts)"
	" SELECT " LIVE_FACTS "d.counts FROM d"
	" JOIN mc.live_session l ON l.class_id = d.class_id AND l.id = d.live_id" LIVE_STARTER,
};

struct mc_live
live_from_row(const struct mc_row *row, int first)
{
	return (struct mc_live){ .id = mc_row_id(row, first),
		.room = mc_row_id(row, first + 1),
		.title = mc_row_text(row, first + 2),
		.started_at = mc_row_time(row, first + 3),
		.ended_at = mc_row_time(row, first + 4),
		.started_by = mc_row_text(row, first + 5),
		.counts = mc_row_bool(row, first + 6) };
}

static bool
is_one_live(const struct mc_db *db)
{
	return mc_str_equal(mc_str_from(mc_db_constraint(db)), MC_STR("live_session_one"));
}

static enum mc_status
try_start(struct mc_db *db, mc_class_id class_id, mc_user_id by, struct mc_str title,
	struct mc_live *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_one(
		db, &live_start, &row, MC_PARAMS(mc_p_id(class_id), mc_p_id(by), mc_p_text(title)));
	if (status == MC_NOT_FOUND)
		return MC_FORBIDDEN;
	if (status == MC_OK)
		*out = live_from_row(&row, 0);
	return status;
}

enum mc_status
mc_live_start(struct mc_db *db, mc_class_id class_id, mc_user_id by, struct mc_str title,
	struct mc_live *out)
{
	enum mc_status status = MC_CONFLICT;

	/* The one in the way may end before it is looked at; then there is room for ours. */
	for (int i = 0; i < START_TRIES; i++) {
		status = try_start(db, class_id, by, title, out);
		if (status != MC_CONFLICT || !is_one_live(db))
			return status;
		mc_db_ask(db, &live_in_the_way, MC_PARAMS(mc_p_id(class_id)));
		enum mc_status found = mc_live_current_take(db, out);
		if (found != MC_NOT_FOUND)
			return found == MC_OK ? MC_CONFLICT : found;
	}
	return MC_UNAVAILABLE;
}

enum mc_status
mc_live_end(
	struct mc_db *db, mc_class_id class_id, mc_live_id live, mc_user_id by, struct mc_live *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_one(
		db, &live_end, &row, MC_PARAMS(mc_p_id(class_id), mc_p_id(live), mc_p_id(by)));
	if (status != MC_OK)
		return status;
	if (!mc_row_bool(&row, LIVE_N_COLUMNS))
		return MC_FORBIDDEN;
	if (mc_row_is_null(&row, 0))
		return MC_NOT_FOUND;
	*out = live_from_row(&row, 0);
	return MC_OK;
}

enum mc_status
mc_live_end_abandoned(struct mc_db *db, int64_t seconds)
{
	return mc_db_run(db, &live_end_abandoned, NULL, MC_PARAMS(mc_p_int((int32_t)seconds)));
}

void
mc_live_current_ask(
	struct mc_db *db, const struct mc_digest *session, enum mc_role least, mc_class_id class_id)
{
	mc_db_ask(db, &live_current,
		MC_PARAMS(mc_p_id(class_id), session_param(session),
			mc_p_bool(least == MC_ROLE_INSTRUCTOR)));
}

enum mc_status
mc_live_current_take(struct mc_db *db, struct mc_live *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_take_one(db, &row);
	if (status == MC_OK)
		*out = live_from_row(&row, 0);
	return status;
}

void
mc_live_list_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id, int limit)
{
	mc_db_ask(db, &live_list,
		MC_PARAMS(mc_p_id(class_id), session_param(session), mc_p_id(limit)));
}

enum mc_status
mc_live_list_take(struct mc_db *db, struct mc_arena *arena, struct mc_live **out, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_take(db, &rows);
	if (status != MC_OK)
		return status;

	struct mc_live *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = live_from_row(&row, 0);
	}
	*out = list;
	*n = (size_t)rows.n;
	return MC_OK;
}

void
mc_live_find_ask(
	struct mc_db *db, const struct mc_digest *session, mc_class_id class_id, mc_live_id live)
{
	mc_db_ask(db, &live_find,
		MC_PARAMS(mc_p_id(class_id), session_param(session), mc_p_id(live)));
}

enum mc_status
mc_live_find_take(struct mc_db *db, struct mc_live *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_take_one(db, &row);
	if (status != MC_OK)
		return status;
	*out = live_from_row(&row, 0);
	out->decision.reason = mc_row_text(&row, LIVE_N_COLUMNS);
	out->decision.by = mc_row_text(&row, LIVE_N_COLUMNS + 1);
	out->decision.at = mc_row_time(&row, LIVE_N_COLUMNS + 2);
	return MC_OK;
}

enum mc_status
mc_live_set_counts(struct mc_db *db, mc_class_id class_id, mc_live_id live, bool counts,
	struct mc_str reason, mc_user_id by, struct mc_live *out)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_query(db, &live_set_counts, &rows,
		MC_PARAMS(mc_p_id(class_id), mc_p_id(live), mc_p_bool(counts), mc_p_text(reason),
			mc_p_id(by)));
	if (status != MC_OK)
		return status;
	if (rows.n == 0)
		return MC_FORBIDDEN;
	struct mc_row row = mc_rows_at(&rows, 0);
	*out = live_from_row(&row, 0);
	return MC_OK;
}
