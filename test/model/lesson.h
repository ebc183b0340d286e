/* lesson - a live session at a time of the test's choosing, and who was in it when. */
#ifndef TEST_MODEL_LESSON_H
#define TEST_MODEL_LESSON_H

#include "libminiclass/model/attendance.h"
#include "libminiclass/model/live.h"
#include "libminiclass/model/stay.h"
#include "test/model/model.h"

enum { MINUTE = 60, HOUR = 3600, LESSON = HOUR };

/* A lesson of an hour, a day ago, with the clock of the test at its start. */
struct lesson {
	struct world *world;
	struct mc_classroom class;
	struct mc_live live;
	int64_t start_us;
};

static inline int64_t
a_day_ago(void)
{
	return (mc_time_now().us / 1000000 - INT64_C(24) * HOUR) * 1000000;
}

static inline struct mc_time
at(const struct lesson *lesson, int64_t second)
{
	return (struct mc_time){ lesson->start_us + second * 1000000 };
}

static inline void
check_at(const struct lesson *lesson, int64_t second, struct mc_time actual)
{
	assert_int_equal(second, (actual.us - lesson->start_us) / 1000000);
	assert_int_equal(0, (actual.us - lesson->start_us) % 1000000);
}

/* A lesson that took place, as if it had been started and ended then. */
static inline struct lesson
lesson_of(struct world *world, const struct mc_classroom *class, int64_t start_us)
{
	static const struct mc_sql sql = {
		"test_lesson_times",
		"UPDATE mc.live_session SET started_at = $3, ended_at = $4"
		" WHERE class_id = $1 AND id = $2",
	};
	struct lesson lesson = { .world = world, .class = *class, .start_us = start_us };

	check_status(MC_OK, mc_live_start(world->db, class->id, class->instructor_id,
				    MC_STR("Week 1"), &lesson.live));
	as_admin(&sql, MC_PARAMS(mc_p_id(class->id), mc_p_id(lesson.live.id),
			       mc_p_time(at(&lesson, 0)), mc_p_time(at(&lesson, LESSON))));
	return lesson;
}

static inline struct lesson
lesson_yesterday(struct world *world)
{
	struct mc_classroom class = test_class(world, test_person(world));
	return lesson_of(world, &class, a_day_ago());
}

/* One that goes on; the transaction makes its clock stand still. */
static inline struct lesson
lesson_now(struct world *world, int64_t minutes_ago)
{
	static const struct mc_sql sql = {
		"test_lesson_start",
		"UPDATE mc.live_session SET started_at = started_at - $3 * interval '1 minute'"
		" WHERE class_id = $1 AND id = $2",
	};
	struct lesson lesson = { .world = world };

	lesson.class = test_class(world, test_person(world));
	check_status(MC_OK, mc_live_start(world->db, lesson.class.id, lesson.class.instructor_id,
				    MC_STR("Week 1"), &lesson.live));
	as_admin(&sql, MC_PARAMS(mc_p_id(lesson.class.id), mc_p_id(lesson.live.id),
			       mc_p_int((int32_t)minutes_ago)));
	return lesson;
}

static inline mc_user_id
student_named(struct lesson *lesson, const char *name)
{
	struct mc_join_code code = test_code(&lesson->class);
	mc_user_id student = test_person_named(lesson->world, mc_str_from(name));
	struct mc_classroom joined;

	check_status(MC_OK, mc_classroom_join(lesson->world->db, student, &code, &joined));
	return student;
}

/* left < 0: it was not closed, and `beat` is its last beat. */
static inline void
insert_stay(struct lesson *lesson, mc_user_id user, int64_t joined, int64_t beat, int64_t left)
{
	static const struct mc_sql sql = {
		"test_insert_stay",
		"INSERT INTO mc.stay"
		" (class_id, room_id, account_id, role, instance, joined_at, beat_at, left_at)"
		" SELECT class_id, $2, account_id, role, $4, $5, $6, $7 FROM mc.membership"
		" WHERE class_id = $1 AND account_id = $3 AND ended_at IS NULL",
	};
	int affected;

	check_status(
		MC_OK, mc_db_run(lesson->world->db, &sql, &affected,
			       MC_PARAMS(mc_p_id(lesson->class.id), mc_p_id(lesson->live.room),
				       mc_p_id(user), mc_p_id(test_number()),
				       mc_p_time(at(lesson, joined)), mc_p_time(at(lesson, beat)),
				       left < 0 ? mc_p_null() : mc_p_time(at(lesson, left)))));
	assert_int_equal(1, affected);
}

static inline void
was_there(struct lesson *lesson, mc_user_id user, int64_t joined, int64_t left)
{
	insert_stay(lesson, user, joined, left, left);
}

/* Seconds before now, which stands still in a transaction; 0 as `beat_us` is now. */
static inline void
is_there(struct lesson *lesson, mc_user_id user, int64_t joined_s, int64_t beat_us)
{
	static const struct mc_sql sql = {
		"test_open_stay",
		"INSERT INTO mc.stay"
		" (class_id, room_id, account_id, role, instance, joined_at, beat_at)"
		" VALUES ($1, $2, $3, 'student', $4, now() - $5 * interval '1 second',"
		" now() - $6 * interval '1 microsecond')",
	};

	check_status(
		MC_OK, mc_db_run(lesson->world->db, &sql, NULL,
			       MC_PARAMS(mc_p_id(lesson->class.id), mc_p_id(lesson->live.room),
				       mc_p_id(user), mc_p_id(test_number()),
				       mc_p_int((int32_t)joined_s), mc_p_int((int32_t)beat_us))));
}

struct sheet {
	struct mc_attendance *rows;
	size_t n;
};

static inline struct sheet
read_sheet(struct lesson *lesson)
{
	struct sheet sheet;

	check_status(MC_OK, mc_attendance_of_session(lesson->world->db, lesson->world->arena,
				    lesson->class.id, lesson->live.id, &sheet.rows, &sheet.n));
	return sheet;
}

static inline const struct mc_attendance *
find_row(const struct sheet *sheet, mc_user_id user)
{
	for (size_t i = 0; i < sheet->n; i++)
		if (sheet->rows[i].user_id == user)
			return &sheet->rows[i];
	return NULL;
}

static inline struct mc_attendance
row_of(struct lesson *lesson, mc_user_id user)
{
	struct sheet sheet = read_sheet(lesson);
	const struct mc_attendance *row = find_row(&sheet, user);

	assert_non_null(row);
	return *row;
}

static inline int64_t
seconds_of(struct lesson *lesson, mc_user_id user)
{
	return row_of(lesson, user).seconds;
}

static inline enum mc_status
correct(struct lesson *lesson, mc_user_id student, int64_t seconds, const char *reason)
{
	return mc_attendance_correct(lesson->world->db, lesson->class.id, lesson->live.id, student,
		seconds, mc_str_from(reason), lesson->class.instructor_id);
}

#endif
