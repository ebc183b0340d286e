#include "libminiclass/model/attendance.h"

#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/access_int.h"
#include "libminiclass/model/live_int.h"
#include "libminiclass/model/stay.h"

/*
 * Three CTEs behind `live`, the sessions that are asked for; $1 is the class, $2 MC_STAY_STALE_S.
 * Where one of these texts ends, a condition on the person may follow.
 *
 * part: each stay cut to its session.  An open one goes on as long as it is beaten; that nobody has
 * closed it when its session ended, and that it was not beaten shortly before, is a daemon's crash.
 * spent: the union of them, so that what overlaps counts once.
 * corrected: the last word of an instructor, which may be that what was counted counts.
 */
#define LIVE                                                                                       \
	"WITH live AS (SELECT l.class_id, l.id, l.room_id, l.started_at, l.ended_at, " LIVE_COUNTS \
	" AS counts"                                                                               \
	" FROM mc.live_session l WHERE l.class_id = $1"

#define PART                                                                                       \
	"), part AS (SELECT l.id AS live_id, s.account_id,"                                        \
	" greatest(s.joined_at, l.started_at) AS first_at,"                                        \
	" least(CASE WHEN s.left_at IS NOT NULL THEN s.left_at WHEN b.fresh THEN now()"            \
	" ELSE s.beat_at END, coalesce(l.ended_at, now())) AS last_at,"                            \
	" s.left_at IS NULL AND b.fresh AND l.ended_at IS NULL AS present,"                        \
	" s.role = 'student' AS as_student"                                                        \
	" FROM live l JOIN mc.stay s ON s.class_id = l.class_id AND s.room_id = l.room_id"         \
	" CROSS JOIN LATERAL (SELECT s.beat_at >= now() - $2 * interval '1 second'"                \
	" AND (l.ended_at IS NULL OR s.beat_at >= l.ended_at - $2 * interval '1 second' / 3)"      \
	" AS fresh) b"                                                                             \
	" WHERE s.class_id = $1"

#define SPENT_AND_CORRECTED                                                                        \
	"), spent AS (SELECT u.live_id, u.account_id, u.first_at, u.last_at, u.present,"           \
	" u.as_student, (SELECT coalesce(floor(extract(epoch FROM sum(upper(r) - lower(r)))), 0)"  \
	" FROM unnest(u.stays) AS r)::int8 AS seconds"                                             \
	" FROM (SELECT live_id, account_id, min(first_at) AS first_at, max(last_at) AS last_at,"   \
	" bool_or(present) AS present, bool_or(as_student) AS as_student,"                         \
	" range_agg(tstzrange(first_at, last_at)) AS stays"                                        \
	" FROM part WHERE first_at <= last_at GROUP BY live_id, account_id) u),"                   \
	" corrected AS (SELECT DISTINCT ON (k.live_id, k.student_id)"                              \
	" k.live_id, k.student_id, k.seconds, k.reason, k.corrected_by, k.corrected_at"            \
	" FROM mc.attendance_correction k JOIN live l ON l.id = k.live_id"                         \
	" WHERE k.class_id = $1"

#define CORRECTED_LAST " ORDER BY k.live_id, k.student_id, k.id DESC)"

/* However short it was and though it goes on, unless an instructor says otherwise: of spent s and
 * corrected k. */
#define ATTENDED "coalesce(k.seconds > 0, s.account_id IS NOT NULL)"

/*
 * Whether session l is one that is missed when one was not there: of membership m, with the CTEs.
 * One that was over before somebody joined the class, or held while they were removed from it, is
 * not, unless they were in it.
 */
#define BELONGS                                                                                    \
	"(l.ended_at IS NULL OR (l.ended_at > m.joined_at"                                         \
	" AND NOT m.away @> tstzrange(l.started_at, greatest(l.started_at, l.ended_at)))"          \
	" OR (l.id, m.account_id) IN (SELECT live_id, account_id FROM spent)"                      \
	" OR (l.id, m.account_id) IN (SELECT live_id, student_id FROM corrected"                   \
	" WHERE seconds IS NOT NULL))"

/* All students have a row: somebody may have been there before they had an account. */
static const struct mc_sql attendance_of_session = {
	"attendance_of_session",
	LIVE " AND l.id = $3" PART SPENT_AND_CORRECTED CORRECTED_LAST
	     ", student AS (SELECT m.account_id FROM live l JOIN mc.membership m"
	     " ON m.class_id = l.class_id AND m.role = 'student' AND m.ended_at IS NULL"
	     " UNION SELECT account_id FROM spent WHERE as_student"
	     " UNION SELECT student_id FROM corrected)"
	     " SELECT a.id, a.name, s.first_at, CASE WHEN NOT s.present THEN s.last_at END,"
	     " coalesce(k.seconds, s.seconds, 0), s.present, k.seconds IS NOT NULL,"
	     " s.seconds, k.reason, i.name, k.corrected_at, " ATTENDED ", " BELONGS ", a.email"
	     " FROM live l CROSS JOIN student t JOIN mc.account a ON a.id = t.account_id"
	     " JOIN mc.membership m ON m.class_id = l.class_id AND m.account_id = t.account_id"
	     " AND m.role = 'student'"
	     " LEFT JOIN spent s ON s.account_id = t.account_id"
	     " LEFT JOIN corrected k ON k.student_id = t.account_id AND k.seconds IS NOT NULL"
	     " LEFT JOIN mc.account i ON i.id = k.corrected_by"
	     " ORDER BY a.name COLLATE \"und-x-icu\", a.id LIMIT $4",
};

/*
 * The students of the class, each with the sessions that belong to them and what is said about them
 * there; a row without a session for whom none does.
 */
#define BELONGING                                                                                  \
	", belonging AS (SELECT m.account_id, l.id AS live_id, l.counts,"                          \
	" coalesce(k.seconds, s.seconds, 0) AS seconds, coalesce(s.present, false) AS present,"    \
	" " ATTENDED " AS attended, k.seconds IS NOT NULL AS corrected,"                           \
	" CASE WHEN k.seconds IS NOT NULL THEN k.reason END AS reason"                             \
	" FROM mc.membership m"                                                                    \
	" LEFT JOIN live l ON " BELONGS                                                            \
	" LEFT JOIN spent s ON s.live_id = l.id AND s.account_id = m.account_id"                   \
	" LEFT JOIN corrected k ON k.live_id = l.id AND k.student_id = m.account_id"               \
	" WHERE m.class_id = $1 AND m.role = 'student' AND m.ended_at IS NULL"

#define OF_ALL LIVE PART SPENT_AND_CORRECTED CORRECTED_LAST BELONGING ")"
/* $4: the one student. */
#define OF_ONE                                                                                     \
	LIVE PART " AND s.account_id = $4" SPENT_AND_CORRECTED                                     \
		  " AND k.student_id = $4" CORRECTED_LAST BELONGING " AND m.account_id = $4)"
#define FROM_BELONGING " FROM belonging b JOIN mc.account p ON p.id = b.account_id"

/* What those that count come to: over the rows of a group, or with OVER () of all.  The minutes are
 * those that mc_time_minutes makes of each. */
#define TALLY(over)                                                                                \
	"p.id, p.name, count(*) FILTER (WHERE b.counts AND b.attended)" over                       \
	", count(*) FILTER (WHERE b.counts)" over                                                  \
	", coalesce(sum(b.seconds) FILTER (WHERE b.counts)" over ", 0)::int8, p.email"             \
	", coalesce(sum((b.seconds + 30) / 60) FILTER (WHERE b.counts)" over ", 0)::int8"
#define TALLY_BY_NAME " GROUP BY p.id ORDER BY p.name COLLATE \"und-x-icu\", p.id LIMIT $3"

static const struct mc_sql attendance_tallies = {
	"attendance_tallies",
	OF_ALL " SELECT " TALLY("") FROM_BELONGING TALLY_BY_NAME,
};

static const struct mc_sql attendance_tally = {
	"attendance_tally",
	OF_ONE " SELECT " TALLY("") FROM_BELONGING TALLY_BY_NAME,
};

#define ENTRY ", b.seconds, b.attended, b.present, b.corrected, b.reason, " LIVE_COLUMNS
#define ENTRY_SESSION                                                                              \
	" LEFT JOIN mc.live_session l ON l.class_id = $1 AND l.id = b.live_id"                     \
	" LEFT JOIN mc.account a ON a.id = l.started_by"

#define AS_INSTRUCTOR_OR_ONESELF " AND (m.role = 'instructor' OR m.account_id = $4)"

/* One statement for both: the sum is the sum of what it stands beside.  $5: whose session asks. */
static const struct mc_sql attendance_record = {
	"attendance_record",
	OF_ONE " SELECT " TALLY(" OVER ()") ENTRY FROM_BELONGING ENTRY_SESSION
	" WHERE" IN_CLASS_OF("$5", AS_INSTRUCTOR_OR_ONESELF) " ORDER BY b.live_id DESC LIMIT $3",
};

/* No row: whoever corrects is no instructor of the class now. */
static const struct mc_sql attendance_correct = {
	"attendance_correct",
	"INSERT INTO mc.attendance_correction"
	" (class_id, live_id, student_id, seconds, reason, corrected_by)"
	" SELECT m.class_id, $2, $3, CASE WHEN $4::int8 >= 0 THEN $4::int8 END, $5, m.account_id"
	" FROM mc.membership m WHERE" INSTRUCTOR_IS "$6",
};

enum mc_status
mc_attendance_of_session(struct mc_db *db, struct mc_arena *arena, mc_class_id class_id,
	mc_live_id live, struct mc_attendance **out, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_query(db, &attendance_of_session, &rows,
		MC_PARAMS(mc_p_id(class_id), mc_p_int(MC_STAY_STALE_S), mc_p_id(live),
			mc_p_id(MC_PEOPLE_LISTED_MAX)));
	if (status != MC_OK)
		return status;

	struct mc_attendance *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = (struct mc_attendance){ .user_id = mc_row_id(&row, 0),
			.user_name = mc_row_text(&row, 1),
			.first_joined_at = mc_row_time(&row, 2),
			.last_left_at = mc_row_time(&row, 3),
			.seconds = mc_row_int(&row, 4),
			.present = mc_row_bool(&row, 5),
			.corrected = mc_row_bool(&row, 6),
			.counted_seconds = mc_row_int(&row, 7),
			.reason = mc_row_text(&row, 8),
			.corrected_by = mc_row_text(&row, 9),
			.corrected_at = mc_row_time(&row, 10),
			.attended = mc_row_bool(&row, 11),
			.belongs = mc_row_bool(&row, 12),
			.user_email = mc_row_text(&row, 13) };
	}
	*out = list;
	*n = (size_t)rows.n;
	return MC_OK;
}

static struct mc_attendance_tally
read_tally(const struct mc_row *row)
{
	return (struct mc_attendance_tally){ .user_id = mc_row_id(row, 0),
		.user_name = mc_row_text(row, 1),
		.sessions = mc_row_int(row, 2),
		.sessions_total = mc_row_int(row, 3),
		.seconds = mc_row_int(row, 4),
		.user_email = mc_row_text(row, 5),
		.minutes = mc_row_int(row, 6) };
}

enum mc_status
mc_attendance_tallies(struct mc_db *db, struct mc_arena *arena, mc_class_id class_id,
	mc_user_id only, struct mc_attendance_tally **out, size_t *n)
{
	const struct mc_param params[] = { mc_p_id(class_id), mc_p_int(MC_STAY_STALE_S),
		mc_p_id(MC_PEOPLE_LISTED_MAX), mc_p_id(only) };
	struct mc_rows rows;

	enum mc_status status = only != 0 ? mc_db_query(db, &attendance_tally, &rows, params, 4)
					  : mc_db_query(db, &attendance_tallies, &rows, params, 3);
	if (status != MC_OK)
		return status;

	struct mc_attendance_tally *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = read_tally(&row);
	}
	*out = list;
	*n = (size_t)rows.n;
	return MC_OK;
}

void
mc_attendance_record_ask(
	struct mc_db *db, const struct mc_digest *session, mc_class_id class_id, mc_user_id student)
{
	mc_db_ask(db, &attendance_record,
		MC_PARAMS(mc_p_id(class_id), mc_p_int(MC_STAY_STALE_S), mc_p_id(MC_LIVE_LISTED_MAX),
			mc_p_id(student), session_param(session)));
}

enum mc_status
mc_attendance_record_take(
	struct mc_db *db, struct mc_arena *arena, struct mc_attendance_record *out)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_take(db, &rows);
	if (status != MC_OK)
		return status;
	if (rows.n == 0)
		return MC_NOT_FOUND;

	struct mc_row row = mc_rows_at(&rows, 0);
	struct mc_attendance_record record = { .tally = read_tally(&row) };
	/* Without a session there is one row all the same. */
	if (!mc_row_is_null(&row, 12))
		record.n_entries = (size_t)rows.n;
	record.entries = mc_arena_array(arena, record.n_entries, sizeof(*record.entries));
	if (record.n_entries > 0 && !record.entries)
		return MC_NO_MEMORY;
	for (size_t i = 0; i < record.n_entries; i++) {
		row = mc_rows_at(&rows, (int)i);
		record.entries[i] = (struct mc_attendance_entry){ .seconds = mc_row_int(&row, 7),
			.attended = mc_row_bool(&row, 8),
			.present = mc_row_bool(&row, 9),
			.corrected = mc_row_bool(&row, 10),
			.reason = mc_row_text(&row, 11),
			.session = live_from_row(&row, 12) };
	}
	*out = record;
	return MC_OK;
}

enum mc_status
mc_attendance_correct(struct mc_db *db, mc_class_id class_id, mc_live_id live, mc_user_id student,
	int64_t seconds, struct mc_str reason, mc_user_id by)
{
	int affected = 0;

	enum mc_status status = mc_db_run(db, &attendance_correct, &affected,
		MC_PARAMS(mc_p_id(class_id), mc_p_id(live), mc_p_id(student), mc_p_id(seconds),
			mc_p_text(reason), mc_p_id(by)));
	if (status == MC_OK && affected == 0)
		return MC_FORBIDDEN;
	return status;
}
