#include "libminiclass/net/wheel_int.h"

#include <assert.h>
#include <stddef.h>

#include "libminiclass/net/timer.h"

/* A year: far enough for a deadline, and sums stay far from their end. */
static const int64_t FAR_MS = INT64_C(366) * 24 * 60 * 60 * 1000;

static struct mc_timer **
slot_of(struct wheel *wheel, int64_t tick)
{
	return &wheel->slots[tick % WHEEL_SLOTS];
}

static void
link_into(struct mc_timer **head, struct mc_timer *timer)
{
	timer->next = *head;
	timer->link = head;
	if (timer->next != NULL)
		timer->next->link = &timer->next;
	*head = timer;
}

static void
unlink_from_list(struct mc_timer *timer)
{
	*timer->link = timer->next;
	if (timer->next != NULL)
		timer->next->link = timer->link;
	timer->next = NULL;
	timer->link = NULL;
}

static void
wheel_add(struct wheel *wheel, struct mc_timer *timer, int64_t now_ms)
{
	/* Ticks without timers are not walked, so an empty wheel may stand in the past. */
	if (wheel->n == 0 && wheel->tick < now_ms / MC_TIMER_TICK_MS)
		wheel->tick = now_ms / MC_TIMER_TICK_MS;

	int64_t tick = (timer->at_ms + MC_TIMER_TICK_MS - 1) / MC_TIMER_TICK_MS;
	if (tick <= wheel->tick)
		tick = wheel->tick + 1;
	if (tick >= wheel->tick + WHEEL_SLOTS)
		tick = wheel->tick + WHEEL_SLOTS - 1;

	link_into(slot_of(wheel, tick), timer);
	if (wheel->n == 0 || tick < wheel->next)
		wheel->next = tick;
	wheel->n++;
}

static void
wheel_remove(struct wheel *wheel, struct mc_timer *timer)
{
	assert(wheel->n > 0);
	unlink_from_list(timer);
	wheel->n--;
}

int
wheel_wait_ms(const struct wheel *wheel, int64_t now_ms)
{
	if (wheel->n == 0)
		return -1;
	int64_t left = wheel->next * MC_TIMER_TICK_MS - now_ms;
	/* `next` is at most a wheel away, so it fits. */
	return left > 0 ? (int)left : 0;
}

/* The list is taken off its slot first: what fires may set and clear any timer, this one too. */
static void
empty_slot(struct wheel *wheel, struct mc_timer **slot, int64_t now_ms)
{
	struct mc_timer *due = *slot;

	*slot = NULL;
	if (due != NULL)
		due->link = &due;
	while (due != NULL) {
		struct mc_timer *timer = due;
		wheel_remove(wheel, timer);
		if (timer->at_ms > now_ms) {
			wheel_add(wheel, timer, now_ms);
			continue;
		}
		timer->at_ms = 0;
		timer->fire(timer);
	}
}

void
wheel_turn(struct wheel *wheel, int64_t now_ms)
{
	int64_t now_tick = now_ms / MC_TIMER_TICK_MS;

	if (wheel->n == 0 || wheel->next > now_tick)
		return;
	/* After a long standstill every slot is visited once, not once a tick that was missed. */
	wheel->tick = wheel->next - 1;
	if (wheel->tick < now_tick - WHEEL_SLOTS)
		wheel->tick = now_tick - WHEEL_SLOTS;
	while (wheel->tick < now_tick && wheel->n > 0) {
		wheel->tick++;
		empty_slot(wheel, slot_of(wheel, wheel->tick), now_ms);
	}

	if (wheel->n == 0)
		return;
	wheel->next = wheel->tick + 1;
	while (*slot_of(wheel, wheel->next) == NULL)
		wheel->next++;
}

void
wheel_set(struct wheel *wheel, struct mc_timer *timer, int64_t now_ms, int64_t in_ms)
{
	int64_t at_ms = now_ms + (in_ms < 0 ? 0 : in_ms > FAR_MS ? FAR_MS : in_ms);

	/* It stands in a slot that comes early enough, and is put on from there. */
	if (timer->link != NULL && at_ms >= timer->at_ms) {
		timer->at_ms = at_ms;
		return;
	}
	wheel_clear(wheel, timer);
	timer->at_ms = at_ms;
	wheel_add(wheel, timer, now_ms);
}

void
wheel_clear(struct wheel *wheel, struct mc_timer *timer)
{
	if (timer->link != NULL)
		wheel_remove(wheel, timer);
	timer->at_ms = 0;
}
