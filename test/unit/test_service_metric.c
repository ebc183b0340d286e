/* Numbers for monitoring, as Prometheus reads them (its text format, version 0.0.4). */

#include "libminiclass/service/metric.h"

#include "libminiclass/base/buf.h"
#include "test/unit/check.h"

static void
test_a_counter_is_what_was_added_and_is_printed_with_its_help_and_type(void **state)
{
	struct counters {
		_Atomic uint64_t other, asked;
	} counters = { 0 };
	struct mc_buf out;

	(void)state;
	mc_metric_add(&counters.other, 7);
	mc_metric_add(&counters.asked, 1);
	mc_metric_add(&counters.asked, UINT64_MAX - 2);
	mc_buf_init(&out, 1024);
	mc_metric_print(&out, "asked_total", "counter", "Who asked.",
		mc_metric_at(&counters, offsetof(struct counters, asked)));
	check_str(MC_STR("# HELP asked_total Who asked.\n"
			 "# TYPE asked_total counter\n"
			 "asked_total 18446744073709551614\n"),
		mc_buf_str(&out), "");
	mc_buf_finish(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_counter_is_what_was_added_and_is_printed_with_its_help_and_type),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
