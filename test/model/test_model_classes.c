/* Classes and memberships against a real PostgreSQL, also two changes at a time. */

#include <pthread.h>

#include "test/model/model.h"

static void
test_who_creates_a_class_is_its_instructor(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person_named(world, MC_STR("Ada Lovelace"));
	struct mc_classroom class = test_class(world, ada), seen;
	struct mc_digest digest = test_log_in(world, ada, NULL);

	check_text("Algebra", class.name);
	check_text("Numbers and letters", class.description);
	assert_int_equal(MC_ROLE_INSTRUCTOR, class.role);
	assert_true(class.instructor_id == ada);
	check_text("Ada Lovelace", class.instructor_name);
	assert_int_equal(1, class.n_members);
	assert_false(class.live);
	assert_int_equal(MC_JOIN_CODE_LENGTH, class.join_code.len);

	check_status(MC_OK, test_see(world->other, &digest, class.id, &seen));
	assert_true(seen.id == class.id);
	assert_true(mc_str_equal(class.join_code, seen.join_code));
}

static void
test_creating_again_with_the_same_client_id_gives_the_same_class(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world), eve = test_person(world);
	struct mc_str id = test_text(world->arena, "form");
	struct mc_classroom first, again, hers;

	check_status(
		MC_OK, mc_classroom_create(world->db, ada, MC_STR("A"), MC_STR(""), id, &first));
	check_status(
		MC_OK, mc_classroom_create(world->other, ada, MC_STR("B"), MC_STR(""), id, &again));
	check_status(
		MC_OK, mc_classroom_create(world->other, eve, MC_STR("C"), MC_STR(""), id, &hers));
	assert_true(again.id == first.id);
	assert_true(mc_str_equal(first.join_code, again.join_code));
	check_text("A", again.name);
	assert_int_equal(1, again.n_members);
	assert_true(hers.id != first.id);
}

static void
test_a_student_joins_by_code_and_never_sees_it_again(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world), bob = test_person(world);
	struct mc_classroom class = test_class(world, ada), joined, seen;
	struct mc_join_code code = test_code(&class);
	struct mc_digest digest = test_log_in(world, bob, NULL);

	check_status(MC_NOT_FOUND, test_see(world->db, &digest, class.id, &seen));
	check_status(MC_OK, mc_classroom_join(world->db, bob, &code, &joined));
	assert_true(joined.id == class.id);
	assert_int_equal(MC_ROLE_STUDENT, joined.role);
	assert_int_equal(2, joined.n_members);
	assert_null(joined.join_code.ptr);

	check_status(MC_OK, test_see(world->db, &digest, class.id, &seen));
	assert_int_equal(MC_ROLE_STUDENT, seen.role);
	assert_null(seen.join_code.ptr);
	assert_true(seen.instructor_id == ada);
}

static void
test_joining_twice_changes_nothing(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	struct mc_classroom class = test_class(world, ada), joined;
	struct mc_join_code code = test_code(&class);
	mc_user_id bob = test_student(world, &class);

	check_status(MC_OK, mc_classroom_join(world->other, bob, &code, &joined));
	assert_int_equal(2, joined.n_members);
	check_status(MC_OK, mc_classroom_join(world->other, ada, &code, &joined));
	assert_int_equal(2, joined.n_members);
	assert_int_equal(MC_ROLE_INSTRUCTOR, joined.role);
}

static void
test_an_unknown_code_is_not_found(void **state)
{
	struct world *world = *state;
	struct mc_join_code code = { .text = "0000000000" };
	struct mc_classroom class;

	memset(code.text, 'Z', sizeof(code.text));
	check_status(MC_NOT_FOUND, mc_classroom_join(world->db, test_person(world), &code, &class));
}

static void
test_a_renewed_code_works_and_the_old_one_does_not(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world)), joined;
	struct mc_join_code old = test_code(&class), fresh;
	mc_user_id bob = test_person(world);

	check_status(
		MC_OK, mc_classroom_renew_code(world->db, class.id, class.instructor_id, &fresh));
	check_status(MC_NOT_FOUND, mc_classroom_join(world->db, bob, &old, &joined));
	check_status(MC_OK, mc_classroom_join(world->db, bob, &fresh, &joined));
	check_status(MC_NOT_FOUND, mc_classroom_renew_code(world->db, class.id + 1000000,
					   class.instructor_id, &fresh));
}

static void
test_a_session_sees_its_own_classes_the_last_joined_first(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world), bob = test_person(world);
	struct mc_classroom one = test_class(world, ada), two = test_class(world, bob), joined;
	struct mc_classroom foreign = test_class(world, test_person(world)), *classes;
	struct mc_digest digest = test_log_in(world, ada, NULL), nobody = mc_sha256(MC_STR("x"));
	struct mc_join_code code = test_code(&two);
	size_t n;

	(void)foreign;
	check_status(MC_OK, mc_classroom_join(world->db, ada, &code, &joined));
	mc_classroom_list_ask(world->db, &digest);
	check_status(MC_OK, mc_classroom_list_take(world->db, world->arena, &classes, &n));
	assert_int_equal(2, n);
	assert_true(classes[0].id == two.id && classes[1].id == one.id);
	assert_int_equal(MC_ROLE_STUDENT, classes[0].role);
	assert_null(classes[0].join_code.ptr);
	assert_true(classes[0].instructor_id == bob);
	assert_int_equal(2, classes[0].n_members);

	mc_classroom_list_ask(world->db, &nobody);
	check_status(MC_OK, mc_classroom_list_take(world->db, world->arena, &classes, &n));
	assert_int_equal(0, n);
}

static void
test_a_class_is_renamed(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	struct mc_classroom class = test_class(world, ada), seen;
	struct mc_digest digest = test_log_in(world, ada, NULL);

	check_status(
		MC_OK, mc_classroom_edit(world->db, class.id, ada, MC_STR("Logic"), MC_STR("New")));
	check_status(MC_OK, test_see(world->db, &digest, class.id, &seen));
	check_text("Logic", seen.name);
	check_text("New", seen.description);
	check_status(
		MC_INVALID, mc_classroom_edit(world->db, class.id, ada, MC_STR(""), MC_STR("")));
}

static void
test_no_session_is_told_apart_from_no_membership(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world)), seen;
	mc_user_id eve = test_person(world);
	struct mc_digest digest = test_log_in(world, eve, NULL), nobody = mc_sha256(MC_STR("x"));
	struct mc_session session = { .id = 0 };
	struct mc_user user = { .id = 0 };

	check_status(MC_UNAUTHENTICATED, test_see(world->db, &nobody, class.id, &seen));
	check_status(MC_NOT_FOUND, test_see(world->db, &digest, class.id + 1000000, &seen));
	mc_membership_find_ask(world->db, &digest, class.id);
	check_status(MC_NOT_FOUND, mc_membership_find_take(world->db, &session, &user, &seen));
	assert_true(user.id == eve);
	assert_true(session.id > 0);
}

static void
test_people_are_instructors_first_and_then_by_name(void **state)
{
	struct world *world = *state;
	struct mc_classroom class =
		test_class(world, test_person_named(world, MC_STR("Zo\xc3\xab"))),
			    joined;
	static const char *const names[] = { "bob", "\xc3\x84nne", "Carl", "anna" };
	static const char *const expected[] = { "Zo\xc3\xab", "anna", "\xc3\x84nne", "bob",
		"Carl" };
	struct mc_join_code code = test_code(&class);
	struct mc_member *members;
	size_t n;

	for (size_t i = 0; i < MC_COUNT(names); i++)
		check_status(MC_OK,
			mc_classroom_join(world->db,
				test_person_named(world, mc_str_from(names[i])), &code, &joined));
	check_status(MC_OK,
		mc_membership_list(world->db, world->arena, class.id, MC_ROLE_NONE, &members, &n));
	assert_int_equal(MC_COUNT(expected), n);
	for (size_t i = 0; i < n; i++) {
		check_text(expected[i], members[i].name);
		assert_int_equal(i == 0 ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT, members[i].role);
	}

	check_status(MC_OK, mc_membership_list(world->db, world->arena, class.id,
				    MC_ROLE_INSTRUCTOR, &members, &n));
	assert_int_equal(1, n);
}

static void
test_a_role_changes_and_changes_back(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	struct mc_classroom class = test_class(world, ada), seen;
	mc_user_id bob = test_student(world, &class);
	struct mc_digest digest = test_log_in(world, bob, NULL);

	for (int i = 0; i < 2; i++) {
		check_status(MC_OK, mc_membership_set_role(world->db, class.id, bob,
					    MC_ROLE_INSTRUCTOR, class.instructor_id));
		check_status(MC_OK, test_see(world->db, &digest, class.id, &seen));
		assert_int_equal(MC_ROLE_INSTRUCTOR, seen.role);
		assert_int_equal(2, seen.n_members);
		check_status(MC_OK, mc_membership_set_role(world->db, class.id, bob,
					    MC_ROLE_INSTRUCTOR, class.instructor_id));
		check_status(MC_OK, mc_membership_set_role(world->db, class.id, bob,
					    MC_ROLE_STUDENT, class.instructor_id));
		check_status(MC_OK, test_see(world->db, &digest, class.id, &seen));
		assert_int_equal(MC_ROLE_STUDENT, seen.role);
		assert_int_equal(2, seen.n_members);
	}
	check_status(MC_NOT_FOUND, mc_membership_set_role(world->db, class.id, test_person(world),
					   MC_ROLE_INSTRUCTOR, class.instructor_id));
}

static void
test_the_last_instructor_stays_one(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	struct mc_classroom class = test_class(world, ada), seen;
	mc_user_id bob = test_student(world, &class);
	struct mc_digest digest = test_log_in(world, bob, NULL);

	check_status(MC_CONFLICT, mc_membership_leave(world->db, class.id, ada));
	assert_string_equal("membership_last_instructor", mc_db_constraint(world->db));
	check_status(MC_CONFLICT, mc_membership_set_role(world->db, class.id, ada, MC_ROLE_STUDENT,
					  class.instructor_id));
	assert_string_equal("membership_last_instructor", mc_db_constraint(world->db));

	check_status(MC_OK, mc_membership_set_role(world->db, class.id, bob, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	check_status(MC_OK, mc_membership_leave(world->db, class.id, ada));
	check_status(MC_OK, test_see(world->db, &digest, class.id, &seen));
	assert_true(seen.instructor_id == bob);
	assert_int_equal(1, seen.n_members);
}

static void
test_the_teacher_is_who_has_taught_longest_without_a_break(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	struct mc_classroom class = test_class(world, ada), seen;
	mc_user_id bob = test_student(world, &class), cleo = test_student(world, &class);
	struct mc_digest digest = test_log_in(world, cleo, NULL);
	const struct {
		mc_user_id user;
		enum mc_role role;
		mc_user_id by, teacher;
	} steps[] = {
		{ cleo, MC_ROLE_INSTRUCTOR, ada, ada },
		{ bob, MC_ROLE_INSTRUCTOR, ada, ada },
		{ ada, MC_ROLE_STUDENT, ada, cleo },
		{ ada, MC_ROLE_INSTRUCTOR, bob, cleo },
		{ cleo, MC_ROLE_STUDENT, bob, bob },
		{ cleo, MC_ROLE_INSTRUCTOR, bob, bob },
		{ bob, MC_ROLE_STUDENT, bob, ada },
	};

	for (size_t i = 0; i < MC_COUNT(steps); i++) {
		check_status(MC_OK, mc_membership_set_role(world->db, class.id, steps[i].user,
					    steps[i].role, steps[i].by));
		check_status(MC_OK, test_see(world->db, &digest, class.id, &seen));
		assert_true(seen.instructor_id == steps[i].teacher);
	}
}

static void
test_only_who_teaches_the_class_changes_who_is_in_it(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world)), seen;
	mc_user_id bob = test_student(world, &class), eve = test_student(world, &class);
	mc_user_id foreign = test_class(world, test_person(world)).instructor_id;
	struct mc_digest digest = test_log_in(world, bob, NULL);
	const struct {
		mc_user_id by;
		enum mc_status status;
	} others[] = { { bob, MC_FORBIDDEN }, { eve, MC_FORBIDDEN }, { foreign, MC_NOT_FOUND } };

	for (size_t i = 0; i < MC_COUNT(others); i++) {
		check_status(others[i].status, mc_membership_set_role(world->db, class.id, bob,
						       MC_ROLE_INSTRUCTOR, others[i].by));
		check_status(others[i].status,
			mc_membership_remove(world->db, class.id, bob, others[i].by));
	}
	check_status(MC_OK, test_see(world->db, &digest, class.id, &seen));
	assert_int_equal(MC_ROLE_STUDENT, seen.role);
	check_status(MC_OK, mc_membership_remove(world->db, class.id, bob, class.instructor_id));
	check_status(
		MC_NOT_FOUND, mc_membership_remove(world->db, class.id, bob, class.instructor_id));
}

static void
test_who_was_removed_sees_nothing_and_joins_again_as_a_student(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	struct mc_classroom class = test_class(world, ada), seen;
	struct mc_join_code code = test_code(&class);
	mc_user_id bob = test_student(world, &class);
	struct mc_digest digest = test_log_in(world, bob, NULL);

	check_status(MC_OK, mc_membership_set_role(world->db, class.id, bob, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	check_status(MC_OK, mc_membership_leave(world->db, class.id, bob));
	check_status(MC_NOT_FOUND, test_see(world->other, &digest, class.id, &seen));
	check_status(MC_NOT_FOUND, mc_membership_leave(world->db, class.id, bob));

	check_status(MC_OK, mc_classroom_join(world->db, bob, &code, &seen));
	assert_int_equal(MC_ROLE_STUDENT, seen.role);
	assert_int_equal(2, seen.n_members);
}

/* One call on its own connection in its own thread. */
struct call {
	enum mc_status (*function)(struct call *call);
	struct mc_db *db;
	mc_class_id class_id;
	mc_user_id user;
	struct mc_join_code code;
	enum mc_status status;
};

static void *
run_call(void *arg)
{
	struct call *call = arg;
	call->status = call->function(call);
	return NULL;
}

static enum mc_status
call_demote(struct call *call)
{
	return mc_membership_set_role(
		call->db, call->class_id, call->user, MC_ROLE_STUDENT, call->user);
}

static enum mc_status
call_end(struct call *call)
{
	return mc_membership_leave(call->db, call->class_id, call->user);
}

static enum mc_status
call_join(struct call *call)
{
	struct mc_classroom class;
	return mc_classroom_join(call->db, call->user, &call->code, &class);
}

/* The call begins while the open transaction has not ended, and is seen to wait for it. */
static void
run_behind(struct mc_tx *tx, struct call *call)
{
	struct mc_db *observer = test_open("MC_DB_SUPERUSER");
	int64_t backend = test_backend(call->db);
	pthread_t thread;

	assert_int_equal(0, pthread_create(&thread, NULL, run_call, call));
	test_until_blocked(observer, backend);
	check_status(MC_OK, mc_tx_commit(tx));
	assert_int_equal(0, pthread_join(thread, NULL));
	mc_db_close(observer);
}

static void
test_of_two_instructors_who_leave_at_the_same_time_one_stays(void **state)
{
	struct world *world = *state;
	enum mc_status (*const ways[])(struct call *) = { call_demote, call_end };

	for (size_t i = 0; i < MC_COUNT(ways); i++) {
		mc_user_id ada = test_person(world);
		struct mc_classroom class = test_class(world, ada);
		mc_user_id bob = test_student(world, &class);
		struct call call = {
			.function = ways[i], .db = world->other, .class_id = class.id, .user = bob
		};
		struct mc_tx tx;

		check_status(MC_OK, mc_membership_set_role(world->db, class.id, bob,
					    MC_ROLE_INSTRUCTOR, class.instructor_id));
		mc_tx_begin(&tx, world->db);
		check_status(MC_OK, mc_membership_set_role(world->db, class.id, ada,
					    MC_ROLE_STUDENT, class.instructor_id));
		run_behind(&tx, &call);
		check_status(MC_CONFLICT, call.status);
		assert_string_equal("membership_last_instructor", mc_db_constraint(world->other));
	}
}

static void
test_joining_twice_at_the_same_time_is_one_membership(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world)), joined, seen;
	struct mc_join_code code = test_code(&class);
	mc_user_id bob = test_person(world);
	struct mc_digest digest = test_log_in(world, bob, NULL);
	struct call call = { .function = call_join, .db = world->other, .user = bob, .code = code };
	struct mc_tx tx;

	mc_tx_begin(&tx, world->db);
	check_status(MC_OK, mc_classroom_join(world->db, bob, &code, &joined));
	run_behind(&tx, &call);
	check_status(MC_OK, call.status);
	check_status(MC_OK, test_see(world->db, &digest, class.id, &seen));
	assert_int_equal(2, seen.n_members);
}

static void
test_a_member_whose_role_changes_at_the_same_time_is_still_removed(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world)), seen;
	mc_user_id bob = test_student(world, &class);
	struct mc_digest digest = test_log_in(world, bob, NULL);
	struct call call = {
		.function = call_end, .db = world->other, .class_id = class.id, .user = bob
	};
	struct mc_tx tx;

	mc_tx_begin(&tx, world->db);
	check_status(MC_OK, mc_membership_set_role(world->db, class.id, bob, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	run_behind(&tx, &call);
	check_status(MC_OK, call.status);
	check_status(MC_NOT_FOUND, test_see(world->db, &digest, class.id, &seen));
}

static void
test_the_servers_role_cannot_delete_history_or_change_the_schema(void **state)
{
	static const struct mc_sql forbidden[] = {
		{ "test_f1", "DELETE FROM mc.account" },
		{ "test_f2", "DELETE FROM mc.classroom" },
		{ "test_f3", "DELETE FROM mc.membership" },
		{ "test_f4", "DELETE FROM mc.post" },
		{ "test_f5", "DELETE FROM mc.credential" },
		{ "test_f6", "TRUNCATE mc.post" },
		{ "test_f7", "CREATE TABLE mc.own (id int8)" },
		{ "test_f8", "DROP TABLE mc.post" },
		{ "test_f9", "ALTER TABLE mc.post DISABLE TRIGGER ALL" },
		{ "test_f10", "UPDATE mc.classroom SET members = 0" },
		{ "test_f11", "UPDATE mc.post SET author_id = 1" },
		{ "test_f12", "INSERT INTO mc.post_tag VALUES (1, 'x', 1)" },
		{ "test_f13", "UPDATE mc.migration SET number = 0" },
		{ "test_f14", "SELECT mc.membership_counted()" },
	};
	struct world *world = *state;

	for (size_t i = 0; i < MC_COUNT(forbidden); i++)
		if (mc_db_run(world->db, &forbidden[i], NULL, MC_NO_PARAMS) != MC_FORBIDDEN)
			fail_msg("%s: %s", forbidden[i].text, mc_db_message(world->db));
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_who_creates_a_class_is_its_instructor),
		with_world(test_creating_again_with_the_same_client_id_gives_the_same_class),
		with_world(test_a_student_joins_by_code_and_never_sees_it_again),
		with_world(test_joining_twice_changes_nothing),
		with_world(test_an_unknown_code_is_not_found),
		with_world(test_a_renewed_code_works_and_the_old_one_does_not),
		with_world(test_a_session_sees_its_own_classes_the_last_joined_first),
		with_world(test_a_class_is_renamed),
		with_world(test_no_session_is_told_apart_from_no_membership),
		with_world(test_people_are_instructors_first_and_then_by_name),
		with_world(test_a_role_changes_and_changes_back),
		with_world(test_the_last_instructor_stays_one),
		with_world(test_the_teacher_is_who_has_taught_longest_without_a_break),
		with_world(test_only_who_teaches_the_class_changes_who_is_in_it),
		with_world(test_who_was_removed_sees_nothing_and_joins_again_as_a_student),
		with_world(test_of_two_instructors_who_leave_at_the_same_time_one_stays),
		with_world(test_joining_twice_at_the_same_time_is_one_membership),
		with_world(test_a_member_whose_role_changes_at_the_same_time_is_still_removed),
		with_world(test_the_servers_role_cannot_delete_history_or_change_the_schema),
	};
	return cmocka_run_group_tests_name("model/classes", tests, NULL, NULL);
}
