/* Lists of jobs: what waits, what wakes, what ends. */

#include "chatd/jobs.h"

#include "libminiclass/base/time.h"
#include "test/unit/check.h"

static void
test_all_that_waits_is_taken_in_order_up_to_a_limit(void **state)
{
	struct jobs jobs;
	struct job_list taken;

	(void)state;
	jobs_init(&jobs, "test", 2);
	job_list_init(&taken);
	struct job *first = job_create(JOB_SEND, NULL, 0);
	struct job *second = job_create(JOB_SEEN, NULL, 0);
	struct job *third = job_create(JOB_SEEN, NULL, 0);
	assert_true(jobs_push(&jobs, first));
	assert_true(jobs_push(&jobs, second));
	check_int(false, jobs_push(&jobs, third), "above the limit it stays the caller's");
	check_int(true, jobs_take(&jobs, &taken, -1), "open");
	assert_ptr_equal(first, job_list_pop(&taken));
	assert_ptr_equal(second, job_list_pop(&taken));
	assert_null(job_list_pop(&taken));
	jobs_close(&jobs);
	check_int(false, jobs_push(&jobs, third), "closed");
	check_int(false, jobs_take(&jobs, &taken, -1), "closed and empty");
	job_destroy(first);
	job_destroy(second);
	job_destroy(third);
	jobs_finish(&jobs);
}

static void
test_who_is_woken_returns_without_a_job_and_once(void **state)
{
	struct jobs jobs;
	struct job_list taken;

	(void)state;
	jobs_init(&jobs, "test", 1);
	job_list_init(&taken);
	jobs_wake(&jobs);
	check_int(true, jobs_take(&jobs, &taken, -1), "at once, and open");
	check_int(0, (long long)taken.n, "nothing to do");
	int64_t before = mc_clock_ms();
	check_int(true, jobs_take(&jobs, &taken, 20), "the next one waits again");
	check_int(true, mc_clock_ms() - before >= 20, "as long as it was told");
	jobs_finish(&jobs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_that_waits_is_taken_in_order_up_to_a_limit),
		cmocka_unit_test(test_who_is_woken_returns_without_a_job_and_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
