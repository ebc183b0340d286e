/* WebSocket messages out of bytes: RFC 6455, sections 5 to 8. */

#include "libminiclass/ws/message.h"

#include <malloc.h>

#include "libminiclass/base/buf.h"
#include "test/unit/check.h"

enum { LIMIT = 1000 };

/* One thing that came, as text: "text hello", "ping x", "bad 1002"; several with "; " between. */
static void
note(struct mc_buf *seen, enum mc_ws_result result, struct mc_str out, enum mc_ws_close_code code)
{
	static const char *const names[] = { [MC_WS_GOT_TEXT] = "text",
		[MC_WS_GOT_PING] = "ping",
		[MC_WS_GOT_PONG] = "pong",
		[MC_WS_GOT_CLOSE] = "close" };

	if (result == MC_WS_GOT_MORE)
		return;
	if (result == MC_WS_GOT_BAD) {
		mc_buf_addf(seen, "bad %d; ", (int)code);
		return;
	}
	mc_buf_addf(seen, "%s ", names[result]);
	mc_buf_add(seen, out);
	mc_buf_add(seen, MC_STR("; "));
}

static void
receive(struct mc_ws_receiver *receiver, struct mc_str in, struct mc_buf *seen)
{
	while (in.len > 0) {
		enum mc_ws_close_code code = MC_WS_NORMAL;
		struct mc_str out;
		enum mc_ws_result result = mc_ws_receive(receiver, &in, &out, &code);
		note(seen, result, out, code);
	}
}

/* In one piece, split at every byte, and byte by byte: always the same. */
static void
check_seen(bool server, struct mc_str in, const char *wanted, const char *why)
{
	for (size_t split = 0; split <= in.len + 1; split++) {
		struct mc_ws_receiver *receiver = mc_ws_receiver_create(server, LIMIT);
		struct mc_buf seen;
		mc_buf_init(&seen, 1 << 20);
		if (split <= in.len) {
			receive(receiver, guard_copy(mc_str_first(in, split)), &seen);
			receive(receiver, guard_copy(mc_str_skip(in, split)), &seen);
		} else {
			for (size_t i = 0; i < in.len; i++)
				receive(receiver, guard_copy((struct mc_str){ in.ptr + i, 1 }),
					&seen);
		}
		check_str(mc_str_from(wanted), mc_buf_str(&seen), why);
		mc_buf_finish(&seen);
		mc_ws_receiver_destroy(receiver);
	}
}

#define MASK "\x37\xfa\x21\x3d"
#define HELLO MASK "\x7f\x9f\x4d\x51\x58"
/* A mask of zeros leaves the payload readable. */
#define ZERO "\0\0\0\0"

static void
test_a_masked_message_is_had_when_its_last_byte_is_there(void **state)
{
	(void)state;
	check_seen(true, MC_STR("\x81\x85" HELLO), "text Hello; ", "5.7");
	check_seen(true, MC_STR("\x81\x80" ZERO), "text ; ", "empty");
	check_seen(true,
		MC_STR("\x81\x82" ZERO "ab"
		       "\x81\x81" ZERO "c"),
		"text ab; text c; ", "two");
	check_seen(false, MC_STR("\x81\x05Hello"), "text Hello; ", "a client gets them unmasked");
}

static void
test_fragments_become_one_message_with_control_frames_between(void **state)
{
	(void)state;
	check_seen(true,
		MC_STR("\x01\x83" ZERO "Hel"
		       "\x80\x82" ZERO "lo"),
		"text Hello; ", "5.7");
	check_seen(true,
		MC_STR("\x01\x81" ZERO "a"
		       "\x89\x81" ZERO "p"
		       "\x00\x81" ZERO "b"
		       "\x8a\x80" ZERO "\x80\x81" ZERO "c"),
		"ping p; pong ; text abc; ", "control frames between");
}

static void
test_what_the_rfc_forbids_is_a_protocol_error(void **state)
{
	(void)state;
	check_seen(true, MC_STR("\x81\x05Hello"), "bad 1002; ", "5.1: a client masks");
	check_seen(false, MC_STR("\x81\x85" HELLO), "bad 1002; ", "5.1: a server does not");
	check_seen(true, MC_STR("\xc1\x81" ZERO "a"), "bad 1002; ", "5.2: RSV1");
	check_seen(true, MC_STR("\xa1\x81" ZERO "a"), "bad 1002; ", "5.2: RSV2");
	check_seen(true, MC_STR("\x91\x81" ZERO "a"), "bad 1002; ", "5.2: RSV3");
	check_seen(true, MC_STR("\x83\x81" ZERO "a"), "bad 1002; ", "5.2: opcode 3");
	check_seen(true, MC_STR("\x8b\x81" ZERO "a"), "bad 1002; ", "5.2: opcode 11");
	check_seen(true, MC_STR("\x09\x81" ZERO "a"), "bad 1002; ", "5.5: fragmented ping");
	check_seen(true, MC_STR("\x89\xfe\x00\x7e" ZERO), "bad 1002; ", "5.5: a ping of 126 bytes");
	check_seen(true, MC_STR("\x80\x81" ZERO "a"), "bad 1002; ", "5.4: nothing to continue");
	check_seen(true,
		MC_STR("\x01\x81" ZERO "a"
		       "\x81\x81" ZERO "b"),
		"bad 1002; ", "5.4: a message within another");
	check_seen(true, MC_STR("\x81\xfe\x00\x05" HELLO), "bad 1002; ", "5.2: 5 in two bytes");
	check_seen(true, MC_STR("\x81\xff\x00\x00\x00\x00\x00\x00\x00\x05" HELLO), "bad 1002; ",
		"5.2: 5 in eight bytes");
	check_seen(true, MC_STR("\x88\x81" ZERO "a"), "bad 1002; ", "5.5.1: half a code");
	check_seen(
		true, MC_STR("\x88\x82" ZERO "\x03\xed"), "bad 1002; ", "7.4.1: 1005 is not sent");
}

static void
test_what_is_no_text_of_ours_says_so(void **state)
{
	(void)state;
	check_seen(true, MC_STR("\x81\x81" ZERO "\xff"), "bad 1007; ", "8.1: no UTF-8");
	check_seen(true,
		MC_STR("\x01\x81" ZERO "\xc3"
		       "\x80\x81" ZERO "a"),
		"bad 1007; ", "8.1: a character that is cut by a fragment, and wrong");
	check_seen(true,
		MC_STR("\x01\x81" ZERO "\xc3"
		       "\x80\x81" ZERO "\xbc"),
		"text \xc3\xbc; ", "and right");
	check_seen(true, MC_STR("\x88\x83" ZERO "\x03\xe8\xff"), "bad 1007; ",
		"8.1: the reason of a close");
	check_seen(true, MC_STR("\x88\x84" ZERO "\x03\xe8\xe2\x82"), "bad 1007; ",
		"8.1: one that is cut");
	check_seen(true, MC_STR("\x82\x81" ZERO "a"), "bad 1003; ", "binary");
}

static void
test_a_close_is_the_last_thing(void **state)
{
	(void)state;
	check_seen(true, MC_STR("\x88\x80" ZERO), "close ; ", "without a code");
	check_seen(true,
		MC_STR("\x88\x85" ZERO "\x03\xe8"
		       "bye"),
		"close \x03\xe8"
		"bye; ",
		"1000");
	check_seen(
		true, MC_STR("\x88\x80" ZERO "\x81\x81" ZERO "a"), "close ; ", "nothing behind it");
	check_seen(true,
		MC_STR("\xc1\x81" ZERO "a"
		       "\x81\x81" ZERO "a"),
		"bad 1002; ", "nothing behind an error");
}

static void
test_a_message_may_have_the_limit_and_not_one_byte_more(void **state)
{
	char bytes[8 + LIMIT + 1];
	struct mc_str in = { bytes, 8 + LIMIT };
	struct mc_buf wanted;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "\x81\xfe\x03\xe8" ZERO, 8);
	mc_buf_init(&wanted, 2 * LIMIT);
	mc_buf_add(&wanted, MC_STR("text "));
	mc_buf_add(&wanted, (struct mc_str){ bytes + 8, LIMIT });
	mc_buf_add(&wanted, MC_STR("; "));
	mc_buf_add_char(&wanted, '\0');
	check_seen(true, in, wanted.ptr, "1000 bytes");
	mc_buf_finish(&wanted);

	bytes[3] = (char)0xe9;
	in.len++;
	check_seen(true, mc_str_first(in, 9), "bad 1009; ", "known by its first byte");
	/* In fragments: the sum counts. */
	static char two[2 * (8 + 600)];
	memset(two, 'x', sizeof(two));
	memcpy(two, "\x01\xfe\x02\x58" ZERO, 8);
	memcpy(two + 608, "\x80\xfe\x02\x58" ZERO, 8);
	check_seen(true, (struct mc_str){ two, 608 + 9 }, "bad 1009; ", "600 and 600");
	check_seen(true, MC_STR("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" ZERO "a"), "bad 1009; ",
		"2^63 - 1");
	check_seen(true, MC_STR("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff" ZERO), "bad 1002; ",
		"5.2: the first bit of eight bytes is 0");
}

static void
test_a_ping_fits_between_fragments_that_use_up_the_limit(void **state)
{
	enum { FIRST = 8 + LIMIT, PING = 6 + 3 };
	char bytes[FIRST + PING + 6];
	struct mc_buf wanted;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "\x01\xfe\x03\xe8" ZERO, 8);
	memcpy(bytes + FIRST, "\x89\x83" ZERO "abc", PING);
	memcpy(bytes + FIRST + PING, "\x80\x80" ZERO, 6);
	mc_buf_init(&wanted, 2 * LIMIT);
	mc_buf_add(&wanted, MC_STR("ping abc; text "));
	mc_buf_add(&wanted, (struct mc_str){ bytes + 8, LIMIT });
	mc_buf_add(&wanted, MC_STR("; "));
	mc_buf_add_char(&wanted, '\0');
	check_seen(true, (struct mc_str){ bytes, sizeof(bytes) }, wanted.ptr, "1000, ping, 0");
	mc_buf_finish(&wanted);
}

/* Under a sanitizer mallinfo2 counts nothing. */
static void
test_a_message_in_many_fragments_holds_little_more_than_its_length(void **state)
{
	enum { MESSAGE = 64 * 1024, FRAGMENTS = MESSAGE - 1 };
	struct mc_ws_receiver *receiver = mc_ws_receiver_create(true, MESSAGE);
	struct mc_buf seen;

	(void)state;
	mc_buf_init(&seen, 1000);
	receive(receiver, MC_STR("\x01\x80" ZERO), &seen);
	size_t before = mallinfo2().uordblks;
	for (int i = 0; i < FRAGMENTS; i++)
		receive(receiver, MC_STR("\x00\x81" ZERO "a"), &seen);
	size_t after = mallinfo2().uordblks;
	check_int(0, (int64_t)seen.len, "nothing is whole yet");
	assert_true(after - before <= 2 * MESSAGE);
	mc_buf_finish(&seen);
	mc_ws_receiver_destroy(receiver);
}

static void
test_it_is_busy_only_within_a_frame_or_a_message(void **state)
{
	static const struct {
		struct mc_str in;
		bool busy;
	} cases[] = { { MC_STR_INIT("\x81"), true }, { MC_STR_INIT("\x81\x82" ZERO "a"), true },
		{ MC_STR_INIT("\x81\x82" ZERO "ab"), false },
		{ MC_STR_INIT("\x01\x81" ZERO "a"), true },
		{ MC_STR_INIT("\x01\x81" ZERO "a"
			      "\x89\x80" ZERO),
			true },
		{ MC_STR_INIT("\x01\x81" ZERO "a"
			      "\x80\x80" ZERO),
			false } };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_ws_receiver *receiver = mc_ws_receiver_create(true, LIMIT);
		struct mc_buf seen;
		mc_buf_init(&seen, 1000);
		receive(receiver, cases[i].in, &seen);
		check_int(cases[i].busy, mc_ws_receiver_is_busy(receiver), "busy");
		mc_buf_finish(&seen);
		mc_ws_receiver_destroy(receiver);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_masked_message_is_had_when_its_last_byte_is_there),
		cmocka_unit_test(test_fragments_become_one_message_with_control_frames_between),
		cmocka_unit_test(test_what_the_rfc_forbids_is_a_protocol_error),
		cmocka_unit_test(test_what_is_no_text_of_ours_says_so),
		cmocka_unit_test(test_a_close_is_the_last_thing),
		cmocka_unit_test(test_a_message_may_have_the_limit_and_not_one_byte_more),
		cmocka_unit_test(test_a_ping_fits_between_fragments_that_use_up_the_limit),
		cmocka_unit_test(
			test_a_message_in_many_fragments_holds_little_more_than_its_length),
		cmocka_unit_test(test_it_is_busy_only_within_a_frame_or_a_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
