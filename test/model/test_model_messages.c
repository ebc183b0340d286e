/* Messages against a real PostgreSQL. */

#include <pthread.h>

#include "libminiclass/limits.h"
#include "test/model/ear.h"
#include "test/model/rooms.h"

static void
test_messages_are_numbered_in_the_order_given(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);
	mc_room_id one = discuss(world, &class), two = discuss(world, &class);
	const struct mc_message_new batch[] = {
		message(two, student, "a", "first of two"),
		message(one, student, "a", "first of one"),
		message(two, class.instructor_id, "a", "second of two"),
	};
	struct mc_message_result results[3];
	struct mc_message *read;
	size_t n;

	check_status(MC_OK, mc_message_append(world->db, batch, 3, false, results));
	for (size_t i = 0; i < 3; i++) {
		check_status(MC_OK, results[i].status);
		assert_false(results[i].repeated);
		assert_int_equal(i == 2 ? 2 : 1, results[i].seq);
		assert_int_equal(i == 2 ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT, results[i].role);
	}
	check_status(MC_OK, mc_message_after(world->other, world->arena, two, 0, 10, &read, &n));
	assert_int_equal(2, n);
	assert_true(read[0].seq == 1 && read[1].seq == 2);
	assert_true(read[0].sender_id == student && read[0].at.us == results[0].at.us);
	assert_int_equal(MC_ROLE_STUDENT, read[0].sender_role);
	check_text("Ada Lovelace", read[0].sender_name);
	check_text("a", read[0].client_id);
	check_text("first of two", read[0].body);
	check_text("second of two", read[1].body);
	assert_int_equal(MC_ROLE_INSTRUCTOR, read[1].sender_role);
	check_gapless(world->db, one, 1);
}

static void
test_a_batch_over_several_rooms_keeps_the_order_in_each(void **state)
{
	enum { ROOMS = 3, MESSAGES = 12 };
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);
	mc_room_id rooms[ROOMS];
	struct mc_message_new batch[MESSAGES];
	struct mc_message_result results[MESSAGES];
	char texts[MESSAGES][8];

	/* Not in the order of the rooms' ids, nor in that of the senders'. */
	for (size_t i = ROOMS; i-- > 0;)
		rooms[i] = discuss(world, &class);
	append(world->db, rooms[1], student, "first");
	for (size_t i = 0; i < MESSAGES; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "%zu", i);
		batch[i] = message(rooms[i * 2 % ROOMS], i % 2 ? student : class.instructor_id,
			texts[i], texts[i]);
	}
	check_status(MC_OK, mc_message_append(world->db, batch, MESSAGES, false, results));
	for (size_t r = 0; r < ROOMS; r++) {
		struct mc_message *read;
		size_t n, at = r == 1 ? 1 : 0;
		check_status(MC_OK, mc_message_after(world->other, world->arena, rooms[r], 0,
					    MESSAGES, &read, &n));
		for (size_t i = 0; i < MESSAGES; i++) {
			if (batch[i].room != rooms[r])
				continue;
			assert_true(at < n && results[i].status == MC_OK && !results[i].repeated);
			check_text(texts[i], read[at].body);
			assert_int_equal(batch[i].sender, read[at].sender_id);
			assert_int_equal(read[at].seq, results[i].seq);
			assert_int_equal(read[at].sender_role, results[i].role);
			assert_true(read[at].at.us == results[i].at.us);
			at++;
		}
		assert_int_equal(n, at);
		check_gapless(world->db, rooms[r], (int64_t)n);
	}
}

static void
test_pages_of_messages_are_oldest_first_from_either_side(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_room_id room = discuss(world, &class);
	struct mc_digest session = test_look(world->db, class.id);
	struct mc_message *read;
	char name[8];
	size_t n;

	for (int i = 1; i <= 7; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(i, append(world->db, room, class.instructor_id, name).seq);
	}
	check_status(MC_OK, mc_message_after(world->db, world->arena, room, 2, 3, &read, &n));
	assert_true(n == 3 && read[0].seq == 3 && read[2].seq == 5);
	check_status(MC_OK, mc_message_after(world->db, world->arena, room, 7, 3, &read, &n));
	assert_int_equal(0, n);
	mc_message_before_ask(world->db, &session, room, 0, 2);
	mc_message_before_ask(world->db, &session, room, 3, 50);
	mc_message_after_ask(world->db, &session, room, 2, 3);
	check_status(MC_OK, mc_message_take(world->db, world->arena, &read, &n));
	assert_true(n == 2 && read[0].seq == 6 && read[1].seq == 7);
	check_status(MC_OK, mc_message_take(world->db, world->arena, &read, &n));
	assert_true(n == 2 && read[0].seq == 1 && read[1].seq == 2);
	check_status(MC_OK, mc_message_take(world->db, world->arena, &read, &n));
	assert_true(n == 3 && read[0].seq == 3 && read[2].seq == 5);
}

static void
test_the_same_client_id_is_one_message(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);
	mc_room_id room = discuss(world, &class), other = discuss(world, &class);
	struct mc_message_result first = append(world->db, room, student, "x");
	const struct mc_message_new batch[] = {
		message(room, student, "y", "new"),
		message(room, student, "x", "was there"),
		message(room, student, "y", "twice in a batch"),
		message(room, class.instructor_id, "x", "somebody else's"),
		message(other, student, "x", "elsewhere"),
		message(room, student, "X", "not the same"),
	};
	const int64_t seqs[] = { 2, 1, 2, 3, 1, 4 };
	struct mc_message_result results[6];

	check_status(MC_OK, mc_message_append(world->other, batch, 6, false, results));
	for (size_t i = 0; i < 6; i++) {
		check_status(MC_OK, results[i].status);
		assert_int_equal(seqs[i], results[i].seq);
		assert_int_equal(i == 1 || i == 2, results[i].repeated);
	}
	assert_true(results[1].at.us == first.at.us);
	assert_true(results[2].at.us == results[0].at.us);
	check_gapless(world->db, room, 4);
	check_gapless(world->db, other, 1);
}

/* Written as a whole or judged at once: the verdicts are the same, and nothing is stored twice. */
static void
check_verdicts(struct mc_db *db, const struct mc_message_new *batch, const enum mc_status *expected,
	size_t n)
{
	struct mc_message_result results[MC_MESSAGE_BATCH_MAX];

	for (int doubtful = 0; doubtful <= 1; doubtful++) {
		check_status(MC_OK, mc_message_append(db, batch, n, doubtful, results));
		for (size_t i = 0; i < n; i++) {
			check_status(expected[i], results[i].status);
			assert_int_equal(doubtful && expected[i] == MC_OK, results[i].repeated);
		}
	}
}

static void
test_what_is_refused_leaves_no_gap(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	struct mc_classroom elsewhere = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class), other = test_student(world, &class);
	mc_user_id gone = test_student(world, &class), off = test_student(world, &class);
	mc_room_id room = discuss(world, &class), thread = open_thread(world, room, student);
	mc_room_id live = start_live(world, &class);
	check_status(MC_OK, mc_membership_leave(world->db, class.id, gone));
	check_status(MC_OK, end_live(world->db, live));
	disable(off);
	const struct {
		mc_room_id room;
		mc_user_id sender;
		enum mc_status expected;
	} cases[] = {
		{ room, student, MC_OK },
		{ room, elsewhere.instructor_id, MC_NOT_FOUND },
		{ thread, other, MC_NOT_FOUND },
		{ thread, student, MC_OK },
		{ room, gone, MC_NOT_FOUND },
		{ room, off, MC_NOT_FOUND },
		{ live, student, MC_CONFLICT },
		{ live, elsewhere.instructor_id, MC_NOT_FOUND },
		{ INT64_MAX, student, MC_NOT_FOUND },
		{ thread, class.instructor_id, MC_OK },
		{ room, other, MC_OK },
	};
	struct mc_message_new batch[MC_COUNT(cases)];
	enum mc_status expected[MC_COUNT(cases)];

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		batch[i] = message(cases[i].room, cases[i].sender, "same for all", "hello");
		expected[i] = cases[i].expected;
	}
	check_verdicts(world->db, batch, expected, MC_COUNT(cases));
	check_gapless(world->db, room, 2);
	check_gapless(world->db, thread, 2);
	check_gapless(world->db, live, 0);
}

static void
test_text_that_cannot_be_stored_does_not_hold_up_the_others(void **state)
{
	struct world *world = *state;
	static char long_text[MC_MESSAGE_BODY_MAX + 1];
	struct mc_classroom class = test_class(world, test_person(world));
	mc_room_id room = discuss(world, &class);
	memset(long_text, 'x', sizeof(long_text));
	const struct mc_str good = MC_STR("good"), none = MC_STR("");
	const struct mc_str id_max = { long_text, MC_CLIENT_ID_MAX };
	const struct {
		struct mc_str client_id, body;
		enum mc_status expected;
	} cases[] = {
		{ MC_STR("1"), none, MC_INVALID },
		{ none, good, MC_INVALID },
		{ MC_STR("2"), { long_text, MC_MESSAGE_BODY_MAX + 1 }, MC_INVALID },
		{ MC_STR("3"), { long_text, MC_MESSAGE_BODY_MAX }, MC_OK },
		{ { long_text, MC_CLIENT_ID_MAX + 1 }, good, MC_INVALID },
		{ id_max, good, MC_OK },
		{ MC_STR("4"), { "a\0b", 3 }, MC_INVALID },
		{ MC_STR("5"), MC_STR("\xff"), MC_INVALID },
		{ MC_STR("6"), good, MC_OK },
	};
	struct mc_message_new batch[MC_COUNT(cases)];
	enum mc_status expected[MC_COUNT(cases)];
	struct mc_message_result result;

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		batch[i] = (struct mc_message_new){ room, class.instructor_id, cases[i].client_id,
			cases[i].body };
		expected[i] = cases[i].expected;
	}
	check_verdicts(world->db, batch, expected, MC_COUNT(cases));
	check_gapless(world->db, room, 3);
	check_status(MC_OK, mc_message_append(world->db, batch, 1, false, &result));
	check_status(MC_INVALID, result.status);
}

static void
test_the_largest_batch_of_the_longest_messages_is_stored(void **state)
{
	struct world *world = *state;
	static struct mc_message_new batch[MC_MESSAGE_BATCH_MAX];
	static struct mc_message_result results[MC_MESSAGE_BATCH_MAX];
	static char body[MC_MESSAGE_BODY_MAX];
	struct mc_classroom class = test_class(world, test_person(world));
	mc_room_id room = discuss(world, &class);

	memset(body, 'x', sizeof(body));
	for (int i = 0; i < MC_MESSAGE_BATCH_MAX; i++)
		batch[i] = (struct mc_message_new){ room, class.instructor_id,
			mc_arena_printf(world->arena, "%d", i), { body, sizeof(body) } };
	check_status(
		MC_OK, mc_message_append(world->db, batch, MC_MESSAGE_BATCH_MAX, false, results));
	for (int i = 0; i < MC_MESSAGE_BATCH_MAX; i++)
		assert_int_equal(i + 1, results[i].seq);
	check_gapless(world->db, room, MC_MESSAGE_BATCH_MAX);
}

static void
test_a_role_stays_as_it_was_when_the_message_was_sent(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);
	mc_room_id room = discuss(world, &class);
	struct mc_message *read;
	size_t n;

	assert_int_equal(MC_ROLE_STUDENT, append(world->db, room, student, "1").role);
	check_status(MC_OK, mc_membership_set_role(world->db, class.id, student, MC_ROLE_INSTRUCTOR,
				    class.instructor_id));
	assert_int_equal(MC_ROLE_INSTRUCTOR, append(world->db, room, student, "2").role);
	assert_int_equal(MC_ROLE_STUDENT, append(world->db, room, student, "1").role);
	check_status(MC_OK, mc_message_after(world->db, world->arena, room, 0, 9, &read, &n));
	assert_int_equal(MC_ROLE_STUDENT, read[0].sender_role);
	assert_int_equal(MC_ROLE_INSTRUCTOR, read[1].sender_role);
}

static void
test_the_end_of_a_live_session_ends_its_room_once(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class);
	mc_room_id live = start_live(world, &class);
	struct mc_message_result first = append(world->db, live, student, "1");
	struct mc_room room;

	check_status(MC_OK, end_live(world->db, live));
	check_status(MC_OK, mc_room_find(world->db, student, live, &room));
	assert_true(room.ended);
	check_status(MC_CONFLICT, append(world->db, live, student, "2").status);
	/* Its ack was lost, perhaps: it is stored all the same. */
	struct mc_message_result again = append(world->db, live, student, "1");
	check_status(MC_OK, again.status);
	assert_true(again.repeated && again.seq == first.seq);
	check_status(MC_CONFLICT, end_live(world->db, live));
	assert_string_equal("live_session_ends_once", mc_db_constraint(world->db));
}

struct sending {
	struct mc_db *db;
	mc_room_id room;
	mc_user_id sender;
	enum mc_status status, said;
};

static void *
send_one(void *arg)
{
	struct sending *sending = arg;
	struct mc_message_new one = message(sending->room, sending->sender, "late", "hello");
	struct mc_message_result result = { .status = MC_FAILED };

	sending->status = mc_message_append(sending->db, &one, 1, false, &result);
	sending->said = result.status;
	return NULL;
}

static void
test_a_message_that_waits_for_the_end_of_its_room_is_refused(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_room_id live = start_live(world, &class);
	struct sending sending = { world->other, live, class.instructor_id, MC_FAILED, MC_FAILED };
	int64_t backend = test_backend(world->other);
	struct mc_db *observer = test_open("MC_DB_SUPERUSER");
	struct mc_tx tx;
	pthread_t thread;

	mc_tx_begin(&tx, world->db);
	check_status(MC_OK, end_live(world->db, live));
	assert_int_equal(0, pthread_create(&thread, NULL, send_one, &sending));
	test_until_blocked(observer, backend);
	check_status(MC_OK, mc_tx_commit(&tx));
	mc_tx_finish(&tx);
	assert_int_equal(0, pthread_join(thread, NULL));
	check_status(MC_OK, sending.status);
	check_status(MC_CONFLICT, sending.said);
	check_gapless(world->db, live, 0);
	mc_db_close(observer);
}

static void
test_the_servers_write_messages_in_no_other_way(void **state)
{
	struct world *world = *state;
	static const struct mc_sql statements[] = {
		{ "test_m1",
			"INSERT INTO mc.message VALUES (1, 1, 1, 1, 'student', 'a', 'b', now())" },
		{ "test_m2", "UPDATE mc.message SET body = 'b'" },
		{ "test_m3", "DELETE FROM mc.message" },
		{ "test_m4", "UPDATE mc.room SET last_seq = 0" },
		{ "test_m5", "UPDATE mc.room SET ended_at = NULL" },
		{ "test_m6",
			"INSERT INTO mc.room (class_id, kind, last_seq) VALUES (1, 'live', 5)" },
		{ "test_m7", "DELETE FROM mc.stay" },
		{ "test_m8", "UPDATE mc.attendance_correction SET seconds = 0" },
		{ "test_m9", "DELETE FROM mc.attendance_correction" },
		{ "test_m10", "DELETE FROM mc.live_session" },
		{ "test_m11", "DELETE FROM mc.message_removal" },
		{ "test_m12", "UPDATE mc.message_removal SET removed_by = 1" },
		{ "test_m13", "INSERT INTO mc.message_removal VALUES (1, 1, 1, 1, 1)" },
		{ "test_m14", "UPDATE mc.room SET n_removed = 0" },
	};

	for (size_t i = 0; i < MC_COUNT(statements); i++)
		check_status(
			MC_FORBIDDEN, mc_db_run(world->db, &statements[i], NULL, MC_NO_PARAMS));
}

static void
test_a_membership_in_which_somebody_wrote_stays_as_it_was(void **state)
{
	static const struct mc_sql take_away[] = {
		{ "test_membership_delete", "DELETE FROM mc.membership"
					    " WHERE class_id = $1 AND account_id = $2" },
		{ "test_membership_move", "UPDATE mc.membership SET role = 'instructor'"
					  " WHERE class_id = $1 AND account_id = $2" },
	};
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id writer = test_student(world, &class), reader = test_student(world, &class);
	struct mc_db *superuser = test_open("MC_DB_SUPERUSER");

	append(world->db, discuss(world, &class), writer, "a");
	for (size_t i = 0; i < MC_COUNT(take_away); i++) {
		check_status(MC_NOT_FOUND, mc_db_run(superuser, &take_away[i], NULL,
						   MC_PARAMS(mc_p_id(class.id), mc_p_id(writer))));
		assert_string_equal("message_sender", mc_db_constraint(superuser));
	}
	check_status(MC_OK, mc_db_run(superuser, &take_away[0], NULL,
				    MC_PARAMS(mc_p_id(class.id), mc_p_id(reader))));
	mc_db_close(superuser);
}

static void
test_a_batch_is_told_once_with_the_rooms_that_have_more(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id teacher = class.instructor_id;
	mc_room_id one = discuss(world, &class), two = discuss(world, &class);
	(void)append(world->db, one, teacher, "old");
	struct ear *ear = listen_to("mc_room");
	const struct mc_message_new batch[] = {
		message(two, teacher, "a", "x"),
		message(two, teacher, "b", "x"),
		message(one, teacher, "old", "x"),
		message(INT64_MAX, teacher, "a", "x"),
	};
	struct mc_message_result results[4];
	char expected[64];

	check_status(MC_OK, mc_message_append(world->db, batch, 4, false, results));
	check_status(MC_OK, mc_message_append(world->db, batch, 4, false, results));
	(void)append(world->db, one, teacher, "new");
	hear(ear, 2);
	(void)snprintf(expected, sizeof(expected), "%lld:2", (long long)two);
	assert_string_equal(expected, ear->heard[0]);
	(void)snprintf(expected, sizeof(expected), "%lld:2", (long long)one);
	assert_string_equal(expected, ear->heard[1]);
	stop_listening(ear);
}

static void
test_more_rooms_than_a_notice_holds_are_told_in_several(void **state)
{
	struct world *world = *state;
	enum { ROOMS = 400 };
	static struct mc_message_new batch[ROOMS];
	static struct mc_message_result results[ROOMS];
	struct mc_classroom class = test_class(world, test_person(world));
	struct ear *ear = listen_to("mc_room");
	size_t told = 0;

	for (int i = 0; i < ROOMS; i++) {
		batch[i] = message(discuss(world, &class), class.instructor_id, "a", "x");
		mc_db_forget(world->db);
	}
	check_status(MC_OK, mc_message_append(world->db, batch, ROOMS, false, results));
	hear(ear, 3);
	for (size_t i = 0; i < ear->n; i++) {
		struct mc_str rest = mc_str_from(ear->heard[i]), item, id;
		while (mc_str_next(&rest, ' ', &item)) {
			int64_t room;
			assert_true(mc_str_next(&item, ':', &id));
			assert_true(mc_str_to_int(id, 1, INT64_MAX, &room));
			assert_true(room == batch[told++].room);
			check_text("1", item);
		}
	}
	assert_int_equal(ROOMS, told);
	stop_listening(ear);
}

enum { WRITERS = 8, SHARED_ROOMS = 5, BATCHES = 40, BATCH = 20 };

struct writer {
	pthread_t thread;
	struct mc_db *db;
	const mc_room_id *rooms;
	mc_user_id senders[2], stranger;
	unsigned random; /* seeded by its number: every run does the same */
	int number;
	int64_t stored, repeated, refused, failed;
};

static unsigned
next_random(struct writer *writer)
{
	writer->random = writer->random * 1103515245u + 12345u;
	return writer->random >> 16;
}

/* Two writers each share their ids, so each message is sent twice by connections that race. */
static void *
write_much(void *arg)
{
	struct writer *writer = arg;
	struct mc_message_new batch[BATCH];
	struct mc_message_result results[BATCH];
	char ids[BATCH][32];

	for (int b = 0; b < BATCHES; b++) {
		for (int i = 0; i < BATCH; i++) {
			unsigned room = next_random(writer) % SHARED_ROOMS;
			unsigned id = next_random(writer) % (BATCHES * BATCH);
			bool strange = next_random(writer) % 10 == 0;
			/* Every other batch is all new for the first of the two, and nobody's else.
			 */
			if (b % 2 == 0) {
				id = (unsigned)(BATCHES * BATCH + b * BATCH + i);
				strange = false;
			}
			(void)snprintf(ids[i], sizeof(ids[i]), "%d-%u", writer->number / 2, id);
			batch[i] = message(writer->rooms[room],
				strange ? writer->stranger : writer->senders[i % 2], ids[i], "x");
		}
		if (mc_message_append(writer->db, batch, BATCH, b % 4 == 3, results) != MC_OK) {
			writer->failed++;
			continue;
		}
		for (int i = 0; i < BATCH; i++) {
			writer->refused += results[i].status == MC_NOT_FOUND;
			writer->repeated += results[i].status == MC_OK && results[i].repeated;
			writer->stored += results[i].status == MC_OK && !results[i].repeated;
		}
		mc_db_forget(writer->db);
	}
	return NULL;
}

static void
test_writers_at_the_same_time_leave_no_gap_and_nothing_twice(void **state)
{
	struct world *world = *state;
	struct mc_classroom class = test_class(world, test_person(world));
	mc_user_id student = test_student(world, &class), stranger = test_person(world);
	mc_room_id rooms[SHARED_ROOMS];
	struct writer writers[WRITERS];
	struct writer sum = { .stored = 0 };
	int64_t stored = 0;

	for (size_t i = 0; i < SHARED_ROOMS; i++)
		rooms[i] = discuss(world, &class);
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ .db = test_open("MC_DB"),
			.rooms = rooms,
			.senders = { class.instructor_id, student },
			.stranger = stranger,
			.random = (unsigned)i / 2 + 1,
			.number = i };
		assert_int_equal(
			0, pthread_create(&writers[i].thread, NULL, write_much, &writers[i]));
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(0, pthread_join(writers[i].thread, NULL));
		mc_db_close(writers[i].db);
		sum.stored += writers[i].stored;
		sum.repeated += writers[i].repeated;
		sum.refused += writers[i].refused;
		sum.failed += writers[i].failed;
	}
	for (size_t i = 0; i < SHARED_ROOMS; i++) {
		int64_t last = last_seq(world->db, rooms[i]);
		check_gapless(world->db, rooms[i], last);
		stored += last;
	}
	assert_int_equal(0, sum.failed);
	assert_int_equal(stored, sum.stored);
	assert_true(sum.repeated >= sum.stored && sum.refused > 0);
	assert_int_equal(WRITERS * BATCHES * BATCH, sum.stored + sum.repeated + sum.refused);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_messages_are_numbered_in_the_order_given),
		with_world(test_a_batch_over_several_rooms_keeps_the_order_in_each),
		with_world(test_pages_of_messages_are_oldest_first_from_either_side),
		with_world(test_the_same_client_id_is_one_message),
		with_world(test_what_is_refused_leaves_no_gap),
		with_world(test_text_that_cannot_be_stored_does_not_hold_up_the_others),
		with_world(test_the_largest_batch_of_the_longest_messages_is_stored),
		with_world(test_a_role_stays_as_it_was_when_the_message_was_sent),
		with_world(test_the_end_of_a_live_session_ends_its_room_once),
		with_world(test_a_message_that_waits_for_the_end_of_its_room_is_refused),
		with_world(test_the_servers_write_messages_in_no_other_way),
		with_world(test_a_membership_in_which_somebody_wrote_stays_as_it_was),
		with_world(test_a_batch_is_told_once_with_the_rooms_that_have_more),
		with_world(test_more_rooms_than_a_notice_holds_are_told_in_several),
		with_world(test_writers_at_the_same_time_leave_no_gap_and_nothing_twice),
	};
	return cmocka_run_group_tests_name("model/messages", tests, NULL, NULL);
}
