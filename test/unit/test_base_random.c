/* Random bytes: all of the room, and numbers of every value below the bound. */

#include "libminiclass/base/random.h"

#include "test/unit/check.h"

static void
test_all_bytes_are_filled_and_no_more(void **state)
{
	unsigned char bytes[1000];
	size_t zeros = 0;

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	mc_random_bytes(bytes, sizeof(bytes) - 8);
	for (size_t i = 0; i < sizeof(bytes) - 8; i++)
		zeros += bytes[i] == 0;
	/* About 4 of 992; 40 are beyond any chance. */
	check_int(true, zeros < 40, "filled");
	for (size_t i = sizeof(bytes) - 8; i < sizeof(bytes); i++)
		check_int(0, bytes[i], "behind the end");
}

static void
test_two_draws_differ(void **state)
{
	unsigned char a[16], b[16];

	(void)state;
	mc_random_bytes(a, sizeof(a));
	mc_random_bytes(b, sizeof(b));
	check_int(true, memcmp(a, b, sizeof(a)) != 0, "");
}

static void
test_numbers_below_a_bound_come_up_equally_often(void **state)
{
	size_t seen[30] = { 0 };

	(void)state;
	for (int i = 0; i < 30000; i++) {
		uint32_t number = mc_random_below(MC_COUNT(seen));
		assert_true(number < MC_COUNT(seen));
		seen[number]++;
	}
	/* 1,000 each with a deviation of 31: eight deviations are no chance. */
	for (size_t i = 0; i < MC_COUNT(seen); i++)
		check_int(true, seen[i] > 750 && seen[i] < 1250, "how often");
	check_int(0, mc_random_below(1), "only one choice");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_bytes_are_filled_and_no_more),
		cmocka_unit_test(test_two_draws_differ),
		cmocka_unit_test(test_numbers_below_a_bound_come_up_equally_often),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
