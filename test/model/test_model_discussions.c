/* Discussions and private threads against a real PostgreSQL, also two at a time. */

#include "test/model/behind.h"
#include "test/model/rooms.h"

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
	struct mc_digest session = test_log_in(world, student, NULL);
	mc_discussion_find_ask(world->other, &session, class.id, made.id);
	check_status(MC_OK, mc_discussion_find_take(world->other, &seen));
	assert_true(seen.id == made.id && seen.room == made.room);
	assert_true(seen.created_at.us == made.created_at.us);
	assert_int_equal(2, seen.n_messages);
	check_status(MC_OK, mc_room_find(world->db, student, made.room, &room));
	assert_int_equal(MC_ROOM_DISCUSSION, room.kind);
	assert_true(room.owner == made.id);
	mc_discussion_find_ask(world->db, &session, other.id, made.id);
	check_status(MC_NOT_FOUND, mc_discussion_find_take(world->db, &seen));
}

static void
test_discussions_are_listed_by_what_was_written_last_and_only_of_the_class(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	struct mc_discussion *list;
	size_t n;

	struct mc_discussion one = discussion_on(world, &class, "One");
	(void)discussion_on(world, &other, "Elsewhere");
	(void)discussion_on(world, &class, "Two");
	struct mc_digest session = test_log_in(world, class.instructor_id, NULL);
	mc_discussion_list_ask(world->db, &session, class.id);
	check_status(MC_OK, mc_discussion_list_take(world->db, world->arena, &list, &n));
	assert_int_equal(2, n);
	check_text("Two", list[0].topic);
	check_text("One", list[1].topic);
	assert_true(list[0].last_at.us == 0 && list[1].last_at.us == 0);

	struct mc_message_result written = append(world->db, one.room, class.instructor_id, "1");
	(void)discussion_on(world, &class, "Three");
	mc_discussion_list_ask(world->db, &session, class.id);
	check_status(MC_OK, mc_discussion_list_take(world->db, world->arena, &list, &n));
	assert_int_equal(3, n);
	check_text("Three", list[0].topic);
	check_text("One", list[1].topic);
	check_text("Two", list[2].topic);
	assert_true(list[1].last_at.us == written.at.us);
}

static void
test_creating_a_discussion_again_gives_the_first(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id second = test_student(world, &class);
	struct mc_discussion first, again, other;

	check_status(MC_OK, create(world, &class, "One", "c-1", &first));
	check_status(MC_OK, create(world, &class, "One, again", "c-1", &again));
	assert_true(again.id == first.id && again.room == first.room);
	check_text("One", again.topic);
	assert_int_equal(1, count_rooms(world->db, class.id));
	check_status(MC_OK, create(world, &class, "Two", "c-2", &other));
	assert_true(other.id != first.id);
	/* It is of whoever creates: another teacher may have the same. */
	check_status(MC_OK, mc_membership_set_role(world->db, class.id, second, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	check_status(MC_OK, mc_discussion_create(world->db, class.id, second, MC_STR("Three"),
				    MC_STR("c-1"), &other));
	assert_true(other.id != first.id);
	check_status(MC_OK, mc_discussion_create(world->db, class.id, second, MC_STR("Three"),
				    MC_STR("c-1"), &again));
	assert_true(again.id == other.id);
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

static void
test_a_closed_discussion_is_read_only_until_it_is_open_again(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class), by = class.instructor_id;
	struct mc_discussion made = discussion_on(world, &class, "One"), closed, again;
	struct mc_thread thread;
	struct mc_room room;
	bool created;

	assert_int_equal(0, made.closed_at.us);
	check_status(MC_OK, append(world->db, made.room, student, "1").status);
	check_status(MC_OK,
		mc_thread_open(world->db, class.id, made.id, student, student, &thread, &created));
	check_status(
		MC_OK, mc_discussion_set_closed(world->db, class.id, made.id, by, true, &closed));
	assert_true(closed.id == made.id && closed.closed_at.us >= made.created_at.us);
	assert_int_equal(1, closed.n_messages);
	assert_int_equal(1, closed.n_unread);
	check_status(MC_OK, mc_room_find(world->db, student, made.room, &room));
	assert_true(room.ended);
	check_status(MC_CONFLICT, append(world->db, made.room, student, "2").status);
	check_status(MC_OK, append(world->db, made.room, student, "1").status);
	check_status(MC_OK, append(world->db, thread.room, student, "1").status);
	/* Since when it is. */
	check_status(
		MC_OK, mc_discussion_set_closed(world->db, class.id, made.id, by, true, &again));
	assert_true(again.closed_at.us == closed.closed_at.us);

	for (int i = 0; i < 2; i++) {
		check_status(MC_OK,
			mc_discussion_set_closed(world->db, class.id, made.id, by, false, &again));
		assert_int_equal(0, again.closed_at.us);
	}
	struct mc_message_result next = append(world->db, made.room, student, "2");
	check_status(MC_OK, next.status);
	assert_int_equal(2, next.seq);
}

static void
test_a_topic_is_changed_and_what_was_written_stays(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_discussion made = discussion_on(world, &class, "Wun"), changed;
	char topic[MC_TOPIC_MAX + 2];

	check_status(MC_OK, append(world->db, made.room, class.instructor_id, "1").status);
	check_status(MC_OK, mc_discussion_rename(world->db, class.id, made.id, class.instructor_id,
				    MC_STR("One"), &changed));
	check_text("One", changed.topic);
	check_text("Ada Lovelace", changed.created_by);
	assert_true(changed.id == made.id && changed.room == made.room);
	assert_int_equal(1, changed.n_messages);
	assert_int_equal(0, changed.closed_at.us);
	memset(topic, 'x', sizeof(topic));
	check_status(
		MC_INVALID, mc_discussion_rename(world->db, class.id, made.id, class.instructor_id,
				    (struct mc_str){ topic, MC_TOPIC_MAX + 1 }, &changed));
}

static void
test_only_who_teaches_the_class_changes_its_discussions(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	struct mc_discussion made = discussion_on(world, &class, "One"), seen;
	mc_user_id gone = test_student(world, &class);

	check_status(MC_OK, mc_membership_set_role(world->db, class.id, gone, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	check_status(MC_OK, mc_membership_remove(world->db, class.id, gone, class.instructor_id));
	const struct {
		mc_class_id class;
		mc_user_id by;
	} cases[] = {
		{ class.id, test_student(world, &class) },
		{ class.id, other.instructor_id },
		{ other.id, other.instructor_id },
		{ class.id, gone },
	};
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		check_status(MC_NOT_FOUND, mc_discussion_rename(world->db, cases[i].class, made.id,
						   cases[i].by, MC_STR("Mine"), &seen));
		check_status(MC_NOT_FOUND, mc_discussion_set_closed(world->db, cases[i].class,
						   made.id, cases[i].by, true, &seen));
	}
	struct mc_digest session = test_log_in(world, class.instructor_id, NULL);
	mc_discussion_find_ask(world->db, &session, class.id, made.id);
	check_status(MC_OK, mc_discussion_find_take(world->db, &seen));
	check_text("One", seen.topic);
	assert_int_equal(0, seen.closed_at.us);
}

/* --- private threads --------------------------------------------------------------------- */

static struct mc_thread
thread_of(struct world *world, const struct mc_classroom *class, mc_discussion_id discussion,
	mc_user_id student)
{
	struct mc_thread thread;
	bool created;

	check_status(MC_OK, mc_thread_open(world->db, class->id, discussion, student,
				    class->instructor_id, &thread, &created));
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

	check_status(MC_OK,
		mc_thread_open(world->db, class.id, one.id, student, student, &first, &created));
	assert_true(created);
	assert_true(first.student_id == student);
	check_text("Ada Lovelace", first.student_name);
	assert_int_equal(0, first.n_messages);
	assert_int_equal(0, first.last_at.us);
	check_status(MC_OK, mc_thread_open(world->other, class.id, one.id, student,
				    class.instructor_id, &again, &created));
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
	return mc_thread_open(call->db, call->class, call->discussion, call->user, call->user,
		&call->thread, &call->created);
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
					    call.user, &thread, &created));
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
	check_status(MC_OK, mc_membership_leave(world->db, class.id, early));
	check_status(MC_OK, mc_membership_leave(world->db, class.id, gone));
	check_status(MC_OK, mc_membership_set_role(world->db, class.id, promoted,
				    MC_ROLE_INSTRUCTOR, class.instructor_id));
	int64_t rooms = count_rooms(world->db, class.id);
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_status(MC_NOT_FOUND,
			mc_thread_open(world->db, class.id, cases[i].discussion, cases[i].user,
				class.instructor_id, &thread, &created));
	assert_int_equal(rooms, count_rooms(world->db, class.id));
}

static void
test_a_student_opens_no_thread_for_another_whether_it_is_there_or_not(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id curious = test_student(world, &class), without = test_student(world, &class);
	mc_user_id with = test_student(world, &class);
	struct mc_discussion discussion = discussion_on(world, &class, "One");
	struct mc_thread thread;
	bool created;

	(void)thread_of(world, &class, discussion.id, with);
	int64_t rooms = count_rooms(world->db, class.id);
	check_status(MC_NOT_FOUND, mc_thread_open(world->db, class.id, discussion.id, with, curious,
					   &thread, &created));
	check_status(MC_NOT_FOUND, mc_thread_open(world->db, class.id, discussion.id, without,
					   curious, &thread, &created));
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

	check_status(MC_OK, mc_thread_list(world->db, world->arena, class.id, discussion.id,
				    class.instructor_id, MC_ROLE_INSTRUCTOR, &list, &n));
	assert_int_equal(4, n);
	assert_true(list[0].student_id == students[1] && list[0].room == threads[1].room);
	assert_int_equal(2, list[0].n_messages);
	assert_true(list[0].last_at.us == last.at.us);
	assert_true(list[1].student_id == students[3]);
	assert_int_equal(1, list[1].n_messages);
	assert_int_equal(0, list[2].last_at.us);
	assert_int_equal(0, list[3].last_at.us);

	check_status(MC_OK, mc_thread_list(world->db, world->arena, class.id, discussion.id,
				    students[3], MC_ROLE_STUDENT, &list, &n));
	assert_int_equal(1, n);
	assert_true(list[0].room == threads[3].room);
	check_text("Ada Lovelace", list[0].student_name);
	check_status(MC_OK, mc_thread_list(world->db, world->arena, class.id, other.id, students[3],
				    MC_ROLE_STUDENT, &list, &n));
	assert_int_equal(0, n);
}

/* --- what is new, over all discussions of a class -------------------------------------- */

static size_t
recent(struct world *world, const struct mc_digest *session, mc_class_id class,
	struct mc_thread **out)
{
	size_t n;

	mc_thread_recent_ask(world->db, session, class);
	check_status(MC_OK, mc_thread_recent_take(world->db, world->arena, out, &n));
	return n;
}

static size_t
count_recent(struct world *world, mc_user_id user, mc_class_id class)
{
	struct mc_digest session = test_log_in(world, user, NULL);
	struct mc_thread *list;

	return recent(world, &session, class, &list);
}

static void
test_recent_threads_are_those_written_in_of_all_discussions(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	struct mc_discussion one = discussion_on(world, &class, "One");
	struct mc_discussion two = discussion_on(world, &class, "Two");
	struct mc_discussion elsewhere = discussion_on(world, &other, "Elsewhere");
	mc_user_id ben = test_student(world, &class), cleo = test_student(world, &class);
	mc_user_id dora = test_student(world, &other);
	struct mc_digest teacher = test_log_in(world, class.instructor_id, NULL);
	struct mc_thread bens = thread_of(world, &class, one.id, ben);
	struct mc_thread cleos = thread_of(world, &class, two.id, cleo);
	struct mc_thread doras = thread_of(world, &other, elsewhere.id, dora), *list;

	(void)thread_of(world, &class, one.id, cleo);
	check_status(MC_OK, append(world->db, one.room, ben, "1").status);
	assert_int_equal(0, recent(world, &teacher, class.id, &list));

	check_status(MC_OK, append(world->db, bens.room, ben, "1").status);
	check_status(MC_OK, append(world->db, cleos.room, cleo, "1").status);
	check_status(MC_OK, append(world->db, doras.room, dora, "1").status);
	struct mc_message_result last = append(world->db, bens.room, class.instructor_id, "2");
	assert_int_equal(2, recent(world, &teacher, class.id, &list));
	assert_true(list[0].room == bens.room && list[0].student_id == ben);
	assert_true(list[0].discussion == one.id && list[0].last_at.us == last.at.us);
	assert_int_equal(2, list[0].n_messages);
	check_text("One", list[0].topic);
	check_text("Ada Lovelace", list[0].student_name);
	assert_true(list[1].room == cleos.room && list[1].discussion == two.id);
}

static void
test_recent_threads_are_for_the_student_and_who_teaches_now(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	struct mc_discussion discussion = discussion_on(world, &class, "One");
	mc_user_id ben = test_student(world, &class), cleo = test_student(world, &class);
	mc_user_id second = test_student(world, &class);
	struct mc_digest bens = test_log_in(world, ben, NULL), nobody = { { 0 } };
	struct mc_thread thread = thread_of(world, &class, discussion.id, ben), *list;

	check_status(MC_OK, append(world->db, thread.room, ben, "1").status);
	assert_int_equal(1, recent(world, &bens, class.id, &list));
	assert_true(list[0].room == thread.room);
	assert_int_equal(0, recent(world, &nobody, class.id, &list));
	assert_int_equal(0, count_recent(world, cleo, class.id));
	assert_int_equal(0, count_recent(world, other.instructor_id, class.id));
	assert_int_equal(0, count_recent(world, class.instructor_id, other.id));
	assert_int_equal(0, count_recent(world, second, class.id));
	check_status(MC_OK, mc_membership_set_role(world->db, class.id, second, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	assert_int_equal(1, count_recent(world, second, class.id));
	check_status(MC_OK, mc_membership_set_role(world->db, class.id, second, MC_ROLE_STUDENT,
				    class.instructor_id));
	assert_int_equal(0, count_recent(world, second, class.id));

	check_status(MC_OK, mc_membership_leave(world->db, class.id, ben));
	assert_int_equal(0, recent(world, &bens, class.id, &list));
	assert_int_equal(1, count_recent(world, class.instructor_id, class.id));
}

static void
test_the_most_recent_threads_are_enough(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_discussion discussion = discussion_on(world, &class, "One");
	struct mc_digest teacher = test_log_in(world, class.instructor_id, NULL);
	mc_room_id rooms[MC_THREADS_RECENT_MAX + 1];
	struct mc_thread *list;

	for (size_t i = 0; i < MC_COUNT(rooms); i++) {
		mc_user_id student = test_student(world, &class);
		rooms[i] = thread_of(world, &class, discussion.id, student).room;
		check_status(MC_OK, append(world->db, rooms[i], student, "1").status);
	}
	assert_int_equal(MC_THREADS_RECENT_MAX, recent(world, &teacher, class.id, &list));
	for (size_t i = 0; i < MC_THREADS_RECENT_MAX; i++)
		assert_true(list[i].room == rooms[MC_THREADS_RECENT_MAX - i]);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_a_discussion_has_a_topic_a_room_and_a_count_of_messages),
		with_world(
			test_discussions_are_listed_by_what_was_written_last_and_only_of_the_class),
		with_world(test_creating_a_discussion_again_gives_the_first),
		with_world(test_creating_a_discussion_twice_at_once_makes_one),
		with_world(test_a_discussion_that_cannot_be_is_refused),
		with_world(test_a_closed_discussion_is_read_only_until_it_is_open_again),
		with_world(test_a_topic_is_changed_and_what_was_written_stays),
		with_world(test_only_who_teaches_the_class_changes_its_discussions),
		with_world(test_a_thread_is_opened_once_for_a_student_in_a_discussion),
		with_world(test_a_thread_that_is_opened_twice_at_once_is_one_room),
		with_world(test_a_thread_for_somebody_who_is_no_student_there_is_not_found),
		with_world(test_a_student_opens_no_thread_for_another_whether_it_is_there_or_not),
		with_world(test_threads_are_listed_by_who_was_written_to_last),
		with_world(test_recent_threads_are_those_written_in_of_all_discussions),
		with_world(test_recent_threads_are_for_the_student_and_who_teaches_now),
		with_world(test_the_most_recent_threads_are_enough),
	};

	return cmocka_run_group_tests_name("model/discussions", tests, NULL, NULL);
}
