/* Live sessions against a real PostgreSQL, also two at a time. */

#include "test/model/behind.h"
#include "test/model/ear.h"
#include "test/model/lesson.h"
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
	struct mc_digest session = test_look(db, class);

	mc_live_current_ask(db, &session, MC_ROLE_STUDENT, class);
	return mc_live_current_take(db, out);
}

static enum mc_status
find(struct mc_db *db, mc_class_id class, mc_live_id id, struct mc_live *out)
{
	struct mc_digest session = test_look(db, class);

	mc_live_find_ask(db, &session, class, id);
	return mc_live_find_take(db, out);
}

static void
test_a_session_is_live_until_it_is_ended(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_live live, seen;
	struct mc_room room;

	check_status(MC_NOT_FOUND, current(world->db, class.id, &seen));
	check_status(MC_NOT_FOUND, mc_live_end(world->db, class.id, 0, class.instructor_id, &seen));
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

	check_status(MC_NOT_FOUND,
		mc_live_end(world->other, class.id, live.id + 1, class.instructor_id, &seen));
	check_status(
		MC_OK, mc_live_end(world->other, class.id, live.id, class.instructor_id, &seen));
	assert_true(seen.id == live.id && seen.ended_at.us > seen.started_at.us);
	check_text("Ada Lovelace", seen.started_by);
	check_status(MC_NOT_FOUND, current(world->db, class.id, &seen));
	check_status(MC_NOT_FOUND, mc_live_end(world->db, class.id, 0, class.instructor_id, &seen));
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
	check_status(MC_OK, mc_live_end(world->db, class.id, 0, class.instructor_id, &live));
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
	check_status(MC_OK, mc_live_end(world->db, class.id, 0, class.instructor_id, &first));
	second = start(world, &class, "Week 2");
	assert_true(second.id != first.id && second.room != first.room);
}

static enum mc_status
call_start(struct call *call)
{
	return mc_live_start(call->db, call->class, call->user, MC_STR("Second"), &call->live);
}

static enum mc_status
call_end(struct call *call)
{
	return mc_live_end(call->db, call->class, 0, call->user, &call->live);
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
	check_status(MC_OK, mc_live_end(world->db, class.id, 0, class.instructor_id, &first));
	run_behind(&tx, true, &call);
	check_status(MC_OK, call.status);
	assert_true(call.live.id != first.id);
}

/* Nobody reads who a session is by until it has ended. */
static enum mc_status
call_end_alone(struct call *call)
{
	static const struct mc_sql lock = { "test_lock", "LOCK TABLE mc.account" };
	struct mc_tx tx;

	mc_tx_begin(&tx, call->db);
	enum mc_status status = mc_db_run(call->db, &lock, NULL, MC_NO_PARAMS);
	if (status == MC_OK)
		status = mc_live_end(call->db, call->class, 0, call->user, &call->live);
	if (status == MC_OK)
		status = mc_tx_commit(&tx);
	mc_tx_finish(&tx);
	return status;
}

/* Its lock waits behind the start, so it has it as soon as that has found one in its way. */
static void
test_a_session_that_ends_before_it_can_be_named_makes_room_for_the_next(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_db *observer = test_open("MC_DB_SUPERUSER");
	struct call second = { .function = call_start,
		.db = world->other,
		.class = class.id,
		.user = class.instructor_id };
	struct call end = { .function = call_end_alone,
		.db = test_open("MC_DB_ADMIN"),
		.class = class.id,
		.user = class.instructor_id };
	int64_t backends[] = { test_backend(second.db), test_backend(end.db) };
	pthread_t threads[2];
	struct mc_live first;
	struct mc_tx tx;

	mc_tx_begin(&tx, world->db);
	first = start(world, &class, "First");
	assert_int_equal(0, pthread_create(&threads[0], NULL, run_call, &second));
	test_until_blocked(observer, backends[0]);
	assert_int_equal(0, pthread_create(&threads[1], NULL, run_call, &end));
	test_until_blocked(observer, backends[1]);
	check_status(MC_OK, mc_tx_commit(&tx));
	mc_tx_finish(&tx);
	for (size_t i = 0; i < MC_COUNT(threads); i++)
		assert_int_equal(0, pthread_join(threads[i], NULL));
	check_status(MC_OK, end.status);
	assert_true(end.live.id == first.id);
	check_status(MC_OK, second.status);
	assert_true(second.live.id != first.id);
	mc_db_close(end.db);
	mc_db_close(observer);
}

static void
test_a_session_ends_once(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_live live = start(world, &class, "First");
	struct call call = { .function = call_end,
		.db = world->other,
		.class = class.id,
		.user = class.instructor_id };
	struct mc_tx tx;

	mc_tx_begin(&tx, world->db);
	check_status(MC_OK, mc_live_end(world->db, class.id, 0, class.instructor_id, &live));
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

	check_status(MC_OK, mc_membership_set_role(world->db, class.id, was, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	check_status(MC_OK, mc_membership_leave(world->db, class.id, was));
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
	check_status(MC_OK, mc_live_end(world->db, class.id, 0, class.instructor_id, &ended));
	(void)start(world, &class, "Week 2");
	(void)start(world, &other, "Elsewhere");
	struct mc_digest session = test_look(world->db, class.id);
	mc_live_list_ask(world->db, &session, class.id, 100);
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
	check_status(MC_OK, mc_live_end(world->db, class.id, 0, class.instructor_id, &live));
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

static enum mc_status
set_counts(struct mc_db *db, const struct mc_classroom *class, mc_live_id id, bool counts,
	const char *reason, struct mc_live *out)
{
	return mc_live_set_counts(
		db, class->id, id, counts, mc_str_from(reason), class->instructor_id, out);
}

static void
check_counts(struct mc_db *db, struct mc_arena *arena, const struct mc_classroom *class,
	mc_live_id id, bool counts)
{
	struct mc_digest session = test_look(db, class->id);
	struct mc_live seen, *list;
	size_t n;

	check_status(MC_OK, find(db, class->id, id, &seen));
	assert_int_equal(counts, seen.counts);
	mc_live_list_ask(db, &session, class->id, 100);
	check_status(MC_OK, mc_live_list_take(db, arena, &list, &n));
	assert_true(n > 0 && list[0].id == id);
	assert_int_equal(counts, list[0].counts);
	if (seen.ended_at.us == 0) {
		check_status(MC_OK, current(db, class->id, &seen));
		assert_int_equal(counts, seen.counts);
	}
}

static void
test_a_session_counts_until_it_is_left_out_and_after_it_is_taken_in(void **state)
{
	struct world *world = *state;
	struct mc_db *db = world->db;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_live live = start(world, &class, "Is this on?"), seen;

	assert_true(live.counts);
	check_counts(db, world->arena, &class, live.id, true);
	check_status(MC_OK, find(db, class.id, live.id, &seen));
	assert_null(seen.decision.reason.ptr);
	assert_null(seen.decision.by.ptr);
	assert_int_equal(0, seen.decision.at.us);

	check_status(MC_OK, set_counts(db, &class, live.id, false, "By mistake", &seen));
	assert_true(seen.id == live.id && seen.room == live.room && !seen.counts);
	check_text("Is this on?", seen.title);
	check_text("Ada Lovelace", seen.started_by);
	check_status(MC_OK, set_counts(db, &class, live.id, false, "To try it", &seen));
	check_counts(db, world->arena, &class, live.id, false);
	check_status(MC_OK, find(db, class.id, live.id, &seen));
	check_text("To try it", seen.decision.reason);
	check_text("Ada Lovelace", seen.decision.by);
	assert_true(seen.decision.at.us >= live.started_at.us);

	check_status(MC_OK, mc_live_end(db, class.id, 0, class.instructor_id, &seen));
	assert_false(seen.counts);
	check_counts(db, world->arena, &class, live.id, false);
	check_status(MC_OK, set_counts(db, &class, live.id, true, "It was one", &seen));
	assert_true(seen.counts && seen.ended_at.us != 0);
	check_counts(db, world->arena, &class, live.id, true);
	check_status(MC_OK, find(db, class.id, live.id, &seen));
	check_text("It was one", seen.decision.reason);

	(void)set_counts(db, &class, live.id, false, "It was none", &seen);
	assert_true(start(world, &class, "The next one").counts);
}

static void
test_only_an_instructor_says_whether_a_session_counts_and_only_of_the_class(void **state)
{
	struct world *world = *state;
	struct mc_db *db = world->db;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom other = test_class(world, test_person(world));
	const mc_user_id others[] = { test_student(world, &class), other.instructor_id };
	mc_live_id id = start(world, &class, "Week 1").id;
	struct mc_live live;

	for (size_t i = 0; i < MC_COUNT(others); i++)
		check_status(MC_FORBIDDEN, mc_live_set_counts(db, class.id, id, false,
						   MC_STR("Why not"), others[i], &live));
	check_status(MC_NOT_FOUND, set_counts(db, &other, id, false, "Why not", &live));
	check_status(MC_NOT_FOUND, set_counts(db, &class, INT64_MAX, false, "Why not", &live));
	check_status(MC_INVALID, set_counts(db, &class, id, false, "", &live));
	check_counts(db, world->arena, &class, id, true);
}

static void
test_every_word_on_whether_a_session_counts_is_kept(void **state)
{
	struct world *world = *state;
	struct mc_db *db = world->db;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_live live = start(world, &class, "Week 1"), seen;
	static const struct mc_sql kept = {
		"test_counting_kept",
		"SELECT count(*), string_agg(reason, ' ' ORDER BY id) FROM mc.live_counting"
		" WHERE class_id = $1 AND live_id = $2 AND decided_by = $3"
		" AND decided_at > now() - interval '10 minutes'",
	};
	static const struct mc_sql changes[] = {
		{ "test_change_counting", "UPDATE mc.live_counting SET counts = true" },
		{ "test_drop_counting", "DELETE FROM mc.live_counting" },
		{ "test_date_counting", "INSERT INTO mc.live_counting (class_id, live_id, counts,"
					" reason, decided_by, decided_at)"
					" SELECT class_id, live_id, counts, reason, decided_by,"
					" now() FROM mc.live_counting" },
	};
	struct mc_row row;

	check_status(MC_OK, set_counts(db, &class, live.id, false, "one", &seen));
	check_status(MC_OK, set_counts(db, &class, live.id, true, "two", &seen));
	check_status(MC_OK, set_counts(db, &class, live.id, true, "three", &seen));
	check_status(MC_OK, mc_db_one(db, &kept, &row,
				    MC_PARAMS(mc_p_id(class.id), mc_p_id(live.id),
					    mc_p_id(class.instructor_id))));
	assert_int_equal(3, mc_row_int(&row, 0));
	check_text("one two three", mc_row_text(&row, 1));
	for (size_t i = 0; i < MC_COUNT(changes); i++)
		check_status(MC_FORBIDDEN, mc_db_run(db, &changes[i], NULL, MC_NO_PARAMS));
}

static void
set_clock_back(const struct mc_live *live, int64_t seconds)
{
	static const struct mc_sql sql = {
		"test_live_start",
		"UPDATE mc.live_session SET started_at = started_at - $2 * interval '1 second'"
		" WHERE id = $1",
	};

	as_admin(&sql, MC_PARAMS(mc_p_id(live->id), mc_p_int((int32_t)seconds)));
}

/* Who is closed has left a little after the last beat. */
static void
add_stay(struct world *world, mc_room_id room, mc_user_id user, int64_t ago, bool closed)
{
	static const struct mc_sql sql = {
		"test_live_stay",
		"INSERT INTO mc.stay"
		" (class_id, room_id, account_id, role, instance, joined_at, beat_at, left_at)"
		" SELECT r.class_id, r.id, $2, 'instructor', $3, b.at - interval '1 minute',"
		" CASE WHEN $5 THEN b.at - interval '5 seconds' ELSE b.at END,"
		" CASE WHEN $5 THEN b.at END FROM mc.room r"
		" CROSS JOIN (SELECT now() - $4 * interval '1 second' AS at) b WHERE r.id = $1",
	};

	check_status(MC_OK, mc_db_run(world->db, &sql, NULL,
				    MC_PARAMS(mc_p_id(room), mc_p_id(user), mc_p_id(test_number()),
					    mc_p_int((int32_t)ago), mc_p_bool(closed))));
}

/* Since its beginning, in seconds; -1: it is live. */
static int64_t
length_of(struct world *world, const struct mc_live *live, mc_class_id class)
{
	struct mc_live seen;

	check_status(MC_OK, find(world->db, class, live->id, &seen));
	if (seen.ended_at.us == 0)
		return -1;
	return (seen.ended_at.us - seen.started_at.us + 500000) / 1000000;
}

/* Longer by what the test itself takes. */
static void
check_length(int64_t expected, int64_t seconds)
{
	assert_in_range(seconds, expected, expected + MINUTE / 2);
}

static void
test_a_session_that_everybody_has_left_ends_when_the_last_one_left(void **state)
{
	enum { NEVER_ENTERED, LEFT, CRASHED, ELSEWHERE, WRITTEN_IN, OCCUPIED, YOUNG, N };
	enum { DAY = 24 * HOUR, AGO = 22 * HOUR };
	struct world *world = *state;
	struct mc_classroom classes[N];
	struct mc_live lives[N];
	struct mc_discussion discussion;
	mc_user_id ada = test_person(world);

	for (size_t i = 0; i < N; i++) {
		classes[i] = test_class(world, ada);
		lives[i] = start(world, &classes[i], "Week 1");
		set_clock_back(&lives[i], i == YOUNG ? AGO - HOUR : DAY);
	}
	add_stay(world, lives[LEFT].room, ada, AGO + MINUTE, true);
	add_stay(world, lives[LEFT].room, ada, AGO, true);
	add_stay(world, lives[CRASHED].room, ada, AGO, false);
	check_status(MC_OK, mc_discussion_create(world->db, classes[ELSEWHERE].id, ada,
				    MC_STR("Why?"), MC_STR(""), &discussion));
	add_stay(world, lives[ELSEWHERE].room, ada, AGO, true);
	add_stay(world, discussion.room, ada, 2, false);
	add_stay(world, lives[OCCUPIED].room, ada, AGO, true);
	add_stay(world, lives[OCCUPIED].room, ada, 2, false);
	check_status(MC_OK, append(world->db, lives[WRITTEN_IN].room, ada, "1").status);

	check_status(MC_OK, mc_live_end_abandoned(world->db, AGO - MINUTE));
	assert_int_equal(0, length_of(world, &lives[NEVER_ENTERED], classes[NEVER_ENTERED].id));
	check_length(DAY - AGO, length_of(world, &lives[LEFT], classes[LEFT].id));
	check_length(DAY - AGO, length_of(world, &lives[CRASHED], classes[CRASHED].id));
	check_length(DAY - AGO, length_of(world, &lives[ELSEWHERE], classes[ELSEWHERE].id));
	assert_int_equal(-1, length_of(world, &lives[WRITTEN_IN], classes[WRITTEN_IN].id));
	assert_int_equal(-1, length_of(world, &lives[OCCUPIED], classes[OCCUPIED].id));
	assert_int_equal(-1, length_of(world, &lives[YOUNG], classes[YOUNG].id));
	check_status(MC_CONFLICT, append(world->db, lives[LEFT].room, ada, "2").status);
}

static enum mc_status
call_end_abandoned(struct call *call)
{
	return mc_live_end_abandoned(call->db, HOUR);
}

static void
test_a_session_that_is_being_ended_is_not_taken_for_abandoned(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_live live = start(world, &class, "Week 1");
	struct call call = { .function = call_end_abandoned, .db = world->other };
	struct mc_tx tx;

	set_clock_back(&live, 2 * HOUR);
	mc_tx_begin(&tx, world->db);
	check_status(MC_OK, mc_live_end(world->db, class.id, 0, class.instructor_id, &live));
	run_behind(&tx, true, &call);
	check_status(MC_OK, call.status);
	assert_int_equal(2 * HOUR, length_of(world, &live, class.id));
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
		with_world(test_a_session_that_ends_before_it_can_be_named_makes_room_for_the_next),
		with_world(test_a_session_ends_once),
		with_world(test_a_session_that_everybody_has_left_ends_when_the_last_one_left),
		with_world(test_a_session_that_is_being_ended_is_not_taken_for_abandoned),
		with_world(test_only_instructors_start_a_session),
		with_world(test_sessions_are_listed_newest_first_and_only_of_the_class),
		with_world(test_a_class_says_whether_it_is_live),
		with_world(test_a_title_that_is_too_long_is_refused),
		with_world(test_a_session_counts_until_it_is_left_out_and_after_it_is_taken_in),
		with_world(
			test_only_an_instructor_says_whether_a_session_counts_and_only_of_the_class),
		with_world(test_every_word_on_whether_a_session_counts_is_kept),
	};

	return cmocka_run_group_tests_name("model/live", tests, NULL, NULL);
}
