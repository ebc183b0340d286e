/*
 * loop - one thread that waits for descriptors, timers and work posted by other threads.
 *
 * Edge-triggered epoll: a descriptor is added once, for reading and writing, and never
 * changed again, so a request costs no epoll_ctl.  Who is called reads or writes until
 * EAGAIN or a short count, or remembers that there is more.
 *
 * Watches, timers and tasks are memory of the caller's, embedded in what they belong to:
 * the loop allocates nothing while it runs.  Only mc_loop_post, _queue, _wake and _stop may
 * be called from another thread; everything else belongs to the loop thread (or happens
 * before it runs).  A turn is: events, posted tasks, timers, deferred tasks.
 *
 * Nothing is freed inside a callback that the loop may still have in hand: use
 * mc_loop_defer, which runs the task when all events of this turn are done.
 */
#ifndef LIBMINICLASS_NET_LOOP_H
#define LIBMINICLASS_NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

struct mc_loop;

/*
 * HANGUP: the peer sends nothing more, or the connection is broken.  Half-closed it may
 * still wait for an answer, so write; and the end may stand right behind bytes that are
 * read, without an event of its own.
 */
enum { MC_LOOP_READABLE = 1, MC_LOOP_WRITABLE = 2, MC_LOOP_HANGUP = 4 };

struct mc_watch {
	int fd;
	void (*ready)(struct mc_watch *watch, unsigned events); /* a set of MC_LOOP_... */
};

/* Work to be done on the loop thread; free for use again when `run` is called. */
struct mc_task {
	void (*run)(struct mc_task *task);
	struct mc_task *next; /* the loop's */
};

struct mc_loop *mc_loop_create(void);
/* Not while it runs or somebody may post.  NULL is allowed. */
void mc_loop_destroy(struct mc_loop *loop);
/*
 * Returns after mc_loop_stop, when the posted and deferred work has been done, also what
 * that work posts: a task that posts itself must know when to end.  A stop before it runs
 * counts; it may run again.
 */
void mc_loop_run(struct mc_loop *loop);
/* Any thread, and a signal handler too. */
void mc_loop_stop(struct mc_loop *loop);

/*
 * `watch` is borrowed until mc_loop_unwatch: no callback comes after it, also in the same
 * turn.  Unwatch before the descriptor is closed.  MC_FAILED: no more watches.
 */
enum mc_status mc_loop_watch(struct mc_loop *loop, struct mc_watch *watch) MC_MUST_USE;
/* For a listener or another descriptor on which only reading matters; level-triggered. */
enum mc_status mc_loop_watch_level(struct mc_loop *loop, struct mc_watch *watch) MC_MUST_USE;
void mc_loop_unwatch(struct mc_loop *loop, struct mc_watch *watch);

/* Runs the task soon on the loop thread; any thread; in order for one poster. */
void mc_loop_post(struct mc_loop *loop, struct mc_task *task);
/*
 * The same in two steps, for a poster with several tasks: a loop that sleeps sleeps on until it is
 * woken, and finds them all in one turn.  Who queues must wake; a loop for which nothing waits is
 * left alone.
 */
void mc_loop_queue(struct mc_loop *loop, struct mc_task *task);
void mc_loop_wake(struct mc_loop *loop);
/* Runs the task at the end of this turn; loop thread only. */
void mc_loop_defer(struct mc_loop *loop, struct mc_task *task);

/* The monotonic clock in ms as of this turn: no system call. */
int64_t mc_loop_now(const struct mc_loop *loop);

#endif
