#include "libminiclass/base/queue.h"

#include <stdint.h>
#include <stdlib.h>

#include "libminiclass/base/lock.h"

struct mc_queue {
	struct mc_lock lock;
	pthread_cond_t filled; /* an item came, or the queue was closed */
	size_t capacity;
	/* lock: */
	size_t first, n;
	size_t waiting; /* threads in mc_queue_pop */
	bool closed;
	void *items[];
};

struct mc_queue *
mc_queue_create(const char *name, size_t capacity)
{
	if (capacity == 0 || capacity > (SIZE_MAX - sizeof(struct mc_queue)) / sizeof(void *))
		return NULL;
	struct mc_queue *queue = calloc(1, sizeof(*queue) + capacity * sizeof(void *));
	if (queue == NULL)
		return NULL;
	mc_lock_init(&queue->lock, name, MC_LOCK_QUEUE);
	mc_condition_init(&queue->filled);
	queue->capacity = capacity;
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

bool
mc_queue_push(struct mc_queue *queue, void *item)
{
	mc_lock_take(&queue->lock);
	bool taken = !queue->closed && queue->n < queue->capacity;
	if (taken) {
		queue->items[(queue->first + queue->n) % queue->capacity] = item;
		queue->n++;
	}
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
	void *item = NULL;

	mc_lock_take(&queue->lock);
	while (queue->n == 0 && !queue->closed) {
		queue->waiting++;
		mc_lock_wait(&queue->lock, &queue->filled);
		queue->waiting--;
	}
	if (queue->n > 0) {
		item = queue->items[queue->first];
		queue->first = (queue->first + 1) % queue->capacity;
		queue->n--;
	}
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
