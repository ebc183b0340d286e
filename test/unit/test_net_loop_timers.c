/* Whatever has arrived comes before the deadlines, whether a turn holds it or not. */

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "libminiclass/net/timer.h"
#include "test/unit/net_loop.h"

struct last_call {
	struct mc_timer timer;
	struct mc_loop *loop;
	const int *clock;
	int at; /* of the clock, when it fired */
};

static void
last_call_fires(struct mc_timer *timer)
{
	struct last_call *call = MC_CONTAINER(timer, struct last_call, timer);

	call->at = *call->clock;
	mc_loop_stop(call->loop);
}

static void
stand_still(int64_t ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) != 0)
		continue;
}

enum { DUE_MS = 10, STILL_MS = 300 };

static void
test_all_that_is_ready_comes_before_a_timer_that_is_due(void **state)
{
	enum { MANY = 300 }; /* more than a turn takes */
	struct mc_loop *loop = loop_made();
	struct probe probes[MANY];
	int fds[MANY][2], clock = 0;
	struct last_call call = { { .fire = last_call_fires }, loop, &clock, -1 };

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		pair(fds[i]);
		probes[i] = probe_of(loop, fds[i][0]);
		probes[i].clock = &clock;
		check_int(MC_OK, mc_loop_watch(loop, &probes[i].watch), "watch");
	}
	mc_timer_set(loop, &call.timer, DUE_MS);
	stand_still(STILL_MS);
	mc_loop_run(loop);
	check_int(MANY, call.at, "all of them had their turn");
	for (size_t i = 0; i < MANY; i++) {
		mc_loop_unwatch(loop, &probes[i].watch);
		close(fds[i][0]);
		close(fds[i][1]);
	}
	mc_loop_destroy(loop);
}

static int fd_of_stop;

/* As when the process is stopped: time passes, something comes, and it goes on. */
static void
stop_for_a_while(int signal)
{
	(void)signal;
	stand_still(STILL_MS);
	(void)!write(fd_of_stop, "x", 1);
}

static void *
stops_it(void *arg)
{
	const pthread_t *loop_thread = arg;

	stand_still(DUE_MS); /* by then it most likely sleeps; else this shows nothing */
	pthread_kill(*loop_thread, SIGUSR1);
	return NULL;
}

static void
test_what_came_while_it_was_stopped_comes_before_a_timer_that_is_due(void **state)
{
	struct mc_loop *loop = loop_made();
	struct sigaction action = { .sa_handler = stop_for_a_while }, before;
	pthread_t self = pthread_self();
	int fds[2], clock = 0;
	struct last_call call = { { .fire = last_call_fires }, loop, &clock, -1 };
	pthread_t thread;

	(void)state;
	pair(fds);
	fd_of_stop = fds[1];
	struct probe probe = probe_of(loop, fds[0]);
	check_int(MC_OK, mc_loop_watch(loop, &probe.watch), "watch");
	run_once(loop); /* it is writable */
	probe.clock = &clock;
	check_int(0, sigaction(SIGUSR1, &action, &before), "sigaction");
	mc_timer_set(loop, &call.timer, STILL_MS / 2);
	check_int(0, pthread_create(&thread, NULL, stops_it, &self), "thread");
	mc_loop_run(loop);
	pthread_join(thread, NULL);
	check_int(0, sigaction(SIGUSR1, &before, NULL), "sigaction");
	check_int(1, call.at, "the byte was seen first");
	mc_loop_unwatch(loop, &probe.watch);
	close(fds[0]);
	close(fds[1]);
	mc_loop_destroy(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_that_is_ready_comes_before_a_timer_that_is_due),
		cmocka_unit_test(
			test_what_came_while_it_was_stopped_comes_before_a_timer_that_is_due),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
