/* WebSocket frames as they are written: RFC 6455, section 5. */

#include "libminiclass/ws/frame.h"

#include "test/unit/check.h"

static void
check_frame(enum mc_ws_opcode opcode, struct mc_str payload, struct mc_str wanted, const char *why)
{
	struct mc_buf buf;

	mc_buf_init(&buf, 1 << 20);
	mc_ws_frame_write(&buf, opcode, guard_copy(payload));
	check_str(wanted, mc_buf_str(&buf), why);
	mc_buf_finish(&buf);
}

static void
test_the_examples_of_section_5_7(void **state)
{
	struct mc_buf buf;

	(void)state;
	check_frame(MC_WS_TEXT, MC_STR("Hello"), MC_STR("\x81\x05Hello"), "unmasked text");
	check_frame(MC_WS_PING, MC_STR("Hello"), MC_STR("\x89\x05Hello"), "unmasked ping");
	mc_buf_init(&buf, 100);
	mc_ws_frame_write_masked(&buf, MC_WS_TEXT, MC_STR("Hello"), 0x37fa213d);
	check_str(MC_STR("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), mc_buf_str(&buf),
		"masked text");
	mc_buf_finish(&buf);
}

static void
test_lengths_take_the_shortest_form(void **state)
{
	static const struct {
		size_t length;
		struct mc_str head;
	} cases[] = {
		{ 0, MC_STR_INIT("\x82\x00") },
		{ 125, MC_STR_INIT("\x82\x7d") },
		{ 126, MC_STR_INIT("\x82\x7e\x00\x7e") },
		{ 256, MC_STR_INIT("\x82\x7e\x01\x00") },
		{ 65535, MC_STR_INIT("\x82\x7e\xff\xff") },
		{ 65536, MC_STR_INIT("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00") },
	};
	static char bytes[65536];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_buf buf;
		mc_buf_init(&buf, 1 << 20);
		mc_ws_frame_write(&buf, MC_WS_BINARY, (struct mc_str){ bytes, cases[i].length });
		check_int((long long)(cases[i].head.len + cases[i].length), (long long)buf.len,
			"size");
		check_str(cases[i].head, mc_str_first(mc_buf_str(&buf), cases[i].head.len), "head");
		mc_buf_finish(&buf);
	}
}

static void
test_a_close_has_its_code_and_a_reason_that_fits(void **state)
{
	struct mc_buf buf;
	char reason[200];

	(void)state;
	mc_buf_init(&buf, 1000);
	mc_ws_close_write(&buf, MC_WS_GOING_AWAY, MC_STR("bye"));
	check_str(MC_STR("\x03\xe9"
			 "bye"),
		mc_buf_str(&buf), "1001");
	mc_buf_clear(&buf);
	/* Two bytes a character: 123 would end in the middle of one. */
	for (size_t i = 0; i < sizeof(reason); i += 2)
		memcpy(reason + i, "\xc3\xbc", 2);
	mc_ws_close_write(&buf, MC_WS_POLICY, (struct mc_str){ reason, sizeof(reason) });
	check_int(2 + 122, (long long)buf.len, "at most 125 bytes, whole characters");
	mc_buf_finish(&buf);
}

static void
test_a_frame_that_does_not_fit_is_not_begun(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 8);
	mc_ws_frame_write(&buf, MC_WS_TEXT, MC_STR("Hello, all"));
	check_int(false, mc_buf_ok(&buf), "noticed");
	check_int(0, (long long)buf.len, "nothing of it");
	mc_buf_finish(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_examples_of_section_5_7),
		cmocka_unit_test(test_lengths_take_the_shortest_form),
		cmocka_unit_test(test_a_close_has_its_code_and_a_reason_that_fits),
		cmocka_unit_test(test_a_frame_that_does_not_fit_is_not_begun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
