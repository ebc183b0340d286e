/*
 * timer - deadlines of a loop, in a hashed wheel (wheel.c): setting and clearing one, which loop.c
 * does, is O(1).
 *
 * Coarse on purpose (MC_TIMER_TICK_MS): they end what hangs, they do not keep time.  A
 * timer fires at or up to two ticks after its moment, never before.  Moving a timer that
 * is set to a later moment, which every request does, writes one number.  Loop thread
 * only.
 */
#ifndef LIBMINICLASS_NET_TIMER_H
#define LIBMINICLASS_NET_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct mc_loop;

enum { MC_TIMER_TICK_MS = 64 };

struct mc_timer {
	void (*fire)(struct mc_timer *timer); /* the timer is not set any more when it is called */
	int64_t at_ms;                        /* of mc_loop_now; 0 while not set */
	struct mc_timer *next, **link;        /* the wheel's; link is NULL while not in it */
};

/* `timer` is borrowed until it fires or is cleared.  Sets it anew when it was set. */
void mc_timer_set(struct mc_loop *loop, struct mc_timer *timer, int64_t in_ms);
void mc_timer_clear(struct mc_loop *loop, struct mc_timer *timer);

#endif
