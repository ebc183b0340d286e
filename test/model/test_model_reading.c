/* How far somebody has read, and what is new to them. */

#include "libminiclass/model/discussion.h"
#include "libminiclass/model/reading.h"
#include "test/model/behind.h"
#include "test/model/rooms.h"

/* A class with its teacher and two students, a discussion, and a private thread of the first. */
struct talk {
	struct mc_classroom class;
	mc_user_id ben, cleo;
	mc_room_id open, private;
};

static struct talk
talk_in(struct world *world)
{
	struct mc_classroom class = test_class(world, test_person(world));
	struct talk talk = { .class = class,
		.ben = test_student(world, &class),
		.cleo = test_student(world, &class) };

	talk.open = discuss(world, &class);
	talk.private = open_thread(world, talk.open, talk.ben);
	return talk;
}

static void
say(struct world *world, mc_room_id room, mc_user_id sender, int count)
{
	char client_id[32];

	for (int i = 0; i < count; i++) {
		snprintf(client_id, sizeof(client_id), "m%lld", (long long)test_number());
		check_status(MC_OK, append(world->db, room, sender, client_id).status);
	}
}

static void
check_count(struct world *world, mc_user_id reader, mc_class_id class, int64_t discussions,
	int64_t threads)
{
	struct mc_digest session = test_log_in(world, reader, NULL);
	struct mc_unread unread;

	mc_reading_count_ask(world->db, &session, class, 0);
	check_status(MC_OK, mc_reading_count_take(world->db, &unread));
	assert_int_equal(discussions, unread.n_discussions);
	assert_int_equal(threads, unread.n_threads);
}

/* Of the only discussion, in the list and by itself. */
static void
check_open(struct world *world, const struct talk *talk, mc_user_id reader, int64_t expected)
{
	struct mc_digest session = test_log_in(world, reader, NULL);
	struct mc_discussion *list, one;
	size_t n;

	mc_discussion_list_ask(world->db, &session, talk->class.id);
	check_status(MC_OK, mc_discussion_list_take(world->db, world->arena, &list, &n));
	assert_int_equal(1, n);
	assert_int_equal(expected, list[0].n_unread);
	mc_discussion_find_ask(world->db, &session, talk->class.id, list[0].id);
	check_status(MC_OK, mc_discussion_find_take(world->db, &one));
	assert_int_equal(expected, one.n_unread);
}

/* Of the only thread, among the recent ones and in its discussion. */
static void
check_private(struct world *world, const struct talk *talk, mc_user_id reader, enum mc_role role,
	int64_t expected)
{
	struct mc_digest session = test_log_in(world, reader, NULL);
	struct mc_thread *list;
	size_t n;

	mc_thread_recent_ask(world->db, &session, talk->class.id);
	check_status(MC_OK, mc_thread_recent_take(world->db, world->arena, &list, &n));
	assert_int_equal(1, n);
	assert_int_equal(expected, list[0].n_unread);
	check_status(MC_OK, mc_thread_list(world->db, world->arena, talk->class.id,
				    list[0].discussion, reader, role, &list, &n));
	assert_int_equal(1, n);
	assert_int_equal(expected, list[0].n_unread);
}

static void
test_what_is_behind_the_last_message_read_is_new_to_each(void **state)
{
	struct world *world = *state;
	struct talk talk = talk_in(world);
	mc_user_id teacher = talk.class.instructor_id;

	check_count(world, talk.ben, talk.class.id, 0, 0);
	say(world, talk.open, teacher, 3);
	say(world, talk.private, talk.ben, 2);
	check_open(world, &talk, talk.ben, 3);
	check_status(MC_OK, mc_reading_mark(world->db, talk.open, talk.ben, 2));
	check_open(world, &talk, talk.ben, 1);
	check_open(world, &talk, talk.cleo, 3);
	check_private(world, &talk, teacher, MC_ROLE_INSTRUCTOR, 2);
	check_status(MC_OK, mc_reading_mark(world->db, talk.private, teacher, 1));
	check_private(world, &talk, teacher, MC_ROLE_INSTRUCTOR, 1);
	say(world, talk.private, teacher, 1);
	check_private(world, &talk, talk.ben, MC_ROLE_STUDENT, 3);
	check_count(world, teacher, talk.class.id, 0, 1);
	check_count(world, talk.ben, talk.class.id, 1, 1);
	check_count(world, talk.cleo, talk.class.id, 1, 0);
}

static void
test_a_mark_never_goes_back_and_never_beyond_the_room(void **state)
{
	struct world *world = *state;
	struct talk talk = talk_in(world);
	const int64_t marks[] = { 1, 3, 2, 1, INT64_MAX };
	const int64_t left[] = { 2, 0, 0, 0, 0 };

	check_status(MC_OK, mc_reading_mark(world->db, talk.open, talk.ben, INT64_MAX));
	say(world, talk.open, talk.cleo, 3);
	check_open(world, &talk, talk.ben, 3);
	for (size_t i = 0; i < MC_COUNT(marks); i++) {
		check_status(MC_OK, mc_reading_mark(world->db, talk.open, talk.ben, marks[i]));
		check_open(world, &talk, talk.ben, left[i]);
	}
	say(world, talk.open, talk.cleo, 1);
	check_open(world, &talk, talk.ben, 1);
	/* With something to mark, too. */
	check_status(MC_OK, mc_reading_mark(world->db, talk.open, talk.ben, INT64_MAX));
	check_open(world, &talk, talk.ben, 0);
	say(world, talk.open, talk.cleo, 1);
	check_open(world, &talk, talk.ben, 1);
}

static enum mc_status
call_mark_two(struct call *call)
{
	return mc_reading_mark(call->db, call->live.room, call->user, 2);
}

/* As with a page and a chat that are both open. */
static void
test_of_two_marks_at_the_same_time_the_greater_one_stays(void **state)
{
	struct world *world = *state;
	struct talk talk = talk_in(world);
	struct call call = { .function = call_mark_two,
		.db = world->other,
		.live.room = talk.open,
		.user = talk.ben };
	struct mc_tx tx;

	say(world, talk.open, talk.cleo, 3);
	mc_tx_begin(&tx, world->db);
	check_status(MC_OK, mc_reading_mark(world->db, talk.open, talk.ben, 3));
	run_behind(&tx, true, &call);
	check_status(MC_OK, call.status);
	check_open(world, &talk, talk.ben, 0);
}

static void
test_what_would_change_nothing_is_not_written(void **state)
{
	static const struct mc_sql version = {
		"test_version",
		"SELECT xmin::text::int8 FROM mc.reading WHERE room_id = $1",
	};
	struct world *world = *state;
	struct talk talk = talk_in(world);

	say(world, talk.open, talk.cleo, 3);
	check_status(MC_OK, mc_reading_mark(world->db, talk.open, talk.ben, 2));
	int64_t before = number(world->db, &version, MC_PARAMS(mc_p_id(talk.open)));
	for (int64_t seq = 1; seq <= 2; seq++)
		check_status(MC_OK, mc_reading_mark(world->db, talk.open, talk.ben, seq));
	assert_int_equal(before, number(world->db, &version, MC_PARAMS(mc_p_id(talk.open))));
	check_status(MC_OK, mc_reading_mark(world->db, talk.open, talk.ben, 3));
	assert_int_not_equal(before, number(world->db, &version, MC_PARAMS(mc_p_id(talk.open))));
}

static void
test_all_is_what_one_may_read_and_nothing_of_others(void **state)
{
	static const struct mc_sql marks = {
		"test_marks",
		"SELECT count(*) FROM mc.reading WHERE class_id = $1",
	};
	struct world *world = *state;
	struct talk talk = talk_in(world), other = talk_in(world);
	mc_user_id teacher = talk.class.instructor_id, stranger = test_person(world);

	say(world, talk.open, talk.cleo, 2);
	say(world, talk.private, talk.ben, 2);
	say(world, other.open, other.cleo, 1);
	check_status(MC_OK, mc_reading_mark_all(world->db, talk.class.id, stranger, mc_time_now()));
	check_status(
		MC_OK, mc_reading_mark_all(world->db, talk.class.id, talk.cleo, mc_time_now()));
	assert_int_equal(1, number(world->db, &marks, MC_PARAMS(mc_p_id(talk.class.id))));
	check_status(MC_OK, mc_reading_mark_all(world->db, talk.class.id, talk.ben, mc_time_now()));
	assert_int_equal(3, number(world->db, &marks, MC_PARAMS(mc_p_id(talk.class.id))));
	check_count(world, talk.ben, talk.class.id, 0, 0);
	check_count(world, talk.cleo, talk.class.id, 0, 0);
	check_count(world, teacher, talk.class.id, 1, 1);
	check_count(world, other.ben, other.class.id, 1, 0);
	say(world, talk.private, teacher, 1);
	check_private(world, &talk, talk.ben, MC_ROLE_STUDENT, 1);
	check_status(MC_OK, mc_reading_mark_all(world->db, talk.class.id, talk.ben, mc_time_now()));
	check_private(world, &talk, talk.ben, MC_ROLE_STUDENT, 0);
}

static void
test_what_came_since_stays_new_to_who_marks_all(void **state)
{
	struct world *world = *state;
	struct talk talk = talk_in(world);

	say(world, talk.open, talk.cleo, 3);
	struct mc_time until = mc_time_now();
	say(world, talk.open, talk.cleo, 2);
	say(world, talk.private, talk.class.instructor_id, 1);
	check_status(MC_OK, mc_reading_mark_all(world->db, talk.class.id, talk.ben, until));
	check_open(world, &talk, talk.ben, 2);
	check_private(world, &talk, talk.ben, MC_ROLE_STUDENT, 1);
}

static void
test_the_room_that_is_open_is_not_counted(void **state)
{
	struct world *world = *state;
	struct talk talk = talk_in(world);
	struct mc_digest session = test_log_in(world, talk.ben, NULL);
	struct mc_unread unread;

	say(world, talk.open, talk.cleo, 1);
	say(world, talk.private, talk.ben, 1);
	mc_reading_count_ask(world->db, &session, talk.class.id, talk.private);
	check_status(MC_OK, mc_reading_count_take(world->db, &unread));
	assert_true(unread.n_discussions == 1 && unread.n_threads == 0);
}

/* A newcomer, somebody who begins to teach, and somebody who was away. */
static void
test_what_was_there_before_one_came_is_not_new(void **state)
{
	struct world *world = *state;
	struct talk talk = talk_in(world);
	mc_class_id class = talk.class.id;

	say(world, talk.open, talk.ben, 2);
	say(world, talk.private, talk.ben, 2);
	mc_user_id late = test_student(world, &talk.class);
	check_count(world, late, class, 0, 0);
	say(world, talk.open, talk.ben, 1);
	check_count(world, late, class, 1, 0);

	check_open(world, &talk, talk.cleo, 3);
	check_status(MC_OK, mc_membership_set_role(world->db, class, talk.cleo, MC_ROLE_INSTRUCTOR,
				    talk.class.instructor_id));
	check_open(world, &talk, talk.cleo, 3);
	check_count(world, talk.cleo, class, 1, 0);
	say(world, talk.private, talk.ben, 1);
	check_count(world, talk.cleo, class, 1, 1);

	check_status(MC_OK, mc_reading_mark_all(world->db, class, late, mc_time_now()));
	check_status(MC_OK, mc_membership_leave(world->db, class, late));
	say(world, talk.open, talk.ben, 2);
	struct mc_join_code code = test_code(&talk.class);
	struct mc_classroom joined;
	check_status(MC_OK, mc_classroom_join(world->db, late, &code, &joined));
	check_open(world, &talk, late, 2);
}

static void
test_what_was_in_private_threads_is_not_new_whenever_one_begins_to_teach(void **state)
{
	struct world *world = *state;
	struct talk talk = talk_in(world);
	mc_class_id class = talk.class.id;
	mc_user_id teacher = talk.class.instructor_id;
	mc_room_id own = open_thread(world, talk.open, talk.cleo);

	say(world, own, teacher, 2);
	check_status(MC_OK, mc_reading_mark(world->db, own, talk.cleo, 1));
	check_count(world, talk.cleo, class, 0, 1);
	for (int64_t i = 0; i < 3; i++) {
		say(world, talk.private, talk.ben, 1);
		say(world, talk.open, talk.ben, 1);
		check_status(MC_OK, mc_membership_set_role(world->db, class, talk.cleo,
					    MC_ROLE_INSTRUCTOR, teacher));
		check_count(world, talk.cleo, class, 1, 0);
		check_open(world, &talk, talk.cleo, i + 1);
		say(world, talk.private, talk.ben, 1);
		check_count(world, talk.cleo, class, 1, 1);
		check_status(MC_OK, mc_membership_set_role(
					    world->db, class, talk.cleo, MC_ROLE_STUDENT, teacher));
	}
}

static void
test_a_thread_that_is_unread_is_recent_however_long_ago_it_was_written_in(void **state)
{
	struct world *world = *state;
	struct talk talk = talk_in(world);
	mc_user_id teacher = talk.class.instructor_id;
	struct mc_digest session = test_log_in(world, teacher, NULL);
	mc_room_id last = 0;
	struct mc_thread *list;
	size_t n;

	say(world, talk.private, talk.ben, 1);
	for (int i = 0; i < MC_THREADS_RECENT_MAX; i++) {
		mc_user_id student = test_student(world, &talk.class);
		last = open_thread(world, talk.open, student);
		say(world, last, student, 1);
		check_status(MC_OK, mc_reading_mark(world->db, last, teacher, 1));
	}
	mc_thread_recent_ask(world->db, &session, talk.class.id);
	check_status(MC_OK, mc_thread_recent_take(world->db, world->arena, &list, &n));
	assert_int_equal(MC_THREADS_RECENT_MAX, n);
	assert_true(list[0].room == talk.private && list[1].room == last);
}

/* All statements of this connection are planned here, on tables that nobody has analysed. */
static void
test_a_mark_is_looked_up_for_each_room_and_no_other_with_it(void **state)
{
	enum { ROOMS = 40 };
	struct world *world = *state;
	struct talk talk = talk_in(world);
	struct mc_digest session = test_log_in(world, talk.class.instructor_id, NULL);
	struct mc_unread unread;
	struct mc_discussion *list;
	struct mc_tx tx;
	size_t n;

	for (int i = 1; i < ROOMS; i++)
		say(world, discuss(world, &talk.class), talk.ben, 1);
	say(world, talk.open, talk.ben, 1);
	check_status(MC_OK, mc_reading_mark_all(world->db, talk.class.id, talk.class.instructor_id,
				    mc_time_now()));
	mc_tx_begin(&tx, world->db);
	mc_reading_count_ask(world->db, &session, talk.class.id, 0);
	check_status(MC_OK, mc_reading_count_take(world->db, &unread));
	assert_int_equal(ROOMS, rows_read(world->db, MC_STR("reading")));
	mc_discussion_list_ask(world->db, &session, talk.class.id);
	check_status(MC_OK, mc_discussion_list_take(world->db, world->arena, &list, &n));
	assert_int_equal(ROOMS, n);
	assert_int_equal(2 * ROOMS, rows_read(world->db, MC_STR("reading")));
	check_status(MC_OK, mc_tx_commit(&tx));
	mc_tx_finish(&tx);
}

/* As somebody's script does. */
static void
say_without_end(struct world *world, mc_room_id room, mc_user_id sender, size_t n)
{
	struct mc_message_new messages[MC_MESSAGE_BATCH_MAX];
	struct mc_message_result results[MC_MESSAGE_BATCH_MAX];

	for (size_t done = 0, now; done < n; done += now) {
		now = n - done < MC_MESSAGE_BATCH_MAX ? n - done : MC_MESSAGE_BATCH_MAX;
		for (size_t i = 0; i < now; i++)
			messages[i] = (struct mc_message_new){ .room = room,
				.sender = sender,
				.client_id = mc_arena_printf(
					world->arena, "s%lld", (long long)test_number()),
				.body = MC_STR("It is noon.") };
		check_status(MC_OK, mc_message_append(world->db, messages, now, false, results));
	}
}

static void
test_of_what_one_wrote_oneself_only_the_last_thousand_are_looked_at(void **state)
{
	struct world *world = *state;
	struct talk talk = talk_in(world);
	mc_user_id teacher = talk.class.instructor_id;
	struct mc_digest session = test_log_in(world, teacher, NULL);
	struct mc_unread unread;
	struct mc_tx tx;

	say_without_end(world, talk.open, teacher, 999);
	check_open(world, &talk, teacher, 0);
	say(world, talk.open, talk.ben, 1);
	say_without_end(world, talk.open, teacher, 999);
	check_open(world, &talk, teacher, 1000);
	say_without_end(world, talk.open, teacher, 1001);
	/* Something is new, and is before those. */
	check_open(world, &talk, teacher, 2000);
	mc_tx_begin(&tx, world->db);
	int64_t read_before = rows_read(world->db, MC_STR("message"));
	mc_reading_count_ask(world->db, &session, talk.class.id, 0);
	check_status(MC_OK, mc_reading_count_take(world->db, &unread));
	assert_int_equal(1, unread.n_discussions);
	assert_int_equal(1000, rows_read(world->db, MC_STR("message")) - read_before);
	check_status(MC_OK, mc_tx_commit(&tx));
	mc_tx_finish(&tx);
	check_status(MC_OK, mc_reading_mark(world->db, talk.open, teacher, 2000));
	check_open(world, &talk, teacher, 0);
	check_open(world, &talk, talk.cleo, 3000);
}

static void
test_what_one_wrote_last_is_not_new_to_oneself(void **state)
{
	struct world *world = *state;
	struct talk talk = talk_in(world);

	say(world, talk.open, talk.ben, 2);
	check_open(world, &talk, talk.ben, 0);
	check_open(world, &talk, talk.cleo, 2);
	check_count(world, talk.ben, talk.class.id, 0, 0);
	say(world, talk.open, talk.cleo, 1);
	say(world, talk.open, talk.ben, 1);
	check_open(world, &talk, talk.ben, 3);
	check_count(world, talk.ben, talk.class.id, 1, 0);
	check_open(world, &talk, talk.cleo, 4);
	check_status(MC_OK, mc_reading_mark(world->db, talk.open, talk.ben, 3));
	check_open(world, &talk, talk.ben, 0);
}

static void
test_a_live_class_is_never_new_nor_marked(void **state)
{
	static const struct mc_sql marks = {
		"test_marks",
		"SELECT count(*) FROM mc.reading WHERE room_id = $1",
	};
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id ben = test_student(world, &class);
	mc_room_id live = start_live(world, &class);

	say(world, live, ben, 2);
	check_status(MC_OK, mc_reading_mark(world->db, live, ben, 1));
	check_status(MC_OK, mc_reading_mark_all(world->db, class.id, ben, mc_time_now()));
	check_count(world, ben, class.id, 0, 0);
	check_count(world, class.instructor_id, class.id, 0, 0);
	assert_int_equal(0, number(world->db, &marks, MC_PARAMS(mc_p_id(live))));
}

static void
test_nobody_who_is_not_in_the_class_now_is_told_what_is_new(void **state)
{
	struct world *world = *state;
	struct talk talk = talk_in(world);
	mc_user_id stranger = test_person(world);

	say(world, talk.open, talk.class.instructor_id, 1);
	say(world, talk.private, talk.class.instructor_id, 1);
	check_count(world, stranger, talk.class.id, 0, 0);
	check_count(world, talk.ben, talk.class.id, 1, 1);
	check_status(MC_OK, mc_membership_leave(world->db, talk.class.id, talk.ben));
	check_count(world, talk.ben, talk.class.id, 0, 0);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_what_is_behind_the_last_message_read_is_new_to_each),
		with_world(test_a_mark_never_goes_back_and_never_beyond_the_room),
		with_world(test_of_two_marks_at_the_same_time_the_greater_one_stays),
		with_world(test_what_would_change_nothing_is_not_written),
		with_world(test_all_is_what_one_may_read_and_nothing_of_others),
		with_world(test_what_came_since_stays_new_to_who_marks_all),
		with_world(test_the_room_that_is_open_is_not_counted),
		with_world(test_what_was_there_before_one_came_is_not_new),
		with_world(
			test_what_was_in_private_threads_is_not_new_whenever_one_begins_to_teach),
		with_world(
			test_a_thread_that_is_unread_is_recent_however_long_ago_it_was_written_in),
		with_world(test_a_mark_is_looked_up_for_each_room_and_no_other_with_it),
		with_world(test_what_one_wrote_last_is_not_new_to_oneself),
		with_world(test_of_what_one_wrote_oneself_only_the_last_thousand_are_looked_at),
		with_world(test_a_live_class_is_never_new_nor_marked),
		with_world(test_nobody_who_is_not_in_the_class_now_is_told_what_is_new),
	};

	return cmocka_run_group_tests_name("model/reading", tests, NULL, NULL);
}
