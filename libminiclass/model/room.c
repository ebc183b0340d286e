#include "libminiclass/model/room.h"

#include "libminiclass/db/query.h"
#include "libminiclass/model/access_int.h"
#include "libminiclass/model/classroom_int.h"
#include "libminiclass/model/session_int.h"

enum { CLAIMS_AT_ONCE = 256 }; /* 6 KiB of stack, and one round trip for most */

/* Of ROOM_PARTS and mc.membership m, in the order that read_room reads. */
#define ROOM_COLUMNS                                                                               \
	"r.id, r.class_id, r.kind::text, m.role = 'instructor', r.ended_at IS NOT NULL,"           \
	" r.last_seq, coalesce(l.id, d.id, t.id), coalesce(l.title, d.topic, t.topic),"            \
	" r.student_id, p.name, r.n_removed"
enum { ROOM_N_COLUMNS = 11 };

/* What belongs to mc.room r: its live session, its discussion, or the one that it is a thread of.
 */
#define ROOM_PARTS                                                                                 \
	" LEFT JOIN mc.live_session l ON l.class_id = r.class_id AND l.room_id = r.id"             \
	" LEFT JOIN mc.discussion d ON d.class_id = r.class_id AND d.room_id = r.id"               \
	" LEFT JOIN mc.discussion t ON t.class_id = r.class_id AND t.id = r.discussion_id"         \
	" LEFT JOIN mc.account p ON p.id = r.student_id"

static const struct mc_sql room_find = {
	"room_find",
	"SELECT " ROOM_COLUMNS " FROM mc.room r JOIN mc.membership m ON" MAY_ENTER
	" JOIN mc.account a ON a.id = m.account_id AND a.disabled_at IS NULL" ROOM_PARTS
	" WHERE r.id = $2 AND m.account_id = $1",
};

static const struct mc_sql room_find_by_session = {
	"room_find_by_session",
	"SELECT " SESSION_COLUMNS ", " ROOM_COLUMNS ", " CLASSROOM_COLUMNS " FROM mc.session s"
	" JOIN mc.account a ON a.id = s.account_id AND a.disabled_at IS NULL"
	" LEFT JOIN (mc.room r JOIN mc.membership m ON" MAY_ENTER
	" JOIN mc.classroom c ON c.id = r.class_id JOIN mc.account i ON i.id = c.instructor_id)"
	" ON r.id = $2 AND m.account_id = s.account_id" ROOM_PARTS
	" WHERE s.digest = $1 AND s.expires_at > now()",
};

static const struct mc_sql room_states = {
	"room_states",
	"SELECT id, last_seq, ended_at IS NOT NULL, n_removed FROM mc.room WHERE id = ANY ($1)",
};

static const struct mc_sql room_check = {
	"room_check",
	"SELECT a.id IS NOT NULL AND (g.room_id = 0 OR m.account_id IS NOT NULL),"
	" coalesce(m.role = 'instructor', false)"
	" FROM unnest($1::int8[], $2::int8[], $3::int8[])"
	" WITH ORDINALITY AS g (session_id, account_id, room_id, n)"
	" LEFT JOIN mc.session s ON s.id = g.session_id AND s.account_id = g.account_id"
	" AND s.expires_at > now()"
	" LEFT JOIN mc.account a ON a.id = s.account_id AND a.disabled_at IS NULL"
	" LEFT JOIN mc.room r ON r.id = g.room_id"
	" LEFT JOIN mc.membership m ON m.account_id = g.account_id AND" MAY_ENTER " ORDER BY g.n",
};

static enum mc_room_kind
read_kind(struct mc_str name)
{
	if (mc_str_equal(name, MC_STR("live")))
		return MC_ROOM_LIVE;
	return mc_str_equal(name, MC_STR("thread")) ? MC_ROOM_THREAD : MC_ROOM_DISCUSSION;
}

static struct mc_room
read_room(const struct mc_row *row, int first)
{
	return (struct mc_room){ .id = mc_row_id(row, first),
		.class_id = mc_row_id(row, first + 1),
		.kind = read_kind(mc_row_text(row, first + 2)),
		.role = mc_row_bool(row, first + 3) ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT,
		.ended = mc_row_bool(row, first + 4),
		.last_seq = mc_row_int(row, first + 5),
		.owner = mc_row_id(row, first + 6),
		.title = mc_row_text(row, first + 7),
		.student_id = mc_row_id(row, first + 8),
		.student_name = mc_row_text(row, first + 9),
		.n_removed = mc_row_int(row, first + 10) };
}

enum mc_status
mc_room_find(struct mc_db *db, mc_user_id user, mc_room_id room, struct mc_room *out)
{
	struct mc_row row;

	enum mc_status status =
		mc_db_one(db, &room_find, &row, MC_PARAMS(mc_p_id(user), mc_p_id(room)));
	if (status == MC_OK)
		*out = read_room(&row, 0);
	return status;
}

void
mc_room_find_ask(struct mc_db *db, const struct mc_digest *session, mc_room_id room)
{
	mc_db_ask(db, &room_find_by_session, MC_PARAMS(session_param(session), mc_p_id(room)));
}

enum mc_status
mc_room_find_take(struct mc_db *db, struct mc_session *session, struct mc_user *user,
	struct mc_classroom *classroom, struct mc_room *out)
{
	struct mc_row row;

	enum mc_status status = session_take_inside(db, &row, session, user);
	if (status != MC_OK)
		return status;
	*out = read_room(&row, SESSION_N_COLUMNS);
	*classroom = classroom_from_row(&row, SESSION_N_COLUMNS + ROOM_N_COLUMNS);
	return MC_OK;
}

enum mc_status
mc_room_states(struct mc_db *db, struct mc_arena *arena, const mc_room_id *rooms, size_t n,
	struct mc_room_state **out, size_t *n_out)
{
	struct mc_rows rows;

	enum mc_status status =
		mc_db_query(db, &room_states, &rows, MC_PARAMS(mc_p_id_list(rooms, n)));
	if (status != MC_OK)
		return status;

	struct mc_room_state *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = (struct mc_room_state){ .id = mc_row_id(&row, 0),
			.last_seq = mc_row_int(&row, 1),
			.ended = mc_row_bool(&row, 2),
			.n_removed = mc_row_int(&row, 3) };
	}
	*out = list;
	*n_out = (size_t)rows.n;
	return MC_OK;
}

static enum mc_status
check_some(struct mc_db *db, const struct mc_room_claim *claims, size_t n, bool *still,
	enum mc_role *roles)
{
	int64_t sessions[CLAIMS_AT_ONCE], users[CLAIMS_AT_ONCE], rooms[CLAIMS_AT_ONCE];
	struct mc_rows rows;

	for (size_t i = 0; i < n; i++) {
		sessions[i] = claims[i].session;
		users[i] = claims[i].user;
		rooms[i] = claims[i].room;
	}
	enum mc_status status = mc_db_query(db, &room_check, &rows,
		MC_PARAMS(
			mc_p_id_list(sessions, n), mc_p_id_list(users, n), mc_p_id_list(rooms, n)));
	if (status != MC_OK)
		return status;
	if ((size_t)rows.n != n)
		return MC_FAILED;
	for (size_t i = 0; i < n; i++) {
		struct mc_row row = mc_rows_at(&rows, (int)i);
		still[i] = mc_row_bool(&row, 0);
		roles[i] = mc_row_bool(&row, 1) ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT;
	}
	return MC_OK;
}

enum mc_status
mc_room_check(struct mc_db *db, const struct mc_room_claim *claims, size_t n, bool *still,
	enum mc_role *roles)
{
	enum mc_status status = MC_OK;

	for (size_t i = 0; i < n && status == MC_OK; i += CLAIMS_AT_ONCE) {
		size_t some = n - i < CLAIMS_AT_ONCE ? n - i : CLAIMS_AT_ONCE;
		status = check_some(db, claims + i, some, still + i, roles + i);
	}
	return status;
}
