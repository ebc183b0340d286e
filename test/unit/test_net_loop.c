/* The loop's promises: order, wake-ups, edges, and no call for what was unwatched. */

#include "libminiclass/net/loop.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test/unit/net_loop.h"

enum { POSTERS = 4, POSTS = 20000 };

struct poster;

struct post {
	struct mc_task task;
	struct poster *poster;
	int number;
};

struct poster {
	struct mc_loop *loop;
	struct post posts[POSTS];
	int next;       /* loop thread: the number that must come */
	int *remaining; /* loop thread: of all posters */
};

static void
post_run(struct mc_task *task)
{
	struct post *post = MC_CONTAINER(task, struct post, task);
	struct poster *poster = post->poster;

	check_int(poster->next, post->number, "in the poster's order");
	poster->next++;
	if (--*poster->remaining == 0)
		mc_loop_stop(poster->loop);
}

static void *
post_all(void *data)
{
	struct poster *poster = data;

	for (int i = 0; i < POSTS; i++)
		mc_loop_post(poster->loop, &poster->posts[i].task);
	return NULL;
}

static void
test_posts_of_many_threads_all_run_and_each_in_order(void **state)
{
	struct poster *posters = calloc(POSTERS, sizeof(*posters));
	struct mc_loop *loop = loop_made();
	pthread_t threads[POSTERS];
	int remaining = POSTERS * POSTS;

	(void)state;
	assert_non_null(posters);
	for (int i = 0; i < POSTERS; i++) {
		posters[i].loop = loop;
		posters[i].remaining = &remaining;
		for (int j = 0; j < POSTS; j++)
			posters[i].posts[j] = (struct post){ { .run = post_run }, &posters[i], j };
	}
	for (int i = 0; i < POSTERS; i++)
		check_int(0, pthread_create(&threads[i], NULL, post_all, &posters[i]), "thread");
	mc_loop_run(loop);
	for (int i = 0; i < POSTERS; i++)
		check_int(0, pthread_join(threads[i], NULL), "join");
	check_int(0, remaining, "all of them");
	mc_loop_destroy(loop);
	free(posters);
}

enum { ROUNDS = 20000 };

struct rally {
	struct mc_task task;
	struct mc_loop *loop;
	sem_t answered;
	int left;
};

static void
rally_run(struct mc_task *task)
{
	struct rally *rally = MC_CONTAINER(task, struct rally, task);

	if (--rally->left == 0)
		mc_loop_stop(rally->loop);
	sem_post(&rally->answered);
}

static void *
rally_serve(void *data)
{
	struct rally *rally = data;

	for (int i = 0; i < ROUNDS; i++) {
		if (i % 2 == 0) {
			mc_loop_post(rally->loop, &rally->task);
		} else {
			mc_loop_queue(rally->loop, &rally->task);
			mc_loop_wake(rally->loop);
		}
		while (sem_wait(&rally->answered) != 0)
			;
	}
	return NULL;
}

/* The loop goes to sleep between any two posts: a wake-up that is lost ends in a hang. */
static void
test_a_post_to_a_loop_that_falls_asleep_is_never_lost(void **state)
{
	struct rally rally = { { .run = rally_run }, .loop = loop_made(), .left = ROUNDS };
	pthread_t thread;

	(void)state;
	check_int(0, sem_init(&rally.answered, 0, 0), "semaphore");
	check_int(0, pthread_create(&thread, NULL, rally_serve, &rally), "thread");
	mc_loop_run(rally.loop);
	check_int(0, pthread_join(thread, NULL), "join");
	check_int(0, rally.left, "all rounds");
	sem_destroy(&rally.answered);
	mc_loop_destroy(rally.loop);
}

static void *
stop_from_elsewhere(void *data)
{
	mc_loop_stop(data);
	return NULL;
}

static void
test_a_stop_from_another_thread_ends_a_sleeping_loop(void **state)
{
	struct mc_loop *loop = loop_made();

	(void)state;
	for (int i = 0; i < 200; i++) {
		pthread_t thread;
		check_int(0, pthread_create(&thread, NULL, stop_from_elsewhere, loop), "thread");
		mc_loop_run(loop);
		check_int(0, pthread_join(thread, NULL), "join");
	}
	mc_loop_destroy(loop);
}

struct note {
	struct mc_task task;
	struct mc_loop *loop;
	struct note *then; /* posted when it runs */
	bool defers;       /* `then` is deferred instead */
	int *clock;        /* counts what has run */
	int at;            /* its value when this ran; 0: not yet */
};

static void
note_run(struct mc_task *task)
{
	struct note *note = MC_CONTAINER(task, struct note, task);

	note->at = ++*note->clock;
	if (note->then != NULL && note->defers)
		mc_loop_defer(note->loop, &note->then->task);
	else if (note->then != NULL)
		mc_loop_post(note->loop, &note->then->task);
}

static void
test_a_loop_that_stops_first_does_what_was_posted_and_what_that_leads_to(void **state)
{
	struct mc_loop *loop = loop_made();
	int clock = 0;
	struct note last = { { .run = note_run }, loop, NULL, false, &clock, 0 };
	struct note deferring = { { .run = note_run }, loop, &last, true, &clock, 0 };
	struct note first = { { .run = note_run }, loop, &deferring, false, &clock, 0 };

	(void)state;
	mc_loop_post(loop, &first.task);
	mc_loop_stop(loop);
	mc_loop_run(loop);
	check_int(1, first.at, "posted before the stop");
	check_int(2, deferring.at, "posted by it");
	check_int(3, last.at, "deferred by that");
	mc_loop_destroy(loop);
}

static void
test_an_edge_is_reported_once_and_again_when_more_arrives(void **state)
{
	struct mc_loop *loop = loop_made();
	int fds[2];

	(void)state;
	pair(fds);
	struct probe probe = probe_of(loop, fds[0]);
	check_int(MC_OK, mc_loop_watch(loop, &probe.watch), "watch");
	run_once(loop);
	check_int(1, probe.calls, "writable at once");
	check_int(MC_LOOP_WRITABLE, probe.events, "and nothing else");

	send_byte(fds[1]);
	run_once(loop);
	check_int(2, probe.calls, "a byte has come");
	check_int(MC_LOOP_WRITABLE | MC_LOOP_READABLE, probe.events, "readable");
	run_once(loop);
	check_int(2, probe.calls, "not read, and not told again");
	send_byte(fds[1]);
	run_once(loop);
	check_int(3, probe.calls, "one more");

	mc_loop_unwatch(loop, &probe.watch);
	send_byte(fds[1]);
	run_once(loop);
	check_int(3, probe.calls, "unwatched");
	close(fds[0]);
	close(fds[1]);
	mc_loop_destroy(loop);
}

static void
test_a_level_is_reported_until_it_is_read(void **state)
{
	struct mc_loop *loop = loop_made();
	int fds[2];
	char byte;

	(void)state;
	pair(fds);
	struct probe probe = probe_of(loop, fds[0]);
	check_int(MC_OK, mc_loop_watch_level(loop, &probe.watch), "watch");
	run_once(loop);
	check_int(0, probe.calls, "writing does not matter");
	send_byte(fds[1]);
	run_once(loop);
	run_once(loop);
	check_int(2, probe.calls, "told again");
	check_int(MC_LOOP_READABLE, probe.events, "readable");
	check_int(1, recv(fds[0], &byte, 1, 0), "recv");
	run_once(loop);
	check_int(2, probe.calls, "read");
	mc_loop_unwatch(loop, &probe.watch);
	close(fds[0]);
	close(fds[1]);
	mc_loop_destroy(loop);
}

static void
test_the_end_of_the_peers_side_is_a_hangup_that_can_be_read(void **state)
{
	struct mc_loop *loop = loop_made();
	int fds[2];

	(void)state;
	pair(fds);
	struct probe probe = probe_of(loop, fds[0]);
	check_int(MC_OK, mc_loop_watch(loop, &probe.watch), "watch");
	run_once(loop);
	probe.events = 0;
	shutdown(fds[1], SHUT_WR);
	run_once(loop);
	check_int(MC_LOOP_READABLE | MC_LOOP_HANGUP,
		probe.events & (MC_LOOP_READABLE | MC_LOOP_HANGUP), "hangup");
	mc_loop_unwatch(loop, &probe.watch);
	close(fds[0]);
	close(fds[1]);
	mc_loop_destroy(loop);
}

/* Each unwatches the other, so whichever comes first in the turn must be the only one. */
static void
test_a_watch_unwatched_by_another_of_the_same_turn_is_not_called(void **state)
{
	struct mc_loop *loop = loop_made();
	int a_fds[2], b_fds[2];

	(void)state;
	pair(a_fds);
	pair(b_fds);
	struct probe a = probe_of(loop, a_fds[0]);
	struct probe b = probe_of(loop, b_fds[0]);
	a.unwatches = &b;
	b.unwatches = &a;
	check_int(MC_OK, mc_loop_watch(loop, &a.watch), "watch");
	check_int(MC_OK, mc_loop_watch(loop, &b.watch), "watch");
	run_once(loop);
	check_int(1, a.calls + b.calls, "only the first");
	for (int i = 0; i < 2; i++) {
		close(a_fds[i]);
		close(b_fds[i]);
	}
	mc_loop_destroy(loop);
}

static void
test_deferred_work_runs_behind_all_events_of_its_turn(void **state)
{
	enum { N = 8 };
	struct mc_loop *loop = loop_made();
	struct probe probes[N];
	int fds[N][2];
	int clock = 0;
	struct note note = { { .run = note_run }, loop, NULL, false, &clock, 0 };
	struct note next = { { .run = note_run }, loop, NULL, false, &clock, 0 };

	(void)state;
	for (int i = 0; i < N; i++) {
		pair(fds[i]);
		probes[i] = probe_of(loop, fds[i][0]);
		probes[i].clock = &clock;
		probes[i].defers = i == 0 ? &note.task : NULL;
		check_int(MC_OK, mc_loop_watch(loop, &probes[i].watch), "watch");
	}
	note.then = &next;
	note.defers = true;
	run_once(loop);
	check_int(N + 1, note.at, "behind all events");
	check_int(N + 2, next.at, "and then what it deferred itself");
	for (int i = 0; i < N; i++) {
		mc_loop_unwatch(loop, &probes[i].watch);
		close(fds[i][0]);
		close(fds[i][1]);
	}
	mc_loop_destroy(loop);
}

/* An object as connections are: it unwatches itself and is freed by a deferred task. */
struct mortal {
	struct mc_watch watch;
	struct mc_task task;
	struct mc_loop *loop;
	int *alive;
};

static void
mortal_free(struct mc_task *task)
{
	struct mortal *mortal = MC_CONTAINER(task, struct mortal, task);

	--*mortal->alive;
	free(mortal);
}

static void
mortal_ready(struct mc_watch *watch, unsigned events)
{
	struct mortal *mortal = MC_CONTAINER(watch, struct mortal, watch);

	(void)events;
	mc_loop_unwatch(mortal->loop, watch);
	close(watch->fd);
	mc_loop_defer(mortal->loop, &mortal->task);
}

static void
test_what_is_deferred_may_free_the_memory_of_its_task(void **state)
{
	enum { N = 300 /* more than one batch of events */ };
	struct mc_loop *loop = loop_made();
	int alive = N;

	(void)state;
	for (int i = 0; i < N; i++) {
		struct mortal *mortal = calloc(1, sizeof(*mortal));
		assert_non_null(mortal);
		mortal->watch = (struct mc_watch){ eventfd(1, EFD_CLOEXEC), mortal_ready };
		mortal->task.run = mortal_free;
		mortal->loop = loop;
		mortal->alive = &alive;
		check_int(MC_OK, mc_loop_watch(loop, &mortal->watch), "watch");
	}
	for (int turns = 0; alive > 0 && turns < N; turns++)
		run_once(loop);
	check_int(0, alive, "all freed");
	mc_loop_destroy(loop);
}

static void
test_a_descriptor_that_cannot_be_watched_is_refused(void **state)
{
	struct mc_loop *loop = loop_made();
	struct probe probe = probe_of(loop, -1);

	(void)state;
	check_int(MC_FAILED, mc_loop_watch(loop, &probe.watch), "no descriptor");
	check_int(MC_FAILED, mc_loop_watch_level(loop, &probe.watch), "no descriptor");
	mc_loop_destroy(loop);
	mc_loop_destroy(NULL);
}

struct turn {
	struct mc_task task, end;
	struct mc_loop *loop;
	int *ran;
};

static void
turn_end(struct mc_task *task)
{
	struct turn *turn = MC_CONTAINER(task, struct turn, end);

	check_int(3, *turn->ran, "at the end of the turn in which the first ran");
	mc_loop_stop(turn->loop);
}

static void
turn_run(struct mc_task *task)
{
	struct turn *turn = MC_CONTAINER(task, struct turn, task);

	if ((*turn->ran)++ == 0)
		mc_loop_defer(turn->loop, &turn->end);
}

static void
test_what_is_queued_together_runs_in_one_turn(void **state)
{
	struct mc_loop *loop = loop_made();
	struct turn turns[3];
	int ran = 0;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(turns); i++) {
		turns[i] = (struct turn){ { .run = turn_run }, { .run = turn_end }, loop, &ran };
		mc_loop_queue(loop, &turns[i].task);
	}
	mc_loop_wake(loop);
	mc_loop_run(loop);
	check_int(3, ran, "all of them");
	mc_loop_destroy(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_posts_of_many_threads_all_run_and_each_in_order),
		cmocka_unit_test(test_a_post_to_a_loop_that_falls_asleep_is_never_lost),
		cmocka_unit_test(test_what_is_queued_together_runs_in_one_turn),
		cmocka_unit_test(test_a_stop_from_another_thread_ends_a_sleeping_loop),
		cmocka_unit_test(
			test_a_loop_that_stops_first_does_what_was_posted_and_what_that_leads_to),
		cmocka_unit_test(test_an_edge_is_reported_once_and_again_when_more_arrives),
		cmocka_unit_test(test_a_level_is_reported_until_it_is_read),
		cmocka_unit_test(test_the_end_of_the_peers_side_is_a_hangup_that_can_be_read),
		cmocka_unit_test(test_a_watch_unwatched_by_another_of_the_same_turn_is_not_called),
		cmocka_unit_test(test_deferred_work_runs_behind_all_events_of_its_turn),
		cmocka_unit_test(test_what_is_deferred_may_free_the_memory_of_its_task),
		cmocka_unit_test(test_a_descriptor_that_cannot_be_watched_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
