#include "libminiclass/net/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libminiclass/base/time.h"
#include "libminiclass/net/timer.h"
#include "libminiclass/net/wheel_int.h"

/* Enough for a busy turn; few enough that posted work and timers never wait long. */
enum {
	EVENTS_MAX = 128,
	FULL_TURNS_MAX = 64, /* in a row: then the timers have theirs all the same */
};

struct task_list {
	struct mc_task *first, **end;
};

struct mc_loop {
	int epoll_fd, wake_fd;            /* set before threads start */
	struct mc_watch wake;             /* likewise */
	_Atomic(struct mc_task *) posted; /* newest first; any thread adds, the loop takes all */
	atomic_bool sleeping; /* the loop sets it before it waits, whoever wakes it clears it */
	atomic_bool stopping; /* any thread sets it */

	/* The loop thread's. */
	int64_t now_ms;
	struct task_list deferred;
	struct wheel wheel;
	int n_events, next_event;
	struct epoll_event events[EVENTS_MAX];
};

/* It is edge-triggered: each write of a waker is an event of its own, so nobody need read. */
static void
woken(struct mc_watch *watch, unsigned events)
{
	(void)watch;
	(void)events;
}

static void
list_init(struct task_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static enum mc_status
add_watch(struct mc_loop *loop, struct mc_watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) == 0 ? MC_OK : MC_FAILED;
}

struct mc_loop *
mc_loop_create(void)
{
	struct mc_loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return NULL;
	list_init(&loop->deferred);
	loop->now_ms = mc_clock_ms();
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	loop->wake = (struct mc_watch){ .fd = loop->wake_fd, .ready = woken };
	if (loop->epoll_fd < 0 || loop->wake_fd < 0 ||
		add_watch(loop, &loop->wake, EPOLLIN | EPOLLET) != MC_OK) {
		mc_loop_destroy(loop);
		return NULL;
	}
	return loop;
}

void
mc_loop_destroy(struct mc_loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	free(loop);
}

/*
 * A waker first publishes what it has, then looks whether the loop sleeps; the loop first
 * says that it sleeps, then looks once more whether there is anything.  With sequentially
 * consistent order at least one of them sees the other, so no wake-up is lost and an awake
 * loop costs none.
 */
static void
wake(struct mc_loop *loop)
{
	uint64_t one = 1;

	if (!atomic_load(&loop->sleeping) || !atomic_exchange(&loop->sleeping, false))
		return;
	/* It could fail only with the counter full, 2^64 wake-ups from now. */
	ssize_t written = write(loop->wake_fd, &one, sizeof(one));
	(void)written;
}

void
mc_loop_stop(struct mc_loop *loop)
{
	atomic_store(&loop->stopping, true);
	wake(loop);
}

void
mc_loop_queue(struct mc_loop *loop, struct mc_task *task)
{
	struct mc_task *newest = atomic_load_explicit(&loop->posted, memory_order_relaxed);

	do {
		task->next = newest;
	} while (!atomic_compare_exchange_weak(&loop->posted, &newest, task));
}

void
mc_loop_wake(struct mc_loop *loop)
{
	/* What the poster queued is there, or was taken already. */
	if (atomic_load_explicit(&loop->posted, memory_order_relaxed) != NULL)
		wake(loop);
}

void
mc_loop_post(struct mc_loop *loop, struct mc_task *task)
{
	mc_loop_queue(loop, task);
	wake(loop);
}

void
mc_loop_defer(struct mc_loop *loop, struct mc_task *task)
{
	task->next = NULL;
	*loop->deferred.end = task;
	loop->deferred.end = &task->next;
}

/* A task may be freed or posted anew by its own run, so its successor is read before. */
static void
run_list(struct mc_task *task)
{
	while (task != NULL) {
		struct mc_task *next = task->next;
		task->next = NULL;
		task->run(task);
		task = next;
	}
}

static bool
run_posted(struct mc_loop *loop)
{
	/* Most turns find nothing, and a load is cheaper than an exchange. */
	if (atomic_load_explicit(&loop->posted, memory_order_relaxed) == NULL)
		return false;
	struct mc_task *newest =
		atomic_exchange_explicit(&loop->posted, NULL, memory_order_acquire);
	struct mc_task *oldest = NULL;

	while (newest != NULL) {
		struct mc_task *next = newest->next;
		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	run_list(oldest);
	return true;
}

/* What is deferred meanwhile waits for the next turn, so that a turn ends. */
static void
run_deferred(struct mc_loop *loop)
{
	struct mc_task *first = loop->deferred.first;

	list_init(&loop->deferred);
	run_list(first);
}

/* A broken connection is readable and writable too: the read or the write then says what it is. */
static unsigned
events_from(uint32_t events)
{
	unsigned set = 0;

	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		set |= MC_LOOP_READABLE;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		set |= MC_LOOP_WRITABLE;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		set |= MC_LOOP_HANGUP;
	return set;
}

static void
deliver(struct mc_loop *loop)
{
	for (loop->next_event = 0; loop->next_event < loop->n_events;) {
		const struct epoll_event *event = &loop->events[loop->next_event++];
		struct mc_watch *watch = event->data.ptr;
		if (watch != NULL) /* else unwatched earlier in this turn */
			watch->ready(watch, events_from(event->events));
	}
	loop->n_events = 0;
}

static void
wait_for_events(struct mc_loop *loop)
{
	int timeout_ms = wheel_wait_ms(&loop->wheel, loop->now_ms);

	if (loop->deferred.first != NULL)
		timeout_ms = 0;
	if (timeout_ms != 0) {
		atomic_store(&loop->sleeping, true);
		if (atomic_load(&loop->posted) != NULL || atomic_load(&loop->stopping))
			timeout_ms = 0;
	}
	int n = epoll_wait(loop->epoll_fd, loop->events, EVENTS_MAX, timeout_ms);
	/* Stopped and continued, it has timers that are due and has not seen what arrived before.
	 */
	while (n < 0 && errno == EINTR)
		n = epoll_wait(loop->epoll_fd, loop->events, EVENTS_MAX, 0);
	atomic_store_explicit(&loop->sleeping, false, memory_order_relaxed);

	assert(n >= 0);
	loop->n_events = n;
	loop->now_ms = mc_clock_ms();
}

void
mc_loop_run(struct mc_loop *loop)
{
	int full_turns = 0;

	while (!atomic_load_explicit(&loop->stopping, memory_order_acquire)) {
		wait_for_events(loop);
		/* What arrived in time comes before the timers, all of it. */
		bool full = loop->n_events == EVENTS_MAX && full_turns < FULL_TURNS_MAX;
		full_turns = full ? full_turns + 1 : 0;
		deliver(loop);
		run_posted(loop);
		if (!full)
			wheel_turn(&loop->wheel, loop->now_ms);
		run_deferred(loop);
	}
	atomic_store(&loop->stopping, false);
	do
		run_deferred(loop);
	while (run_posted(loop) || loop->deferred.first != NULL);
}

enum mc_status
mc_loop_watch(struct mc_loop *loop, struct mc_watch *watch)
{
	return add_watch(loop, watch, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

enum mc_status
mc_loop_watch_level(struct mc_loop *loop, struct mc_watch *watch)
{
	/*
	 * Exclusive: of several loops with the same listener, a connection wakes one that sleeps.
	 */
	return add_watch(loop, watch, EPOLLIN | EPOLLEXCLUSIVE);
}

void
mc_loop_unwatch(struct mc_loop *loop, struct mc_watch *watch)
{
	/* It fails only for a descriptor that is closed already, which is as good. */
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	for (int i = loop->next_event; i < loop->n_events; i++) {
		if (loop->events[i].data.ptr == watch)
			loop->events[i].data.ptr = NULL;
	}
}

int64_t
mc_loop_now(const struct mc_loop *loop)
{
	return loop->now_ms;
}

void
mc_timer_set(struct mc_loop *loop, struct mc_timer *timer, int64_t in_ms)
{
	wheel_set(&loop->wheel, timer, loop->now_ms, in_ms);
}

void
mc_timer_clear(struct mc_loop *loop, struct mc_timer *timer)
{
	wheel_clear(&loop->wheel, timer);
}
