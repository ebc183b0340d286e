/*
 * queue - a bounded queue of pointers between threads, in which owners take turns.
 *
 * Any number of threads push and pop.  Pushing never waits: a full queue says so, and the pusher
 * answers for it (503, or the slow consumer is dropped).  Items are consumed by the queue and
 * handed on to the popper.
 *
 * What one owner pushes comes out in its order, and whoever pushes much waits behind themselves:
 * owners are spread over lanes, of which each gives one item in turn (stochastic fairness queueing,
 * McKenney 1990).  The last eighth of a queue that has room for 64 or more is for lanes that hold
 * less than that.
 */
#ifndef LIBMINICLASS_BASE_QUEUE_H
#define LIBMINICLASS_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"

struct mc_queue;

/* NULL when memory is out, or there cannot be so many.  `capacity` > 0. */
struct mc_queue *mc_queue_create(const char *name, size_t capacity);
/* The queue must be empty and nobody may wait on it. */
void mc_queue_destroy(struct mc_queue *queue);

/* False when it is full, for this owner or for all, or closed: the item stays the caller's. */
bool mc_queue_push(struct mc_queue *queue, uint64_t owner, void *item) MC_MUST_USE;
/* Waits for an item; NULL when the queue is closed and empty. */
void *mc_queue_pop(struct mc_queue *queue) MC_MUST_USE;
/* Without waiting: NULL when it is empty. */
void *mc_queue_try(struct mc_queue *queue) MC_MUST_USE;
/* Refuses pushes from now on and wakes those who wait; what is in it is still popped. */
void mc_queue_close(struct mc_queue *queue);
/* How many wait in it just now: for metrics. */
size_t mc_queue_count(struct mc_queue *queue);

#endif
