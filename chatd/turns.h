/*
 * turns - jobs that wait for the database: each person's in their order, and persons take turns,
 * so that who asks for much waits behind themselves and makes nobody else wait.
 *
 * One thread's, without a lock.
 */
#ifndef CHATD_TURNS_H
#define CHATD_TURNS_H

#include <stddef.h>

#include "chatd/jobs.h"

/* What one person has waiting.  Zeroed: nothing, and from then on it is the thread's own. */
struct turn {
	struct job_list jobs;
	struct turn *next;
};

struct turns {
	struct turn *first, **last; /* those for whom something waits */
	size_t n_persons;
	size_t n_jobs;
};

void turns_init(struct turns *turns);
/* Behind the others of job->turn, which must live until the job is taken. */
void turns_add(struct turns *turns, struct job *job);
/*
 * Takes up to `max` jobs: some from everybody in turn, and when that is few, some more.  How many;
 * 0 only when nothing waits.
 */
size_t turns_take(struct turns *turns, struct job **out, size_t max);

#endif
