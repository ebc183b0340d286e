#include "libminiclass/base/queue.h"

#include <stdint.h>
#include <stdlib.h>

#include "libminiclass/base/lock.h"

enum {
	LANES = 64,
	SHARE_OF_LANE = 8,    /* of the whole, */
	CAPACITY_SHARED = 64, /* when there is that much */
};

struct node {
	void *item;
	struct node *next; /* of its lane, or free */
};

struct lane {
	struct node *first, **last;
	size_t n;
	struct lane *next; /* that has items */
};

struct mc_queue {
	struct mc_lock lock;
	pthread_cond_t filled; /* an item came, or the queue was closed */
	size_t capacity;
	size_t share; /* what a lane may always hold */
	/* lock: */
	struct lane lanes[LANES];
	struct lane *turn,
		**turns_end; /* the lanes that have items; the first gives the next one */
	struct node *free;
	size_t n;
	size_t waiting; /* threads in mc_queue_pop */
	bool closed;
	struct node nodes[];
};

struct mc_queue *
mc_queue_create(const char *name, size_t capacity)
{
	if (capacity == 0 || capacity > (SIZE_MAX - sizeof(struct mc_queue)) / sizeof(struct node))
		return NULL;
	struct mc_queue *queue = calloc(1, sizeof(*queue) + capacity * sizeof(struct node));
	if (queue == NULL)
		return NULL;
	mc_lock_init(&queue->lock, name, MC_LOCK_QUEUE);
	mc_condition_init(&queue->filled);
	queue->capacity = capacity;
	queue->share = capacity < CAPACITY_SHARED ? capacity : capacity / SHARE_OF_LANE;
	queue->turns_end = &queue->turn;
	for (size_t i = 0; i < capacity; i++) {
		queue->nodes[i].next = queue->free;
		queue->free = &queue->nodes[i];
	}
	return queue;
}

void
mc_queue_destroy(struct mc_queue *queue)
{
	if (queue == NULL)
		return;
	pthread_cond_destroy(&queue->filled);
	mc_lock_finish(&queue->lock);
	free(queue);
}

static struct lane *
lane_of(struct mc_queue *queue, uint64_t owner)
{
	/* Fibonacci hashing: the upper bits of a product are well mixed. */
	uint64_t mixed = (owner * UINT64_C(0x9e3779b97f4a7c15)) >> 32;

	return &queue->lanes[mixed % LANES];
}

static void
wait_for_turn(struct mc_queue *queue, struct lane *lane)
{
	lane->next = NULL;
	*queue->turns_end = lane;
	queue->turns_end = &lane->next;
}

static void
add(struct mc_queue *queue, struct lane *lane, void *item)
{
	struct node *node = queue->free;

	mc_lock_assert_held(&queue->lock);
	queue->free = node->next;
	*node = (struct node){ .item = item };
	if (lane->n == 0) {
		lane->last = &lane->first;
		wait_for_turn(queue, lane);
	}
	*lane->last = node;
	lane->last = &node->next;
	lane->n++;
	queue->n++;
}

/* From the lane whose turn it is, which then waits behind the others for its next one. */
static void *
take(struct mc_queue *queue)
{
	struct lane *lane = queue->turn;
	struct node *node = lane->first;
	void *item = node->item;

	mc_lock_assert_held(&queue->lock);
	queue->turn = lane->next;
	if (queue->turn == NULL)
		queue->turns_end = &queue->turn;
	lane->first = node->next;
	lane->n--;
	if (lane->n > 0)
		wait_for_turn(queue, lane);
	node->next = queue->free;
	queue->free = node;
	queue->n--;
	return item;
}

/* The last places are for those who have few. */
static bool
has_room(const struct mc_queue *queue, const struct lane *lane)
{
	if (lane->n < queue->share)
		return queue->n < queue->capacity;
	return queue->n < queue->capacity - queue->share;
}

bool
mc_queue_push(struct mc_queue *queue, uint64_t owner, void *item)
{
	struct lane *lane = lane_of(queue, owner);

	mc_lock_take(&queue->lock);
	bool taken = !queue->closed && has_room(queue, lane);
	if (taken)
		add(queue, lane, item);
	/* Nobody waits: whoever is at work asks again by itself. */
	bool wake = taken && queue->waiting > 0;
	mc_lock_release(&queue->lock);
	if (wake)
		pthread_cond_signal(&queue->filled);
	return taken;
}

void *
mc_queue_pop(struct mc_queue *queue)
{
	mc_lock_take(&queue->lock);
	while (queue->n == 0 && !queue->closed) {
		queue->waiting++;
		mc_lock_wait(&queue->lock, &queue->filled);
		queue->waiting--;
	}
	void *item = queue->n > 0 ? take(queue) : NULL;
	mc_lock_release(&queue->lock);
	return item;
}

void *
mc_queue_try(struct mc_queue *queue)
{
	mc_lock_take(&queue->lock);
	void *item = queue->n > 0 ? take(queue) : NULL;
	mc_lock_release(&queue->lock);
	return item;
}

void
mc_queue_close(struct mc_queue *queue)
{
	mc_lock_take(&queue->lock);
	queue->closed = true;
	mc_lock_release(&queue->lock);
	pthread_cond_broadcast(&queue->filled);
}

size_t
mc_queue_count(struct mc_queue *queue)
{
	mc_lock_take(&queue->lock);
	size_t n = queue->n;
	mc_lock_release(&queue->lock);
	return n;
}
