#include "chatd/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "chatd/front.h"
#include "chatd/packet.h"
#include "libminiclass/base/time.h"

struct job *
job_create(enum job_kind kind, struct front *front, size_t size)
{
	struct job *job = malloc(sizeof(*job) + size);

	if (job == NULL)
		return NULL;
	memset(job, 0, sizeof(*job));
	job->kind = kind;
	job->front = front;
	return job;
}

void
job_destroy(struct job *job)
{
	if (job == NULL)
		return;
	if (job->kind == JOB_JOIN)
		packet_unref(job->join.packet);
	if (job->kind == JOB_CHECK)
		free(job->check.claims);
	free(job);
}

void
job_send_home(struct job *job, enum mc_status status)
{
	job->status = status;
	mc_loop_post(job->front->loop, &job->home);
}

void
job_queue_home(struct job *job, enum mc_status status)
{
	job->status = status;
	mc_loop_queue(job->front->loop, &job->home);
}

struct mc_str
job_keep(struct job *job, size_t *used, struct mc_str text)
{
	char *to = job->bytes + *used;

	if (text.len > 0)
		memcpy(to, text.ptr, text.len);
	*used += text.len;
	return (struct mc_str){ to, text.len };
}

void
job_list_init(struct job_list *list)
{
	list->first = NULL;
	list->last = &list->first;
	list->n = 0;
}

void
job_list_add(struct job_list *list, struct job *job)
{
	job->next = NULL;
	*list->last = job;
	list->last = &job->next;
	list->n++;
}

struct job *
job_list_pop(struct job_list *list)
{
	struct job *job = list->first;

	if (job == NULL)
		return NULL;
	list->first = job->next;
	if (list->first == NULL)
		list->last = &list->first;
	list->n--;
	return job;
}

void
jobs_init(struct jobs *jobs, const char *name, size_t limit)
{
	mc_lock_init(&jobs->lock, name, MC_LOCK_JOBS);
	mc_condition_init(&jobs->filled);
	jobs->limit = limit;
	job_list_init(&jobs->list);
	jobs->waiting = jobs->woken = jobs->closed = false;
}

void
jobs_finish(struct jobs *jobs)
{
	struct job *job;

	while ((job = job_list_pop(&jobs->list)) != NULL)
		job_destroy(job);
	pthread_cond_destroy(&jobs->filled);
	mc_lock_finish(&jobs->lock);
}

bool
jobs_push(struct jobs *jobs, struct job *job)
{
	mc_lock_take(&jobs->lock);
	bool taken = !jobs->closed && jobs->list.n < jobs->limit;
	if (taken)
		job_list_add(&jobs->list, job);
	bool wake = taken && jobs->waiting;
	mc_lock_release(&jobs->lock);
	if (wake)
		pthread_cond_signal(&jobs->filled);
	return taken;
}

static void
move_all(struct job_list *from, struct job_list *to)
{
	if (from->first == NULL)
		return;
	*to->last = from->first;
	to->last = from->last;
	to->n += from->n;
	job_list_init(from);
}

bool
jobs_take(struct jobs *jobs, struct job_list *out, int64_t wait_ms)
{
	int64_t until = mc_clock_ms() + wait_ms;

	mc_lock_take(&jobs->lock);
	while (jobs->list.n == 0 && !jobs->woken && !jobs->closed && wait_ms != 0) {
		jobs->waiting = true;
		if (wait_ms < 0)
			mc_lock_wait(&jobs->lock, &jobs->filled);
		else if (!mc_lock_wait_until(&jobs->lock, &jobs->filled, until))
			wait_ms = 0;
		jobs->waiting = false;
	}
	jobs->woken = false;
	bool open = jobs->list.n > 0 || !jobs->closed;
	move_all(&jobs->list, out);
	mc_lock_release(&jobs->lock);
	return open;
}

void
jobs_wake(struct jobs *jobs)
{
	mc_lock_take(&jobs->lock);
	jobs->woken = true;
	mc_lock_release(&jobs->lock);
	pthread_cond_signal(&jobs->filled);
}

void
jobs_close(struct jobs *jobs)
{
	mc_lock_take(&jobs->lock);
	jobs->closed = true;
	mc_lock_release(&jobs->lock);
	pthread_cond_broadcast(&jobs->filled);
}
