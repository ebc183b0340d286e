/* application/x-www-form-urlencoded: pairs in order, decoded once. */

#include "libminiclass/http/form.h"

#include "test/unit/check.h"

static struct mc_arena *
arena_of(void **state)
{
	return *state;
}

static int
begin(void **state)
{
	*state = mc_arena_create(4096, 1024 * 1024);
	return *state == NULL;
}

static int
end(void **state)
{
	mc_arena_destroy(arena_of(state));
	return 0;
}

static void
check_pair(const char *name, const char *value, struct mc_pair pair)
{
	check_str(mc_str_from(name), pair.name, "name");
	check_str(mc_str_from(value), pair.value, "value");
}

static void
test_pairs_come_in_order_with_repeated_names(void **state)
{
	struct mc_pair *pairs;
	size_t n;

	check_int(MC_OK,
		mc_form_read(arena_of(state), guard_copy(MC_STR("tags=a&name=b&tags=c&tags=")),
			&pairs, &n),
		"read");
	check_int(4, n, "pairs");
	check_pair("tags", "a", pairs[0]);
	check_pair("name", "b", pairs[1]);
	check_pair("tags", "c", pairs[2]);
	check_pair("tags", "", pairs[3]);
}

static void
test_plus_and_percent_are_decoded_in_names_and_values(void **state)
{
	struct mc_pair *pairs;
	size_t n;

	/* WHATWG URL, 5.1: split first, decode then. */
	check_int(MC_OK,
		mc_form_read(arena_of(state),
			guard_copy(MC_STR("a+b=c+d%2B%26%3d&na%6De=%C3%a9%25%34")), &pairs, &n),
		"read");
	check_int(2, n, "pairs");
	check_pair("a b", "c d+&=", pairs[0]);
	check_pair("name", "\xc3\xa9%4", pairs[1]);

	check_int(MC_OK,
		mc_form_read(arena_of(state), guard_copy(MC_STR("a=%2541%00")), &pairs, &n),
		"read");
	check_str(MC_STR("%41\0"), pairs[0].value, "once, and NUL is a byte");
}

static void
test_odd_but_whole_forms_are_read(void **state)
{
	struct mc_pair *pairs;
	size_t n = 99;

	check_int(MC_OK, mc_form_read(arena_of(state), MC_STR(""), &pairs, &n), "empty");
	check_int(0, n, "empty");
	check_int(MC_OK, mc_form_read(arena_of(state), (struct mc_str){ NULL, 0 }, &pairs, &n),
		"no query");
	check_int(0, n, "no query");
	check_int(MC_OK, mc_form_read(arena_of(state), guard_copy(MC_STR("&&")), &pairs, &n), "&&");
	check_int(0, n, "nothing between");
	check_int(MC_OK,
		mc_form_read(arena_of(state), guard_copy(MC_STR("a&=b&c=d=e&=")), &pairs, &n),
		"odd");
	check_int(4, n, "odd");
	check_pair("a", "", pairs[0]);
	check_pair("", "b", pairs[1]);
	check_pair("c", "d=e", pairs[2]);
	check_pair("", "", pairs[3]);
}

static void
test_a_bad_percent_code_is_refused_and_changes_nothing(void **state)
{
	static const char *const texts[] = { "a=%", "a=%4", "a=%zz", "a=%g1", "a=%1g", "a=%%41",
		"a=% 41", "%=a", "a=b&c=%1", "a=%+1" };
	struct mc_pair *pairs = NULL;
	size_t n = 99;

	for (size_t i = 0; i < MC_COUNT(texts); i++) {
		struct mc_str text = guard_copy(mc_str_from(texts[i]));
		check_int(MC_INVALID, mc_form_read(arena_of(state), text, &pairs, &n), texts[i]);
		check_int(99, n, texts[i]);
		assert_null(pairs);
	}
}

static void
test_more_pairs_than_the_limit_are_too_large(void **state)
{
	static char text[2 * (MC_FORM_PAIRS_MAX + 1)];
	struct mc_pair *pairs;
	size_t n;

	for (size_t i = 0; i < sizeof(text); i += 2) {
		text[i] = 'a';
		text[i + 1] = '&';
	}
	struct mc_str most = { text, 2 * MC_FORM_PAIRS_MAX };
	check_int(
		MC_OK, mc_form_read(arena_of(state), guard_copy(most), &pairs, &n), "at the limit");
	check_int(MC_FORM_PAIRS_MAX, n, "at the limit");
	struct mc_str more = { text, 2 * MC_FORM_PAIRS_MAX + 1 };
	check_int(
		MC_TOO_LARGE, mc_form_read(arena_of(state), guard_copy(more), &pairs, &n), "above");
}

static void
test_a_full_arena_is_no_memory(void **state)
{
	static char text[8192] = "a=%41";
	struct mc_arena *arena = mc_arena_create(256, 256);
	struct mc_pair *pairs;
	size_t n;

	(void)state;
	memset(text + 5, 'b', sizeof(text) - 5);
	check_int(MC_NO_MEMORY,
		mc_form_read(arena, (struct mc_str){ text, sizeof(text) }, &pairs, &n), "full");
	mc_arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs_come_in_order_with_repeated_names),
		cmocka_unit_test(test_plus_and_percent_are_decoded_in_names_and_values),
		cmocka_unit_test(test_odd_but_whole_forms_are_read),
		cmocka_unit_test(test_a_bad_percent_code_is_refused_and_changes_nothing),
		cmocka_unit_test(test_more_pairs_than_the_limit_are_too_large),
		cmocka_unit_test(test_a_full_arena_is_no_memory),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
