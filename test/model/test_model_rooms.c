/* Rooms, and what ends the right to be in them, against a real PostgreSQL. */

#include "libminiclass/model/reading.h"
#include "libminiclass/model/stay.h"
#include "test/model/ear.h"
#include "test/model/rooms.h"

static void
test_members_find_a_live_sessions_room_and_others_do_not(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);
	mc_room_id id = start_live(world, &class);
	struct mc_room room;

	check_status(MC_OK, mc_room_find(world->db, student, id, &room));
	assert_true(room.id == id && room.class_id == class.id && room.owner > 0);
	assert_int_equal(MC_ROOM_LIVE, room.kind);
	assert_int_equal(MC_ROLE_STUDENT, room.role);
	check_text("Week 1", room.title);
	assert_false(room.ended);
	assert_int_equal(0, room.last_seq);
	assert_int_equal(0, room.student_id);
	check_status(MC_OK, mc_room_find(world->db, class.instructor_id, id, &room));
	assert_int_equal(MC_ROLE_INSTRUCTOR, room.role);

	check_status(MC_NOT_FOUND, mc_room_find(world->db, test_person(world), id, &room));
	check_status(MC_NOT_FOUND, mc_room_find(world->db, student, INT64_MAX, &room));
	check_status(MC_OK, mc_membership_leave(world->db, class.id, student));
	check_status(MC_NOT_FOUND, mc_room_find(world->db, student, id, &room));
}

static void
test_a_thread_is_for_its_student_and_the_instructors(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class), other = test_student(world, &class);
	mc_room_id discussion = discuss(world, &class);
	mc_room_id thread = open_thread(world, discussion, student);
	struct mc_room room, open;

	check_status(MC_OK, mc_room_find(world->db, other, discussion, &open));
	assert_int_equal(MC_ROOM_DISCUSSION, open.kind);
	check_status(MC_OK, mc_room_find(world->db, student, thread, &room));
	assert_int_equal(MC_ROOM_THREAD, room.kind);
	assert_true(room.student_id == student && room.owner == open.owner);
	check_text("Ada Lovelace", room.student_name);
	check_text("Why?", room.title);
	check_status(MC_OK, mc_room_find(world->db, class.instructor_id, thread, &room));
	check_status(MC_NOT_FOUND, mc_room_find(world->db, other, thread, &room));
	check_status(MC_OK, mc_membership_set_role(world->db, class.id, other, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	check_status(MC_OK, mc_room_find(world->db, other, thread, &room));
	disable(student);
	check_status(MC_NOT_FOUND, mc_room_find(world->db, student, thread, &room));
}

static const struct mc_sql stays_in = {
	"test_stays_in",
	"SELECT count(*) FROM mc.stay WHERE room_id = $1 AND account_id = $2",
};

static const struct mc_sql marks_in = {
	"test_marks_in",
	"SELECT count(*) FROM mc.reading WHERE room_id = $1 AND account_id = $2",
};

/* Whether the user may be in the room, by each statement that has the rule in itself. */
static void
check_all_say(struct world *world, mc_class_id class_id, mc_room_id room, mc_user_id user, bool may)
{
	enum mc_status expected = may ? MC_OK : MC_NOT_FOUND;
	struct mc_stay_change change = { room, user, true, 0 };
	struct mc_room found;

	/* MAY_ENTER */
	check_status(expected, mc_room_find(world->db, user, room, &found));
	/* CHANGE of stay.c */
	check_status(MC_OK, mc_stay_change(world->db, test_number(), &change, 1));
	assert_int_equal(
		may, number(world->db, &stays_in, MC_PARAMS(mc_p_id(room), mc_p_id(user))));
	/* MAY_MARK */
	check_status(
		MC_OK, mc_reading_mark_all(world->db, class_id, user, (struct mc_time){ .us = 0 }));
	assert_int_equal(
		may, number(world->db, &marks_in, MC_PARAMS(mc_p_id(room), mc_p_id(user))));
	/* mc.writer, by both functions that append */
	for (int doubtful = 0; doubtful < 2; doubtful++) {
		struct mc_message_new one =
			message(room, user, doubtful ? "doubtful" : "sure", "hello");
		struct mc_message_result result;
		check_status(MC_OK, mc_message_append(world->db, &one, 1, doubtful, &result));
		check_status(expected, result.status);
	}
}

static void
test_every_statement_says_the_same_of_who_may_be_in_a_thread(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom elsewhere = test_class(world, test_person(world));
	mc_user_id own = test_student(world, &class), other = test_student(world, &class);
	mc_user_id second = test_student(world, &class), gone = test_student(world, &class);
	mc_user_id taught = test_student(world, &class);
	mc_room_id discussion = discuss(world, &class);
	mc_room_id thread = open_thread(world, discussion, own);
	mc_room_id of_gone = open_thread(world, discussion, gone);

	check_status(MC_OK, mc_membership_set_role(world->db, class.id, second, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	check_status(MC_OK, mc_membership_set_role(world->db, class.id, taught, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	check_status(MC_OK, append(world->db, thread, own, "1").status);
	check_status(MC_OK, append(world->db, of_gone, gone, "1").status);
	check_status(MC_OK, mc_membership_remove(world->db, class.id, gone, class.instructor_id));
	check_status(MC_OK, mc_membership_leave(world->db, class.id, taught));

	check_all_say(world, class.id, thread, own, true);
	check_all_say(world, class.id, thread, class.instructor_id, true);
	check_all_say(world, class.id, thread, second, true);
	check_all_say(world, class.id, thread, other, false);
	check_all_say(world, class.id, thread, elsewhere.instructor_id, false);
	check_all_say(world, class.id, thread, test_person(world), false);
	check_all_say(world, class.id, thread, taught, false);
	check_all_say(world, class.id, thread, gone, false);
	check_all_say(world, class.id, of_gone, gone, false);
	check_all_say(world, class.id, of_gone, class.instructor_id, true);
}

static void
test_a_thread_needs_a_student_of_its_class(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	static const struct mc_sql sql = {
		"test_bad_thread",
		"INSERT INTO mc.room (class_id, kind, discussion_id, student_id)"
		" SELECT class_id, 'thread', id, $2 FROM mc.discussion WHERE room_id = $1",
	};
	mc_room_id discussion = discuss(world, &class);
	mc_user_id student = test_student(world, &class);
	const struct {
		mc_user_id user;
		const char *rule;
	} cases[] = {
		{ class.instructor_id, "room_student" },
		{ test_person(world), "room_student" },
		{ student, "room_one_thread" },
	};

	(void)open_thread(world, discussion, student);
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		assert_true(
			mc_db_run(world->db, &sql, NULL,
				MC_PARAMS(mc_p_id(discussion), mc_p_id(cases[i].user))) != MC_OK);
		assert_string_equal(cases[i].rule, mc_db_constraint(world->db));
	}
}

static enum mc_status
find_with_session(struct world *world, const struct mc_digest *digest, mc_room_id id,
	struct mc_user *user, struct mc_classroom *class, struct mc_room *room)
{
	struct mc_session session;

	mc_room_find_ask(world->db, digest, id);
	return mc_room_find_take(world->db, &session, user, class, room);
}

static void
test_a_room_is_found_with_the_session_and_the_class(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world)), found;
	mc_user_id student = test_student(world, &class), stranger = test_person(world);
	struct mc_digest in = test_log_in(world, student, NULL);
	struct mc_digest out = test_log_in(world, stranger, NULL);
	struct mc_digest none = mc_sha256(MC_STR("nobody's"));
	mc_room_id id = start_live(world, &class);
	struct mc_user user = { 0 };
	struct mc_room room;

	check_status(MC_OK, find_with_session(world, &in, id, &user, &found, &room));
	assert_true(user.id == student && room.id == id && found.id == class.id);
	check_text("Algebra", found.name);
	assert_int_equal(MC_ROLE_STUDENT, found.role);
	assert_int_equal(MC_ROLE_STUDENT, room.role);
	assert_null(found.join_code.ptr);
	check_status(MC_NOT_FOUND, find_with_session(world, &out, id, &user, &found, &room));
	assert_true(user.id == stranger);
	check_status(MC_NOT_FOUND, find_with_session(world, &in, INT64_MAX, &user, &found, &room));
	check_status(MC_UNAUTHENTICATED, find_with_session(world, &none, id, &user, &found, &room));
}

static void
test_a_session_that_is_over_finds_no_room(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world)), found;
	mc_user_id ben = test_student(world, &class), cleo = test_student(world, &class);
	mc_session_id id;
	struct mc_digest late = test_log_in(world, ben, &id), off = test_log_in(world, cleo, NULL);
	mc_room_id live = start_live(world, &class);
	struct mc_user user;
	struct mc_room room;

	expire(id);
	disable(cleo);
	check_status(
		MC_UNAUTHENTICATED, find_with_session(world, &late, live, &user, &found, &room));
	check_status(
		MC_UNAUTHENTICATED, find_with_session(world, &off, live, &user, &found, &room));
}

static void
test_states_of_rooms_leave_out_what_is_not_there(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_room_id rooms[] = { start_live(world, &class), INT64_MAX, discuss(world, &class) };
	struct mc_room_state *states;
	size_t n;

	(void)append(world->db, rooms[2], class.instructor_id, "a");
	check_status(MC_OK, end_live(world->db, rooms[0]));
	check_status(MC_OK, mc_room_states(world->db, world->arena, rooms, 3, &states, &n));
	assert_int_equal(2, n);
	for (size_t i = 0; i < n; i++) {
		bool live = states[i].id == rooms[0];
		assert_true(live || states[i].id == rooms[2]);
		assert_int_equal(live, states[i].ended);
		assert_int_equal(live ? 0 : 1, states[i].last_seq);
	}
}

static void
test_claims_hold_as_long_as_session_and_membership_do(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id a = test_student(world, &class), b = test_student(world, &class);
	mc_session_id of_a, of_b, gone;
	(void)test_log_in(world, a, &of_a);
	(void)test_log_in(world, b, &of_b);
	(void)test_log_in(world, a, &gone);
	check_status(MC_OK, mc_session_end(world->db, a, gone));
	mc_room_id open = discuss(world, &class), thread = open_thread(world, open, a);
	const struct mc_room_claim claims[] = {
		{ of_a, a, 0 },
		{ of_a, a, open },
		{ of_a, a, thread },
		{ of_b, b, thread },
		{ of_b, b, open },
		{ gone, a, open },
		{ gone, a, 0 },
		{ of_b, a, open },
		{ of_a, a, INT64_MAX },
	};
	const bool expected[] = { true, true, true, false, true, false, false, false, false };
	enum mc_role roles[MC_COUNT(claims)];
	bool still[MC_COUNT(claims)];

	check_status(MC_OK, mc_room_check(world->db, claims, MC_COUNT(claims), still, roles));
	for (size_t i = 0; i < MC_COUNT(claims); i++)
		assert_int_equal(expected[i], still[i]);

	check_status(MC_OK, mc_membership_leave(world->db, class.id, b));
	disable(a);
	check_status(MC_OK, mc_room_check(world->db, claims, MC_COUNT(claims), still, roles));
	for (size_t i = 0; i < MC_COUNT(claims); i++)
		assert_false(still[i]);
}

static void
test_more_claims_than_travel_at_once_are_each_answered(void **state)
{
	struct world *world = *state;
	enum { N = 600 };
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);
	mc_room_id room = discuss(world, &class);
	mc_session_id of_teacher, of_student;
	struct mc_room_claim claims[N];
	enum mc_role roles[N];
	bool still[N];

	(void)test_log_in(world, class.instructor_id, &of_teacher);
	(void)test_log_in(world, student, &of_student);
	for (int i = 0; i < N; i++)
		claims[i] = (struct mc_room_claim){ i % 5 == 0 ? of_teacher : of_student,
			i % 5 == 0 ? class.instructor_id : student, i % 3 == 0 ? INT64_MAX : room };
	check_status(MC_OK, mc_room_check(world->db, claims, N, still, roles));
	for (int i = 0; i < N; i++) {
		assert_int_equal(i % 3 != 0, still[i]);
		if (still[i])
			assert_int_equal(
				i % 5 == 0 ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT, roles[i]);
	}
}

static void
test_what_ends_a_right_is_told(void **state)
{
	static const struct mc_sql delete_by_hand = {
		"test_membership_delete",
		"DELETE FROM mc.membership WHERE class_id = $1 AND account_id = $2",
	};
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);
	mc_user_id silent = test_student(world, &class);
	mc_room_id live = start_live(world, &class);
	mc_session_id session;
	struct ear *ear = listen_to("mc_access");
	char expected[6][64];

	(void)test_log_in(world, student, &session);
	(void)append(world->db, live, student, "messages are not told here");
	check_status(MC_OK, mc_session_end(world->db, student, session));
	check_status(MC_OK, mc_membership_set_role(world->db, class.id, student, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	check_status(MC_OK, end_live(world->db, live));
	check_status(MC_OK, mc_membership_leave(world->db, class.id, student));
	disable(student);
	as_admin(&delete_by_hand, MC_PARAMS(mc_p_id(class.id), mc_p_id(silent)));
	hear(ear, 6);
	(void)snprintf(expected[0], 64, "session:%lld", (long long)session);
	(void)snprintf(
		expected[1], 64, "member:%lld:%lld", (long long)class.id, (long long)student);
	(void)snprintf(expected[2], 64, "room:%lld", (long long)live);
	(void)snprintf(expected[3], 64, "%s", expected[1]);
	(void)snprintf(expected[4], 64, "user:%lld", (long long)student);
	(void)snprintf(expected[5], 64, "member:%lld:%lld", (long long)class.id, (long long)silent);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(expected[i], ear->heard[i]);
	stop_listening(ear);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_members_find_a_live_sessions_room_and_others_do_not),
		with_world(test_a_thread_is_for_its_student_and_the_instructors),
		with_world(test_every_statement_says_the_same_of_who_may_be_in_a_thread),
		with_world(test_a_thread_needs_a_student_of_its_class),
		with_world(test_a_room_is_found_with_the_session_and_the_class),
		with_world(test_a_session_that_is_over_finds_no_room),
		with_world(test_states_of_rooms_leave_out_what_is_not_there),
		with_world(test_claims_hold_as_long_as_session_and_membership_do),
		with_world(test_more_claims_than_travel_at_once_are_each_answered),
		with_world(test_what_ends_a_right_is_told),
	};
	return cmocka_run_group_tests_name("model/rooms", tests, NULL, NULL);
}
