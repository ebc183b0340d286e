/* Locks: exclusion, ranks, and waiting. */

#include "libminiclass/base/lock.h"

#include <signal.h>
#include <sys/wait.h>

#include "libminiclass/base/time.h"
#include "test/unit/check.h"

struct shared {
	struct mc_lock lock;
	pthread_cond_t changed;
	size_t n; /* lock */
};

static void *
count_up(void *argument)
{
	struct shared *shared = argument;

	for (int i = 0; i < 20000; i++) {
		mc_lock_take(&shared->lock);
		mc_lock_assert_held(&shared->lock);
		shared->n++;
		mc_lock_release(&shared->lock);
	}
	return NULL;
}

static void
test_one_thread_at_a_time_holds_it(void **state)
{
	struct shared shared = { .n = 0 };
	pthread_t threads[4];

	(void)state;
	mc_lock_init(&shared.lock, "test", MC_LOCK_POOL);
	for (size_t i = 0; i < MC_COUNT(threads); i++)
		check_int(0, pthread_create(&threads[i], NULL, count_up, &shared), "");
	for (size_t i = 0; i < MC_COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	check_int(80000, shared.n, "");
	mc_lock_finish(&shared.lock);
}

/* True when `misuse` ends its process by SIGABRT. */
static bool
aborts(void (*misuse)(struct mc_lock *low, struct mc_lock *high))
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		struct mc_lock low, high;
		close(STDERR_FILENO);
		sigaction(SIGABRT, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
		mc_lock_init(&low, "low", MC_LOCK_QUEUE);
		mc_lock_init(&high, "high", MC_LOCK_QUOTAS);
		misuse(&low, &high);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
take_rising(struct mc_lock *low, struct mc_lock *high)
{
	mc_lock_take(low);
	mc_lock_take(high);
	mc_lock_release(high);
	mc_lock_release(low);
	mc_lock_take(high);
	mc_lock_release(high);
}

static void
take_falling(struct mc_lock *low, struct mc_lock *high)
{
	mc_lock_take(high);
	mc_lock_take(low);
}

static void
take_twice(struct mc_lock *low, struct mc_lock *high)
{
	(void)high;
	mc_lock_take(low);
	mc_lock_take(low);
}

static void
release_free(struct mc_lock *low, struct mc_lock *high)
{
	(void)high;
	mc_lock_release(low);
}

static void
need_free(struct mc_lock *low, struct mc_lock *high)
{
	mc_lock_take(high);
	mc_lock_assert_held(low);
}

static void
test_a_wrong_order_aborts_before_it_can_deadlock(void **state)
{
	(void)state;
	check_int(false, aborts(take_rising), "rising ranks are right");
	check_int(true, aborts(take_falling), "falling ranks");
	check_int(true, aborts(take_twice), "the same again");
	check_int(true, aborts(release_free), "released though free");
	check_int(true, aborts(need_free), "asserted though free");
}

static void *
change(void *argument)
{
	struct shared *shared = argument;

	mc_lock_take(&shared->lock);
	shared->n = 1;
	mc_lock_release(&shared->lock);
	pthread_cond_signal(&shared->changed);
	return NULL;
}

static void
test_waiting_gives_the_lock_away_and_takes_it_again(void **state)
{
	struct shared shared = { .n = 0 };
	pthread_t thread;

	(void)state;
	mc_lock_init(&shared.lock, "test", MC_LOCK_POOL);
	mc_condition_init(&shared.changed);
	mc_lock_take(&shared.lock);
	check_int(0, pthread_create(&thread, NULL, change, &shared), "");
	while (shared.n == 0)
		mc_lock_wait(&shared.lock, &shared.changed);
	mc_lock_assert_held(&shared.lock);
	mc_lock_release(&shared.lock);
	pthread_join(thread, NULL);
	pthread_cond_destroy(&shared.changed);
	mc_lock_finish(&shared.lock);
}

static void
test_waiting_until_a_moment_ends_at_it(void **state)
{
	struct shared shared = { .n = 0 };

	(void)state;
	mc_lock_init(&shared.lock, "test", MC_LOCK_POOL);
	mc_condition_init(&shared.changed);
	mc_lock_take(&shared.lock);
	int64_t until = mc_clock_ms() + 30;
	while (mc_lock_wait_until(&shared.lock, &shared.changed, until))
		continue;
	check_int(true, mc_clock_ms() >= until, "not before");
	check_int(false, mc_lock_wait_until(&shared.lock, &shared.changed, 0), "long past");
	mc_lock_assert_held(&shared.lock);
	mc_lock_release(&shared.lock);
	pthread_cond_destroy(&shared.changed);
	mc_lock_finish(&shared.lock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_thread_at_a_time_holds_it),
		cmocka_unit_test(test_a_wrong_order_aborts_before_it_can_deadlock),
		cmocka_unit_test(test_waiting_gives_the_lock_away_and_takes_it_again),
		cmocka_unit_test(test_waiting_until_a_moment_ends_at_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
