/* Stays, as chat daemons tell of them, against a real PostgreSQL. */

#include "test/model/ear.h"
#include "test/model/stays.h"

static void
test_a_stay_opens_once_with_each_daemon_and_closes(void **state)
{
	struct lesson lesson = lesson_now(*state, 0);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	int64_t one = test_number(), two = test_number();

	change(&lesson, one, student, true);
	change(&lesson, one, student, true);
	check_stays(&lesson, student, 1, 0);
	change(&lesson, two, student, true);
	check_stays(&lesson, student, 2, 0);
	assert_int_equal(1, count_present(&lesson));
	change(&lesson, one, student, false);
	check_stays(&lesson, student, 1, 1);
	assert_int_equal(1, count_present(&lesson));
	change(&lesson, one, student, false);
	check_stays(&lesson, student, 1, 1);
	change(&lesson, two, student, false);
	check_stays(&lesson, student, 0, 2);
	assert_int_equal(0, count_present(&lesson));
	change(&lesson, one, student, true);
	check_stays(&lesson, student, 1, 2);
}

static void
test_who_left_while_nothing_could_be_written_left_then(void **state)
{
	struct lesson lesson = lesson_now(*state, 0);
	static const struct mc_sql ago = {
		"test_left_ago",
		"SELECT extract(epoch FROM now() - left_at)::int8 FROM mc.stay WHERE instance = $1"
		" ORDER BY joined_at LIMIT 1",
	};
	int64_t instance = test_number();
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	mc_user_id late = student_named(&lesson, "Sofia");
	mc_room_id room = lesson.live.room;
	struct mc_row row;

	change(&lesson, instance, student, true);
	stop_beating(instance); /* two hours ago it began */
	const struct mc_stay_change changes[] = { { room, late, true, mc_clock_ms() },
		{ room, student, false, mc_clock_ms() - 600000 }, { room, late, false, 1 } };
	check_status(MC_OK, mc_stay_change(lesson.world->db, instance, changes, 2));
	change(&lesson, test_number(), late, false);
	check_stays(&lesson, student, 0, 1);
	check_stays(&lesson, late, 1, 0);
	/* Longer ago than it began: then it had no time at all. */
	check_status(MC_OK, mc_stay_change(lesson.world->db, instance, changes + 2, 1));
	check_stays(&lesson, late, 0, 1);
	check_status(MC_OK, mc_db_one(lesson.world->db, &ago, &row, MC_PARAMS(mc_p_id(instance))));
	assert_true(mc_row_int(&row, 0) >= 600 && mc_row_int(&row, 0) < 660);
}

static void
test_of_several_changes_about_one_the_last_counts(void **state)
{
	struct lesson lesson = lesson_now(*state, 0);
	mc_user_id stays = student_named(&lesson, "Stays"), goes = student_named(&lesson, "Goes");
	mc_room_id room = lesson.live.room;
	const struct mc_stay_change changes[] = { { room, stays, true, 0 }, { room, goes, true, 0 },
		{ room, stays, false, 0 }, { room, goes, false, 0 }, { room, stays, true, 0 },
		{ INT64_MAX, stays, true, 0 }, { room, test_person(*state), true, 0 } };
	int64_t instance = test_number();

	change(&lesson, instance, goes, true);
	check_status(MC_OK, mc_stay_change(lesson.world->db, instance, changes, MC_COUNT(changes)));
	check_stays(&lesson, stays, 1, 0);
	check_stays(&lesson, goes, 0, 1);
	assert_int_equal(1, count_present(&lesson));
	check_status(MC_OK, mc_stay_change(lesson.world->db, instance, changes, 0));
}

static void
test_beats_keep_the_own_stays_of_a_daemon_alive(void **state)
{
	struct lesson lesson = lesson_now(*state, 240);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	mc_user_id other = student_named(&lesson, "Sofia");
	int64_t one = test_number(), two = test_number();

	change(&lesson, one, student, true);
	change(&lesson, two, other, true);
	stop_beating(one);
	stop_beating(two);
	assert_int_equal(0, count_present(&lesson));
	struct mc_time first, second;
	struct mc_present *people;
	size_t n = 0;
	check_status(MC_OK, mc_stay_present(lesson.world->db, lesson.world->arena,
				    &lesson.live.room, 1, true, &people, &n));
	assert_int_equal(2, n);
	check_status(MC_OK, mc_stay_beat(lesson.world->db, one, &first));
	check_status(MC_OK, mc_stay_beat(lesson.world->db, one, &second));
	assert_true(first.us > 0 && second.us > first.us);
	assert_int_equal(1, count_present(&lesson));
	assert_true(row_of(&lesson, student).present);
	assert_false(row_of(&lesson, other).present);
	/* After the database was away, all who are there join again. */
	change(&lesson, two, other, true);
	assert_int_equal(2, count_present(&lesson));
	check_stays(&lesson, other, 1, 0);
}

static void
test_a_daemon_that_stops_ends_its_own_stays(void **state)
{
	struct lesson lesson = lesson_now(*state, 0);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	int64_t one = test_number(), two = test_number();

	change(&lesson, one, student, true);
	change(&lesson, two, student, true);
	check_status(MC_OK, mc_stay_end_all(lesson.world->db, one));
	check_stays(&lesson, student, 1, 1);
	assert_int_equal(1, count_present(&lesson));
}

static void
test_the_stays_of_a_dead_daemon_end_at_its_last_beat(void **state)
{
	struct lesson lesson = lesson_now(*state, 240);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	mc_user_id other = student_named(&lesson, "Sofia");
	int64_t dead = test_number(), alive = test_number();

	change(&lesson, dead, student, true);
	change(&lesson, alive, other, true);
	stop_beating(dead); /* joined two hours ago, last beaten one hour ago */
	struct ear *ear = listen_to("mc_presence");
	check_status(MC_OK, mc_stay_end_stale(lesson.world->db));
	hear(ear, 1);
	check_stays(&lesson, student, 0, 1);
	check_stays(&lesson, other, 1, 0);
	assert_int_equal(HOUR, seconds_of(&lesson, student));
	check_status(MC_OK, mc_stay_end_stale(lesson.world->db));
	stop_listening(ear);
}

static void
test_nobody_stays_who_is_not_in_the_class_or_once_it_is_over(void **state)
{
	struct lesson lesson = lesson_now(*state, 240);
	mc_user_id gone = student_named(&lesson, "Emmy Noether");
	mc_user_id late = student_named(&lesson, "Sofia");
	struct mc_live ended;

	check_status(MC_OK, mc_membership_remove(lesson.world->db, lesson.class.id, gone,
				    lesson.class.instructor_id));
	change(&lesson, test_number(), gone, true);
	check_stays(&lesson, gone, 0, 0);
	check_status(MC_OK, mc_live_end(lesson.world->db, lesson.class.id, lesson.live.id,
				    lesson.class.instructor_id, &ended));
	change(&lesson, test_number(), late, true);
	check_stays(&lesson, late, 0, 0);
}

static void
test_what_another_daemon_is_ending_is_not_waited_for(void **state)
{
	struct lesson lesson = lesson_now(*state, 240);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	int64_t dead = test_number();
	static const struct mc_sql impatient = { "test_impatient", "SET lock_timeout = '5s'" };
	struct mc_tx tx;

	check_status(MC_OK, mc_db_run(lesson.world->db, &impatient, NULL, MC_NO_PARAMS));
	change(&lesson, dead, student, true);
	stop_beating(dead);
	mc_tx_begin(&tx, lesson.world->other);
	check_status(MC_OK, mc_stay_end_stale(lesson.world->other));
	check_status(MC_OK, mc_stay_end_stale(lesson.world->db));
	check_stays(&lesson, student, 1, 0);
	check_status(MC_OK, mc_tx_commit(&tx));
	check_stays(&lesson, student, 0, 1);
	mc_tx_finish(&tx);
}

static void
test_changes_are_told_with_each_room_once(void **state)
{
	struct lesson lesson = lesson_now(*state, 0);
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	mc_user_id other = student_named(&lesson, "Sofia");
	mc_room_id room = lesson.live.room;
	const struct mc_stay_change changes[] = { { room, student, true, 0 },
		{ room, other, true, 0 } };
	int64_t instance = test_number();
	char expected[32];
	struct ear *ear = listen_to("mc_presence");

	(void)snprintf(expected, sizeof(expected), "%lld", (long long)room);
	check_status(MC_OK, mc_stay_change(lesson.world->db, instance, changes, 2));
	hear(ear, 1);
	assert_string_equal(expected, ear->heard[0]);
	struct mc_time now;
	check_status(MC_OK, mc_stay_beat(lesson.world->db, instance, &now)); /* is not told */
	change(&lesson, instance, student, false);
	hear(ear, 2);
	assert_string_equal(expected, ear->heard[1]);
	change(&lesson, instance, student, false); /* changes nothing */
	check_status(MC_OK, mc_stay_end_all(lesson.world->db, instance));
	hear(ear, 3);
	assert_string_equal(expected, ear->heard[2]);
	stop_listening(ear);
}

enum { ROOMS = 600 };

/* Somebody who comes into so many rooms of the class at once. */
static void
come_into_many(struct lesson *lesson, int64_t instance, mc_room_id rooms[ROOMS])
{
	static const struct mc_sql make = {
		"test_many_rooms",
		"INSERT INTO mc.room (class_id, kind) SELECT $1, 'discussion'"
		" FROM generate_series(1, $2) RETURNING id",
	};
	mc_user_id student = student_named(lesson, "Emmy Noether");
	struct mc_stay_change changes[ROOMS];
	struct mc_rows rows;

	check_status(MC_OK, mc_db_query(lesson->world->db, &make, &rows,
				    MC_PARAMS(mc_p_id(lesson->class.id), mc_p_int(ROOMS))));
	for (int i = 0; i < ROOMS; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		rooms[i] = mc_row_id(&row, 0);
		changes[i] = (struct mc_stay_change){ rooms[i], student, true, 0 };
	}
	check_status(MC_OK, mc_stay_change(lesson->world->db, instance, changes, ROOMS));
}

static void
test_many_rooms_at_once_are_all_told(void **state)
{
	struct lesson lesson = lesson_now(*state, 0);
	mc_room_id rooms[ROOMS];
	struct mc_present *people;
	size_t n, words = 0;
	struct ear *ear = listen_to("mc_presence");

	come_into_many(&lesson, test_number(), rooms);
	hear(ear, 3);
	for (size_t i = 0; i < ear->n; i++) {
		words++;
		for (const char *c = ear->heard[i]; *c != '\0'; c++)
			words += *c == ' ';
	}
	assert_int_equal(ROOMS, words);
	check_status(MC_OK, mc_stay_present(lesson.world->db, lesson.world->arena, rooms, ROOMS,
				    false, &people, &n));
	assert_int_equal(ROOMS, n);
	stop_listening(ear);
}

static void
test_who_is_present_by_room_and_name_in_the_role_of_now(void **state)
{
	struct lesson one = lesson_now(*state, 0), two = lesson_now(*state, 0);
	mc_user_id zoe = student_named(&one, "Zoe"), adam = student_named(&one, "Adam");
	mc_user_id gone = student_named(&one, "Gone"), eva = student_named(&two, "éva");
	const mc_room_id rooms[] = { two.live.room, one.live.room };
	struct mc_db *db = one.world->db;
	int64_t instance = test_number();
	struct mc_present *people;
	size_t n;

	change(&one, instance, zoe, true);
	change(&one, test_number(), zoe, true);
	change(&one, instance, adam, true);
	change(&one, instance, gone, true);
	change(&one, instance, one.class.instructor_id, true);
	change(&two, instance, eva, true);
	check_status(MC_OK, mc_membership_leave(db, one.class.id, gone));
	check_status(MC_OK, mc_membership_set_role(db, one.class.id, zoe, MC_ROLE_INSTRUCTOR,
				    one.class.instructor_id));
	check_status(MC_OK, mc_stay_present(db, one.world->arena, rooms, 2, false, &people, &n));
	assert_int_equal(4, n);
	assert_true(people[0].room == one.live.room && people[0].user == one.class.instructor_id);
	check_text("Ada Lovelace", people[0].name);
	assert_int_equal(MC_ROLE_INSTRUCTOR, people[0].role);
	assert_true(people[1].room == one.live.room && people[1].user == adam);
	assert_int_equal(MC_ROLE_STUDENT, people[1].role);
	assert_true(people[2].room == one.live.room && people[2].user == zoe);
	assert_int_equal(MC_ROLE_INSTRUCTOR, people[2].role);
	assert_true(people[3].room == two.live.room && people[3].user == eva);
}

/* Planned with what was known of the tables at a time when nobody was there. */
static void
test_who_is_present_elsewhere_is_not_looked_at(void **state)
{
	static const struct mc_sql all_leave = {
		"test_all_leave",
		"UPDATE mc.stay SET left_at = greatest(now(), joined_at) WHERE left_at IS NULL",
	};
	static const struct mc_sql analyse = { "test_analyse", "ANALYZE mc.stay, mc.room" };
	struct lesson lesson = lesson_now(*state, 0), other = lesson_now(*state, 0);
	struct mc_db *superuser = test_open("MC_DB_SUPERUSER");
	int64_t instance = test_number();
	mc_room_id rooms[ROOMS];
	struct mc_tx tx;

	come_into_many(&other, instance, rooms);
	check_status(MC_OK, mc_db_run(superuser, &all_leave, NULL, MC_NO_PARAMS));
	check_status(MC_OK, mc_db_run(superuser, &analyse, NULL, MC_NO_PARAMS));
	mc_db_close(superuser);
	come_into_many(&other, instance, rooms);
	change(&lesson, instance, student_named(&lesson, "Emmy Noether"), true);

	mc_tx_begin(&tx, lesson.world->db);
	int64_t read_before = rows_read(lesson.world->db, MC_STR("stay"));
	assert_int_equal(1, count_present(&lesson));
	assert_int_equal(1, rows_read(lesson.world->db, MC_STR("stay")) - read_before);
	check_status(MC_OK, mc_tx_commit(&tx));
	mc_tx_finish(&tx);
}

static void
test_only_stays_in_live_classes_are_kept(void **state)
{
	struct world *world = *state;
	struct lesson lesson = lesson_now(world, 1);
	struct lesson talk = lesson;
	mc_user_id student = student_named(&lesson, "Emmy Noether");
	mc_user_id teacher = lesson.class.instructor_id;
	int64_t instance = test_number();
	char expected[64];

	talk.live.room = discuss(world, &lesson.class);
	change(&talk, test_number(), teacher, true);
	struct ear *ear = listen_to("mc_presence");
	change(&lesson, instance, student, true);
	change(&talk, instance, student, true);
	check_stays(&talk, student, 1, 0);
	change(&lesson, instance, student, false);
	change(&talk, instance, student, false);
	check_stays(&lesson, student, 0, 1);
	check_stays(&talk, student, 0, 0);
	/* It is told of all the same. */
	(void)snprintf(expected, sizeof(expected), "%lld", (long long)talk.live.room);
	hear(ear, 4);
	assert_string_equal(expected, ear->heard[3]);
	/* Who is still there is. */
	check_stays(&talk, teacher, 1, 0);

	change(&talk, instance, student, true);
	check_status(MC_OK, mc_stay_end_all(world->db, instance));
	check_stays(&talk, student, 0, 0);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_only_stays_in_live_classes_are_kept),
		with_world(test_a_stay_opens_once_with_each_daemon_and_closes),
		with_world(test_of_several_changes_about_one_the_last_counts),
		with_world(test_who_left_while_nothing_could_be_written_left_then),
		with_world(test_beats_keep_the_own_stays_of_a_daemon_alive),
		with_world(test_a_daemon_that_stops_ends_its_own_stays),
		with_world(test_the_stays_of_a_dead_daemon_end_at_its_last_beat),
		with_world(test_nobody_stays_who_is_not_in_the_class_or_once_it_is_over),
		with_world(test_what_another_daemon_is_ending_is_not_waited_for),
		with_world(test_changes_are_told_with_each_room_once),
		with_world(test_many_rooms_at_once_are_all_told),
		with_world(test_who_is_present_by_room_and_name_in_the_role_of_now),
		with_world(test_who_is_present_elsewhere_is_not_looked_at),
	};

	return cmocka_run_group_tests_name("model/stays", tests, NULL, NULL);
}
