/* Who taught a class when their request was let in, and does not any more when it changes
 * something. */
#include "libminiclass/model/attendance.h"
#include "libminiclass/model/message.h"
#include "test/model/behind.h"
#include "test/model/rooms.h"

/* A class with one of each thing; bob teaches it beside who made it. */
struct scene {
	struct world *world;
	struct mc_classroom class;
	mc_user_id bob, student;
	mc_post_id post;
	struct mc_live live;
	struct mc_discussion discussion;
};

static struct scene
scene_of(struct world *world)
{
	/* Of the scene before. */
	mc_db_forget(world->db);
	mc_db_forget(world->other);
	mc_arena_reset(world->arena);

	struct scene scene = { .world = world, .class = test_class(world, test_person(world)) };
	mc_class_id class = scene.class.id;
	mc_user_id ada = scene.class.instructor_id;
	struct mc_post_new wanted = {
		.class_id = class, .author_id = ada, .body = MC_STR("Read chapter 1.")
	};
	struct mc_post post;

	scene.student = test_student(world, &scene.class);
	scene.bob = test_student(world, &scene.class);
	check_status(MC_OK,
		mc_membership_set_role(world->db, class, scene.bob, MC_ROLE_INSTRUCTOR, ada));
	check_status(MC_OK, mc_post_create(world->db, world->arena, &wanted, &post));
	scene.post = post.id;
	check_status(MC_OK, mc_live_start(world->db, class, ada, MC_STR("Week 1"), &scene.live));
	check_status(MC_OK, mc_discussion_create(world->db, class, ada, MC_STR("Why?"), MC_STR(""),
				    &scene.discussion));
	check_status(MC_OK, append(world->db, scene.live.room, scene.student, "1").status);
	return scene;
}

/* All that can be changed in it, as text. */
static struct mc_str
state_of(const struct scene *scene)
{
	static const struct mc_sql sql = {
		"test_state",
		"SELECT concat_ws(' ', c.name, c.join_code, c.members, c.instructors,"
		" (SELECT concat(count(*), max(p.body), max(p.removed_at)) FROM mc.post p"
		" WHERE p.class_id = c.id),"
		" (SELECT concat(count(*), max(l.ended_at)) FROM mc.live_session l"
		" WHERE l.class_id = c.id),"
		" (SELECT concat(count(*), max(d.topic), max(d.closed_at)) FROM mc.discussion d"
		" WHERE d.class_id = c.id),"
		" (SELECT count(*) FROM mc.room r WHERE r.class_id = c.id),"
		" (SELECT count(*) FROM mc.message_removal x WHERE x.class_id = c.id),"
		" (SELECT count(*) FROM mc.live_counting x WHERE x.class_id = c.id),"
		" (SELECT count(*) FROM mc.attendance_correction x WHERE x.class_id = c.id))"
		" FROM mc.classroom c WHERE c.id = $1",
	};
	struct mc_row row;

	check_status(MC_OK,
		mc_db_one(scene->world->db, &sql, &row, MC_PARAMS(mc_p_id(scene->class.id))));
	return mc_arena_copy(scene->world->arena, mc_row_text(&row, 0));
}

static enum mc_status
edit_class(const struct scene *scene)
{
	return mc_classroom_edit(scene->world->db, scene->class.id, scene->bob, MC_STR("Mine"),
		MC_STR("And nobody else's"));
}

static enum mc_status
renew_code(const struct scene *scene)
{
	struct mc_join_code code;

	return mc_classroom_renew_code(scene->world->db, scene->class.id, scene->bob, &code);
}

static enum mc_status
set_role(const struct scene *scene)
{
	return mc_membership_set_role(
		scene->world->db, scene->class.id, scene->student, MC_ROLE_INSTRUCTOR, scene->bob);
}

static enum mc_status
remove_member(const struct scene *scene)
{
	return mc_membership_remove(scene->world->db, scene->class.id, scene->student, scene->bob);
}

static enum mc_status
create_post(const struct scene *scene)
{
	struct mc_post_new wanted = {
		.class_id = scene->class.id, .author_id = scene->bob, .body = MC_STR("Mine")
	};
	struct mc_post post;

	return mc_post_create(scene->world->db, scene->world->arena, &wanted, &post);
}

static enum mc_status
edit_post(const struct scene *scene)
{
	return mc_post_edit(scene->world->db, scene->class.id, scene->post, scene->bob,
		MC_STR("Mine"), NULL, 0, (struct mc_time){ 0 });
}

static enum mc_status
remove_post(const struct scene *scene)
{
	return mc_post_remove(scene->world->db, scene->class.id, scene->post, scene->bob);
}

static enum mc_status
begin_live(const struct scene *scene)
{
	struct mc_live live;

	return mc_live_start(scene->world->db, scene->class.id, scene->bob, MC_STR("Mine"), &live);
}

static enum mc_status
finish_live(const struct scene *scene)
{
	struct mc_live live;

	return mc_live_end(scene->world->db, scene->class.id, 0, scene->bob, &live);
}

static enum mc_status
leave_out(const struct scene *scene)
{
	struct mc_live live;

	return mc_live_set_counts(scene->world->db, scene->class.id, scene->live.id, false,
		MC_STR("Mine"), scene->bob, &live);
}

static enum mc_status
correct(const struct scene *scene)
{
	return mc_attendance_correct(scene->world->db, scene->class.id, scene->live.id,
		scene->student, 60, MC_STR("Mine"), scene->bob);
}

static enum mc_status
create_discussion(const struct scene *scene)
{
	struct mc_discussion made;

	return mc_discussion_create(
		scene->world->db, scene->class.id, scene->bob, MC_STR("Mine"), MC_STR(""), &made);
}

static enum mc_status
rename_discussion(const struct scene *scene)
{
	struct mc_discussion changed;

	return mc_discussion_rename(scene->world->db, scene->class.id, scene->discussion.id,
		scene->bob, MC_STR("Mine"), &changed);
}

static enum mc_status
close_discussion(const struct scene *scene)
{
	struct mc_discussion changed;

	return mc_discussion_set_closed(scene->world->db, scene->class.id, scene->discussion.id,
		scene->bob, true, &changed);
}

static enum mc_status
write_to_student(const struct scene *scene)
{
	struct mc_thread thread;
	bool created;

	return mc_thread_open(scene->world->db, scene->class.id, scene->discussion.id,
		scene->student, scene->bob, &thread, &created);
}

static enum mc_status
remove_message(const struct scene *scene)
{
	return mc_message_remove(scene->world->db, scene->live.room, 1, scene->bob);
}

static enum mc_status
remove_messages(const struct scene *scene)
{
	int64_t n;

	return mc_message_remove_all(scene->world->db, scene->live.room, 1, scene->bob, &n);
}

/* What only those who teach the class do; how it ends for who does, for who was made a student
 * meanwhile, and for who was removed. */
static const struct {
	const char *name;
	enum mc_status (*run)(const struct scene *scene);
	enum mc_status teacher, student, stranger;
} deeds[] = {
	{ "edit_class", edit_class, MC_OK, MC_FORBIDDEN, MC_NOT_FOUND },
	{ "renew_code", renew_code, MC_OK, MC_FORBIDDEN, MC_NOT_FOUND },
	{ "set_role", set_role, MC_OK, MC_FORBIDDEN, MC_NOT_FOUND },
	{ "remove_member", remove_member, MC_OK, MC_FORBIDDEN, MC_NOT_FOUND },
	{ "create_post", create_post, MC_OK, MC_FORBIDDEN, MC_FORBIDDEN },
	{ "edit_post", edit_post, MC_OK, MC_FORBIDDEN, MC_FORBIDDEN },
	{ "remove_post", remove_post, MC_OK, MC_FORBIDDEN, MC_FORBIDDEN },
	{ "begin_live", begin_live, MC_CONFLICT, MC_FORBIDDEN, MC_FORBIDDEN }, /* one is live */
	{ "finish_live", finish_live, MC_OK, MC_FORBIDDEN, MC_FORBIDDEN },
	{ "leave_out", leave_out, MC_OK, MC_FORBIDDEN, MC_FORBIDDEN },
	{ "correct", correct, MC_OK, MC_FORBIDDEN, MC_FORBIDDEN },
	{ "create_discussion", create_discussion, MC_OK, MC_FORBIDDEN, MC_FORBIDDEN },
	{ "rename_discussion", rename_discussion, MC_OK, MC_NOT_FOUND, MC_NOT_FOUND },
	{ "close_discussion", close_discussion, MC_OK, MC_NOT_FOUND, MC_NOT_FOUND },
	{ "write_to_student", write_to_student, MC_OK, MC_NOT_FOUND, MC_NOT_FOUND },
	{ "remove_message", remove_message, MC_OK, MC_FORBIDDEN, MC_FORBIDDEN },
	{ "remove_messages", remove_messages, MC_OK, MC_FORBIDDEN, MC_FORBIDDEN },
};

static void
check_deed(const char *name, enum mc_status expected, enum mc_status actual)
{
	if (actual != expected)
		fail_msg("%s: %s, not %s", name, mc_status_name(actual), mc_status_name(expected));
}

/* What the request asked first: bob was in it as a teacher. */
static void
check_let_in(const struct scene *scene)
{
	struct mc_digest session = test_log_in(scene->world, scene->bob, NULL);
	struct mc_classroom seen;

	check_status(MC_OK, test_see(scene->world->db, &session, scene->class.id, &seen));
	assert_int_equal(MC_ROLE_INSTRUCTOR, seen.role);
}

static void
demote(struct mc_db *db, const struct scene *scene)
{
	check_status(MC_OK, mc_membership_set_role(db, scene->class.id, scene->bob, MC_ROLE_STUDENT,
				    scene->class.instructor_id));
}

static void
test_who_teaches_changes_the_class(void **state)
{
	for (size_t i = 0; i < MC_COUNT(deeds); i++) {
		struct scene scene = scene_of(*state);
		struct mc_str before = state_of(&scene);

		check_deed(deeds[i].name, deeds[i].teacher, deeds[i].run(&scene));
		if (deeds[i].teacher == MC_OK)
			assert_false(mc_str_equal(before, state_of(&scene)));
	}
}

static void
take_out(struct mc_db *db, const struct scene *scene)
{
	check_status(MC_OK,
		mc_membership_remove(db, scene->class.id, scene->bob, scene->class.instructor_id));
}

/* `change` is made on another connection, behind the request's own look. */
static void
check_deeds_behind(struct world *world, void (*change)(struct mc_db *db, const struct scene *scene),
	bool is_student)
{
	for (size_t i = 0; i < MC_COUNT(deeds); i++) {
		struct scene scene = scene_of(world);
		check_let_in(&scene);
		change(world->other, &scene);
		struct mc_str before = state_of(&scene);

		check_deed(deeds[i].name, is_student ? deeds[i].student : deeds[i].stranger,
			deeds[i].run(&scene));
		assert_true(mc_str_equal(before, state_of(&scene)));
	}
}

static void
test_who_was_made_a_student_since_they_were_let_in_changes_nothing(void **state)
{
	check_deeds_behind(*state, demote, true);
}

static void
test_who_was_removed_since_they_were_let_in_changes_nothing(void **state)
{
	check_deeds_behind(*state, take_out, false);
}

static enum mc_status
call_edit(struct call *call)
{
	return mc_classroom_edit(
		call->db, call->class, call->user, MC_STR("Mine"), MC_STR("And nobody else's"));
}

static enum mc_status
call_renew(struct call *call)
{
	struct mc_join_code code;

	return mc_classroom_renew_code(call->db, call->class, call->user, &code);
}

/* A removal changes the row of the class, too: whoever changes that waits for it. */
static void
test_who_waited_for_their_own_removal_does_not_change_the_class(void **state)
{
	enum mc_status (*const ways[])(struct call *) = { call_edit, call_renew };
	struct world *world = *state;

	for (size_t i = 0; i < MC_COUNT(ways); i++) {
		struct scene scene = scene_of(world);
		struct call call = { .function = ways[i],
			.db = world->other,
			.class = scene.class.id,
			.user = scene.bob };
		struct mc_tx tx;

		mc_tx_begin(&tx, world->db);
		demote(world->db, &scene);
		struct mc_str before = state_of(&scene);
		run_behind(&tx, true, &call);
		check_status(MC_FORBIDDEN, call.status);
		assert_true(mc_str_equal(before, state_of(&scene)));
	}
}

/* Who joins has locked the code before they are counted as members: the code must not be changed
 * by one who waits for them and whom they then wait for. */
static void
test_who_joins_while_the_code_is_renewed_is_in(void **state)
{
	static const struct mc_sql lock = {
		"test_lock_code",
		"SELECT FROM mc.classroom WHERE id = $1 FOR KEY SHARE",
	};
	struct world *world = *state;
	struct scene scene = scene_of(world);
	struct call call = { .function = call_renew,
		.db = world->other,
		.class = scene.class.id,
		.user = scene.bob };
	struct mc_db *observer = test_open("MC_DB_SUPERUSER");
	int64_t backend = test_backend(call.db);
	struct mc_rows rows;
	pthread_t thread;
	struct mc_tx tx;

	mc_tx_begin(&tx, world->db);
	check_status(
		MC_OK, mc_db_query(world->db, &lock, &rows, MC_PARAMS(mc_p_id(scene.class.id))));
	assert_int_equal(0, pthread_create(&thread, NULL, run_call, &call));
	test_until_blocked(observer, backend);
	(void)test_student(world, &scene.class);
	check_status(MC_OK, mc_tx_commit(&tx));
	assert_int_equal(0, pthread_join(thread, NULL));
	check_status(MC_OK, call.status);
	mc_db_close(observer);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_who_teaches_changes_the_class),
		with_world(test_who_was_made_a_student_since_they_were_let_in_changes_nothing),
		with_world(test_who_was_removed_since_they_were_let_in_changes_nothing),
		with_world(test_who_waited_for_their_own_removal_does_not_change_the_class),
		with_world(test_who_joins_while_the_code_is_renewed_is_in),
	};
	return cmocka_run_group_tests_name("model/teaching", tests, NULL, NULL);
}
