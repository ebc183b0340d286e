/* Quotas: what one person may have at a daemon. */

#include "chatd/quotas.h"

#include "test/unit/check.h"

static void
test_a_person_has_so_many_connections_and_nobody_elses(void **state)
{
	struct quotas *quotas = quotas_create(2);

	(void)state;
	struct quota *first = quotas_enter(quotas, 7);
	assert_non_null(first);
	assert_ptr_equal(first, quotas_enter(quotas, 7));
	assert_null(quotas_enter(quotas, 7));
	/* 4096 apart: in the same slot. */
	struct quota *other = quotas_enter(quotas, 7 + 4096);
	assert_non_null(other);
	assert_ptr_not_equal(first, other);
	quotas_leave(quotas, first);
	assert_ptr_equal(first, quotas_enter(quotas, 7));
	quotas_leave(quotas, first);
	quotas_leave(quotas, first);
	quotas_leave(quotas, other);
	first = quotas_enter(quotas, 7);
	check_int(7, first->user, "again, after the last one has left");
	quotas_destroy(quotas);
}

static void
test_what_a_person_has_under_way_ends_somewhere(void **state)
{
	static const int limits[SHARES] = {
		[SHARE_SEND] = 4096, [SHARE_INPUT] = 256, [SHARE_OUTPUT] = 64
	};
	struct quotas *quotas = quotas_create(2);
	struct quota *each[] = { quotas_enter(quotas, 1), quotas_enter(quotas, 2),
		quotas_strangers(quotas) };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(each); i++) {
		for (enum share share = 0; share < SHARES; share++) {
			int n = 0;
			while (quota_take(each[i], share))
				n++;
			check_int(limits[share], n, "at once");
			quota_give_back(each[i], share);
			check_int(true, quota_take(each[i], share), "one was given back");
			check_int(false, quota_take(each[i], share), "one only");
		}
	}
	quotas_destroy(quotas);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_person_has_so_many_connections_and_nobody_elses),
		cmocka_unit_test(test_what_a_person_has_under_way_ends_somewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
