/*
 * fair_queue - jobs that wait for the database: each person's in their order, and persons take
 * turns, so that who asks for much waits behind themselves and makes nobody else wait (fair
 * queuing: J. Nagle, RFC 970).
 *
 * One thread's, without a lock.
 */
#ifndef CHATD_FAIR_QUEUE_H
#define CHATD_FAIR_QUEUE_H

#include <stddef.h>

#include "chatd/jobs.h"

/* What one person has waiting.  Zeroed: nothing, and from then on it is the thread's own. */
struct flow {
	struct job_list jobs;
	struct flow *next;
};

struct fair_queue {
	struct flow *first, **last; /* those for whom something waits */
	size_t n_persons;
	size_t n_jobs;
};

void fair_queue_init(struct fair_queue *queue);
/* Behind the others of job->flow, which must live until the job is taken. */
void fair_queue_add(struct fair_queue *queue, struct job *job);
/*
 * Takes up to `max` jobs: some from everybody in turn, and when that is few, some more.  How many;
 * 0 only when nothing waits.
 */
size_t fair_queue_take(struct fair_queue *queue, struct job **out, size_t max);

#endif
