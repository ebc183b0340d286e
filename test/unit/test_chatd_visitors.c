/* Visitors: what one person may have at a daemon. */

#include "chatd/visitors.h"

#include "test/unit/check.h"

static void
test_a_person_has_so_many_connections_and_nobody_elses(void **state)
{
	struct visitors *visitors = visitors_create(2);

	(void)state;
	struct visitor *first = visitors_enter(visitors, 7);
	assert_non_null(first);
	assert_ptr_equal(first, visitors_enter(visitors, 7));
	assert_null(visitors_enter(visitors, 7));
	/* 4096 apart: in the same slot. */
	struct visitor *other = visitors_enter(visitors, 7 + 4096);
	assert_non_null(other);
	assert_ptr_not_equal(first, other);
	visitors_leave(visitors, first);
	assert_ptr_equal(first, visitors_enter(visitors, 7));
	visitors_leave(visitors, first);
	visitors_leave(visitors, first);
	visitors_leave(visitors, other);
	first = visitors_enter(visitors, 7);
	check_int(7, first->user, "again, after the last one has left");
	visitors_destroy(visitors);
}

static void
test_what_a_person_has_under_way_ends_somewhere(void **state)
{
	static const int limits[SHARES] = {
		[SHARE_SEND] = 4096, [SHARE_INPUT] = 256, [SHARE_OUTPUT] = 64
	};
	struct visitors *visitors = visitors_create(2);
	struct visitor *each[] = { visitors_enter(visitors, 1), visitors_enter(visitors, 2),
		visitors_strangers(visitors) };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(each); i++) {
		for (enum share share = 0; share < SHARES; share++) {
			int n = 0;
			while (visitor_take(each[i], share))
				n++;
			check_int(limits[share], n, "at once");
			visitor_give_back(each[i], share);
			check_int(true, visitor_take(each[i], share), "one was given back");
			check_int(false, visitor_take(each[i], share), "one only");
		}
	}
	visitors_destroy(visitors);
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
