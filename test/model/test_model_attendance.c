/* What attendance is made of stays and corrections, against a real PostgreSQL. */

#include "test/model/lesson.h"

static void
test_the_seconds_between_coming_and_leaving_count(void **state)
{
	struct lesson lesson = lesson_yesterday(*state);
	mc_user_id student = student_named(&lesson, "Emmy Noether");

	was_there(&lesson, student, 2 * MINUTE, 10 * MINUTE);
	was_there(&lesson, student, 20 * MINUTE, 30 * MINUTE + 1);
	struct mc_attendance row = row_of(&lesson, student);
	check_text("Emmy Noether", row.user_name);
	assert_true(mc_email_is_well_formed(row.user_email));
	assert_int_equal(8 * MINUTE + 10 * MINUTE + 1, row.seconds);
	assert_int_equal(row.seconds, row.counted_seconds);
	check_at(&lesson, 2 * MINUTE, row.first_joined_at);
	check_at(&lesson, 30 * MINUTE + 1, row.last_left_at);
	assert_false(row.present);
	assert_false(row.corrected);
	assert_null(row.reason.ptr);
	assert_null(row.corrected_by.ptr);
}

static void
test_who_is_there_twice_counts_once(void **state)
{
	struct lesson lesson = lesson_yesterday(*state);
	const struct {
		int64_t stays[3][2];
		int64_t seconds;
	} cases[] = {
		{ { { 100, 500 }, { 300, 700 }, { 650, 900 } }, 800 }, /* one into the next */
		{ { { 100, 900 }, { 200, 300 }, { 400, 500 } }, 800 }, /* one around the others */
		{ { { 100, 900 }, { 100, 900 }, { 100, 900 } }, 800 }, /* the same thrice */
		{ { { 100, 200 }, { 200, 300 }, { 300, 400 } }, 300 }, /* without a gap */
		{ { { 100, 200 }, { 203, 303 }, { 305, 405 } }, 300 }, /* a gap is absence */
		{ { { 500, 600 }, { 100, 200 }, { 150, 250 } }, 250 }, /* in another order */
		{ { { 100, 100 }, { 100, 100 }, { 300, 301 } }, 1 },   /* gone at once */
	};

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		mc_user_id student = student_named(&lesson, "Emmy Noether");
		for (size_t j = 0; j < 3; j++)
			was_there(&lesson, student, cases[i].stays[j][0], cases[i].stays[j][1]);
		assert_int_equal(cases[i].seconds, seconds_of(&lesson, student));
	}
}

static void
test_a_stay_is_cut_to_its_session(void **state)
{
	struct lesson lesson = lesson_yesterday(*state);
	mc_user_id around = student_named(&lesson, "Around"), late = student_named(&lesson, "Late");
	mc_user_id open = student_named(&lesson, "Open"), fresh = student_named(&lesson, "Fresh");

	was_there(&lesson, around, -5 * MINUTE, LESSON + 5 * MINUTE);
	was_there(&lesson, late, LESSON + 1, LESSON + 5 * MINUTE);
	insert_stay(&lesson, open, LESSON - 10, LESSON + 5 * MINUTE, -1);
	/* A daemon that still beats a stay in a session that has ended. */
	insert_stay(&lesson, fresh, LESSON - 20, INT64_C(48) * HOUR, -1);

	struct mc_attendance row = row_of(&lesson, around);
	assert_int_equal(LESSON, row.seconds);
	check_at(&lesson, 0, row.first_joined_at);
	check_at(&lesson, LESSON, row.last_left_at);
	row = row_of(&lesson, late);
	assert_int_equal(0, row.seconds);
	assert_int_equal(0, row.first_joined_at.us);
	assert_int_equal(0, row.last_left_at.us);
	assert_int_equal(10, seconds_of(&lesson, open));
	row = row_of(&lesson, fresh);
	assert_int_equal(20, row.seconds);
	assert_false(row.present);
	check_at(&lesson, LESSON, row.last_left_at);
}

static void
test_the_sheet_has_every_student_by_name_and_no_instructor(void **state)
{
	struct lesson lesson = lesson_yesterday(*state);
	struct mc_classroom other = test_class(lesson.world, test_person(lesson.world));
	mc_user_id zoe = student_named(&lesson, "Zoe"), eva = student_named(&lesson, "éva");
	mc_user_id adam = student_named(&lesson, "Adam");

	(void)test_student(lesson.world, &other);
	was_there(&lesson, zoe, 0, MINUTE);
	was_there(&lesson, lesson.class.instructor_id, 0, LESSON);
	struct sheet sheet = read_sheet(&lesson);
	assert_int_equal(3, sheet.n);
	assert_true(sheet.rows[0].user_id == adam && sheet.rows[1].user_id == eva &&
		    sheet.rows[2].user_id == zoe);
	assert_int_equal(0, sheet.rows[0].seconds);
	assert_int_equal(0, sheet.rows[0].first_joined_at.us);
	assert_int_equal(0, sheet.rows[0].last_left_at.us);
	assert_int_equal(MINUTE, sheet.rows[2].seconds);

	/* Who was a student once, and taught in it. */
	check_status(MC_OK, mc_membership_set_role(lesson.world->db, lesson.class.id, adam,
				    MC_ROLE_INSTRUCTOR, lesson.class.instructor_id));
	was_there(&lesson, adam, 0, LESSON);
	assert_int_equal(2, read_sheet(&lesson).n);

	lesson.live.id = INT64_MAX;
	assert_int_equal(0, read_sheet(&lesson).n);
}

static void
test_a_stay_that_was_never_closed_ends_at_its_last_beat(void **state)
{
	struct lesson lesson = lesson_yesterday(*state);
	mc_user_id student = student_named(&lesson, "Emmy Noether");

	insert_stay(&lesson, student, MINUTE, 10 * MINUTE, -1);
	/* The daemon crashed; back through another one, with the first still open. */
	was_there(&lesson, student, 10 * MINUTE + 3, 12 * MINUTE);
	struct mc_attendance row = row_of(&lesson, student);
	assert_int_equal(9 * MINUTE + 2 * MINUTE - 3, row.seconds);
	check_at(&lesson, 12 * MINUTE, row.last_left_at);
}

/* Its daemon has died a moment before the end, and nobody has had the time to find that out. */
static void
test_a_stay_that_nobody_beats_does_not_last_until_the_end(void **state)
{
	struct mc_classroom class = test_class(*state, test_person(*state));
	int64_t now_s = mc_time_now().us / 1000000;
	struct lesson lesson = lesson_of(*state, &class, (now_s - LESSON) * 1000000);
	mc_user_id until_end = student_named(&lesson, "End"), gone = student_named(&lesson, "Gone");

	insert_stay(&lesson, until_end, LESSON - 100, LESSON - 5, -1);
	insert_stay(&lesson, gone, LESSON - 100, LESSON - 6, -1);
	assert_int_equal(100, seconds_of(&lesson, until_end));
	assert_int_equal(94, seconds_of(&lesson, gone));
	check_at(&lesson, LESSON - 6, row_of(&lesson, gone).last_left_at);
}

static void
test_who_is_beaten_is_present_and_counts_up_to_now(void **state)
{
	struct lesson lesson = lesson_now(*state, 60);
	mc_user_id here = student_named(&lesson, "Here"), slow = student_named(&lesson, "Slow");
	mc_user_id gone = student_named(&lesson, "Gone"), long_ago = student_named(&lesson, "Long");
	struct mc_tx tx;

	mc_tx_begin(&tx, lesson.world->db);
	is_there(&lesson, here, 300, 0);
	is_there(&lesson, slow, 300, MC_STAY_STALE_S * 1000000);
	is_there(&lesson, gone, 300, MC_STAY_STALE_S * 1000000 + 1);
	is_there(&lesson, long_ago, 300, 100 * 1000000);
	struct sheet sheet = read_sheet(&lesson);
	const struct mc_attendance *row = find_row(&sheet, here);
	assert_true(row->present);
	assert_int_equal(300, row->seconds);
	assert_true(row->first_joined_at.us != 0);
	assert_int_equal(0, row->last_left_at.us);
	row = find_row(&sheet, slow);
	assert_true(row->present);
	assert_int_equal(300, row->seconds);
	row = find_row(&sheet, gone);
	assert_false(row->present);
	assert_int_equal(300 - MC_STAY_STALE_S - 1, row->seconds);
	row = find_row(&sheet, long_ago);
	assert_false(row->present);
	assert_int_equal(200, row->seconds);
	assert_int_equal(INT64_C(200) * 1000000, row->last_left_at.us - row->first_joined_at.us);
	mc_tx_finish(&tx);
}

static void
test_who_left_the_class_is_in_the_sheet_of_what_they_saw(void **state)
{
	struct lesson lesson = lesson_yesterday(*state);
	mc_user_id was = student_named(&lesson, "Was"), never = student_named(&lesson, "Never");
	mc_user_id now_teaches = student_named(&lesson, "Teaches");
	struct mc_db *db = lesson.world->db;

	was_there(&lesson, was, 0, 5 * MINUTE);
	was_there(&lesson, now_teaches, 0, 6 * MINUTE);
	check_status(MC_OK, mc_membership_leave(db, lesson.class.id, was));
	check_status(MC_OK, mc_membership_leave(db, lesson.class.id, never));
	check_status(MC_OK, mc_membership_set_role(db, lesson.class.id, now_teaches,
				    MC_ROLE_INSTRUCTOR, lesson.class.instructor_id));
	struct sheet sheet = read_sheet(&lesson);
	assert_int_equal(2, sheet.n);
	assert_int_equal(5 * MINUTE, find_row(&sheet, was)->seconds);
	assert_int_equal(6 * MINUTE, find_row(&sheet, now_teaches)->seconds);
	assert_null(find_row(&sheet, never));
}

/* The sheet against a tick for each second, made in another way. */
static void
test_a_class_of_forty_is_counted_to_the_second(void **state)
{
	enum { STUDENTS = 40, STAYS = 7 };
	struct lesson lesson = lesson_yesterday(*state);
	mc_user_id students[STUDENTS];
	int64_t expected[STUDENTS] = { 0 };
	uint32_t random = 7;

	for (size_t i = 0; i < STUDENTS; i++) {
		bool ticks[LESSON] = { false };
		students[i] = student_named(&lesson, "Emmy Noether");
		for (size_t j = 0; j < STAYS; j++) {
			int64_t spans[2];
			for (size_t k = 0; k < 2; k++) {
				random = random * 1664525 + 1013904223;
				spans[k] = (random >> 8) % (k == 0 ? LESSON + 900 : 1200);
			}
			int64_t joined = spans[0] - 600, gone = joined + spans[1];
			bool crashed = random >> 30 == 0;
			insert_stay(&lesson, students[i], joined, gone, crashed ? -1 : gone);
			for (int64_t s = joined; s < gone; s++)
				if (s >= 0 && s < LESSON)
					ticks[s] = true;
		}
		for (size_t s = 0; s < LESSON; s++)
			expected[i] += ticks[s];
	}
	struct sheet sheet = read_sheet(&lesson);
	assert_int_equal(STUDENTS, sheet.n);
	for (size_t i = 0; i < STUDENTS; i++)
		assert_int_equal(expected[i], find_row(&sheet, students[i])->seconds);
}

static void
test_the_last_correction_counts_and_can_be_taken_back(void **state)
{
	struct lesson lesson = lesson_yesterday(*state);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	mc_user_id other = student_named(&lesson, "Sofia");

	was_there(&lesson, student, 0, 5 * MINUTE);
	check_status(MC_OK, correct(&lesson, student, 45 * MINUTE, "The network was down"));
	struct mc_attendance row = row_of(&lesson, student);
	assert_true(row.corrected);
	assert_int_equal(45 * MINUTE, row.seconds);
	assert_int_equal(5 * MINUTE, row.counted_seconds);
	check_text("The network was down", row.reason);
	check_text("Ada Lovelace", row.corrected_by);
	check_at(&lesson, 5 * MINUTE, row.last_left_at);

	check_status(MC_OK, correct(&lesson, student, 0, "Somebody else's computer"));
	row = row_of(&lesson, student);
	assert_true(row.corrected);
	assert_int_equal(0, row.seconds);
	check_text("Somebody else's computer", row.reason);

	check_status(MC_OK, correct(&lesson, student, -1, "It was theirs"));
	row = row_of(&lesson, student);
	assert_false(row.corrected);
	assert_int_equal(5 * MINUTE, row.seconds);
	assert_null(row.reason.ptr);
	assert_null(row.corrected_by.ptr);
	assert_false(row_of(&lesson, other).corrected);
}

static void
test_every_correction_is_kept_with_who_when_and_why(void **state)
{
	struct lesson lesson = lesson_yesterday(*state);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	static const struct mc_sql kept = {
		"test_corrections_kept",
		"SELECT count(*) FROM mc.attendance_correction WHERE class_id = $1 AND live_id = $2"
		" AND student_id = $3 AND corrected_by = $4 AND reason IN ('one', 'two', 'three')"
		" AND corrected_at > now() - interval '10 minutes'",
	};
	static const struct mc_sql changes[] = {
		{ "test_change_correction", "UPDATE mc.attendance_correction SET reason = 'x'" },
		{ "test_drop_corrections", "DELETE FROM mc.attendance_correction" },
	};
	struct mc_row row;

	check_status(MC_OK, correct(&lesson, student, 60, "one"));
	check_status(MC_OK, correct(&lesson, student, 120, "two"));
	check_status(MC_OK, correct(&lesson, student, -1, "three"));
	check_status(
		MC_OK, mc_db_one(lesson.world->db, &kept, &row,
			       MC_PARAMS(mc_p_id(lesson.class.id), mc_p_id(lesson.live.id),
				       mc_p_id(student), mc_p_id(lesson.class.instructor_id))));
	assert_int_equal(3, mc_row_int(&row, 0));
	for (size_t i = 0; i < MC_COUNT(changes); i++)
		check_status(
			MC_FORBIDDEN, mc_db_run(lesson.world->db, &changes[i], NULL, MC_NO_PARAMS));
}

static void
test_what_cannot_be_corrected_is_refused(void **state)
{
	struct lesson lesson = lesson_yesterday(*state), other = lesson_yesterday(*state);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	mc_user_id stranger = student_named(&other, "Sofia");
	struct mc_db *db = lesson.world->db;
	mc_class_id class = lesson.class.id;
	mc_user_id teacher = lesson.class.instructor_id;
	struct mc_str why = MC_STR("Because");

	check_status(MC_NOT_FOUND, correct(&lesson, stranger, 60, "Because"));
	check_status(MC_NOT_FOUND, correct(&lesson, teacher, 60, "Because"));
	check_status(MC_NOT_FOUND,
		mc_attendance_correct(db, class, INT64_MAX, student, 60, why, teacher));
	check_status(MC_NOT_FOUND,
		mc_attendance_correct(db, class, other.live.id, student, 60, why, teacher));
	check_status(MC_FORBIDDEN,
		mc_attendance_correct(db, class, lesson.live.id, student, 60, why, student));
	check_status(MC_FORBIDDEN, mc_attendance_correct(db, class, lesson.live.id, student, 60,
					   why, other.class.instructor_id));
	check_status(MC_INVALID, correct(&lesson, student, 60, ""));
	assert_false(row_of(&lesson, student).corrected);
}

static void
test_who_left_the_class_can_be_corrected(void **state)
{
	struct lesson lesson = lesson_yesterday(*state);
	mc_user_id student = student_named(&lesson, "Emmy Noether");

	check_status(MC_OK, mc_membership_leave(lesson.world->db, lesson.class.id, student));
	check_status(MC_OK, correct(&lesson, student, HOUR, "The network was down"));
	assert_int_equal(HOUR, row_of(&lesson, student).seconds);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_the_seconds_between_coming_and_leaving_count),
		with_world(test_who_is_there_twice_counts_once),
		with_world(test_a_stay_is_cut_to_its_session),
		with_world(test_the_sheet_has_every_student_by_name_and_no_instructor),
		with_world(test_a_stay_that_was_never_closed_ends_at_its_last_beat),
		with_world(test_a_stay_that_nobody_beats_does_not_last_until_the_end),
		with_world(test_who_is_beaten_is_present_and_counts_up_to_now),
		with_world(test_who_left_the_class_is_in_the_sheet_of_what_they_saw),
		with_world(test_a_class_of_forty_is_counted_to_the_second),
		with_world(test_the_last_correction_counts_and_can_be_taken_back),
		with_world(test_every_correction_is_kept_with_who_when_and_why),
		with_world(test_what_cannot_be_corrected_is_refused),
		with_world(test_who_left_the_class_can_be_corrected),
	};

	return cmocka_run_group_tests_name("model/attendance", tests, NULL, NULL);
}
