#include "libminiclass/model/reading.h"

#include "libminiclass/db/query.h"
#include "libminiclass/model/access_int.h"
#include "libminiclass/model/reading_int.h"
#include "libminiclass/model/session_int.h"

#define UNLESS_LESS                                                                                \
	" ON CONFLICT (class_id, account_id, room_id)"                                             \
	" DO UPDATE SET seq = greatest(reading.seq, excluded.seq)"

/* Of mc.room r and mc.membership m: what a member may read and mark. */
#define MAY_MARK                                                                                   \
	" r.class_id = m.class_id AND (r.kind = 'discussion'"                                      \
	" OR r.kind = 'thread' AND (m.role = 'instructor' OR r.student_id = m.account_id))"

/* What would change nothing is not written: most of those who look have read it all before. */
static const struct mc_sql reading_mark = {
	"reading_mark",
	"INSERT INTO mc.reading (class_id, account_id, room_id, seq)"
	" SELECT r.class_id, $2, r.id, least($3, r.last_seq) FROM mc.room r" READING
	"$2" READING_END " WHERE r.id = $1 AND r.kind <> 'live'"
	" AND least($3, r.last_seq) > g.seq" UNLESS_LESS,
};

static const struct mc_sql reading_mark_all = {
	"reading_mark_all",
	"INSERT INTO mc.reading (class_id, account_id, room_id, seq)"
	" SELECT r.class_id, m.account_id, r.id, w.seq"
	" FROM mc.membership m JOIN mc.room r ON" MAY_MARK READING "m.account_id" READING_END
	" CROSS JOIN LATERAL (SELECT w.seq FROM mc.message w WHERE w.class_id = r.class_id"
	" AND w.room_id = r.id AND w.seq > g.seq AND w.at <= coalesce($3, now())"
	" ORDER BY w.seq DESC LIMIT 1) w"
	" WHERE m.class_id = $1 AND m.account_id = $2 AND m.ended_at IS NULL"
	" AND r.last_seq > g.seq ORDER BY r.id" UNLESS_LESS,
};

static const struct mc_sql reading_count = {
	"reading_count",
	"SELECT count(*) FILTER (WHERE r.kind = 'discussion'),"
	" count(*) FILTER (WHERE r.kind = 'thread'), now()"
	" FROM mc.membership m JOIN mc.room r ON" MAY_MARK READING "m.account_id" READING_END
	" WHERE m.class_id = $1 AND m.account_id = " SESSION_ACCOUNT
	" AND m.ended_at IS NULL AND r.id <> $3 AND " UNREAD " > 0 AND" IN_CLASS,
};

enum mc_status
mc_reading_mark(struct mc_db *db, mc_room_id room, mc_user_id user, int64_t seq)
{
	struct mc_rows rows;

	return mc_db_query(
		db, &reading_mark, &rows, MC_PARAMS(mc_p_id(room), mc_p_id(user), mc_p_id(seq)));
}

enum mc_status
mc_reading_mark_all(struct mc_db *db, mc_class_id class_id, mc_user_id user, struct mc_time until)
{
	struct mc_rows rows;

	return mc_db_query(db, &reading_mark_all, &rows,
		MC_PARAMS(mc_p_id(class_id), mc_p_id(user),
			until.us == 0 ? mc_p_null() : mc_p_time(until)));
}

void
mc_reading_count_ask(
	struct mc_db *db, const struct mc_digest *session, mc_class_id class_id, mc_room_id but)
{
	mc_db_ask(db, &reading_count,
		MC_PARAMS(mc_p_id(class_id), session_param(session), mc_p_id(but)));
}

enum mc_status
mc_reading_count_take(struct mc_db *db, struct mc_unread *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_take_one(db, &row);
	if (status == MC_OK)
		*out = (struct mc_unread){ mc_row_int(&row, 0), mc_row_int(&row, 1),
			mc_row_time(&row, 2) };
	return status;
}
