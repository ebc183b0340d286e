#include "chatd/fair_queue.h"

enum {
	SHARE = 16, /* of one person in a turn */
	/* Nobody has a second turn behind so many: twice as many take twice as long, and spare the
	 * database a tenth. */
	ENOUGH = 128,
};

void
fair_queue_init(struct fair_queue *queue)
{
	*queue = (struct fair_queue){ .last = &queue->first };
}

static void
wait_behind(struct fair_queue *queue, struct flow *flow)
{
	flow->next = NULL;
	*queue->last = flow;
	queue->last = &flow->next;
	queue->n_persons++;
}

void
fair_queue_add(struct fair_queue *queue, struct job *job)
{
	struct flow *flow = job->flow;

	if (flow->jobs.n == 0) {
		job_list_init(&flow->jobs);
		wait_behind(queue, flow);
	}
	job_list_add(&flow->jobs, job);
	queue->n_jobs++;
}

/* Of the first, who then waits behind the others for the next one. */
static size_t
take_share(struct fair_queue *queue, struct job **out, size_t max)
{
	struct flow *flow = queue->first;
	size_t n = 0;

	queue->first = flow->next;
	if (queue->first == NULL)
		queue->last = &queue->first;
	queue->n_persons--;
	while (n < max && flow->jobs.n > 0)
		out[n++] = job_list_pop(&flow->jobs);
	queue->n_jobs -= n;
	if (flow->jobs.n > 0)
		wait_behind(queue, flow);
	return n;
}

size_t
fair_queue_take(struct fair_queue *queue, struct job **out, size_t max)
{
	size_t n = 0;

	do {
		for (size_t persons = queue->n_persons; persons > 0 && n < max; persons--)
			n += take_share(queue, out + n, max - n < SHARE ? max - n : SHARE);
	} while (queue->n_persons > 0 && n < max && n < ENOUGH);
	return n;
}
