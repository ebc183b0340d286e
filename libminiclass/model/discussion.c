#include "libminiclass/model/discussion.h"

#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/access_int.h"
#include "libminiclass/model/reading_int.h"
#include "libminiclass/model/session_int.h"

/* For mc.room r, when it was written in last: what was has the room's last_seq.  A value, for the
 * same reason as READING's: a join, planned on a small table, read all messages of the class. */
#define ROOM_LAST                                                                                  \
	" CROSS JOIN LATERAL (SELECT (SELECT w.at FROM mc.message w WHERE w.class_id = r.class_id" \
	" AND w.room_id = r.id AND w.seq = r.last_seq) AS at OFFSET 0) w"

/* Of mc.discussion d, mc.room r and mc.account a, in the order that read_discussion reads; when it
 * was written in last and what is unread stand behind them. */
#define DISCUSSION_COLUMNS                                                                         \
	"d.id, d.room_id, d.topic, a.name, d.created_at, d.closed_at, r.last_seq, r.n_removed"
#define DISCUSSION_PARTS                                                                           \
	" JOIN mc.room r ON r.class_id = d.class_id AND r.id = d.room_id"                          \
	" JOIN mc.account a ON a.id = d.created_by"
/* Behind it stand who reads and READING_END. */
#define DISCUSSION_SELECT                                                                          \
	"SELECT " DISCUSSION_COLUMNS ", w.at, " UNREAD                                             \
	" FROM mc.discussion d" DISCUSSION_PARTS ROOM_LAST READING

/*
 * No row: no instructor of the class now.  A second try with the same client_id fails as a whole,
 * so no room is left without a discussion.
 */
static const struct mc_sql discussion_insert = {
	"discussion_insert",
	"WITH a AS (SELECT m.class_id, p.id, p.name FROM mc.membership m"
	" JOIN mc.account p ON p.id = m.account_id WHERE" INSTRUCTOR_IS "$2),"
	" r AS (INSERT INTO mc.room (class_id, kind) SELECT class_id, 'discussion' FROM a"
	" RETURNING class_id, id, last_seq, n_removed),"
	" d AS (INSERT INTO mc.discussion (class_id, topic, created_by, client_id, room_id)"
	" SELECT r.class_id, $3, $2, nullif($4, ''), r.id FROM r"
	" RETURNING id, room_id, topic, created_at, closed_at)"
	" SELECT " DISCUSSION_COLUMNS
	", NULL::timestamptz, 0::int8 FROM d CROSS JOIN r CROSS JOIN a",
};

static const struct mc_sql discussion_created = {
	"discussion_created",
	DISCUSSION_SELECT "$2" READING_END
			  " WHERE d.class_id = $1 AND d.created_by = $2 AND d.client_id = $3",
};

static const struct mc_sql discussion_list = {
	"discussion_list",
	DISCUSSION_SELECT SESSION_ACCOUNT READING_END " WHERE d.class_id = $1 AND" IN_CLASS
						      " ORDER BY coalesce(w.at, d.created_at) DESC,"
						      " d.id DESC LIMIT $3",
};

static const struct mc_sql discussion_find = {
	"discussion_find",
	DISCUSSION_SELECT SESSION_ACCOUNT READING_END
	" WHERE d.class_id = $1 AND d.id = $3 AND" IN_CLASS,
};

/* $3 is who changes it. */
#define DISCUSSION_UPDATE(change)                                                                  \
	"UPDATE mc.discussion d SET " change " FROM mc.account a, mc.room r" ROOM_LAST READING     \
	"$3" READING_END " WHERE d.class_id = $1 AND d.id = $2 AND a.id = d.created_by"            \
	" AND r.class_id = d.class_id AND r.id = d.room_id"                                        \
	" AND EXISTS (SELECT FROM mc.membership m WHERE" INSTRUCTOR_IS "$3)"                       \
	" RETURNING " DISCUSSION_COLUMNS ", w.at, " UNREAD

static const struct mc_sql discussion_rename = {
	"discussion_rename",
	DISCUSSION_UPDATE("topic = $4"),
};

static const struct mc_sql discussion_set_closed = {
	"discussion_set_closed",
	DISCUSSION_UPDATE("closed_at = CASE WHEN $4 THEN coalesce(d.closed_at, now()) END"),
};

/* Of mc.room r and THREAD_PARTS, in the order that read_thread reads; when it was written in last
 * and what is unread stand behind them. */
#define THREAD_COLUMNS "r.id, r.student_id, a.name, r.last_seq, d.id, d.topic"
#define THREAD_PARTS                                                                               \
	" JOIN mc.account a ON a.id = r.student_id"                                                \
	" JOIN mc.discussion d ON d.class_id = r.class_id AND d.id = r.discussion_id"
#define THREAD_FROM " FROM mc.room r" THREAD_PARTS ROOM_LAST
#define OF_DISCUSSION " WHERE r.class_id = $1 AND r.discussion_id = $2"
#define THREAD_SELECT "SELECT " THREAD_COLUMNS ", w.at, " UNREAD THREAD_FROM READING

static const struct mc_sql thread_list = {
	"thread_list",
	THREAD_SELECT "$4" READING_END OF_DISCUSSION
		      " ORDER BY w.at DESC NULLS LAST, a.name COLLATE \"und-x-icu\", r.id LIMIT $3",
};

static const struct mc_sql thread_list_own = {
	"thread_list_own",
	THREAD_SELECT "$3" READING_END OF_DISCUSSION " AND r.student_id = $3",
};

/* What is unread comes first: else twenty that one has answered would hide it.  Names and topics
 * are looked up for the few that are left, not for all threads of the class. */
static const struct mc_sql thread_recent = {
	"thread_recent",
	"SELECT " THREAD_COLUMNS ", r.at, r.unread FROM (SELECT * FROM ("
	"SELECT r.*, w.at, " UNREAD " AS unread FROM mc.membership m"
	" JOIN mc.room r ON r.class_id = m.class_id AND r.discussion_id IS NOT NULL"
	" AND (m.role = 'instructor' OR r.student_id = m.account_id)"
	" AND r.last_seq > 0" ROOM_LAST READING "m.account_id" READING_END
	" WHERE m.class_id = $1 AND m.ended_at IS NULL AND m.account_id = " SESSION_ACCOUNT
	") r ORDER BY r.unread > 0 DESC, r.at DESC, r.id DESC LIMIT $3) r" THREAD_PARTS
	" WHERE" IN_CLASS " ORDER BY r.unread > 0 DESC, r.at DESC, r.id DESC",
};

/* $3 is the student, $4 who opens it. */
#define OPENS_THREAD " ($4 = $3 OR EXISTS (SELECT FROM mc.membership m WHERE" INSTRUCTOR_IS "$4))"

/* Waits for another opening that is under way; the thread that it made is there afterwards. */
static const struct mc_sql thread_insert = {
	"thread_insert",
	"INSERT INTO mc.room (class_id, kind, discussion_id, student_id)"
	" SELECT d.class_id, 'thread', d.id, m.account_id FROM mc.discussion d"
	" JOIN mc.membership m ON m.class_id = d.class_id AND m.account_id = $3"
	" AND m.role = 'student' AND m.ended_at IS NULL"
	" WHERE d.class_id = $1 AND d.id = $2 AND" OPENS_THREAD
	" ON CONFLICT (class_id, discussion_id, student_id) DO NOTHING",
};

static const struct mc_sql thread_opened = {
	"thread_opened",
	"SELECT " THREAD_COLUMNS ", w.at, 0::int8" THREAD_FROM OF_DISCUSSION
	" AND r.student_id = $3 AND EXISTS (SELECT FROM mc.membership m"
	" WHERE m.class_id = r.class_id AND m.account_id = r.student_id"
	" AND m.role = 'student' AND m.ended_at IS NULL) AND" OPENS_THREAD,
};

static struct mc_discussion
read_discussion(const struct mc_row *row)
{
	return (struct mc_discussion){ .id = mc_row_id(row, 0),
		.room = mc_row_id(row, 1),
		.topic = mc_row_text(row, 2),
		.created_by = mc_row_text(row, 3),
		.created_at = mc_row_time(row, 4),
		.closed_at = mc_row_time(row, 5),
		.n_messages = mc_row_int(row, 6),
		.n_removed = mc_row_int(row, 7),
		.last_at = mc_row_time(row, 8),
		.n_unread = mc_row_int(row, 9) };
}

static bool
is_created_already(const struct mc_db *db)
{
	return mc_str_equal(mc_str_from(mc_db_constraint(db)), MC_STR("discussion_client_id"));
}

enum mc_status
mc_discussion_create(struct mc_db *db, mc_class_id class_id, mc_user_id by, struct mc_str topic,
	struct mc_str client_id, struct mc_discussion *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_one(db, &discussion_insert, &row,
		MC_PARAMS(mc_p_id(class_id), mc_p_id(by), mc_p_text(topic), mc_p_text(client_id)));
	if (status == MC_NOT_FOUND)
		return MC_FORBIDDEN;
	if (status == MC_CONFLICT && is_created_already(db))
		status = mc_db_one(db, &discussion_created, &row,
			MC_PARAMS(mc_p_id(class_id), mc_p_id(by), mc_p_text(client_id)));
	if (status == MC_OK)
		*out = read_discussion(&row);
	return status;
}

void
mc_discussion_list_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id)
{
	mc_db_ask(db, &discussion_list,
		MC_PARAMS(mc_p_id(class_id), session_param(session),
			mc_p_id(MC_DISCUSSIONS_LISTED_MAX)));
}

enum mc_status
mc_discussion_list_take(
	struct mc_db *db, struct mc_arena *arena, struct mc_discussion **out, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_take(db, &rows);
	if (status != MC_OK)
		return status;

	struct mc_discussion *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = read_discussion(&row);
	}
	*out = list;
	*n = (size_t)rows.n;
	return MC_OK;
}

void
mc_discussion_find_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id,
	mc_discussion_id discussion)
{
	mc_db_ask(db, &discussion_find,
		MC_PARAMS(mc_p_id(class_id), session_param(session), mc_p_id(discussion)));
}

enum mc_status
mc_discussion_find_take(struct mc_db *db, struct mc_discussion *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_take_one(db, &row);
	if (status == MC_OK)
		*out = read_discussion(&row);
	return status;
}

static enum mc_status
change(struct mc_db *db, const struct mc_sql *sql, mc_class_id class_id,
	mc_discussion_id discussion, mc_user_id by, struct mc_param to, struct mc_discussion *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_one(
		db, sql, &row, MC_PARAMS(mc_p_id(class_id), mc_p_id(discussion), mc_p_id(by), to));
	if (status == MC_OK)
		*out = read_discussion(&row);
	return status;
}

enum mc_status
mc_discussion_rename(struct mc_db *db, mc_class_id class_id, mc_discussion_id discussion,
	mc_user_id by, struct mc_str topic, struct mc_discussion *out)
{
	return change(db, &discussion_rename, class_id, discussion, by, mc_p_text(topic), out);
}

enum mc_status
mc_discussion_set_closed(struct mc_db *db, mc_class_id class_id, mc_discussion_id discussion,
	mc_user_id by, bool closed, struct mc_discussion *out)
{
	return change(db, &discussion_set_closed, class_id, discussion, by, mc_p_bool(closed), out);
}

static struct mc_thread
read_thread(const struct mc_row *row)
{
	return (struct mc_thread){ .room = mc_row_id(row, 0),
		.student_id = mc_row_id(row, 1),
		.student_name = mc_row_text(row, 2),
		.n_messages = mc_row_int(row, 3),
		.discussion = mc_row_id(row, 4),
		.topic = mc_row_text(row, 5),
		.last_at = mc_row_time(row, 6),
		.n_unread = mc_row_int(row, 7) };
}

static enum mc_status
read_threads(const struct mc_rows *rows, struct mc_arena *arena, struct mc_thread **out, size_t *n)
{
	struct mc_thread *list = mc_arena_array(arena, (size_t)rows->n, sizeof(*list));

	if (rows->n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows->n; i++) {
		struct mc_row row = mc_rows_at(rows, i);
		list[i] = read_thread(&row);
	}
	*out = list;
	*n = (size_t)rows->n;
	return MC_OK;
}

enum mc_status
mc_thread_list(struct mc_db *db, struct mc_arena *arena, mc_class_id class_id,
	mc_discussion_id discussion, mc_user_id reader, enum mc_role role, struct mc_thread **out,
	size_t *n)
{
	struct mc_rows rows;
	enum mc_status status;

	if (role == MC_ROLE_INSTRUCTOR)
		status = mc_db_query(db, &thread_list, &rows,
			MC_PARAMS(mc_p_id(class_id), mc_p_id(discussion),
				mc_p_id(MC_PEOPLE_LISTED_MAX), mc_p_id(reader)));
	else
		status = mc_db_query(db, &thread_list_own, &rows,
			MC_PARAMS(mc_p_id(class_id), mc_p_id(discussion), mc_p_id(reader)));
	return status == MC_OK ? read_threads(&rows, arena, out, n) : status;
}

void
mc_thread_recent_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id)
{
	mc_db_ask(db, &thread_recent,
		MC_PARAMS(
			mc_p_id(class_id), session_param(session), mc_p_id(MC_THREADS_RECENT_MAX)));
}

enum mc_status
mc_thread_recent_take(struct mc_db *db, struct mc_arena *arena, struct mc_thread **out, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_take(db, &rows);
	return status == MC_OK ? read_threads(&rows, arena, out, n) : status;
}

enum mc_status
mc_thread_open(struct mc_db *db, mc_class_id class_id, mc_discussion_id discussion,
	mc_user_id student, mc_user_id by, struct mc_thread *out, bool *created)
{
	const struct mc_param params[] = { mc_p_id(class_id), mc_p_id(discussion), mc_p_id(student),
		mc_p_id(by) };
	struct mc_rows made, found;

	mc_db_ask(db, &thread_insert, params, MC_COUNT(params));
	mc_db_ask(db, &thread_opened, params, MC_COUNT(params));
	enum mc_status status = mc_db_take(db, &made);
	enum mc_status committed = mc_db_take(db, &found);
	if (status != MC_OK || committed != MC_OK)
		return status != MC_OK ? status : committed;
	if (found.n == 0)
		return MC_NOT_FOUND;
	struct mc_row row = mc_rows_at(&found, 0);
	*out = read_thread(&row);
	*created = made.affected > 0;
	return MC_OK;
}
