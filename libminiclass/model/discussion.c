#include "libminiclass/model/discussion.h"

#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"

/* Of mc.discussion d, mc.room r and mc.account a, in the order that read_discussion reads. */
#define DISCUSSION_COLUMNS "d.id, d.room_id, d.topic, a.name, d.created_at, r.last_seq, r.n_removed"
#define DISCUSSION_PARTS                                                                           \
	" JOIN mc.room r ON r.class_id = d.class_id AND r.id = d.room_id"                          \
	" JOIN mc.account a ON a.id = d.created_by"

/*
 * No row: no instructor of the class now.  A second try with the same client_id fails as a whole,
 * so no room is left without a discussion.
 */
static const struct mc_sql discussion_insert = {
	"discussion_insert",
	"WITH a AS (SELECT m.class_id, p.id, p.name FROM mc.membership m"
	" JOIN mc.account p ON p.id = m.account_id"
	" WHERE m.class_id = $1 AND m.account_id = $2 AND m.role = 'instructor'"
	" AND m.ended_at IS NULL),"
	" r AS (INSERT INTO mc.room (class_id, kind) SELECT class_id, 'discussion' FROM a"
	" RETURNING class_id, id, last_seq, n_removed),"
	" d AS (INSERT INTO mc.discussion (class_id, topic, created_by, client_id, room_id)"
	" SELECT r.class_id, $3, $2, nullif($4, ''), r.id FROM r"
	" RETURNING id, room_id, topic, created_at)"
	" SELECT " DISCUSSION_COLUMNS " FROM d CROSS JOIN r CROSS JOIN a",
};

static const struct mc_sql discussion_created = {
	"discussion_created",
	"SELECT " DISCUSSION_COLUMNS " FROM mc.discussion d" DISCUSSION_PARTS
	" WHERE d.class_id = $1 AND d.created_by = $2 AND d.client_id = $3",
};

static const struct mc_sql discussion_list = {
	"discussion_list",
	"SELECT " DISCUSSION_COLUMNS " FROM mc.discussion d" DISCUSSION_PARTS
	" WHERE d.class_id = $1 ORDER BY d.id DESC LIMIT $2",
};

static const struct mc_sql discussion_find = {
	"discussion_find",
	"SELECT " DISCUSSION_COLUMNS " FROM mc.discussion d" DISCUSSION_PARTS
	" WHERE d.class_id = $1 AND d.id = $2",
};

/* Of mc.room t and THREAD_PARTS, in the order that read_thread reads; when it was written in last
 * stands behind them. */
#define THREAD_COLUMNS "t.id, t.student_id, a.name, t.last_seq, d.id, d.topic"
#define THREAD_PARTS                                                                               \
	" JOIN mc.account a ON a.id = t.student_id"                                                \
	" JOIN mc.discussion d ON d.class_id = t.class_id AND d.id = t.discussion_id"
/* What was written last has the room's last_seq. */
#define THREAD_LAST                                                                                \
	" mc.message w ON w.class_id = t.class_id AND w.room_id = t.id AND w.seq = t.last_seq"
#define THREAD_SELECT                                                                              \
	"SELECT " THREAD_COLUMNS ", w.at FROM mc.room t" THREAD_PARTS " LEFT JOIN" THREAD_LAST     \
	" WHERE t.class_id = $1 AND t.discussion_id = $2"

static const struct mc_sql thread_list = {
	"thread_list",
	THREAD_SELECT " ORDER BY w.at DESC NULLS LAST, a.name COLLATE \"und-x-icu\", t.id LIMIT $3",
};

static const struct mc_sql thread_list_own = {
	"thread_list_own",
	THREAD_SELECT " AND t.student_id = $3",
};

/* Names and topics are looked up for the few that are left, not for all threads of the class. */
static const struct mc_sql thread_recent = {
	"thread_recent",
	"SELECT " THREAD_COLUMNS ", t.at FROM (SELECT t.*, w.at FROM mc.membership m"
	" JOIN mc.room t ON t.class_id = m.class_id AND t.discussion_id IS NOT NULL"
	" AND (m.role = 'instructor' OR t.student_id = m.account_id)"
	" JOIN" THREAD_LAST " WHERE m.class_id = $1 AND m.ended_at IS NULL"
	" AND m.account_id = (SELECT s.account_id FROM mc.session s"
	" JOIN mc.account a ON a.id = s.account_id AND a.disabled_at IS NULL"
	" WHERE s.digest = $2 AND s.expires_at > now())"
	" ORDER BY w.at DESC, t.id DESC LIMIT $3) t" THREAD_PARTS " ORDER BY t.at DESC, t.id DESC",
};

/* Waits for another opening that is under way; the thread that it made is there afterwards. */
static const struct mc_sql thread_insert = {
	"thread_insert",
	"INSERT INTO mc.room (class_id, kind, discussion_id, student_id)"
	" SELECT d.class_id, 'thread', d.id, m.account_id FROM mc.discussion d"
	" JOIN mc.membership m ON m.class_id = d.class_id AND m.account_id = $3"
	" AND m.role = 'student' AND m.ended_at IS NULL"
	" WHERE d.class_id = $1 AND d.id = $2"
	" ON CONFLICT (class_id, discussion_id, student_id) DO NOTHING",
};

static const struct mc_sql thread_opened = {
	"thread_opened",
	THREAD_SELECT " AND t.student_id = $3 AND EXISTS (SELECT FROM mc.membership m"
		      " WHERE m.class_id = t.class_id AND m.account_id = t.student_id"
		      " AND m.role = 'student' AND m.ended_at IS NULL)",
};

static struct mc_discussion
read_discussion(const struct mc_row *row)
{
	return (struct mc_discussion){ .id = mc_row_id(row, 0),
		.room = mc_row_id(row, 1),
		.topic = mc_row_text(row, 2),
		.created_by = mc_row_text(row, 3),
		.created_at = mc_row_time(row, 4),
		.n_messages = mc_row_int(row, 5),
		.n_removed = mc_row_int(row, 6) };
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
mc_discussion_list_ask(struct mc_db *db, mc_class_id class_id)
{
	mc_db_ask(db, &discussion_list,
		MC_PARAMS(mc_p_id(class_id), mc_p_id(MC_DISCUSSIONS_LISTED_MAX)));
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
mc_discussion_find_ask(struct mc_db *db, mc_class_id class_id, mc_discussion_id discussion)
{
	mc_db_ask(db, &discussion_find, MC_PARAMS(mc_p_id(class_id), mc_p_id(discussion)));
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

static struct mc_thread
read_thread(const struct mc_row *row)
{
	return (struct mc_thread){ .room = mc_row_id(row, 0),
		.student_id = mc_row_id(row, 1),
		.student_name = mc_row_text(row, 2),
		.n_messages = mc_row_int(row, 3),
		.discussion = mc_row_id(row, 4),
		.topic = mc_row_text(row, 5),
		.last_at = mc_row_time(row, 6) };
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
	mc_discussion_id discussion, mc_user_id only, struct mc_thread **out, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_query(db, only != 0 ? &thread_list_own : &thread_list, &rows,
		MC_PARAMS(mc_p_id(class_id), mc_p_id(discussion),
			mc_p_id(only != 0 ? only : MC_PEOPLE_LISTED_MAX)));
	return status == MC_OK ? read_threads(&rows, arena, out, n) : status;
}

void
mc_thread_recent_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id)
{
	mc_db_ask(db, &thread_recent,
		MC_PARAMS(mc_p_id(class_id), mc_p_bytes(session->bytes, sizeof(session->bytes)),
			mc_p_id(MC_THREADS_RECENT_MAX)));
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
	mc_user_id student, struct mc_thread *out, bool *created)
{
	const struct mc_param params[] = { mc_p_id(class_id), mc_p_id(discussion),
		mc_p_id(student) };
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
