/* rooms - what the tests of rooms and of messages share. */
#ifndef TEST_MODEL_ROOMS_H
#define TEST_MODEL_ROOMS_H

#include "libminiclass/limits.h"
#include "libminiclass/model/message.h"
#include "libminiclass/model/room.h"
#include "test/model/model.h"

static inline int64_t
number(struct mc_db *db, const struct mc_sql *sql, const struct mc_param *params, size_t n_params)
{
	struct mc_row row;

	check_status(MC_OK, mc_db_one(db, sql, &row, params, n_params));
	return mc_row_id(&row, 0);
}

/* Of a table of mc, by this transaction so far: a plan that looks at too much is seen by it. */
static inline int64_t
rows_read(struct mc_db *db, struct mc_str table)
{
	static const struct mc_sql sql = {
		"test_rows_read",
		"SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::int8"
		" FROM pg_stat_xact_user_tables WHERE schemaname = 'mc' AND relname = $1",
	};

	return number(db, &sql, MC_PARAMS(mc_p_text(table)));
}

static inline int64_t
count_rooms(struct mc_db *db, mc_class_id class)
{
	static const struct mc_sql sql = {
		"test_count_rooms",
		"SELECT count(*) FROM mc.room WHERE class_id = $1",
	};

	return number(db, &sql, MC_PARAMS(mc_p_id(class)));
}

static inline mc_room_id
start_live(struct world *world, const struct mc_classroom *class)
{
	static const struct mc_sql sql = {
		"test_start_live",
		"WITH r AS (INSERT INTO mc.room (class_id, kind) VALUES ($1, 'live')"
		" RETURNING class_id, id)"
		" INSERT INTO mc.live_session (class_id, title, started_by, room_id)"
		" SELECT class_id, 'Week 1', $2, id FROM r RETURNING room_id",
	};

	return number(
		world->db, &sql, MC_PARAMS(mc_p_id(class->id), mc_p_id(class->instructor_id)));
}

static inline enum mc_status
end_live(struct mc_db *db, mc_room_id room)
{
	static const struct mc_sql sql = {
		"test_end_live",
		"UPDATE mc.live_session SET ended_at = now() WHERE room_id = $1",
	};

	return mc_db_run(db, &sql, NULL, MC_PARAMS(mc_p_id(room)));
}

static inline mc_room_id
discuss(struct world *world, const struct mc_classroom *class)
{
	static const struct mc_sql sql = {
		"test_discuss",
		"WITH r AS (INSERT INTO mc.room (class_id, kind) VALUES ($1, 'discussion')"
		" RETURNING class_id, id)"
		" INSERT INTO mc.discussion (class_id, topic, created_by, room_id)"
		" SELECT class_id, 'Why?', $2, id FROM r RETURNING room_id",
	};

	return number(
		world->db, &sql, MC_PARAMS(mc_p_id(class->id), mc_p_id(class->instructor_id)));
}

/* Of the discussion whose room is given. */
static inline mc_room_id
open_thread(struct world *world, mc_room_id discussion, mc_user_id student)
{
	static const struct mc_sql sql = {
		"test_open_thread",
		"INSERT INTO mc.room (class_id, kind, discussion_id, student_id)"
		" SELECT class_id, 'thread', id, $2 FROM mc.discussion WHERE room_id = $1"
		" RETURNING id",
	};

	return number(world->db, &sql, MC_PARAMS(mc_p_id(discussion), mc_p_id(student)));
}

static inline void
disable(mc_user_id user)
{
	static const struct mc_sql sql = {
		"test_disable",
		"UPDATE mc.account SET disabled_at = now() WHERE id = $1",
	};

	as_admin(&sql, MC_PARAMS(mc_p_id(user)));
}

static inline void
expire(mc_session_id session)
{
	static const struct mc_sql sql = {
		"test_expire",
		"UPDATE mc.session SET expires_at = now() WHERE id = $1",
	};

	as_admin(&sql, MC_PARAMS(mc_p_id(session)));
}

static inline struct mc_message_new
message(mc_room_id room, mc_user_id sender, const char *client_id, const char *body)
{
	return (struct mc_message_new){ room, sender, mc_str_from(client_id), mc_str_from(body) };
}

static inline struct mc_message_result
append(struct mc_db *db, mc_room_id room, mc_user_id sender, const char *client_id)
{
	struct mc_message_new one = message(room, sender, client_id, "hello");
	struct mc_message_result result;

	check_status(MC_OK, mc_message_append(db, &one, 1, false, &result));
	return result;
}

static inline int64_t
last_seq(struct mc_db *db, mc_room_id room)
{
	static const struct mc_sql sql = {
		"test_last_seq",
		"SELECT last_seq FROM mc.room WHERE id = $1",
	};

	return number(db, &sql, MC_PARAMS(mc_p_id(room)));
}

/* 1, 2, 3 ... and the room's last_seq is the last of them. */
static inline void
check_gapless(struct mc_db *db, mc_room_id room, int64_t expected)
{
	static const struct mc_sql sql = {
		"test_gapless",
		"SELECT count(*) FROM (SELECT seq, row_number() OVER (ORDER BY seq) AS n"
		" FROM mc.message WHERE room_id = $1) m WHERE seq = n",
	};

	assert_int_equal(expected, number(db, &sql, MC_PARAMS(mc_p_id(room))));
	assert_int_equal(expected, last_seq(db, room));
}

#endif
