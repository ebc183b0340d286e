/* What a client remembers, so that it sees everything once and its sends are stored once. */

#include "libminiclass/chat/resume.h"

#include <stdio.h>

#include "libminiclass/base/buf.h"
#include "test/unit/check.h"

enum { ROOM = 7, OTHER = 8 };

/* "join 7 after 3; send 7 a", as the daemon would be told. */
static void
note(void *user, const struct mc_chat_command *command)
{
	struct mc_buf *said = user;

	if (command->verb == MC_CHAT_JOIN && command->has_after)
		mc_buf_addf(said, "join %d after %d; ", (int)command->room, (int)command->after);
	else if (command->verb == MC_CHAT_JOIN)
		mc_buf_addf(said, "join %d; ", (int)command->room);
	else
		mc_buf_addf(said, "send %d %.*s %.*s; ", (int)command->room,
			MC_STR_ARGS(command->client_id), MC_STR_ARGS(command->body));
}

static void
check_replay(struct mc_resume *resume, const char *wanted, const char *why)
{
	struct mc_buf said;

	mc_buf_init(&said, 1 << 20);
	mc_resume_replay(resume, note, &said);
	check_str(mc_str_from(wanted), mc_buf_str(&said), why);
	mc_buf_finish(&said);
}

static enum mc_resume_verdict
message(struct mc_resume *resume, int64_t room, int64_t seq)
{
	return mc_resume_event(resume,
		&(struct mc_chat_event){ .type = MC_CHAT_MESSAGE, .room = room, .seq = seq });
}

static void
joined(struct mc_resume *resume, int64_t room, int64_t last_seq)
{
	check_int(MC_RESUME_SHOW,
		mc_resume_event(resume,
			&(struct mc_chat_event){
				.type = MC_CHAT_JOINED, .room = room, .seq = last_seq }),
		"joined");
}

static void
test_messages_are_shown_in_order_and_once(void **state)
{
	struct mc_resume *resume = mc_resume_create();

	(void)state;
	check_status(MC_OK, mc_resume_join(resume, ROOM, 0), "join");
	joined(resume, ROOM, 2);
	check_int(MC_RESUME_SHOW, message(resume, ROOM, 1), "the first");
	check_int(MC_RESUME_KNOWN, message(resume, ROOM, 1), "again");
	check_int(MC_RESUME_GAP, message(resume, ROOM, 3), "one too far");
	check_int(MC_RESUME_SHOW, message(resume, ROOM, 2), "the next");
	check_int(MC_RESUME_SHOW, message(resume, ROOM, 3), "and now it fits");
	check_int(MC_RESUME_KNOWN, message(resume, OTHER, 1), "of a room that nobody joined");
	check_replay(resume, "join 7 after 3; ", "the last that was seen");
	mc_resume_destroy(resume);
}

static void
test_without_a_memory_the_last_fifty_are_the_beginning(void **state)
{
	struct mc_resume *resume = mc_resume_create();

	(void)state;
	check_status(MC_OK, mc_resume_join(resume, ROOM, -1), "join");
	check_replay(resume, "join 7; ", "no after");
	joined(resume, ROOM, 120);
	check_int(MC_RESUME_GAP, message(resume, ROOM, 72), "the 71st is missing");
	check_int(MC_RESUME_SHOW, message(resume, ROOM, 71), "the first of fifty");
	check_status(MC_OK, mc_resume_join(resume, OTHER, -1), "join");
	joined(resume, OTHER, 3);
	check_int(MC_RESUME_SHOW, message(resume, OTHER, 1), "fewer than fifty: from the first");
	mc_resume_destroy(resume);
}

static void
test_what_was_on_its_way_when_one_left_does_not_begin_the_next_stay(void **state)
{
	struct mc_resume *resume = mc_resume_create();

	(void)state;
	check_status(MC_OK, mc_resume_join(resume, ROOM, -1), "join");
	joined(resume, ROOM, 120);
	mc_resume_leave(resume, ROOM);
	check_status(MC_OK, mc_resume_join(resume, ROOM, -1), "again");
	check_int(MC_RESUME_KNOWN, message(resume, ROOM, 121), "of the first stay");
	joined(resume, ROOM, 121);
	check_int(MC_RESUME_SHOW, message(resume, ROOM, 72), "the first of fifty");
	mc_resume_destroy(resume);
}

static void
test_after_a_loss_rooms_go_on_behind_what_was_seen(void **state)
{
	struct mc_resume *resume = mc_resume_create();
	struct mc_buf said;

	(void)state;
	check_status(MC_OK, mc_resume_join(resume, ROOM, 4), "join");
	check_replay(resume, "join 7 after 4; ", "as asked");
	joined(resume, ROOM, 5);
	check_int(MC_RESUME_SHOW, message(resume, ROOM, 5), "seen");
	check_replay(resume, "join 7 after 5; ", "behind it");
	joined(resume, ROOM, 5);
	mc_buf_init(&said, 1000);
	mc_resume_rejoin(resume, ROOM, note, &said);
	check_str(MC_STR("join 7 after 5; "), mc_buf_str(&said), "the same for a gap");
	mc_buf_finish(&said);
	mc_resume_leave(resume, ROOM);
	check_replay(resume, "", "left");
	mc_resume_destroy(resume);
}

static void
test_a_gap_is_filled_by_one_join_however_much_follows(void **state)
{
	struct mc_resume *resume = mc_resume_create();
	struct mc_buf said;

	(void)state;
	check_status(MC_OK, mc_resume_join(resume, ROOM, 50), "join");
	joined(resume, ROOM, 50);
	mc_buf_init(&said, 1000);
	for (int64_t seq = 101; seq <= 103; seq++)
		if (message(resume, ROOM, seq) == MC_RESUME_GAP)
			mc_resume_rejoin(resume, ROOM, note, &said);
	check_int(MC_RESUME_KNOWN, message(resume, ROOM, 51), "it comes again behind joined");
	mc_resume_rejoin(resume, ROOM, note, &said);
	check_str(MC_STR("join 7 after 50; "), mc_buf_str(&said), "a second one is refused");
	joined(resume, ROOM, 103);
	check_int(MC_RESUME_SHOW, message(resume, ROOM, 51), "the first that was missed");
	check_replay(resume, "join 7 after 51; ", "a new connection asks anew");
	mc_buf_finish(&said);
	mc_resume_destroy(resume);
}

static void
test_a_gap_whose_join_was_refused_is_asked_for_again(void **state)
{
	struct mc_resume *resume = mc_resume_create();
	struct mc_chat_event error = {
		.type = MC_CHAT_ERROR, .room = ROOM, .code = MC_STR("unavailable")
	};
	struct mc_buf said;

	(void)state;
	check_status(MC_OK, mc_resume_join(resume, ROOM, 50), "join");
	joined(resume, ROOM, 50);
	mc_buf_init(&said, 1000);
	check_int(MC_RESUME_GAP, message(resume, ROOM, 52), "one too far");
	mc_resume_rejoin(resume, ROOM, note, &said);
	error.client_id = MC_STR("a");
	mc_resume_event(resume, &error);
	check_int(MC_RESUME_KNOWN, message(resume, ROOM, 53), "a message was refused, no join");
	error.client_id = MC_STR("");
	error.room = OTHER;
	mc_resume_event(resume, &error);
	check_int(MC_RESUME_KNOWN, message(resume, ROOM, 54), "of another room");
	error.room = ROOM;
	mc_resume_event(resume, &error);
	check_int(MC_RESUME_GAP, message(resume, ROOM, 55), "still missing");
	mc_resume_rejoin(resume, ROOM, note, &said);
	check_str(MC_STR("join 7 after 50; join 7 after 50; "), mc_buf_str(&said), "again");
	mc_buf_finish(&said);
	mc_resume_destroy(resume);
}

static void
test_a_room_that_has_lost_its_last_messages_goes_on_where_it_is(void **state)
{
	struct mc_resume *resume = mc_resume_create();

	(void)state;
	check_status(MC_OK, mc_resume_join(resume, ROOM, 499), "join");
	check_int(MC_RESUME_SHOW, message(resume, ROOM, 500), "seen");
	/* As a database that came back from a backup. */
	joined(resume, ROOM, 480);
	check_int(MC_RESUME_SHOW, message(resume, ROOM, 481), "a new one of a number that was");
	check_int(MC_RESUME_KNOWN, message(resume, ROOM, 481), "once");
	mc_resume_destroy(resume);
}

static void
test_what_is_not_acked_is_sent_again_in_its_order(void **state)
{
	struct mc_resume *resume = mc_resume_create();
	struct mc_chat_event ack = { .type = MC_CHAT_ACK, .room = ROOM };

	(void)state;
	check_status(MC_OK, mc_resume_send(resume, ROOM, MC_STR("a"), MC_STR("one")), "a");
	check_status(MC_OK, mc_resume_send(resume, OTHER, MC_STR("a"), MC_STR("two")), "other");
	check_status(MC_OK, mc_resume_send(resume, ROOM, MC_STR("b"), MC_STR("three")), "b");
	check_replay(resume, "send 7 a one; send 8 a two; send 7 b three; ", "all");
	ack.client_id = MC_STR("b");
	mc_resume_event(resume, &ack);
	mc_resume_event(resume, &ack);
	check_replay(resume, "send 7 a one; send 8 a two; ", "the last is acked");
	check_status(MC_OK, mc_resume_send(resume, ROOM, MC_STR("c"), MC_STR("four")), "c");
	ack.client_id = MC_STR("a");
	mc_resume_event(resume, &ack);
	check_replay(resume, "send 8 a two; send 7 c four; ", "of that room only");
	check_int(2, (long long)mc_resume_unacked(resume), "count");
	check_status(MC_OK, mc_resume_send(resume, ROOM, MC_STR("a"), MC_STR("five")), "a");
	mc_resume_event(resume, &ack);
	check_replay(resume, "send 8 a two; send 7 c four; ", "also behind the other one");
	mc_resume_destroy(resume);
}

static void
test_a_refusal_for_good_is_not_sent_again_and_one_for_now_is(void **state)
{
	static const struct {
		struct mc_str code;
		size_t left;
	} cases[] = { { MC_STR_INIT("not_found"), 0 }, { MC_STR_INIT("ended"), 0 },
		{ MC_STR_INIT("too_long"), 0 }, { MC_STR_INIT("busy"), 1 },
		{ MC_STR_INIT("unavailable"), 1 } };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_resume *resume = mc_resume_create();
		check_status(MC_OK, mc_resume_send(resume, ROOM, MC_STR("a"), MC_STR("x")), "a");
		mc_resume_event(resume, &(struct mc_chat_event){ .type = MC_CHAT_ERROR,
						.room = ROOM,
						.client_id = MC_STR("a"),
						.code = cases[i].code });
		check_int((long long)cases[i].left, (long long)mc_resume_unacked(resume),
			cases[i].code.ptr);
		mc_resume_destroy(resume);
	}
}

static void
test_no_more_than_a_thousand_wait(void **state)
{
	struct mc_resume *resume = mc_resume_create();

	(void)state;
	for (int i = 0; i < 1000; i++)
		check_status(MC_OK, mc_resume_send(resume, ROOM, MC_STR("a"), MC_STR("x")), "one");
	check_status(MC_TOO_LARGE, mc_resume_send(resume, ROOM, MC_STR("a"), MC_STR("x")), "above");
	check_int(1000, (long long)mc_resume_unacked(resume), "count");
	mc_resume_destroy(resume);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_are_shown_in_order_and_once),
		cmocka_unit_test(test_without_a_memory_the_last_fifty_are_the_beginning),
		cmocka_unit_test(
			test_what_was_on_its_way_when_one_left_does_not_begin_the_next_stay),
		cmocka_unit_test(test_after_a_loss_rooms_go_on_behind_what_was_seen),
		cmocka_unit_test(test_a_gap_is_filled_by_one_join_however_much_follows),
		cmocka_unit_test(test_a_gap_whose_join_was_refused_is_asked_for_again),
		cmocka_unit_test(test_a_room_that_has_lost_its_last_messages_goes_on_where_it_is),
		cmocka_unit_test(test_what_is_not_acked_is_sent_again_in_its_order),
		cmocka_unit_test(test_a_refusal_for_good_is_not_sent_again_and_one_for_now_is),
		cmocka_unit_test(test_no_more_than_a_thousand_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
