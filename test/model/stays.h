/* stays - what the tests of stays share: somebody comes, goes, and is counted. */
#ifndef TEST_MODEL_STAYS_H
#define TEST_MODEL_STAYS_H

#include "test/model/lesson.h"
#include "test/model/rooms.h"

static inline void
change(struct lesson *lesson, int64_t instance, mc_user_id user, bool joined)
{
	struct mc_stay_change one = { lesson->live.room, user, joined, 0 };

	check_status(MC_OK, mc_stay_change(lesson->world->db, instance, &one, 1));
}

static inline int64_t
stays_of(struct lesson *lesson, mc_user_id user, bool open)
{
	static const struct mc_sql sql = {
		"test_stays_of",
		"SELECT count(*) FROM mc.stay WHERE class_id = $1 AND room_id = $2"
		" AND account_id = $3 AND (left_at IS NULL) = $4",
	};
	struct mc_row row;

	check_status(MC_OK, mc_db_one(lesson->world->db, &sql, &row,
				    MC_PARAMS(mc_p_id(lesson->class.id), mc_p_id(lesson->live.room),
					    mc_p_id(user), mc_p_bool(open))));
	return mc_row_int(&row, 0);
}

static inline void
check_stays(struct lesson *lesson, mc_user_id user, int64_t open, int64_t closed)
{
	assert_int_equal(open, stays_of(lesson, user, true));
	assert_int_equal(closed, stays_of(lesson, user, false));
}

static inline size_t
count_present(struct lesson *lesson)
{
	struct mc_present *people;
	size_t n;

	check_status(MC_OK, mc_stay_present(lesson->world->db, lesson->world->arena,
				    &lesson->live.room, 1, false, &people, &n));
	return n;
}

/* Beats, as if the daemon had done the last of them so long ago. */
static inline void
stop_beating(int64_t instance)
{
	static const struct mc_sql sql = {
		"test_stop_beating",
		"UPDATE mc.stay SET joined_at = joined_at - interval '2 hours',"
		" beat_at = beat_at - interval '1 hour' WHERE instance = $1 AND left_at IS NULL",
	};

	as_admin(&sql, MC_PARAMS(mc_p_id(instance)));
}

#endif
