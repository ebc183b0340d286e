/* The line editor, by what a terminal sends and what readline's users expect. */

#include "cli/common/line.h"

#include <stdio.h>
#include <string.h>

#include "cli/common/glyph.h"
#include "test/unit/check.h"

#define UP "\033[A"
#define DOWN "\033[B"
#define RIGHT "\033[C"
#define LEFT "\033[D"

/* Types it all; the result of the last key. */
static enum line_result
type(struct line *line, const char *bytes)
{
	struct keys keys = { .pasting = false };
	struct mc_str input = mc_str_from(bytes);
	enum line_result result = LINE_OTHER;
	struct key key;

	for (size_t n; (n = keys_next(&keys, input, true, &key)) > 0;) {
		result = line_key(line, &key);
		input = mc_str_skip(input, n);
	}
	return result;
}

static int
setup(void **state)
{
	static struct line line;

	line_init(&line);
	*state = &line;
	return 0;
}

static int
teardown(void **state)
{
	line_finish(*state);
	return 0;
}

/* What is typed and what is then there, the cursor as |. */
struct typed {
	const char *bytes, *shown;
};

static void
check_typed(struct line *line, const struct typed *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char shown[512];
		line_finish(line);
		(void)type(line, cases[i].bytes);
		struct mc_str text = line_text(line);
		snprintf(shown, sizeof(shown), "%.*s|%.*s", (int)line->cursor, text.ptr,
			(int)(text.len - line->cursor), text.ptr + line->cursor);
		assert_string_equal(shown, cases[i].shown);
	}
}

static void
test_the_cursor_moves_as_in_readline(void **state)
{
	static const struct typed cases[] = {
		{ "one two\001", "|one two" },
		{ "one two\001\005", "one two|" },
		{ "one two\001\006\006", "on|e two" },
		{ "one two\002", "one tw|o" },
		{ "one two\033b", "one |two" },
		{ "one two\033b\033b\033b", "|one two" },
		{ "one two\001\033f", "one| two" },
		{ "one two" LEFT LEFT RIGHT, "one tw|o" },
		{ "one two\033[H", "|one two" },
		{ "one two\033OH\033OF", "one two|" },
		{ "one two\033[1~\033[4~", "one two|" },
		{ "one two\033[1;5D", "one |two" },
		{ "\002\006\033b\033f" LEFT RIGHT, "|" },
	};

	check_typed(*state, cases, MC_COUNT(cases));
}

static void
test_text_is_deleted_and_killed_as_in_readline(void **state)
{
	static const struct typed cases[] = {
		{ "abc\177", "ab|" },
		{ "abc\010", "ab|" },
		{ "abc\001\177", "|abc" },
		{ "abc\001\004", "|bc" },
		{ "abc\001\033[3~", "|bc" },
		{ "abc\004", "abc|" },
		{ "one two\002\002\013", "one t|" },
		{ "one two\002\002\025", "|wo" },
		{ "one two-three  \027", "one |" },
		{ "one two-three\033\177", "one two-|" },
		{ "one two three\001\033d", "| two three" },
	};

	check_typed(*state, cases, MC_COUNT(cases));
}

static void
test_what_was_killed_in_a_row_comes_back_together(void **state)
{
	static const struct typed cases[] = {
		{ "one two\025\031\031", "one twoone two|" },
		{ "one two three\027\027\031", "one two three|" },
		{ "one two three\001\033d\033d\005\031", " threeone two|" },
		{ "one two\027\002\006\027\031", "one |" },
	};

	check_typed(*state, cases, MC_COUNT(cases));
}

static void
test_two_characters_change_places(void **state)
{
	static const struct typed cases[] = {
		{ "abc\024", "acb|" },
		{ "abc\002\002\024", "ba|c" },
		{ "e\xcc\x81\xe4\xbd\xa0\024", "\xe4\xbd\xa0"
					       "e\xcc\x81|" },
		{ "abc\001\024", "|abc" },
		{ "a\024", "a|" },
		{ "a\xc3\xa9\024", "\xc3\xa9"
				   "a|" },
	};

	check_typed(*state, cases, MC_COUNT(cases));
}

static void
test_a_character_is_what_a_person_sees(void **state)
{
	static const struct typed cases[] = {
		/* e and U+0301; a flag of two regional indicators; a family joined by U+200D. */
		{ "xe\xcc\x81\177", "x|" },
		{ "x\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\177", "x|" },
		{ "x\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\177", "x|" },
		{ "\xe4\xbd\xa0\xe5\xa5\xbd\002\004", "\xe4\xbd\xa0|" },
		/* No UTF-8 and C1 controls are no text. */
		{ "a\xff\xc2\x9b"
		  "b",
			"ab|" },
	};

	check_typed(*state, cases, MC_COUNT(cases));
}

static void
test_columns_are_those_of_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(glyph_width(MC_STR("abc")), 3);
	assert_int_equal(glyph_width(MC_STR("\xe4\xbd\xa0\xe5\xa5\xbd")), 4);
	assert_int_equal(glyph_width(MC_STR("e\xcc\x81")), 1);
	assert_int_equal(glyph_width(MC_STR("\xef\xbc\xa1")), 2);
	assert_int_equal(glyph_cut(MC_STR("\xe4\xbd\xa0\xe5\xa5\xbd"), 3).len, 3);
	assert_int_equal(glyph_cut(MC_STR("abc"), 2).len, 2);
}

static void
enter(struct line *line, const char *text)
{
	assert_int_equal(type(line, text), LINE_EDITED);
	assert_int_equal(type(line, "\r"), LINE_DONE);
	line_keep(line);
}

static void
test_the_history_goes_up_and_down_and_keeps_the_draft(void **state)
{
	struct line *line = *state;

	enter(line, "one");
	enter(line, "two");
	enter(line, "two");
	(void)type(line, "new" UP);
	check_str(MC_STR("two"), line_text(line), "text");
	(void)type(line, UP);
	check_str(MC_STR("one"), line_text(line), "text");
	(void)type(line, UP "!");
	check_str(MC_STR("one!"), line_text(line), "text");
	(void)type(line, DOWN DOWN DOWN);
	check_str(MC_STR("new"), line_text(line), "text");
	(void)type(line, "\020\020");
	check_str(MC_STR("one"), line_text(line), "text");
	(void)type(line, "\016\016");
	check_str(MC_STR("new"), line_text(line), "text");
}

static void
test_the_history_forgets_the_oldest(void **state)
{
	struct line *line = *state;
	char text[32];

	for (int i = 0; i < LINE_HISTORY + 5; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		enter(line, text);
	}
	for (int i = 0; i < LINE_HISTORY + 5; i++)
		(void)type(line, UP);
	check_str(MC_STR("line 5"), line_text(line), "text");
}

static void
test_the_end_of_input_is_an_empty_line_only(void **state)
{
	assert_int_equal(type(*state, "\004"), LINE_END);
	assert_int_equal(type(*state, "a\004"), LINE_EDITED);
	assert_int_equal(type(*state, "\177\004"), LINE_END);
}

static void
test_keys_that_are_not_the_editors_change_nothing(void **state)
{
	static const char *const keys[] = { "\014", "\032", "\t", "\033[5~", "\033[6~", "\033",
		"\033[99~", "\033[I", "\033x" };

	(void)type(*state, "abc");
	for (size_t i = 0; i < MC_COUNT(keys); i++)
		assert_int_equal(type(*state, keys[i]), LINE_OTHER);
	check_str(MC_STR("abc"), line_text(*state), "text");
}

static void
test_pasted_newlines_are_text(void **state)
{
	struct line *line = *state;

	assert_int_equal(type(line, "\033[200~a\r\nb\rc\td\003\033[201~"), LINE_OTHER);
	check_str(MC_STR("a\nb\nc d"), line_text(line), "text");
	assert_int_equal(type(line, "\r"), LINE_DONE);
}

static void
test_a_full_line_takes_no_more(void **state)
{
	struct line *line = *state;

	for (int i = 0; i < LINE_SIZE; i++)
		assert_int_equal(type(line, "a"), LINE_EDITED);
	assert_int_equal(type(line, "b"), LINE_FULL);
	assert_int_equal(line_text(line).len, LINE_SIZE);
	assert_int_equal(type(line, "\025\031\031"), LINE_FULL);
	assert_int_equal(line_text(line).len, LINE_SIZE);
}

static void
test_the_window_follows_the_cursor(void **state)
{
	struct line *line = *state;
	size_t from, to;
	int cursor;

	(void)type(line, "0123456789");
	line_window(line, 20, &from, &to, &cursor);
	assert_true(from == 0 && to == 10 && cursor == 10);
	line_window(line, 5, &from, &to, &cursor);
	assert_true(from == 6 && to == 10 && cursor == 4);
	(void)type(line, "\001");
	line_window(line, 5, &from, &to, &cursor);
	assert_true(from == 0 && to == 5 && cursor == 0);

	line_finish(line);
	(void)type(line, "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0");
	line_window(line, 4, &from, &to, &cursor);
	assert_true(from == 6 && to == 9 && cursor == 2);
}

/* Whatever the pieces that it comes in. */
static void
test_half_a_key_waits_for_the_rest(void **state)
{
	static const char *const whole[] = { "\033[A", "\033OA", "\033[1;5C", "\xe4\xbd\xa0" };
	struct keys keys = { .pasting = false };
	struct key key;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(whole); i++) {
		struct mc_str text = mc_str_from(whole[i]);
		for (size_t n = 0; n < text.len; n++)
			assert_int_equal(keys_next(&keys, mc_str_first(text, n), false, &key), 0);
		assert_int_equal(keys_next(&keys, text, false, &key), text.len);
		assert_int_not_equal(key.kind, KEY_NONE);
	}
	assert_int_equal(keys_next(&keys, MC_STR("\033"), true, &key), 1);
	assert_int_equal(key.kind, KEY_ESCAPE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_the_cursor_moves_as_in_readline),
		TEST(test_text_is_deleted_and_killed_as_in_readline),
		TEST(test_what_was_killed_in_a_row_comes_back_together),
		TEST(test_two_characters_change_places),
		TEST(test_a_character_is_what_a_person_sees),
		TEST(test_columns_are_those_of_a_terminal),
		TEST(test_the_history_goes_up_and_down_and_keeps_the_draft),
		TEST(test_the_history_forgets_the_oldest),
		TEST(test_the_end_of_input_is_an_empty_line_only),
		TEST(test_keys_that_are_not_the_editors_change_nothing),
		TEST(test_pasted_newlines_are_text),
		TEST(test_a_full_line_takes_no_more),
		TEST(test_the_window_follows_the_cursor),
		TEST(test_half_a_key_waits_for_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
