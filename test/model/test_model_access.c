/* What is asked for together with the right to see it: without the right, nothing of it is read. */

#include "libminiclass/model/discussion.h"
#include "libminiclass/model/reading.h"
#include "test/model/lesson.h"
#include "test/model/rooms.h"

/* A class with something of everything. */
struct school {
	struct world *world;
	struct mc_classroom class;
	mc_user_id ben, cleo; /* students; the thread is Cleo's */
	mc_post_id post;
	struct mc_live live;
	struct mc_discussion discussion;
	mc_room_id thread;
};

static struct school
make_school(struct world *world)
{
	struct school school = { .world = world, .class = test_class(world, test_person(world)) };
	const struct mc_str tags[] = { MC_STR("week 1") };
	mc_user_id teacher = school.class.instructor_id;
	struct mc_post_new wanted = { .class_id = school.class.id,
		.author_id = teacher,
		.body = MC_STR("hello"),
		.tags = tags,
		.n_tags = 1 };
	struct mc_post post;
	struct mc_thread thread;
	bool created;

	school.ben = test_student(world, &school.class);
	school.cleo = test_student(world, &school.class);
	check_status(MC_OK, mc_post_create(world->db, world->arena, &wanted, &post));
	school.post = post.id;
	check_status(MC_OK,
		mc_live_start(world->db, school.class.id, teacher, MC_STR("Week 1"), &school.live));
	check_status(MC_OK, mc_discussion_create(world->db, school.class.id, teacher,
				    MC_STR("Why?"), MC_STR(""), &school.discussion));
	check_status(MC_OK, mc_thread_open(world->db, school.class.id, school.discussion.id,
				    school.cleo, teacher, &thread, &created));
	school.thread = thread.room;
	(void)append(world->db, school.live.room, school.cleo, "1");
	(void)append(world->db, school.discussion.room, school.cleo, "1");
	(void)append(world->db, school.thread, school.cleo, "1");
	return school;
}

typedef void ask_fn(const struct school *school, const struct mc_digest *session);

static void
ask_class(const struct school *school, const struct mc_digest *session)
{
	mc_membership_find_ask(school->world->db, session, school->class.id);
}

static void
ask_posts(const struct school *school, const struct mc_digest *session)
{
	mc_post_page_ask(school->world->db, session, school->class.id, 0, (struct mc_str){ 0 }, 20);
}

static void
ask_tagged_posts(const struct school *school, const struct mc_digest *session)
{
	mc_post_page_ask(school->world->db, session, school->class.id, 0, MC_STR("week 1"), 20);
}

static void
ask_post(const struct school *school, const struct mc_digest *session)
{
	mc_post_find_ask(
		school->world->db, session, MC_ROLE_STUDENT, school->class.id, school->post);
}

static void
ask_post_to_edit(const struct school *school, const struct mc_digest *session)
{
	mc_post_find_ask(
		school->world->db, session, MC_ROLE_INSTRUCTOR, school->class.id, school->post);
}

static void
ask_tags(const struct school *school, const struct mc_digest *session)
{
	mc_tag_list_ask(school->world->db, session, school->class.id);
}

static void
ask_tag_groups(const struct school *school, const struct mc_digest *session)
{
	mc_tag_groups_ask(school->world->db, session, school->class.id);
}

static void
ask_live(const struct school *school, const struct mc_digest *session)
{
	mc_live_current_ask(school->world->db, session, MC_ROLE_STUDENT, school->class.id);
}

static void
ask_live_to_end(const struct school *school, const struct mc_digest *session)
{
	mc_live_current_ask(school->world->db, session, MC_ROLE_INSTRUCTOR, school->class.id);
}

static void
ask_sessions(const struct school *school, const struct mc_digest *session)
{
	mc_live_list_ask(school->world->db, session, school->class.id, 20);
}

static void
ask_session(const struct school *school, const struct mc_digest *session)
{
	mc_live_find_ask(school->world->db, session, school->class.id, school->live.id);
}

static void
ask_record(const struct school *school, const struct mc_digest *session)
{
	mc_attendance_record_ask(school->world->db, session, school->class.id, school->cleo);
}

static void
ask_discussions(const struct school *school, const struct mc_digest *session)
{
	mc_discussion_list_ask(school->world->db, session, school->class.id);
}

static void
ask_discussion(const struct school *school, const struct mc_digest *session)
{
	mc_discussion_find_ask(school->world->db, session, school->class.id, school->discussion.id);
}

static void
ask_threads(const struct school *school, const struct mc_digest *session)
{
	mc_thread_recent_ask(school->world->db, session, school->class.id);
}

static void
ask_new_posts(const struct school *school, const struct mc_digest *session)
{
	mc_post_count_after_ask(school->world->db, session, school->class.id, 0);
}

static void
ask_unread(const struct school *school, const struct mc_digest *session)
{
	mc_reading_count_ask(school->world->db, session, school->class.id, 0);
}

static void
ask_last_of_discussion(const struct school *school, const struct mc_digest *session)
{
	mc_message_before_ask(school->world->db, session, school->discussion.room, 0, 50);
}

static void
ask_last_of_thread(const struct school *school, const struct mc_digest *session)
{
	mc_message_before_ask(school->world->db, session, school->thread, 0, 50);
}

static void
ask_first_of_thread(const struct school *school, const struct mc_digest *session)
{
	mc_message_after_ask(school->world->db, session, school->thread, 0, 50);
}

/* `closed`: to a student of the class who is not meant, too. */
static const struct {
	ask_fn *ask;
	bool closed;
	bool by_room; /* and the room is looked at to find out who may */
} all_asked[] = {
	{ ask_class, .closed = false },
	{ ask_posts, .closed = false },
	{ ask_tagged_posts, .closed = false },
	{ ask_post, .closed = false },
	{ ask_post_to_edit, .closed = true },
	{ ask_tags, .closed = false },
	{ ask_tag_groups, .closed = false },
	{ ask_live, .closed = false },
	{ ask_live_to_end, .closed = true },
	{ ask_sessions, .closed = false },
	{ ask_session, .closed = true },
	{ ask_record, .closed = true },
	{ ask_discussions, .closed = false },
	{ ask_discussion, .closed = false },
	{ ask_threads, .closed = false },
	{ ask_unread, .closed = false },
	{ ask_new_posts, .closed = false },
	{ ask_last_of_discussion, .by_room = true },
	{ ask_last_of_thread, .closed = true, .by_room = true },
	{ ask_first_of_thread, .closed = true, .by_room = true },
};

/* How many pages of our tables and indexes this connection has looked at, but for those that say
 * who somebody is and where they may go. */
static int64_t
pages_read(struct mc_db *db, bool by_room)
{
	static const struct mc_sql sql = {
		"test_pages_read",
		"SELECT sum(pg_stat_get_xact_blocks_fetched(c.oid))::int8 FROM pg_class c"
		" LEFT JOIN pg_index i ON i.indexrelid = c.oid"
		" WHERE c.relnamespace = 'mc'::regnamespace AND coalesce(i.indrelid, c.oid)"
		" NOT IN ('mc.session'::regclass, 'mc.account'::regclass,"
		" 'mc.membership'::regclass, CASE WHEN $1 THEN 'mc.room'::regclass ELSE 0 END)",
	};

	return number(db, &sql, MC_PARAMS(mc_p_bool(by_room)));
}

/*
 * Within one transaction, so that nothing is reported and set to nothing meanwhile.  The first time
 * it is planned, which looks at indexes; so it may be again whenever PostgreSQL likes, but not each
 * time.  Whether that is the plan of a small or of a large table must not matter.
 */
static int64_t
pages_with(const struct mc_sql *planner, const struct school *school, size_t i,
	const struct mc_digest *session)
{
	static const struct mc_sql forget_plans = { "test_forget_plans", "DISCARD PLANS" };
	struct mc_db *db = school->world->db;
	int64_t least = INT64_MAX;
	struct mc_rows rows;
	struct mc_tx tx;

	mc_tx_begin(&tx, db);
	check_status(MC_OK, mc_db_run(db, &forget_plans, NULL, MC_NO_PARAMS));
	check_status(MC_OK, mc_db_run(db, planner, NULL, MC_NO_PARAMS));
	for (int n = 0; n < 4; n++) {
		int64_t before = pages_read(db, all_asked[i].by_room);
		all_asked[i].ask(school, session);
		check_status(MC_OK, mc_db_take(db, &rows));
		int64_t more = pages_read(db, all_asked[i].by_room) - before;
		least = more < least ? more : least;
		mc_db_forget(db);
	}
	mc_tx_finish(&tx);
	return least;
}

static int64_t
pages_of(const struct school *school, size_t i, const struct mc_digest *session)
{
	static const struct mc_sql planners[] = {
		{ "test_any_plan", "SET LOCAL enable_nestloop = on" },
		{ "test_no_loops", "SET LOCAL enable_nestloop = off" },
		{ "test_no_index", "SET LOCAL enable_indexscan = off" },
	};
	int64_t most = 0;

	for (size_t n = 0; n < MC_COUNT(planners); n++) {
		int64_t pages = pages_with(&planners[n], school, i, session);
		most = pages > most ? pages : most;
	}
	return most;
}

static void
check_closed(const struct school *school, const struct mc_digest *session, bool is_student)
{
	for (size_t i = 0; i < MC_COUNT(all_asked); i++) {
		if (is_student && !all_asked[i].closed)
			continue;
		int64_t pages = pages_of(school, i, session);
		if (pages != 0)
			fail_msg("asked[%zu] reads %lld pages", i, (long long)pages);
	}
}

static void
test_a_member_has_it_read(void **state)
{
	struct school school = make_school(*state);
	struct mc_digest teacher = test_look(school.world->db, school.class.id);
	struct mc_digest cleo = test_log_in(school.world, school.cleo, NULL);

	for (size_t i = 0; i < MC_COUNT(all_asked); i++)
		assert_true(pages_of(&school, i, &teacher) > 0);
	assert_true(pages_of(&school, MC_COUNT(all_asked) - 1, &cleo) > 0);
}

static void
test_for_a_stranger_nothing_of_a_class_is_read(void **state)
{
	struct school school = make_school(*state);
	struct mc_classroom other = test_class(school.world, test_person(school.world));
	struct mc_digest stranger = test_look(school.world->db, other.id);

	check_closed(&school, &stranger, false);
}

static void
test_nor_for_who_was_in_it_or_has_lost_the_session(void **state)
{
	struct school school = make_school(*state);
	struct mc_digest gone = test_log_in(school.world, school.ben, NULL);
	struct mc_digest off = test_log_in(school.world, school.cleo, NULL);
	struct mc_digest nobody = mc_sha256(MC_STR("nobody's"));
	mc_session_id id;
	struct mc_digest late = test_log_in(school.world, school.class.instructor_id, &id);

	expire(id);
	check_closed(&school, &late, false);
	check_status(MC_OK, mc_membership_remove(school.world->db, school.class.id, school.ben,
				    school.class.instructor_id));
	check_closed(&school, &gone, false);
	disable(school.cleo);
	check_closed(&school, &off, false);
	check_closed(&school, &nobody, false);
}

static void
test_for_a_student_nothing_of_teachers_and_of_anothers_thread_is_read(void **state)
{
	struct school school = make_school(*state);
	struct mc_digest ben = test_log_in(school.world, school.ben, NULL);

	check_closed(&school, &ben, true);
}

/* How many pages say whose session it is, in this transaction. */
static int64_t
pages_of_sessions(struct mc_db *db)
{
	static const struct mc_sql sql = {
		"test_session_pages",
		"SELECT sum(pg_stat_get_xact_blocks_fetched(c.oid))::int8 FROM pg_class c"
		" LEFT JOIN pg_index i ON i.indexrelid = c.oid"
		" WHERE coalesce(i.indrelid, c.oid) = 'mc.session'::regclass",
	};

	return number(db, &sql, MC_NO_PARAMS);
}

static void
test_whose_a_session_is_is_looked_up_also_for_a_room_that_is_not_there(void **state)
{
	struct school school = make_school(*state);
	struct mc_digest teacher = test_look(school.world->db, school.class.id);
	struct mc_db *db = school.world->db;
	struct mc_rows rows;
	struct mc_tx tx;

	mc_tx_begin(&tx, db);
	for (int n = 0; n < 4; n++) {
		int64_t before = pages_of_sessions(db);
		mc_message_before_ask(db, &teacher, test_number(), 0, 50);
		check_status(MC_OK, mc_db_take(db, &rows));
		assert_int_equal(0, rows.n);
		assert_true(pages_of_sessions(db) > before);
		mc_db_forget(db);
	}
	mc_tx_finish(&tx);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_a_member_has_it_read),
		with_world(test_for_a_stranger_nothing_of_a_class_is_read),
		with_world(test_nor_for_who_was_in_it_or_has_lost_the_session),
		with_world(test_for_a_student_nothing_of_teachers_and_of_anothers_thread_is_read),
		with_world(test_whose_a_session_is_is_looked_up_also_for_a_room_that_is_not_there),
	};

	return cmocka_run_group_tests_name("model/access", tests, NULL, NULL);
}
