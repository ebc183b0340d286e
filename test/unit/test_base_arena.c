/* Arenas: zeroed, aligned, bounded, and empty after a reset. */

#include "libminiclass/base/arena.h"

#include "test/unit/check.h"

enum { BLOCK = 256, LIMIT = 16 * 1024 };

static int
make(void **state)
{
	*state = mc_arena_create(BLOCK, LIMIT);
	return *state == NULL;
}

static int
drop(void **state)
{
	mc_arena_destroy(*state);
	return 0;
}

static void
test_memory_is_zeroed_and_aligned_also_after_a_reset(void **state)
{
	struct mc_arena *arena = *state;
	static const char zeros[300];

	for (int round = 0; round < 3; round++) {
		for (size_t size = 0; size < 300; size += 7) {
			char *memory = mc_arena_alloc(arena, size);
			assert_non_null(memory);
			check_int(0, (uintptr_t)memory % _Alignof(max_align_t), "aligned");
			check_int(0, memcmp(memory, zeros, size), "zeroed");
			memset(memory, 0xee, size);
		}
		mc_arena_reset(arena);
	}
}

static void
test_allocations_do_not_overlap(void **state)
{
	struct mc_arena *arena = *state;
	unsigned char *pieces[100];

	for (size_t i = 0; i < MC_COUNT(pieces); i++) {
		pieces[i] = mc_arena_alloc(arena, i);
		memset(pieces[i], (int)i, i);
	}
	for (size_t i = 0; i < MC_COUNT(pieces); i++)
		for (size_t j = 0; j < i; j++)
			check_int(i, pieces[i][j], "what was written");
}

static void
test_the_ceiling_refuses_and_a_reset_gives_it_back(void **state)
{
	struct mc_arena *arena = *state;

	check_int(true, mc_arena_alloc(arena, LIMIT + 1) == NULL, "one large");
	check_int(true, mc_arena_alloc(arena, SIZE_MAX) == NULL, "a size that wraps when rounded");
	for (int round = 0; round < 3; round++) {
		size_t given = 0;
		while (mc_arena_alloc(arena, 64) != NULL)
			given += 64;
		check_int(true, given >= LIMIT / 2, "most of it is usable");
		check_int(true, given <= LIMIT, "never more");
		mc_arena_reset(arena);
	}
	assert_non_null(mc_arena_alloc(arena, LIMIT / 2));
	mc_arena_reset(arena);
	check_int(true, mc_arena_alloc(arena, LIMIT / 2) != NULL,
		"a large first block is given back");
}

static void
test_an_array_whose_size_is_no_size_is_refused(void **state)
{
	struct mc_arena *arena = *state;

	check_int(true, mc_arena_array(arena, SIZE_MAX / 2, 3) == NULL, "wraps");
	check_int(true, mc_arena_array(arena, (SIZE_MAX >> 4) + 2, 16) == NULL, "wraps to 16");
	check_int(true, mc_arena_array(arena, 10, 8) != NULL, "");
}

static void
test_copies_are_the_callers_own(void **state)
{
	struct mc_arena *arena = *state;
	char text[] = "abc";

	struct mc_str copy = mc_arena_copy(arena, mc_str_from(text));
	char *terminated = mc_arena_text(arena, mc_str_from(text));
	text[0] = 'x';
	check_str(MC_STR("abc"), copy, "");
	check_str(MC_STR("abc"), mc_str_from(terminated), "");
	check_int(true, mc_arena_copy(arena, (struct mc_str){ 0 }).ptr != NULL, "empty");
	check_int(true, mc_arena_text(arena, (struct mc_str){ 0 })[0] == '\0', "empty");
	check_str(MC_STR("7 of abc"), mc_arena_printf(arena, "%d of %s", 7, "abc"), "printf");
}

static void
test_without_memory_a_copy_is_null(void **state)
{
	struct mc_arena *arena = *state;
	static const char large[LIMIT + 1];
	struct mc_str text = { large, sizeof(large) };

	check_int(true, mc_arena_copy(arena, text).ptr == NULL, "copy");
	check_int(true, mc_arena_text(arena, text) == NULL, "text");
	check_int(true, mc_arena_printf(arena, "%*d", LIMIT, 1).ptr == NULL, "printf");
}

static void
test_destroy_takes_null(void **state)
{
	(void)state;
	mc_arena_destroy(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_memory_is_zeroed_and_aligned_also_after_a_reset, make, drop),
		cmocka_unit_test_setup_teardown(test_allocations_do_not_overlap, make, drop),
		cmocka_unit_test_setup_teardown(
			test_the_ceiling_refuses_and_a_reset_gives_it_back, make, drop),
		cmocka_unit_test_setup_teardown(
			test_an_array_whose_size_is_no_size_is_refused, make, drop),
		cmocka_unit_test_setup_teardown(test_copies_are_the_callers_own, make, drop),
		cmocka_unit_test_setup_teardown(test_without_memory_a_copy_is_null, make, drop),
		cmocka_unit_test(test_destroy_takes_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
