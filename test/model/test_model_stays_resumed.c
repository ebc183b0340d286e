/* Stays that go on where they were left, against a real PostgreSQL. */

#include "test/model/stays.h"

static void
go_on(struct lesson *lesson, int64_t instance, mc_user_id user)
{
	struct mc_stay_change one = { .room = lesson->live.room, .user = user };

	check_status(MC_OK, mc_stay_go_on(lesson->world->db, instance, &one, 1));
}

/* Cut off for an hour: another daemon has ended what this one could not beat. */
static void
cut_off(struct lesson *lesson, int64_t instance, mc_user_id user)
{
	change(lesson, instance, user, true);
	stop_beating(instance); /* joined two hours ago, last beaten one hour ago */
	check_status(MC_OK, mc_stay_end_stale(lesson->world->db));
	check_stays(lesson, user, 0, 1);
}

static void
test_what_others_ended_goes_on_when_its_daemon_is_back(void **state)
{
	struct lesson lesson = lesson_now(*state, 240);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	mc_user_id other = student_named(&lesson, "Sofia");
	int64_t instance = test_number();

	cut_off(&lesson, instance, student);
	go_on(&lesson, test_number(), student);
	go_on(&lesson, instance, other);
	check_stays(&lesson, student, 0, 1);
	go_on(&lesson, instance, student);
	check_stays(&lesson, student, 1, 0);
	assert_in_range(seconds_of(&lesson, student), 2 * HOUR, 2 * HOUR + 60);
	/* Nothing is ended twice, nor opened. */
	go_on(&lesson, instance, student);
	change(&lesson, instance, student, true);
	check_stays(&lesson, student, 1, 0);
}

static void
test_who_left_or_lost_the_right_does_not_go_on(void **state)
{
	struct lesson lesson = lesson_now(*state, 240);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	mc_user_id other = student_named(&lesson, "Sofia");
	int64_t instance = test_number();

	change(&lesson, instance, other, true);
	change(&lesson, instance, other, false);
	go_on(&lesson, instance, other);
	check_stays(&lesson, other, 0, 1);
	cut_off(&lesson, instance, student);
	check_status(MC_OK, mc_membership_remove(lesson.world->db, lesson.class.id, student,
				    lesson.class.instructor_id));
	go_on(&lesson, instance, student);
	check_stays(&lesson, student, 0, 1);
}

/* What they did as a student ends with that; the daemon opens another one. */
static void
test_who_has_another_role_does_not_go_on(void **state)
{
	struct lesson lesson = lesson_now(*state, 240);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	int64_t instance = test_number();

	cut_off(&lesson, instance, student);
	check_status(MC_OK, mc_membership_set_role(lesson.world->db, lesson.class.id, student,
				    MC_ROLE_INSTRUCTOR, lesson.class.instructor_id));
	go_on(&lesson, instance, student);
	check_stays(&lesson, student, 0, 1);
}

static void
test_what_would_go_on_behind_the_end_of_the_class_ends_with_it(void **state)
{
	struct lesson lesson = lesson_now(*state, 240);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	int64_t instance = test_number();
	struct mc_live ended;

	cut_off(&lesson, instance, student);
	check_status(MC_OK, mc_live_end(lesson.world->db, lesson.class.id, 0,
				    lesson.class.instructor_id, &ended));
	go_on(&lesson, instance, student);
	check_stays(&lesson, student, 0, 1);
	assert_in_range(seconds_of(&lesson, student), 2 * HOUR, 2 * HOUR + 60);
}

/* So many times, by the same daemon, and left by now. */
static void
came_and_went(struct lesson *lesson, int64_t instance, mc_user_id user, int64_t times)
{
	static const struct mc_sql sql = {
		"test_came_and_went",
		"INSERT INTO mc.stay (class_id, room_id, account_id, role, instance, left_at)"
		" SELECT $1, $2, $3, 'student', $4, now() FROM generate_series(1, $5)",
	};

	as_admin(&sql, MC_PARAMS(mc_p_id(lesson->class.id), mc_p_id(lesson->live.room),
			       mc_p_id(user), mc_p_id(instance), mc_p_id(times)));
}

static void
test_of_who_goes_on_others_stays_are_not_looked_at(void **state)
{
	struct lesson lesson = lesson_now(*state, 240);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	int64_t instance = test_number();
	struct mc_tx tx;

	cut_off(&lesson, instance, student);
	came_and_went(&lesson, instance, student_named(&lesson, "Sofia"), 100);

	mc_tx_begin(&tx, lesson.world->db);
	int64_t read_before = rows_read(lesson.world->db, MC_STR("stay"));
	go_on(&lesson, instance, student);
	/* It is found, and then changed. */
	assert_int_equal(2, rows_read(lesson.world->db, MC_STR("stay")) - read_before);
	check_status(MC_OK, mc_tx_commit(&tx));
	mc_tx_finish(&tx);
	check_stays(&lesson, student, 1, 0);
}

static void
test_who_comes_and_goes_without_end_goes_on_where_they_left(void **state)
{
	struct lesson lesson = lesson_now(*state, 240);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	mc_user_id other = student_named(&lesson, "Sofia");
	int64_t one = test_number(), two = test_number();
	struct mc_tx tx;

	came_and_went(&lesson, one, other, MC_STAYS_OF_ONE_MAX);
	came_and_went(&lesson, one, student, MC_STAYS_OF_ONE_MAX - 1);
	change(&lesson, one, student, true);
	check_stays(&lesson, student, 1, MC_STAYS_OF_ONE_MAX - 1);
	for (int i = 0; i < 3; i++) {
		change(&lesson, one, student, false);
		check_stays(&lesson, student, 0, MC_STAYS_OF_ONE_MAX);
		assert_int_equal(0, count_present(&lesson));
		change(&lesson, one, student, true);
		change(&lesson, one, student, true);
		check_stays(&lesson, student, 1, MC_STAYS_OF_ONE_MAX - 1);
		assert_int_equal(1, count_present(&lesson));
	}
	/* Of who comes for the first time nobody else's are looked at, but who is there. */
	mc_user_id newcomer = student_named(&lesson, "Hypatia");
	mc_tx_begin(&tx, lesson.world->db);
	int64_t read_before = rows_read(lesson.world->db, MC_STR("stay"));
	change(&lesson, one, newcomer, true);
	assert_int_equal(1, rows_read(lesson.world->db, MC_STR("stay")) - read_before);
	check_status(MC_OK, mc_tx_commit(&tx));
	mc_tx_finish(&tx);
	/* Another daemon, and another role, have no last one yet. */
	for (int i = 0; i < 3; i++) {
		change(&lesson, two, student, true);
		check_stays(&lesson, student, 2, MC_STAYS_OF_ONE_MAX - 1);
		change(&lesson, two, student, false);
		check_stays(&lesson, student, 1, MC_STAYS_OF_ONE_MAX);
	}
	change(&lesson, one, student, false);
	check_status(MC_OK, mc_membership_set_role(lesson.world->db, lesson.class.id, student,
				    MC_ROLE_INSTRUCTOR, lesson.class.instructor_id));
	change(&lesson, one, student, true);
	check_stays(&lesson, student, 1, MC_STAYS_OF_ONE_MAX + 1);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_what_others_ended_goes_on_when_its_daemon_is_back),
		with_world(test_who_left_or_lost_the_right_does_not_go_on),
		with_world(test_who_has_another_role_does_not_go_on),
		with_world(test_what_would_go_on_behind_the_end_of_the_class_ends_with_it),
		with_world(test_of_who_goes_on_others_stays_are_not_looked_at),
		with_world(test_who_comes_and_goes_without_end_goes_on_where_they_left),
	};

	return cmocka_run_group_tests_name("model/stays_resumed", tests, NULL, NULL);
}
