/*
 * wheel_int - the timers of one loop.  Not installed.
 *
 * A slot a tick, each a list of the timers that may be due then.  A timer
 * stands in the slot of its moment, or in an earlier one when it was moved later or lies
 * beyond the wheel; when the slot comes it is put where it belongs then.
 */
#ifndef LIBMINICLASS_NET_WHEEL_INT_H
#define LIBMINICLASS_NET_WHEEL_INT_H

#include <stddef.h>
#include <stdint.h>

struct mc_timer;

/* 65 s: longer than every deadline that each request sets, so that few timers are put back. */
enum { WHEEL_SLOTS = 1024 };

/* Loop thread. */
struct wheel {
	int64_t tick; /* the last one whose slot was emptied */
	int64_t next; /* no slot before this tick has a timer; meaningless while n is 0 */
	size_t n;     /* timers in the wheel */
	struct mc_timer *slots[WHEEL_SLOTS];
};

/* mc_timer_set and mc_timer_clear, with a clock that a test can turn. */
void wheel_set(struct wheel *wheel, struct mc_timer *timer, int64_t now_ms, int64_t in_ms);
void wheel_clear(struct wheel *wheel, struct mc_timer *timer);
/* Milliseconds until a slot has something to do; -1 when no timer is set. */
int wheel_wait_ms(const struct wheel *wheel, int64_t now_ms);
/* Fires what is due. */
void wheel_turn(struct wheel *wheel, int64_t now_ms);

#endif
