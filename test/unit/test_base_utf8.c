/* Text as it enters: valid, composed, trimmed, without controls. */

#include "libminiclass/base/utf8.h"

#include <stdio.h>

#include <utf8proc.h>

#include "libminiclass/base/time.h"
#include "test/unit/check.h"

static int
make(void **state)
{
	*state = mc_arena_create(4096, 16 * 1024 * 1024);
	return *state == NULL;
}

static int
drop(void **state)
{
	mc_arena_destroy(*state);
	return 0;
}

static void
test_the_borders_of_rfc_3629_are_drawn_on_the_byte(void **state)
{
	/* Section 4: UTF8-2, UTF8-3, UTF8-4 by their first and last. */
	static const struct {
		const char *why;
		struct mc_str text;
		bool valid;
	} cases[] = {
		{ "NUL", MC_STR_INIT("a\0b"), true },
		{ "U+007F", MC_STR_INIT("\x7f"), true },
		{ "lone continuation", MC_STR_INIT("\x80"), false },
		{ "overlong slash", MC_STR_INIT("\xc0\xaf"), false },
		{ "overlong U+007F", MC_STR_INIT("\xc1\xbf"), false },
		{ "U+0080", MC_STR_INIT("\xc2\x80"), true },
		{ "U+07FF", MC_STR_INIT("\xdf\xbf"), true },
		{ "overlong U+07FF", MC_STR_INIT("\xe0\x9f\xbf"), false },
		{ "U+0800", MC_STR_INIT("\xe0\xa0\x80"), true },
		{ "U+D7FF", MC_STR_INIT("\xed\x9f\xbf"), true },
		{ "U+D800, a surrogate", MC_STR_INIT("\xed\xa0\x80"), false },
		{ "U+DFFF, a surrogate", MC_STR_INIT("\xed\xbf\xbf"), false },
		{ "U+E000", MC_STR_INIT("\xee\x80\x80"), true },
		{ "U+FFFF", MC_STR_INIT("\xef\xbf\xbf"), true },
		{ "overlong U+FFFF", MC_STR_INIT("\xf0\x8f\xbf\xbf"), false },
		{ "U+10000", MC_STR_INIT("\xf0\x90\x80\x80"), true },
		{ "U+10FFFF", MC_STR_INIT("\xf4\x8f\xbf\xbf"), true },
		{ "U+110000", MC_STR_INIT("\xf4\x90\x80\x80"), false },
		{ "F5", MC_STR_INIT("\xf5\x80\x80\x80"), false },
		{ "FF", MC_STR_INIT("\xff"), false },
		{ "letter for a continuation", MC_STR_INIT("\xe2\x82z"), false },
		{ "bad behind eight good", MC_STR_INIT("abcdefgh\xff"), false },
		{ "good behind eight good", MC_STR_INIT("abcdefgh\xc3\xa4i"), true },
	};

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_int(
			cases[i].valid, mc_utf8_is_valid(guard_copy(cases[i].text)), cases[i].why);
}

static void
test_a_character_cut_short_is_invalid(void **state)
{
	static const struct mc_str whole[] = { MC_STR_INIT("\xc3\xa4"), MC_STR_INIT("\xe2\x82\xac"),
		MC_STR_INIT("\xf0\x9f\x8e\x93") };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(whole); i++)
		for (size_t n = 1; n < whole[i].len; n++)
			check_int(
				false, mc_utf8_is_valid(guard_copy(mc_str_first(whole[i], n))), "");
}

static void
test_length_is_characters_and_cutting_keeps_them_whole(void **state)
{
	struct mc_str text = guard_copy(MC_STR("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x93"));
	static const size_t cut[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10 };

	(void)state;
	check_int(4, mc_utf8_length(text), "");
	for (size_t max = 0; max < MC_COUNT(cut); max++)
		check_int(cut[max], mc_utf8_cut(text, max).len, "");
}

static void
test_text_is_composed_and_trimmed(void **state)
{
	static const struct {
		const char *why;
		struct mc_str in, out;
	} cases[] = {
		{ "plain", MC_STR_INIT("Ada Lovelace"), MC_STR_INIT("Ada Lovelace") },
		{ "empty", MC_STR_INIT(""), MC_STR_INIT("") },
		{ "only blanks", MC_STR_INIT(" \t\n\xe3\x80\x80"), MC_STR_INIT("") },
		{ "a with diaeresis", MC_STR_INIT("a\xcc\x88"), MC_STR_INIT("\xc3\xa4") },
		{ "Angstrom sign", MC_STR_INIT("\xe2\x84\xab"), MC_STR_INIT("\xc3\x85") },
		/* UAX #15, figure 5: q, dot above, dot below. */
		{ "marks in order", MC_STR_INIT("q\xcc\x87\xcc\xa3"),
			MC_STR_INIT("q\xcc\xa3\xcc\x87") },
		{ "Hangul", MC_STR_INIT("\xe1\x84\x80\xe1\x85\xa1"), MC_STR_INIT("\xea\xb0\x80") },
		{ "ligature stays", MC_STR_INIT("\xef\xac\x81"), MC_STR_INIT("\xef\xac\x81") },
		{ "no-break space", MC_STR_INIT("\xc2\xa0x\xc2\xa0"), MC_STR_INIT("x") },
		{ "em space, line separator", MC_STR_INIT("\xe2\x80\x83x\xe2\x80\xa8"),
			MC_STR_INIT("x") },
		{ "inner blanks stay", MC_STR_INIT(" a  b\n"), MC_STR_INIT("a  b") },
		{ "zero width space is no blank", MC_STR_INIT("\xe2\x80\x8bx"),
			MC_STR_INIT("\xe2\x80\x8bx") },
	};

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_str out = { 0 };
		check_int(MC_TEXT_OK,
			mc_text_normalise(*state, MC_TEXT_LINE, guard_copy(cases[i].in), &out),
			cases[i].why);
		check_str(cases[i].out, out, cases[i].why);
		check_int(true, out.ptr != NULL, cases[i].why);
	}
}

static void
test_what_is_normalised_stays_as_it_is(void **state)
{
	struct mc_str marks = MC_STR("e\xcc\x81\xcc\xa3 \xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8"),
		      once, again;

	check_int(MC_TEXT_OK, mc_text_normalise(*state, MC_TEXT_LINE, marks, &once), "");
	check_int(MC_TEXT_OK, mc_text_normalise(*state, MC_TEXT_LINE, once, &again), "");
	check_str(once, again, "");
}

static void
test_controls_are_refused_and_only_lines_may_break(void **state)
{
	for (int c = 0; c < 0xa0; c++) {
		char text[] = { 'a', (char)c, 'b', 'x' };
		bool blank = c == '\n' || c == '\t' || c == '\r';
		bool control = c < 0x20 || c >= 0x7f;
		struct mc_str out;
		if (c >= 0x80) {
			text[1] = (char)0xc2;
			text[2] = (char)c;
		}
		struct mc_str in = guard_copy((struct mc_str){ text, sizeof(text) });
		check_int(control ? MC_TEXT_CONTROL : MC_TEXT_OK,
			mc_text_normalise(*state, MC_TEXT_LINE, in, &out), "a line");
		check_int(control && !blank ? MC_TEXT_CONTROL : MC_TEXT_OK,
			mc_text_normalise(*state, MC_TEXT_LINES, in, &out), "lines");
		check_int(control, mc_text_has_control(MC_TEXT_LINE, in), "as it was sent");
	}
}

static void
test_line_ends_of_every_kind_become_one(void **state)
{
	struct mc_str out;

	check_int(MC_TEXT_OK,
		mc_text_normalise(
			*state, MC_TEXT_LINES, guard_copy(MC_STR("a\r\nb\rc\n\r\n\td\r\n")), &out),
		"");
	check_str(MC_STR("a\nb\nc\n\n\td"), out, "");
}

static void
test_a_refusal_leaves_the_output_alone(void **state)
{
	struct mc_str out = MC_STR("as it was");
	struct mc_arena *small = mc_arena_create(16, 16);

	check_int(MC_TEXT_NOT_UTF8,
		mc_text_normalise(*state, MC_TEXT_LINE, guard_copy(MC_STR("a\xff")), &out), "");
	check_int(MC_TEXT_CONTROL,
		mc_text_normalise(*state, MC_TEXT_LINE, guard_copy(MC_STR("a\x1b[31mb")), &out),
		"");
	check_int(MC_TEXT_NO_MEMORY,
		mc_text_normalise(
			small, MC_TEXT_LINE, MC_STR("more than sixteen bytes: e\xcc\x81"), &out),
		"");
	check_str(MC_STR("as it was"), out, "");
	mc_arena_destroy(small);
}

static void
test_the_first_character_that_is_seen_and_nothing_that_hides(void **state)
{
	/* Names of Arabic, of Persian with a joiner, of emoji with one, and of a flag with tags;
	 * then fillers and a pattern without dots, whose categories say "letter" and "symbol", and
	 * marks of each kind on nothing, and the tag of a language. */
	static const struct {
		struct mc_str in;
		int32_t first;
	} cases[] = {
		{ MC_STR_INIT("Ada"), 'A' },
		{ MC_STR_INIT("\xd9\x85\xd8\xad"), 0x645 },
		{ MC_STR_INIT("\xd8\xb9\xd9\x84\xdb\x8c\xe2\x80\x8c\xd9\x86"), 0x639 },
		{ MC_STR_INIT("\xf0\x9f\xa7\x91\xe2\x80\x8d\xf0\x9f\x8f\xab"), 0x1f9d1 },
		{ MC_STR_INIT("\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xbf"), 0x1f3f4 },
		{ MC_STR_INIT("\xf0\x9f\x8f\xb4\xf3\xa0\x80\xa0\xf3\xa0\x81\xbf"), 0x1f3f4 },
		{ MC_STR_INIT("\xe2\x80\x8d\xe3\x85\xa4\xe2\xa0\x80 *7"), '*' },
		{ MC_STR_INIT(""), 0 },
		{ MC_STR_INIT("\xe2\x80\x8b"), 0 },
		{ MC_STR_INIT("Ada\xe2\x80\x8b Person"), 0 },
		{ MC_STR_INIT("\xe2\x80\xaeppilF"), 0 },
		{ MC_STR_INIT("\xe2\x81\xa7ppilF"), 0 },
		{ MC_STR_INIT("So\xc2\xad"
			      "ft"),
			0 },
		{ MC_STR_INIT("\xe3\x85\xa4"), 0 },
		{ MC_STR_INIT("\xe1\x85\x9f"), 0 },
		{ MC_STR_INIT("\xe2\xa0\x80"), 0 },
		{ MC_STR_INIT("\xcd\x8f"), 0 },
		{ MC_STR_INIT("\xcc\x81"), 0 },
		{ MC_STR_INIT("\xe0\xa4\x83"), 0 },
		{ MC_STR_INIT("\xe2\x83\x9d"), 0 },
		{ MC_STR_INIT("Ada\xf3\xa0\x80\x81"), 0 },
		{ MC_STR_INIT("\xee\x80\x80"
			      "A"),
			0 },
	};

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_int(cases[i].first, mc_utf8_first_seen(guard_copy(cases[i].in)), "");
}

static void
test_a_mountain_of_marks_is_broken_up_and_takes_no_time(void **state)
{
	/* Below and above by turns: sorting a million of them in one row would take minutes. */
	static char mountain[1024 * 1024];
	struct mc_str out;
	size_t row = 0, longest = 0;

	mountain[0] = 'a';
	mountain[1] = 'a';
	for (size_t i = 2; i < sizeof(mountain); i += 2)
		memcpy(mountain + i, i % 4 == 0 ? "\xcc\x80" : "\xcc\xa3", 2);
	int64_t start = mc_clock_ms();
	check_int(MC_TEXT_OK,
		mc_text_normalise(
			*state, MC_TEXT_LINE, (struct mc_str){ mountain, sizeof(mountain) }, &out),
		"");
	check_int(true, mc_clock_ms() - start < 10000, "linear");
	for (size_t i = 0; i + 1 < out.len; i++) {
		if ((unsigned char)out.ptr[i] == 0xcc)
			row++;
		else if ((unsigned char)out.ptr[i] == 0xcd)
			row = 0;
		longest = row > longest ? row : longest;
	}
	check_int(30, longest, "UAX #15, 13: at most 30");
}

/* The longest row of marks once all is decomposed, which is what has to be sorted. */
static size_t
longest_row(struct mc_str text)
{
	size_t row = 0, longest = 0;
	utf8proc_int32_t c, parts[8];
	utf8proc_ssize_t size;

	for (size_t at = 0; at < text.len; at += (size_t)size) {
		int boundary = 0;
		size = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at,
			(utf8proc_ssize_t)(text.len - at), &c);
		check_int(true, size > 0, "valid");
		utf8proc_ssize_t n =
			utf8proc_decompose_char(c, parts, 8, UTF8PROC_DECOMPOSE, &boundary);
		for (utf8proc_ssize_t i = 0; i < n; i++) {
			row = utf8proc_get_property(parts[i])->combining_class != 0 ? row + 1 : 0;
			longest = row > longest ? row : longest;
		}
	}
	return longest;
}

/* U+0F73, U+0F75 and U+0F81 are no marks, and decompose into nothing else. */
static void
test_no_character_of_unicode_makes_a_longer_row_than_30(void **state)
{
	static char text[160];
	struct mc_str out;

	for (utf8proc_int32_t c = 0xa0; c <= 0x10ffff; c++) {
		size_t n = 0;
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		while (n + 4 <= sizeof(text))
			n += (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)text + n);
		mc_arena_reset(*state);
		check_int(MC_TEXT_OK,
			mc_text_normalise(*state, MC_TEXT_LINE, (struct mc_str){ text, n }, &out),
			"");
		check_int(true, longest_row(out) <= 30, "UAX #15, 13");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_character_that_is_seen_and_nothing_that_hides),
		cmocka_unit_test(test_the_borders_of_rfc_3629_are_drawn_on_the_byte),
		cmocka_unit_test(test_a_character_cut_short_is_invalid),
		cmocka_unit_test(test_length_is_characters_and_cutting_keeps_them_whole),
		cmocka_unit_test_setup_teardown(test_text_is_composed_and_trimmed, make, drop),
		cmocka_unit_test_setup_teardown(test_what_is_normalised_stays_as_it_is, make, drop),
		cmocka_unit_test_setup_teardown(
			test_controls_are_refused_and_only_lines_may_break, make, drop),
		cmocka_unit_test_setup_teardown(
			test_line_ends_of_every_kind_become_one, make, drop),
		cmocka_unit_test_setup_teardown(test_a_refusal_leaves_the_output_alone, make, drop),
		cmocka_unit_test_setup_teardown(
			test_a_mountain_of_marks_is_broken_up_and_takes_no_time, make, drop),
		cmocka_unit_test_setup_teardown(
			test_no_character_of_unicode_makes_a_longer_row_than_30, make, drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
