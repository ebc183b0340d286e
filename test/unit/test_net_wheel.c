/* The wheel, turned by a clock of the test's own, as the loop turns it: wait, then fire. */

#include "libminiclass/net/timer.h"

#include <stdlib.h>

#include "libminiclass/net/loop.h"
#include "libminiclass/net/wheel_int.h"

#include "test/unit/check.h"

enum { LATE_MAX = 2 * MC_TIMER_TICK_MS };

static const int64_t START = 1234567; /* in the middle of a tick */

struct bench;

struct probe {
	struct mc_timer timer;
	struct bench *bench;
	struct probe *clears; /* when it fires */
	int64_t again_in_ms;  /* set anew when it fires; 0: not */
	int64_t due_ms;       /* what the test expects; 0: not to fire */
	int64_t fired_ms;
	int fired;
};

struct bench {
	struct wheel wheel;
	int64_t now_ms;
};

static void
probe_fire(struct mc_timer *timer)
{
	struct probe *probe = MC_CONTAINER(timer, struct probe, timer);

	check_int(0, timer->at_ms, "not set while it fires");
	probe->fired++;
	probe->fired_ms = probe->bench->now_ms;
	if (probe->clears != NULL)
		wheel_clear(&probe->bench->wheel, &probe->clears->timer);
	if (probe->again_in_ms != 0)
		wheel_set(&probe->bench->wheel, timer, probe->bench->now_ms, probe->again_in_ms);
}

static struct probe
probe_of(struct bench *bench)
{
	return (struct probe){ .timer.fire = probe_fire, .bench = bench };
}

static void
set(struct probe *probe, int64_t in_ms)
{
	wheel_set(&probe->bench->wheel, &probe->timer, probe->bench->now_ms, in_ms);
}

/* As the loop does it: sleeps as long as the wheel allows, but not beyond `until_ms`. */
static void
run_until(struct bench *bench, int64_t until_ms)
{
	while (bench->now_ms < until_ms) {
		int wait_ms = wheel_wait_ms(&bench->wheel, bench->now_ms);
		if (wait_ms < 0 || wait_ms > until_ms - bench->now_ms)
			bench->now_ms = until_ms;
		else
			bench->now_ms += wait_ms > 0 ? wait_ms : 1;
		wheel_turn(&bench->wheel, bench->now_ms);
	}
}

static void
check_time(int64_t due_ms, const struct probe *probe)
{
	check_int(1, probe->fired, "fired once");
	if (probe->fired_ms < due_ms || probe->fired_ms > due_ms + LATE_MAX)
		fail_msg("due at %jd, fired at %jd", (intmax_t)due_ms, (intmax_t)probe->fired_ms);
}

static void
test_a_timer_fires_never_early_and_at_most_two_ticks_late(void **state)
{
	static const int64_t waits[] = { 0, 1, 63, 64, 65, 127, 128, 1000, 65471, 65472, 65535,
		65536, 65537, 65600, 131072, 600000, 3600000 };

	(void)state;
	for (int64_t phase = 0; phase < MC_TIMER_TICK_MS; phase++) {
		for (size_t i = 0; i < MC_COUNT(waits); i++) {
			struct bench bench = { .now_ms = START + phase };
			struct probe probe = probe_of(&bench);
			set(&probe, waits[i]);
			run_until(&bench, START + phase + waits[i] + LATE_MAX);
			check_time(START + phase + waits[i], &probe);
		}
	}
}

static void
test_a_timer_moved_later_fires_once_at_the_later_moment(void **state)
{
	struct bench bench = { .now_ms = START };
	struct probe probe = probe_of(&bench);

	(void)state;
	set(&probe, 100);
	set(&probe, 5000);
	run_until(&bench, START + 3000);
	check_int(0, probe.fired, "not at the first moment");
	set(&probe, 5000);
	run_until(&bench, START + 20000);
	check_time(START + 3000 + 5000, &probe);
}

static void
test_a_timer_moved_earlier_fires_once_at_the_earlier_moment(void **state)
{
	struct bench bench = { .now_ms = START };
	struct probe probe = probe_of(&bench);

	(void)state;
	set(&probe, 1000);
	set(&probe, 60000);
	set(&probe, 500);
	run_until(&bench, START + 100000);
	check_time(START + 500, &probe);
}

static void
test_a_cleared_timer_never_fires_and_may_be_set_again(void **state)
{
	struct bench bench = { .now_ms = START };
	struct probe probe = probe_of(&bench);

	(void)state;
	set(&probe, 100);
	wheel_clear(&bench.wheel, &probe.timer);
	wheel_clear(&bench.wheel, &probe.timer);
	check_int(0, probe.timer.at_ms, "not set");
	run_until(&bench, START + 1000);
	check_int(0, probe.fired, "cleared");

	set(&probe, 100);
	run_until(&bench, START + 2000);
	check_time(START + 1100, &probe);
}

static void
test_a_timer_cleared_by_another_of_the_same_moment_does_not_fire(void **state)
{
	struct bench bench = { .now_ms = START };
	struct probe a = probe_of(&bench);
	struct probe b = probe_of(&bench);

	(void)state;
	a.clears = &b;
	b.clears = &a;
	set(&a, 100);
	set(&b, 100);
	run_until(&bench, START + 1000);
	check_int(1, a.fired + b.fired, "the first one clears the other");
	check_int(-1, wheel_wait_ms(&bench.wheel, bench.now_ms), "none is left");
}

static void
test_a_timer_may_set_itself_while_it_fires(void **state)
{
	struct bench bench = { .now_ms = START };
	struct probe probe = probe_of(&bench);

	(void)state;
	probe.again_in_ms = 1000;
	set(&probe, 1000);
	run_until(&bench, START + 10 * (1000 + LATE_MAX));
	assert_in_range(probe.fired, 10, 11);
}

static void
test_a_timer_that_sets_itself_to_now_fires_with_the_next_tick_and_not_for_ever(void **state)
{
	(void)state;
	for (int64_t phase = 0; phase < MC_TIMER_TICK_MS; phase++) {
		struct bench bench = { .now_ms = START + phase };
		struct probe probe = probe_of(&bench);
		probe.again_in_ms = -1;
		set(&probe, 0);
		bench.now_ms += MC_TIMER_TICK_MS;
		wheel_turn(&bench.wheel, bench.now_ms);
		assert_in_range(probe.fired, 1, 2);
		int fired = probe.fired;
		bench.now_ms += MC_TIMER_TICK_MS;
		wheel_turn(&bench.wheel, bench.now_ms);
		check_int(fired + 1, probe.fired, "one more tick");
	}
}

static void
test_without_a_timer_nobody_is_woken(void **state)
{
	struct bench bench = { .now_ms = START };
	struct probe probe = probe_of(&bench);

	(void)state;
	check_int(-1, wheel_wait_ms(&bench.wheel, bench.now_ms), "at the beginning");
	set(&probe, 30000);
	assert_in_range(wheel_wait_ms(&bench.wheel, bench.now_ms), 30000, 30000 + LATE_MAX);
	wheel_clear(&bench.wheel, &probe.timer);
	check_int(-1, wheel_wait_ms(&bench.wheel, bench.now_ms), "cleared");
	set(&probe, 10);
	run_until(&bench, START + 1000);
	check_int(-1, wheel_wait_ms(&bench.wheel, bench.now_ms), "fired");
}

static void
test_a_timer_set_after_a_long_sleep_counts_from_then(void **state)
{
	struct bench bench = { .now_ms = START };
	struct probe probe = probe_of(&bench);

	(void)state;
	set(&probe, 10);
	run_until(&bench, START + 1000);
	probe.fired = 0;
	bench.now_ms += INT64_C(100) * 24 * 3600 * 1000;
	int64_t due_ms = bench.now_ms + 30000;
	set(&probe, 30000);
	run_until(&bench, due_ms + LATE_MAX);
	check_time(due_ms, &probe);
}

static void
test_after_a_standstill_all_that_is_due_fires_at_once(void **state)
{
	enum { N = 2000 };
	struct bench bench = { .now_ms = START };
	struct probe *probes = calloc(N, sizeof(*probes));

	(void)state;
	assert_non_null(probes);
	for (int i = 0; i < N; i++) {
		probes[i] = probe_of(&bench);
		set(&probes[i], i * 100);
	}
	bench.now_ms += INT64_C(1000) * 1000 * 1000;
	wheel_turn(&bench.wheel, bench.now_ms);
	for (int i = 0; i < N; i++)
		check_int(1, probes[i].fired, "fired");
	free(probes);
}

/* xorshift: the same sequence on every machine. */
static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void
check_against_model(struct probe *probe, int64_t now_ms)
{
	if (probe->fired > 0) {
		if (probe->due_ms == 0)
			fail_msg("fired though it was not set");
		check_time(probe->due_ms, probe);
		probe->due_ms = 0;
		probe->fired = 0;
	}
	if (probe->due_ms != 0 && probe->due_ms + LATE_MAX < now_ms)
		fail_msg("due at %jd, not fired at %jd", (intmax_t)probe->due_ms, (intmax_t)now_ms);
}

static void
test_many_timers_set_moved_and_cleared_at_random_keep_their_moments(void **state)
{
	enum { N = 64, STEPS = 200000 };
	static struct probe probes[N];
	struct bench bench = { .now_ms = START };
	uint64_t seed = 88172645463325252U;

	(void)state;
	for (int i = 0; i < N; i++)
		probes[i] = probe_of(&bench);
	for (int step = 0; step < STEPS; step++) {
		struct probe *probe = &probes[next_random(&seed) % N];
		uint64_t action = next_random(&seed) % 8;
		int64_t in_ms = (int64_t)(next_random(&seed) % (action == 0 ? 300000 : 3000));
		if (action < 5) {
			set(probe, in_ms);
			probe->due_ms = bench.now_ms + in_ms;
		} else if (action == 5) {
			wheel_clear(&bench.wheel, &probe->timer);
			probe->due_ms = 0;
		} else {
			run_until(&bench, bench.now_ms + in_ms % 200);
		}
		for (int i = 0; i < N; i++)
			check_against_model(&probes[i], bench.now_ms);
	}
}

struct loop_probe {
	struct mc_timer timer;
	struct mc_loop *loop;
	int64_t fired_ms;
};

static void
stop_loop(struct mc_timer *timer)
{
	struct loop_probe *probe = MC_CONTAINER(timer, struct loop_probe, timer);

	probe->fired_ms = mc_loop_now(probe->loop);
	mc_loop_stop(probe->loop);
}

static void
test_a_loop_that_has_nothing_else_to_do_wakes_for_its_timer(void **state)
{
	struct loop_probe probe = { .timer.fire = stop_loop, .loop = mc_loop_create() };

	(void)state;
	assert_non_null(probe.loop);
	int64_t due_ms = mc_loop_now(probe.loop) + 20;
	mc_timer_set(probe.loop, &probe.timer, 20);
	mc_loop_run(probe.loop);
	assert_true(probe.fired_ms >= due_ms);
	mc_timer_clear(probe.loop, &probe.timer);
	mc_loop_destroy(probe.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_timer_fires_never_early_and_at_most_two_ticks_late),
		cmocka_unit_test(test_a_timer_moved_later_fires_once_at_the_later_moment),
		cmocka_unit_test(test_a_timer_moved_earlier_fires_once_at_the_earlier_moment),
		cmocka_unit_test(test_a_cleared_timer_never_fires_and_may_be_set_again),
		cmocka_unit_test(test_a_timer_cleared_by_another_of_the_same_moment_does_not_fire),
		cmocka_unit_test(test_a_timer_may_set_itself_while_it_fires),
		cmocka_unit_test(
			test_a_timer_that_sets_itself_to_now_fires_with_the_next_tick_and_not_for_ever),
		cmocka_unit_test(test_without_a_timer_nobody_is_woken),
		cmocka_unit_test(test_a_timer_set_after_a_long_sleep_counts_from_then),
		cmocka_unit_test(test_after_a_standstill_all_that_is_due_fires_at_once),
		cmocka_unit_test(
			test_many_timers_set_moved_and_cleared_at_random_keep_their_moments),
		cmocka_unit_test(test_a_loop_that_has_nothing_else_to_do_wakes_for_its_timer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
