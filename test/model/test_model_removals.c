/* What an instructor removes of a room. */

#include "libminiclass/limits.h"
#include "test/model/behind.h"
#include "test/model/rooms.h"

static void
test_what_an_instructor_removes_keeps_its_place_and_loses_its_words(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class), stranger = test_person(world);
	mc_room_id room = discuss(world, &class);
	struct mc_message *read;
	int64_t seqs[MC_REMOVED_PAGE];
	size_t n;

	for (int i = 0; i < 3; i++)
		append(world->db, room, student, (const char *[]){ "1", "2", "3" }[i]);
	check_status(MC_FORBIDDEN, mc_message_remove(world->db, room, 1, student));
	check_status(MC_FORBIDDEN, mc_message_remove(world->db, room, 1, stranger));
	check_status(MC_NOT_FOUND, mc_message_remove(world->db, room, 4, class.instructor_id));
	check_status(MC_NOT_FOUND, mc_message_remove(world->db, 1 << 30, 1, class.instructor_id));
	check_status(MC_OK, mc_message_removed_since(world->db, room, 0, seqs, &n));
	assert_int_equal(0, n);
	for (int64_t seq = 3; seq >= 1; seq--)
		check_status(MC_OK, mc_message_remove(world->db, room, seq, class.instructor_id));
	check_status(MC_OK, mc_message_remove(world->db, room, 3, class.instructor_id));
	check_status(MC_OK, mc_message_removed_since(world->db, room, 1, seqs, &n));
	assert_true(n == 2 && seqs[0] == 2 && seqs[1] == 1);
	check_status(MC_OK, mc_message_removed_among(world->db, room, 1, 3, seqs, &n));
	assert_true(n == 2 && seqs[0] == 2 && seqs[1] == 3);
	check_status(MC_OK, mc_message_removed_among(world->db, room, 1, 2, seqs, &n));
	assert_true(n == 1 && seqs[0] == 2);
	append(world->db, room, student, "4");
	check_status(MC_OK, mc_message_after(world->db, world->arena, room, 2, 9, &read, &n));
	assert_int_equal(2, n);
	assert_true(read[0].removed && read[0].body.len == 0 && !read[1].removed);
	check_text("4", read[1].client_id);
}

static void
test_all_of_one_sender_goes_with_one_of_them_and_is_numbered_in_order(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class), other = test_student(world, &class);
	mc_room_id room = discuss(world, &class), elsewhere = discuss(world, &class);
	struct mc_message *read;
	int64_t seqs[MC_REMOVED_PAGE], gone = -1;
	size_t n;

	append(world->db, room, student, "1");
	append(world->db, room, other, "2");
	append(world->db, room, student, "3");
	append(world->db, room, student, "4");
	/* Theirs is the second there, as the other one's is here. */
	append(world->db, elsewhere, other, "5");
	append(world->db, elsewhere, student, "6");
	check_status(MC_OK, mc_message_remove(world->db, room, 4, class.instructor_id));
	check_status(MC_FORBIDDEN, mc_message_remove_all(world->db, room, 1, other, &gone));
	check_status(MC_NOT_FOUND,
		mc_message_remove_all(world->db, room, 5, class.instructor_id, &gone));
	assert_true(gone == -1);
	check_status(MC_OK, mc_message_remove_all(world->db, room, 4, class.instructor_id, &gone));
	assert_true(gone == 2);
	check_status(MC_OK, mc_message_remove_all(world->db, room, 1, class.instructor_id, &gone));
	assert_true(gone == 0);
	check_status(MC_OK, mc_message_removed_since(world->db, room, 0, seqs, &n));
	assert_true(n == 3 && seqs[0] == 4 && seqs[1] == 1 && seqs[2] == 3);
	check_status(MC_OK, mc_message_after(world->db, world->arena, room, 0, 9, &read, &n));
	assert_true(n == 4 && !read[1].removed);
	check_status(MC_OK, mc_message_removed_since(world->db, elsewhere, 0, seqs, &n));
	assert_int_equal(0, n);

	/* What was removed before has no second number. */
	append(world->db, room, other, "7");
	append(world->db, room, other, "8");
	check_status(MC_OK, mc_message_remove(world->db, room, 2, class.instructor_id));
	check_status(MC_OK, mc_message_remove_all(world->db, room, 6, class.instructor_id, &gone));
	assert_true(gone == 2);
	check_status(MC_OK, mc_message_removed_since(world->db, room, 4, seqs, &n));
	assert_true(n == 2 && seqs[0] == 5 && seqs[1] == 6);
	check_status(MC_OK, mc_message_removed_since(world->db, room, 5, seqs, &n));
	assert_true(n == 1 && seqs[0] == 6);

	/* What was removed of another room is not removed here. */
	check_status(
		MC_OK, mc_message_remove_all(world->db, elsewhere, 2, class.instructor_id, &gone));
	assert_true(gone == 1);
}

/* More of it than one lease keeps answers. */
static void
test_all_of_one_sender_goes_in_a_long_room_too(void **state)
{
	static const struct mc_sql lengthen = {
		"test_lengthen",
		"UPDATE mc.room SET last_seq = 300000 WHERE id = $1",
	};
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);
	mc_room_id room = discuss(world, &class);
	int64_t gone = -1;

	append(world->db, room, student, "1");
	as_admin(&lengthen, MC_PARAMS(mc_p_id(room)));
	append(world->db, room, student, "2");
	check_status(MC_OK, mc_message_remove_all(world->db, room, 1, class.instructor_id, &gone));
	assert_true(gone == 2);
}

static enum mc_status
call_remove_first(struct call *call)
{
	return mc_message_remove(call->db, call->live.room, 1, call->user);
}

static void
test_of_two_who_remove_at_the_same_time_each_has_a_number(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);
	mc_room_id room = discuss(world, &class);
	struct call call = { .function = call_remove_first,
		.db = world->other,
		.live.room = room,
		.user = class.instructor_id };
	int64_t seqs[MC_REMOVED_PAGE];
	struct mc_tx tx;
	size_t n;

	append(world->db, room, student, "1");
	append(world->db, room, student, "2");
	mc_tx_begin(&tx, world->db);
	check_status(MC_OK, mc_message_remove(world->db, room, 2, class.instructor_id));
	run_behind(&tx, true, &call);
	check_status(MC_OK, call.status);
	check_status(MC_OK, mc_message_removed_since(world->db, room, 0, seqs, &n));
	assert_true(n == 2 && seqs[0] == 2 && seqs[1] == 1);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_what_an_instructor_removes_keeps_its_place_and_loses_its_words),
		with_world(test_all_of_one_sender_goes_with_one_of_them_and_is_numbered_in_order),
		with_world(test_all_of_one_sender_goes_in_a_long_room_too),
		with_world(test_of_two_who_remove_at_the_same_time_each_has_a_number),
	};

	return cmocka_run_group_tests_name("model/removals", tests, NULL, NULL);
}
