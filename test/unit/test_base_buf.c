/* Buffers: growth up to the ceiling, failure that sticks, formatting by hand. */

#include "libminiclass/base/buf.h"

#include "test/unit/check.h"

static void
test_what_is_added_stands_in_order(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 1000);
	mc_buf_add(&buf, MC_STR("a\0b"));
	mc_buf_add_char(&buf, '-');
	mc_buf_add_text(&buf, "text");
	mc_buf_add_int(&buf, 42);
	mc_buf_addf(&buf, "%s=%d", "x", 7);
	mc_buf_add(&buf, (struct mc_str){ 0 });
	check_int(true, mc_buf_ok(&buf), "");
	check_str(MC_STR("a\0b-text42x=7"), mc_buf_str(&buf), "");
	mc_buf_finish(&buf);
	check_int(0, mc_buf_str(&buf).len, "finished is empty");
	mc_buf_finish(&buf);
}

static void
test_a_buffer_takes_its_limit_and_not_one_byte_more(void **state)
{
	for (size_t limit = 0; limit < 600; limit++) {
		struct mc_buf buf;
		mc_buf_init(&buf, limit);
		for (size_t i = 0; i < limit; i++)
			mc_buf_add_char(&buf, (char)i);
		check_int(true, mc_buf_ok(&buf), "full");
		check_int(limit, buf.len, "full");
		mc_buf_add_char(&buf, 'x');
		check_int(false, mc_buf_ok(&buf), "one more");
		check_int(limit, buf.len, "unchanged");
		check_int(true, buf.size <= limit, "never allocates above it");
		mc_buf_finish(&buf);
	}
	(void)state;
}

static void
test_the_first_failure_sticks_until_clear(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 4);
	mc_buf_add_text(&buf, "abc");
	mc_buf_add_text(&buf, "de");
	mc_buf_add_text(&buf, "f");
	mc_buf_addf(&buf, "%d", 1);
	check_int(false, mc_buf_ok(&buf), "");
	check_str(
		MC_STR("abc"), mc_buf_str(&buf), "nothing after the failure, though it would fit");
	check_int(true, mc_buf_reserve(&buf, 1) == NULL, "no room either");
	mc_buf_clear(&buf);
	mc_buf_add_text(&buf, "abcd");
	check_int(true, mc_buf_ok(&buf), "as new");
	check_str(MC_STR("abcd"), mc_buf_str(&buf), "");
	mc_buf_finish(&buf);
}

static void
test_a_size_that_would_wrap_is_a_failure(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 100);
	mc_buf_add_text(&buf, "abc");
	check_int(true, mc_buf_reserve(&buf, SIZE_MAX) == NULL, "");
	check_int(false, mc_buf_ok(&buf), "");
	mc_buf_finish(&buf);
}

static void
test_integers_print_as_printf_does_also_the_extremes(void **state)
{
	static const struct {
		int64_t value;
		struct mc_str text;
	} cases[] = {
		{ 0, MC_STR_INIT("0") },
		{ -1, MC_STR_INIT("-1") },
		{ 10, MC_STR_INIT("10") },
		{ INT64_MAX, MC_STR_INIT("9223372036854775807") },
		{ INT64_MIN, MC_STR_INIT("-9223372036854775808") },
	};

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_buf buf;
		mc_buf_init(&buf, 100);
		mc_buf_add_int(&buf, cases[i].value);
		check_str(cases[i].text, mc_buf_str(&buf), "");
		mc_buf_finish(&buf);
	}
}

static void
test_a_long_format_is_whole(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 10000);
	mc_buf_addf(&buf, "%0*d", 255, 1);
	mc_buf_addf(&buf, "%0*d", 256, 1);
	mc_buf_addf(&buf, "%0*d", 5000, 1);
	check_int(true, mc_buf_ok(&buf), "");
	check_int(255 + 256 + 5000, buf.len, "");
	check_int('1', buf.ptr[buf.len - 1], "last digit");
	mc_buf_finish(&buf);
}

static void
test_a_format_may_fill_the_buffer_to_its_limit(void **state)
{
	static const int lengths[] = { 255, 256, 5000 };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(lengths); i++) {
		struct mc_buf buf;
		mc_buf_init(&buf, (size_t)lengths[i]);
		mc_buf_addf(&buf, "%0*d", lengths[i], 1);
		check_int(true, mc_buf_ok(&buf), "full");
		check_int(lengths[i], buf.len, "full");
		mc_buf_clear(&buf);
		mc_buf_addf(&buf, "%0*d", lengths[i] + 1, 1);
		check_int(false, mc_buf_ok(&buf), "one more");
		check_int(0, buf.len, "unchanged");
		mc_buf_finish(&buf);
	}
}

static void
test_reserved_room_is_written_by_commit_and_dropped_from_the_front(void **state)
{
	struct mc_buf buf;

	(void)state;
	mc_buf_init(&buf, 1000);
	char *room = mc_buf_reserve(&buf, 700);
	memcpy(room, "hello", 5);
	check_int(0, buf.len, "not before the commit");
	mc_buf_commit(&buf, 5);
	mc_buf_drop(&buf, 2);
	check_str(MC_STR("llo"), mc_buf_str(&buf), "");
	mc_buf_drop(&buf, 3);
	check_str(MC_STR(""), mc_buf_str(&buf), "all");
	mc_buf_finish(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_added_stands_in_order),
		cmocka_unit_test(test_a_buffer_takes_its_limit_and_not_one_byte_more),
		cmocka_unit_test(test_the_first_failure_sticks_until_clear),
		cmocka_unit_test(test_a_size_that_would_wrap_is_a_failure),
		cmocka_unit_test(test_integers_print_as_printf_does_also_the_extremes),
		cmocka_unit_test(test_a_long_format_is_whole),
		cmocka_unit_test(test_a_format_may_fill_the_buffer_to_its_limit),
		cmocka_unit_test(
			test_reserved_room_is_written_by_commit_and_dropped_from_the_front),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
