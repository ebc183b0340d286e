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
	struct visitors *visitors = visitors_create(2);
	struct visitor *each[] = { visitors_enter(visitors, 1), visitors_enter(visitors, 2),
		visitors_strangers(visitors) };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(each); i++) {
		int sends = 0, begun = 0;
		while (visitor_may_send(each[i]))
			sends++;
		while (visitor_may_begin(each[i]))
			begun++;
		check_int(4096, sends, "without ack");
		check_int(256, begun, "long messages");
		visitor_sent(each[i]);
		visitor_finished(each[i]);
		check_int(true, visitor_may_send(each[i]), "one was answered");
		check_int(false, visitor_may_send(each[i]), "one only");
		check_int(true, visitor_may_begin(each[i]), "one has come");
		check_int(false, visitor_may_begin(each[i]), "one only");
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
