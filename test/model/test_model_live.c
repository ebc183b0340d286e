/* Live sessions, discussions and private threads against a real PostgreSQL, also two at a time. */

#include <pthread.h>

#include "libminiclass/limits.h"
#include "libminiclass/model/discussion.h"
#include "libminiclass/model/live.h"
#include "test/model/ear.h"
#include "test/model/rooms.h"

static struct mc_live
start(struct world *world, const struct mc_classroom *class, const char *title)
{
	struct mc_live live;

	check_status(MC_OK, mc_live_start(world->db, class->id, class->instructor_id,
				    mc_str_from(title), &live));
	return live;
}

static enum mc_status
current(struct mc_db *db, mc_class_id class, struct mc_live *out)
{
	mc_live_current_ask(db, class);
	return mc_live_current_take(db, out);
}

static enum mc_status
find(struct mc_db *db, mc_class_id class, mc_live_id id, struct mc_live *out)
{
	mc_live_find_ask(db, class, id);
	return mc_live_find_take(db, out);
}

static int64_t
count_rooms(struct mc_db *db, mc_class_id class)
{
	static const struct mc_sql sql = {
		"test_count_rooms",
		"SELECT count(*) FROM mc.room WHERE class_id = $1",
	};

	return number(db, &sql, MC_PARAMS(mc_p_id(class)));
}

static void
test_a_session_is_live_until_it_is_ended(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_live live, seen;
	struct mc_room room;

	check_status(MC_NOT_FOUND, current(world->db, class.id, &seen));
	check_status(MC_NOT_FOUND, mc_live_end(world->db, class.id, &seen));
	live = start(world, &class, "Week 1");
	check_text("Week 1", live.title);
	check_text("Ada Lovelace", live.started_by);
	assert_true(live.started_at.us != 0);
	assert_int_equal(0, live.ended_at.us);
	check_status(MC_OK, current(world->other, class.id, &seen));
	assert_true(seen.id == live.id && seen.room == live.room);
	assert_true(seen.started_at.us == live.started_at.us);
	check_status(MC_OK, mc_room_find(world->db, class.instructor_id, live.room, &room));
	assert_int_equal(MC_ROOM_LIVE, room.kind);
	assert_false(room.ended);

	check_status(MC_OK, mc_live_end(world->other, class.id, &seen));
	assert_true(seen.id == live.id && seen.ended_at.us > seen.started_at.us);
	check_text("Ada Lovelace", seen.started_by);
	check_status(MC_NOT_FOUND, current(world->db, class.id, &seen));
	check_status(MC_NOT_FOUND, mc_live_end(world->db, class.id, &seen));
	check_status(MC_OK, find(world->db, class.id, live.id, &seen));
	assert_true(seen.ended_at.us != 0);
}

static void
test_a_room_ends_with_its_session_and_it_is_told(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_live live = start(world, &class, "Week 1");
	struct mc_room room;
	char expected[64];
	struct ear *ear = listen_to("mc_access");

	check_status(MC_OK, append(world->db, live.room, class.instructor_id, "1").status);
	check_status(MC_OK, mc_live_end(world->db, class.id, &live));
	check_status(MC_OK, mc_room_find(world->db, class.instructor_id, live.room, &room));
	assert_true(room.ended);
	check_status(MC_CONFLICT, append(world->db, live.room, class.instructor_id, "2").status);
	(void)snprintf(expected, sizeof(expected), "room:%lld", (long long)live.room);
	hear(ear, 1);
	assert_string_equal(expected, ear->heard[0]);
	stop_listening(ear);
}

static void
test_at_most_one_is_live_in_a_class(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	struct mc_live first = start(world, &class, "Week 1"), second;

	check_status(MC_CONFLICT, mc_live_start(world->other, class.id, class.instructor_id,
					  MC_STR("Week 2"), &second));
	assert_true(second.id == first.id);
	check_text("Week 1", second.title);
	assert_int_equal(1, count_rooms(world->db, class.id));
	(void)start(world, &other, "Week 1");
	check_status(MC_OK, mc_live_end(world->db, class.id, &first));
	second = start(world, &class, "Week 2");
	assert_true(second.id != first.id && second.room != first.room);
}

/* What another thread does on a connection of its own. */
struct call {
	enum mc_status (*function)(struct call *call);
	struct mc_db *db;
	mc_class_id class;
	mc_user_id user;
	mc_discussion_id discussion;
	enum mc_status status;
	struct mc_live live;
	struct mc_discussion made;
	struct mc_thread thread;
	bool created;
};

static void *
run_call(void *arg)
{
	struct call *call = arg;
	call->status = call->function(call);
	return NULL;
}

/* Runs the call while the transaction is open, and ends that once the call waits for it. */
static void
run_behind(struct mc_tx *tx, bool commit, struct call *call)
{
	struct mc_db *observer = test_open("MC_DB_SUPERUSER");
	int64_t backend = test_backend(call->db);
	pthread_t thread;

	assert_int_equal(0, pthread_create(&thread, NULL, run_call, call));
	test_until_blocked(observer, backend);
	if (commit)
		check_status(MC_OK, mc_tx_commit(tx));
	mc_tx_finish(tx);
	assert_int_equal(0, pthread_join(thread, NULL));
	mc_db_close(observer);
}

static enum mc_status
call_start(struct call *call)
{
	return mc_live_start(call->db, call->class, call->user, MC_STR("Second"), &call->live);
}

static enum mc_status
call_end(struct call *call)
{
	return mc_live_end(call->db, call->class, &call->live);
}

static void
test_of_two_who_start_at_the_same_time_one_gets_the_others(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct call call = { .function = call_start,
		.db = world->other,
		.class = class.id,
		.user = class.instructor_id };
	struct mc_live live;
	struct mc_tx tx;

	mc_tx_begin(&tx, world->db);
	live = start(world, &class, "First");
	run_behind(&tx, true, &call);
	check_status(MC_CONFLICT, call.status);
	assert_true(call.live.id == live.id);
	check_text("First", call.live.title);
	assert_int_equal(1, count_rooms(world->db, class.id));
}

static void
test_a_start_that_was_taken_back_is_not_in_the_way(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct call call = { .function = call_start,
		.db = world->other,
		.class = class.id,
		.user = class.instructor_id };
	struct mc_live live;
	struct mc_tx tx;

	mc_tx_begin(&tx, world->db);
	(void)start(world, &class, "First");
	run_behind(&tx, false, &call);
	check_status(MC_OK, call.status);
	check_status(MC_OK, current(world->db, class.id, &live));
	check_text("Second", live.title);
}

static void
test_a_session_that_ends_meanwhile_makes_room_for_the_next(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_live first = start(world, &class, "First");
	struct call call = { .function = call_start,
		.db = world->other,
		.class = class.id,
		.user = class.instructor_id };
	struct mc_tx tx;

	mc_tx_begin(&tx, world->db);
	check_status(MC_OK, mc_live_end(world->db, class.id, &first));
	run_behind(&tx, true, &call);
	check_status(MC_OK, call.status);
	assert_true(call.live.id != first.id);
}

static void
test_a_session_ends_once(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_live live = start(world, &class, "First");
	struct call call = { .function = call_end, .db = world->other, .class = class.id };
	struct mc_tx tx;

	mc_tx_begin(&tx, world->db);
	check_status(MC_OK, mc_live_end(world->db, class.id, &live));
	run_behind(&tx, true, &call);
	check_status(MC_NOT_FOUND, call.status);
}

static void
test_only_instructors_start_a_session(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id was = test_student(world, &class);
	const mc_user_id others[] = { test_student(world, &class), test_person(world), was };
	struct mc_live live;

	check_status(MC_OK, mc_membership_set_role(world->db, class.id, was, MC_ROLE_INSTRUCTOR));
	check_status(MC_OK, mc_membership_end(world->db, class.id, was));
	for (size_t i = 0; i < MC_COUNT(others); i++)
		check_status(MC_FORBIDDEN,
			mc_live_start(world->db, class.id, others[i], MC_STR("Week 1"), &live));
	assert_int_equal(0, count_rooms(world->db, class.id));
}

static void
test_sessions_are_listed_newest_first_and_only_of_the_class(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	struct mc_live live, ended, *list;
	size_t n;

	live = start(world, &class, "");
	check_status(MC_OK, mc_live_end(world->db, class.id, &ended));
	(void)start(world, &class, "Week 2");
	(void)start(world, &other, "Elsewhere");
	mc_live_list_ask(world->db, class.id);
	check_status(MC_OK, mc_live_list_take(world->db, world->arena, &list, &n));
	assert_int_equal(2, n);
	check_text("Week 2", list[0].title);
	assert_int_equal(0, list[0].ended_at.us);
	check_text("", list[1].title);
	assert_true(list[1].ended_at.us == ended.ended_at.us);
	check_status(MC_NOT_FOUND, find(world->db, other.id, live.id, &ended));
	check_status(MC_NOT_FOUND, find(world->db, class.id, INT64_MAX, &ended));
}

static void
test_a_class_says_whether_it_is_live(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world)), seen;
	struct mc_digest digest = test_log_in(world, class.instructor_id, NULL);
	struct mc_live live;

	assert_false(class.live);
	(void)start(world, &class, "Week 1");
	check_status(MC_OK, test_see(world->db, &digest, class.id, &seen));
	assert_true(seen.live);
	check_status(MC_OK, mc_live_end(world->db, class.id, &live));
	check_status(MC_OK, test_see(world->db, &digest, class.id, &seen));
	assert_false(seen.live);
}

static void
test_a_title_that_is_too_long_is_refused(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	char title[MC_TITLE_MAX + 1];
	struct mc_live live;

	memset(title, 'x', sizeof(title));
	check_status(MC_INVALID, mc_live_start(world->db, class.id, class.instructor_id,
					 (struct mc_str){ title, sizeof(title) }, &live));
	assert_int_equal(0, count_rooms(world->db, class.id));
	check_status(MC_OK, mc_live_start(world->db, class.id, class.instructor_id,
				    (struct mc_str){ title, sizeof(title) - 1 }, &live));
}

/* --- discussions ------------------------------------------------------------------------- */

static enum mc_status
create(struct world *world, const struct mc_classroom *class, const char *topic,
	const char *client_id, struct mc_discussion *out)
{
	return mc_discussion_create(world->db, class->id, class->instructor_id, mc_str_from(topic),
		mc_str_from(client_id), out);
}

static struct mc_discussion
discussion_on(struct world *world, const struct mc_classroom *class, const char *topic)
{
	struct mc_discussion discussion;

	check_status(MC_OK, create(world, class, topic, "", &discussion));
	return discussion;
}

static void
test_a_discussion_has_a_topic_a_room_and_a_count_of_messages(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);
	struct mc_discussion made = discussion_on(world, &class, "Why is zero even?"), seen;
	struct mc_room room;

	check_text("Why is zero even?", made.topic);
	check_text("Ada Lovelace", made.created_by);
	assert_int_equal(0, made.n_messages);
	check_status(MC_OK, append(world->db, made.room, student, "1").status);
	check_status(MC_OK, append(world->db, made.room, class.instructor_id, "1").status);
	mc_discussion_find_ask(world->other, class.id, made.id);
	check_status(MC_OK, mc_discussion_find_take(world->other, &seen));
	assert_true(seen.id == made.id && seen.room == made.room);
	assert_true(seen.created_at.us == made.created_at.us);
	assert_int_equal(2, seen.n_messages);
	check_status(MC_OK, mc_room_find(world->db, student, made.room, &room));
	assert_int_equal(MC_ROOM_DISCUSSION, room.kind);
	assert_true(room.owner == made.id);
	mc_discussion_find_ask(world->db, other.id, made.id);
	check_status(MC_NOT_FOUND, mc_discussion_find_take(world->db, &seen));
}

static void
test_discussions_are_listed_newest_first_and_only_of_the_class(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	struct mc_discussion *list;
	size_t n;

	(void)discussion_on(world, &class, "One");
	(void)discussion_on(world, &other, "Elsewhere");
	(void)discussion_on(world, &class, "Two");
	mc_discussion_list_ask(world->db, class.id);
	check_status(MC_OK, mc_discussion_list_take(world->db, world->arena, &list, &n));
	assert_int_equal(2, n);
	check_text("Two", list[0].topic);
	check_text("One", list[1].topic);
}

static void
test_creating_a_discussion_again_gives_the_first(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_discussion first, again, other;

	check_status(MC_OK, create(world, &class, "One", "c-1", &first));
	check_status(MC_OK, create(world, &class, "One, again", "c-1", &again));
	assert_true(again.id == first.id && again.room == first.room);
	check_text("One", again.topic);
	assert_int_equal(1, count_rooms(world->db, class.id));
	check_status(MC_OK, create(world, &class, "Two", "c-2", &other));
	assert_true(other.id != first.id);
	/* Without one, each is a discussion of its own. */
	check_status(MC_OK, create(world, &class, "One", "", &again));
	check_status(MC_OK, create(world, &class, "One", "", &other));
	assert_true(again.id != other.id);
}

static enum mc_status
call_create(struct call *call)
{
	return mc_discussion_create(
		call->db, call->class, call->user, MC_STR("Second"), MC_STR("c-1"), &call->made);
}

static void
test_creating_a_discussion_twice_at_once_makes_one(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct call call = { .function = call_create,
		.db = world->other,
		.class = class.id,
		.user = class.instructor_id };
	struct mc_discussion first;
	struct mc_tx tx;

	mc_tx_begin(&tx, world->db);
	check_status(MC_OK, create(world, &class, "First", "c-1", &first));
	run_behind(&tx, true, &call);
	check_status(MC_OK, call.status);
	assert_true(call.made.id == first.id && call.made.room == first.room);
	check_text("First", call.made.topic);
	assert_int_equal(1, count_rooms(world->db, class.id));
}

static void
test_a_discussion_that_cannot_be_is_refused(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	const mc_user_id others[] = { test_student(world, &class), test_person(world) };
	char topic[MC_TOPIC_MAX + 2];
	struct mc_discussion discussion;

	for (size_t i = 0; i < MC_COUNT(others); i++)
		check_status(MC_FORBIDDEN, mc_discussion_create(world->db, class.id, others[i],
						   MC_STR("Why?"), MC_STR(""), &discussion));
	memset(topic, 'x', sizeof(topic));
	topic[sizeof(topic) - 1] = '\0';
	check_status(MC_INVALID, create(world, &class, topic, "", &discussion));
	check_status(MC_INVALID, create(world, &class, "", "", &discussion));
	assert_int_equal(0, count_rooms(world->db, class.id));
	topic[MC_TOPIC_MAX] = '\0';
	check_status(MC_OK, create(world, &class, topic, "", &discussion));
}

/* --- private threads --------------------------------------------------------------------- */

static struct mc_thread
thread_of(struct world *world, const struct mc_classroom *class, mc_discussion_id discussion,
	mc_user_id student)
{
	struct mc_thread thread;
	bool created;

	check_status(MC_OK,
		mc_thread_open(world->db, class->id, discussion, student, &thread, &created));
	return thread;
}

static void
test_a_thread_is_opened_once_for_a_student_in_a_discussion(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class), other = test_student(world, &class);
	struct mc_discussion one = discussion_on(world, &class, "One");
	struct mc_discussion two = discussion_on(world, &class, "Two");
	struct mc_thread first, again, elsewhere;
	struct mc_room room;
	bool created = false;

	check_status(MC_OK, mc_thread_open(world->db, class.id, one.id, student, &first, &created));
	assert_true(created);
	assert_true(first.student_id == student);
	check_text("Ada Lovelace", first.student_name);
	assert_int_equal(0, first.n_messages);
	assert_int_equal(0, first.last_at.us);
	check_status(
		MC_OK, mc_thread_open(world->other, class.id, one.id, student, &again, &created));
	assert_false(created);
	assert_true(again.room == first.room);
	elsewhere = thread_of(world, &class, two.id, student);
	assert_true(elsewhere.room != first.room);
	assert_true(thread_of(world, &class, one.id, other).room != first.room);

	check_status(MC_OK, mc_room_find(world->db, student, first.room, &room));
	assert_int_equal(MC_ROOM_THREAD, room.kind);
	assert_true(room.owner == one.id);
	check_status(MC_NOT_FOUND, mc_room_find(world->db, other, first.room, &room));
}

static enum mc_status
call_open(struct call *call)
{
	return mc_thread_open(
		call->db, call->class, call->discussion, call->user, &call->thread, &call->created);
}

static void
test_a_thread_that_is_opened_twice_at_once_is_one_room(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_discussion discussion = discussion_on(world, &class, "One");

	for (int commit = 0; commit < 2; commit++) {
		struct call call = { .function = call_open,
			.db = world->other,
			.class = class.id,
			.user = test_student(world, &class),
			.discussion = discussion.id };
		struct mc_thread thread;
		struct mc_tx tx;
		bool created;

		mc_tx_begin(&tx, world->db);
		check_status(MC_OK, mc_thread_open(world->db, class.id, discussion.id, call.user,
					    &thread, &created));
		assert_true(created);
		run_behind(&tx, commit, &call);
		check_status(MC_OK, call.status);
		assert_int_equal(!commit, call.created);
		if (commit)
			assert_true(call.thread.room == thread.room);
	}
}

static void
test_a_thread_for_somebody_who_is_no_student_there_is_not_found(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class), gone = test_student(world, &class);
	mc_user_id promoted = test_student(world, &class), early = test_student(world, &class);
	struct mc_discussion discussion = discussion_on(world, &class, "One");
	struct mc_discussion elsewhere = discussion_on(world, &other, "Elsewhere");
	const struct {
		mc_discussion_id discussion;
		mc_user_id user;
	} cases[] = {
		{ discussion.id, class.instructor_id },
		{ discussion.id, test_person(world) },
		{ discussion.id, test_student(world, &other) },
		{ discussion.id, gone },
		{ discussion.id, promoted },
		{ discussion.id, early },
		{ elsewhere.id, student },
		{ INT64_MAX, student },
	};
	struct mc_thread thread;
	bool created;

	(void)thread_of(world, &class, discussion.id, early);
	check_status(MC_OK, mc_membership_end(world->db, class.id, early));
	check_status(MC_OK, mc_membership_end(world->db, class.id, gone));
	check_status(
		MC_OK, mc_membership_set_role(world->db, class.id, promoted, MC_ROLE_INSTRUCTOR));
	int64_t rooms = count_rooms(world->db, class.id);
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_status(MC_NOT_FOUND, mc_thread_open(world->db, class.id, cases[i].discussion,
						   cases[i].user, &thread, &created));
	assert_int_equal(rooms, count_rooms(world->db, class.id));
}

static void
test_threads_are_listed_by_who_was_written_to_last(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_discussion discussion = discussion_on(world, &class, "One");
	struct mc_discussion other = discussion_on(world, &class, "Two");
	mc_user_id students[4];
	struct mc_thread threads[4], *list;
	size_t n;

	for (size_t i = 0; i < MC_COUNT(students); i++) {
		students[i] = test_student(world, &class);
		threads[i] = thread_of(world, &class, discussion.id, students[i]);
	}
	(void)thread_of(world, &class, other.id, students[0]);
	/* 3 is written in before 1, and nothing in 0 and 2. */
	check_status(MC_OK, append(world->db, threads[3].room, students[3], "1").status);
	check_status(MC_OK, append(world->db, threads[1].room, students[1], "1").status);
	struct mc_message_result last =
		append(world->db, threads[1].room, class.instructor_id, "2");
	check_status(MC_OK, last.status);

	check_status(MC_OK,
		mc_thread_list(world->db, world->arena, class.id, discussion.id, 0, &list, &n));
	assert_int_equal(4, n);
	assert_true(list[0].student_id == students[1] && list[0].room == threads[1].room);
	assert_int_equal(2, list[0].n_messages);
	assert_true(list[0].last_at.us == last.at.us);
	assert_true(list[1].student_id == students[3]);
	assert_int_equal(1, list[1].n_messages);
	assert_int_equal(0, list[2].last_at.us);
	assert_int_equal(0, list[3].last_at.us);

	check_status(MC_OK, mc_thread_list(world->db, world->arena, class.id, discussion.id,
				    students[3], &list, &n));
	assert_int_equal(1, n);
	assert_true(list[0].room == threads[3].room);
	check_text("Ada Lovelace", list[0].student_name);
	check_status(MC_OK, mc_thread_list(world->db, world->arena, class.id, other.id, students[3],
				    &list, &n));
	assert_int_equal(0, n);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_a_session_is_live_until_it_is_ended),
		with_world(test_a_room_ends_with_its_session_and_it_is_told),
		with_world(test_at_most_one_is_live_in_a_class),
		with_world(test_of_two_who_start_at_the_same_time_one_gets_the_others),
		with_world(test_a_start_that_was_taken_back_is_not_in_the_way),
		with_world(test_a_session_that_ends_meanwhile_makes_room_for_the_next),
		with_world(test_a_session_ends_once),
		with_world(test_only_instructors_start_a_session),
		with_world(test_sessions_are_listed_newest_first_and_only_of_the_class),
		with_world(test_a_class_says_whether_it_is_live),
		with_world(test_a_title_that_is_too_long_is_refused),
		with_world(test_a_discussion_has_a_topic_a_room_and_a_count_of_messages),
		with_world(test_discussions_are_listed_newest_first_and_only_of_the_class),
		with_world(test_creating_a_discussion_again_gives_the_first),
		with_world(test_creating_a_discussion_twice_at_once_makes_one),
		with_world(test_a_discussion_that_cannot_be_is_refused),
		with_world(test_a_thread_is_opened_once_for_a_student_in_a_discussion),
		with_world(test_a_thread_that_is_opened_twice_at_once_is_one_room),
		with_world(test_a_thread_for_somebody_who_is_no_student_there_is_not_found),
		with_world(test_threads_are_listed_by_who_was_written_to_last),
	};
	return cmocka_run_group_tests_name("model/live", tests, NULL, NULL);
}
