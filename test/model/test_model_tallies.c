/* Attendance over all sessions, and of one student. */

#include "test/model/lesson.h"

static void
join_class_at(const struct lesson *lesson, mc_user_id student, int64_t second)
{
	static const struct mc_sql sql = {
		"test_joined_at",
		"UPDATE mc.membership SET joined_at = $3 WHERE class_id = $1 AND account_id = $2",
	};

	as_admin(&sql, MC_PARAMS(mc_p_id(lesson->class.id), mc_p_id(student),
			       mc_p_time(at(lesson, second))));
}

static void
check_tally(
	struct lesson *lesson, mc_user_id student, int64_t sessions, int64_t total, int64_t seconds)
{
	struct mc_db *db = lesson->world->db;
	struct mc_arena *arena = lesson->world->arena;
	struct mc_attendance_tally *own, *all;
	size_t n_own, n_all, i = 0;

	check_status(
		MC_OK, mc_attendance_tallies(db, arena, lesson->class.id, student, &own, &n_own));
	assert_int_equal(1, n_own);
	assert_true(own->user_id == student);
	assert_int_equal(sessions, own->sessions);
	assert_int_equal(total, own->sessions_total);
	assert_int_equal(seconds, own->seconds);

	check_status(MC_OK, mc_attendance_tallies(db, arena, lesson->class.id, 0, &all, &n_all));
	while (i < n_all && all[i].user_id != student)
		i++;
	assert_true(i < n_all);
	assert_int_equal(sessions, all[i].sessions);
	assert_int_equal(total, all[i].sessions_total);
	assert_int_equal(seconds, all[i].seconds);
}

static void
test_a_tally_is_over_the_sessions_since_one_joined_the_class(void **state)
{
	struct lesson first = lesson_yesterday(*state);
	struct lesson second = lesson_of(*state, &first.class, first.start_us + 7200 * 1000000LL);
	mc_user_id all = student_named(&first, "All"), late = student_named(&first, "Late");
	mc_user_id middle = student_named(&first, "Middle"), never = student_named(&first, "Never");
	mc_user_id new = student_named(&first, "New"), fixed = student_named(&first, "Fixed");

	join_class_at(&first, all, -HOUR);
	join_class_at(&first, never, -HOUR);
	join_class_at(&first, fixed, -HOUR);
	join_class_at(&first, middle, LESSON / 2);
	join_class_at(&second, late, -1);
	was_there(&first, all, 0, 40 * MINUTE);
	was_there(&second, all, 0, 50 * MINUTE);
	was_there(&second, all, 10 * MINUTE, 55 * MINUTE);
	was_there(&first, middle, LESSON / 2, LESSON);
	was_there(&second, late, LESSON - 1, LESSON + 5 * MINUTE);
	was_there(&first, fixed, 0, MINUTE);
	was_there(&second, fixed, 0, MINUTE);
	check_status(MC_OK, correct(&first, fixed, 30 * MINUTE, "The network was down"));
	check_status(MC_OK, correct(&second, fixed, 0, "Somebody else's computer"));

	check_tally(&first, all, 2, 2, 95 * MINUTE);
	check_tally(&first, never, 0, 2, 0);
	check_tally(&first, middle, 1, 2, 30 * MINUTE);
	check_tally(&first, late, 1, 1, 1);
	check_tally(&first, new, 0, 0, 0);
	check_tally(&first, fixed, 1, 2, 30 * MINUTE);
	check_status(MC_OK, correct(&second, fixed, -1, "It was theirs"));
	check_tally(&first, fixed, 2, 2, 31 * MINUTE);
}

/* As after a virtual machine's sleep: the statements take the database's clock. */
static void
check_belongs(struct lesson *lesson, mc_user_id student, bool belongs, bool attended)
{
	struct mc_attendance row = row_of(lesson, student);

	assert_int_equal(belongs, row.belongs);
	assert_int_equal(attended, row.attended);
	check_tally(lesson, student, attended, belongs, row.seconds);
}

/* They have a row all the same: somebody may have been in the room without an account. */
static void
test_a_session_belongs_in_its_sheet_to_whom_it_does_in_their_tally(void **state)
{
	static const struct mc_sql was_away = {
		"test_was_away",
		"UPDATE mc.membership SET away = tstzmultirange(tstzrange($3, $4))"
		" WHERE class_id = $1 AND account_id = $2",
	};
	struct lesson lesson = lesson_yesterday(*state);
	mc_user_id before = student_named(&lesson, "Before"), last = student_named(&lesson, "Last");
	mc_user_id late = student_named(&lesson, "Late"), fixed = student_named(&lesson, "Fixed");
	mc_user_id there = student_named(&lesson, "There"), away = student_named(&lesson, "Away");

	join_class_at(&lesson, before, -HOUR);
	join_class_at(&lesson, last, LESSON - 1);
	join_class_at(&lesson, late, LESSON);
	join_class_at(&lesson, away, -HOUR);
	as_admin(&was_away, MC_PARAMS(mc_p_id(lesson.class.id), mc_p_id(away),
				    mc_p_time(at(&lesson, -1)), mc_p_time(at(&lesson, HOUR + 1))));
	was_there(&lesson, there, 0, MINUTE);
	check_status(MC_OK, correct(&lesson, fixed, 0, "Somebody else's computer"));

	check_belongs(&lesson, before, true, false);
	check_belongs(&lesson, last, true, false);
	check_belongs(&lesson, late, false, false);
	check_belongs(&lesson, away, false, false);
	check_belongs(&lesson, there, true, true);
	check_belongs(&lesson, fixed, true, false);
	check_status(MC_OK, correct(&lesson, fixed, -1, "It was nobody's"));
	check_belongs(&lesson, fixed, false, false);
	check_status(MC_OK, correct(&lesson, late, MINUTE, "Had no account yet"));
	check_belongs(&lesson, late, true, true);
}

static void
test_a_clock_that_was_set_back_spoils_no_attendance(void **state)
{
	static const struct mc_sql ahead = {
		"test_ahead",
		"UPDATE mc.live_session SET started_at = now() + interval '1 hour'"
		" WHERE class_id = $1 AND id = $2",
	};
	struct lesson lesson = lesson_yesterday(*state);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	struct mc_db *db = lesson.world->db;
	struct mc_live live, ended;

	join_class_at(&lesson, student, -HOUR);
	check_status(MC_OK, mc_live_start(db, lesson.class.id, lesson.class.instructor_id,
				    MC_STR("By mistake"), &live));
	as_admin(&ahead, MC_PARAMS(mc_p_id(lesson.class.id), mc_p_id(live.id)));
	check_status(MC_OK,
		mc_live_end(db, lesson.class.id, live.id, lesson.class.instructor_id, &ended));
	assert_int_equal(ended.started_at.us, ended.ended_at.us);
	check_tally(&lesson, student, 0, 1, 0);
	/* As such a one was written once: behind its end. */
	as_admin(&ahead, MC_PARAMS(mc_p_id(lesson.class.id), mc_p_id(live.id)));
	check_tally(&lesson, student, 0, 1, 0);
}

static struct mc_attendance_record
record_of(struct lesson *lesson, mc_user_id student)
{
	struct mc_digest session = test_look(lesson->world->db, lesson->class.id);
	struct mc_attendance_record record;

	mc_attendance_record_ask(lesson->world->db, &session, lesson->class.id, student);
	check_status(
		MC_OK, mc_attendance_record_take(lesson->world->db, lesson->world->arena, &record));
	return record;
}

static void
test_a_record_has_the_sessions_that_the_tally_is_over_newest_first(void **state)
{
	struct lesson first = lesson_yesterday(*state);
	struct lesson second = lesson_of(*state, &first.class, first.start_us + 7200 * 1000000LL);
	struct lesson third = lesson_of(*state, &first.class, first.start_us + 14400 * 1000000LL);
	mc_user_id student = student_named(&first, "Emmy Noether");
	mc_user_id late = student_named(&first, "Late");
	mc_user_id new = student_named(&first, "New");
	struct mc_attendance_record record;

	join_class_at(&first, student, -HOUR);
	join_class_at(&third, late, -1);
	was_there(&second, student, 0, 40 * MINUTE);
	was_there(&second, student, 10 * MINUTE, 50 * MINUTE);
	was_there(&second, late, 10 * MINUTE, 12 * MINUTE);
	was_there(&third, student, 0, MINUTE);
	check_status(MC_OK, correct(&third, student, 0, "Somebody else's computer"));
	check_tally(&first, student, 1, 3, 50 * MINUTE);

	record = record_of(&first, student);
	assert_true(record.tally.user_id == student);
	check_text("Emmy Noether", record.tally.user_name);
	assert_int_equal(1, record.tally.sessions);
	assert_int_equal(3, record.tally.sessions_total);
	assert_int_equal(50 * MINUTE, record.tally.seconds);
	assert_int_equal(3, record.n_entries);
	const struct mc_attendance_entry *entry = record.entries;
	assert_true(entry->session.id == third.live.id && entry->session.room == third.live.room);
	check_text("Week 1", entry->session.title);
	check_text("Ada Lovelace", entry->session.started_by);
	check_at(&third, 0, entry->session.started_at);
	check_at(&third, LESSON, entry->session.ended_at);
	assert_int_equal(0, entry->seconds);
	assert_true(entry->corrected && !entry->attended && !entry->present);
	check_text("Somebody else's computer", entry->reason);
	entry++;
	assert_true(entry->session.id == second.live.id);
	assert_int_equal(50 * MINUTE, entry->seconds);
	assert_true(entry->attended && !entry->corrected);
	assert_null(entry->reason.ptr);
	entry++;
	assert_true(entry->session.id == first.live.id);
	assert_int_equal(0, entry->seconds);
	assert_false(entry->attended);

	check_status(MC_OK, correct(&third, student, -1, "It was theirs"));
	record = record_of(&first, student);
	assert_true(record.entries->attended && !record.entries->corrected);
	assert_null(record.entries->reason.ptr);

	/* Over before they joined, but they were in it. */
	record = record_of(&first, late);
	assert_int_equal(2, record.n_entries);
	assert_true(record.entries[0].session.id == third.live.id && !record.entries[0].attended);
	assert_true(record.entries[1].session.id == second.live.id && record.entries[1].attended);

	record = record_of(&first, new);
	assert_true(record.tally.user_id == new);
	assert_int_equal(0, record.n_entries);
	assert_int_equal(0, record.tally.sessions_total);
}

static void
test_there_is_a_record_of_students_of_the_class_only(void **state)
{
	struct lesson lesson = lesson_yesterday(*state), other = lesson_yesterday(*state);
	mc_user_id gone = student_named(&lesson, "Gone");
	const mc_user_id nobody[] = { gone, lesson.class.instructor_id,
		student_named(&other, "Stranger"), INT64_MAX };
	struct mc_db *db = lesson.world->db;
	struct mc_digest session = test_look(db, lesson.class.id);
	struct mc_attendance_record record;

	was_there(&lesson, gone, 0, LESSON);
	check_status(MC_OK, mc_membership_leave(db, lesson.class.id, gone));
	for (size_t i = 0; i < MC_COUNT(nobody); i++) {
		mc_attendance_record_ask(db, &session, lesson.class.id, nobody[i]);
		check_status(
			MC_NOT_FOUND, mc_attendance_record_take(db, lesson.world->arena, &record));
	}
}

static void
set_counts(struct lesson *lesson, bool counts)
{
	struct mc_live live;

	check_status(MC_OK,
		mc_live_set_counts(lesson->world->db, lesson->class.id, lesson->live.id, counts,
			MC_STR("A test of the microphone"), lesson->class.instructor_id, &live));
}

static void
test_a_session_that_does_not_count_is_in_no_tally_and_stays_in_the_record(void **state)
{
	struct lesson first = lesson_yesterday(*state);
	struct lesson second = lesson_of(*state, &first.class, first.start_us + 7200 * 1000000LL);
	mc_user_id student = student_named(&first, "Emmy Noether");
	mc_user_id absent = student_named(&first, "Absent");

	join_class_at(&first, student, -HOUR);
	join_class_at(&first, absent, -HOUR);
	was_there(&first, student, 0, 10 * MINUTE);
	was_there(&second, student, 0, 20 * MINUTE);
	check_status(MC_OK, correct(&second, absent, 5 * MINUTE, "Seen"));
	set_counts(&second, false);
	check_tally(&first, student, 1, 1, 10 * MINUTE);
	check_tally(&first, absent, 0, 1, 0);

	struct mc_attendance_record record = record_of(&first, student);
	assert_int_equal(1, record.tally.sessions);
	assert_int_equal(1, record.tally.sessions_total);
	assert_int_equal(10 * MINUTE, record.tally.seconds);
	assert_int_equal(2, record.n_entries);
	assert_true(record.entries[0].session.id == second.live.id);
	assert_false(record.entries[0].session.counts);
	assert_true(record.entries[0].attended);
	assert_int_equal(20 * MINUTE, record.entries[0].seconds);
	assert_true(record.entries[1].session.counts);
	assert_int_equal(20 * MINUTE, seconds_of(&second, student));

	set_counts(&first, false);
	check_tally(&first, student, 0, 0, 0);
	assert_int_equal(2, record_of(&first, student).n_entries);
	set_counts(&first, true);
	set_counts(&second, true);
	check_tally(&first, student, 2, 2, 30 * MINUTE);
	check_tally(&first, absent, 1, 2, 5 * MINUTE);
}

static void
test_tallies_are_of_the_students_there_are_by_name(void **state)
{
	struct lesson lesson = lesson_yesterday(*state);
	mc_user_id zoe = student_named(&lesson, "Zoe"), adam = student_named(&lesson, "Adam");
	mc_user_id gone = student_named(&lesson, "Gone");
	struct mc_db *db = lesson.world->db;
	struct mc_attendance_tally *list;
	size_t n;

	was_there(&lesson, gone, 0, LESSON);
	check_status(MC_OK, mc_membership_leave(db, lesson.class.id, gone));
	check_status(MC_OK,
		mc_attendance_tallies(db, lesson.world->arena, lesson.class.id, 0, &list, &n));
	assert_int_equal(2, n);
	assert_true(list[0].user_id == adam && list[1].user_id == zoe);
	check_text("Zoe", list[1].user_name);
	check_status(MC_OK, mc_attendance_tallies(db, lesson.world->arena, lesson.class.id,
				    lesson.class.instructor_id, &list, &n));
	assert_int_equal(0, n);
}

static void
test_a_session_that_goes_on_counts_in_a_tally(void **state)
{
	struct lesson lesson = lesson_now(*state, 60);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	struct mc_tx tx;

	mc_tx_begin(&tx, lesson.world->db);
	check_tally(&lesson, student, 0, 1, 0);
	is_there(&lesson, student, 0, 0);
	check_tally(&lesson, student, 1, 1, 0);
	is_there(&lesson, student, 250, 0);
	check_tally(&lesson, student, 1, 1, 250);
	struct mc_attendance_record record = record_of(&lesson, student);
	assert_int_equal(1, record.n_entries);
	assert_true(record.entries->present && record.entries->attended);
	assert_int_equal(250, record.entries->seconds);
	assert_int_equal(0, record.entries->session.ended_at.us);
	mc_tx_finish(&tx);
}

static void
test_what_an_instructor_says_counts_also_while_one_is_there(void **state)
{
	struct lesson lesson = lesson_now(*state, 60);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	struct mc_tx tx;

	mc_tx_begin(&tx, lesson.world->db);
	is_there(&lesson, student, 250, 0);
	check_status(MC_OK, correct(&lesson, student, 0, "Somebody else's computer"));
	check_tally(&lesson, student, 0, 1, 0);
	struct mc_attendance_record record = record_of(&lesson, student);
	assert_true(record.entries->present && !record.entries->attended);
	struct mc_attendance row = row_of(&lesson, student);
	assert_true(row.present && row.corrected && !row.attended);
	assert_int_equal(0, row.seconds);
	check_status(MC_OK, correct(&lesson, student, -1, "It was not"));
	check_tally(&lesson, student, 1, 1, 250);
	mc_tx_finish(&tx);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_a_tally_is_over_the_sessions_since_one_joined_the_class),
		with_world(test_a_record_has_the_sessions_that_the_tally_is_over_newest_first),
		with_world(test_there_is_a_record_of_students_of_the_class_only),
		with_world(
			test_a_session_that_does_not_count_is_in_no_tally_and_stays_in_the_record),
		with_world(test_tallies_are_of_the_students_there_are_by_name),
		with_world(test_a_session_that_goes_on_counts_in_a_tally),
		with_world(test_what_an_instructor_says_counts_also_while_one_is_there),
		with_world(test_a_session_belongs_in_its_sheet_to_whom_it_does_in_their_tally),
		with_world(test_a_clock_that_was_set_back_spoils_no_attendance),
	};

	return cmocka_run_group_tests_name("model/tallies", tests, NULL, NULL);
}
