/* Rights that are known for too long are asked about before anything is told. */

#include "chatd/rights.h"

#include "chatd/daemon.h"
#include "chatd/delivery.h"
#include "chatd/front.h"
#include "libminiclass/base/time.h"
#include "test/unit/check.h"

/* The linker gives these what rights.c asks for. */
int64_t __wrap_mc_clock_ms(void);
void __wrap_mc_loop_post(struct mc_loop *loop, struct mc_task *task);
void __wrap_mc_loop_queue(struct mc_loop *loop, struct mc_task *task);

static int64_t now = 1000000;
static int n_asked;

int64_t
__wrap_mc_clock_ms(void)
{
	return now;
}

static void
recheck(struct front *front, const struct recheck *what)
{
	(void)front;
	check_int(true, what->all, "about everybody");
	n_asked++;
}

/* At once, as if it were the loop's turn. */
void
__wrap_mc_loop_post(struct mc_loop *loop, struct mc_task *task)
{
	(void)loop;
	task->run(task);
}

void
__wrap_mc_loop_queue(struct mc_loop *loop, struct mc_task *task)
{
	(void)loop;
	task->run(task);
}

static void
check_asked(struct daemon *daemon, int expected, const char *why)
{
	n_asked = 0;
	rights_refresh(daemon);
	check_int(expected, n_asked, why);
}

static void
test_what_nobody_has_heard_of_for_five_seconds_is_asked_anew(void **state)
{
	static struct front fronts[2] = { { .recheck = recheck }, { .recheck = recheck } };
	struct front *list[] = { &fronts[0], &fronts[1] };
	struct daemon daemon = { .fronts = list, .n_fronts = 2 };

	(void)state;
	check_asked(&daemon, 2, "nothing is known at first");
	check_asked(&daemon, 0, "now it is");
	now += 4000;
	check_asked(&daemon, 0, "four seconds of silence are usual");
	rights_told(&daemon, now);
	now += 4000;
	check_asked(&daemon, 0, "the bus has heard something");
	now += 1000;
	check_asked(&daemon, 2, "five are too many");
	check_asked(&daemon, 0, "once");
	rights_told(&daemon, now - 5000);
	check_asked(&daemon, 0, "what was asked later is newer");
}

static int n_told;

static void
tell(struct mc_task *task)
{
	check_int(1, n_asked, "before");
	n_told++;
	delivery_unref(MC_CONTAINER(task, struct delivery, task));
}

static void
test_what_is_handed_to_members_comes_behind_the_question(void **state)
{
	static struct daemon daemon;
	static struct front front = {
		.recheck = recheck, .daemon = &daemon, .take_delivery = tell
	};
	struct front *list[] = { &front };

	(void)state;
	daemon.fronts = list;
	daemon.n_fronts = 1;
	n_asked = 0;
	delivery_queue(delivery_create(&front, DELIVERY_MESSAGES, 7));
	now += 5000;
	n_asked = 0;
	delivery_post(delivery_create(&front, DELIVERY_PRESENCE, 7));
	check_int(2, n_told, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_nobody_has_heard_of_for_five_seconds_is_asked_anew),
		cmocka_unit_test(test_what_is_handed_to_members_comes_behind_the_question),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
