#include "chatd/turns.h"

enum {
	SHARE = 16, /* of one person in a turn */
	/* Nobody has a second turn behind so many: twice as many take twice as long, and spare the
	 * database a tenth. */
	ENOUGH = 128,
};

void
turns_init(struct turns *turns)
{
	*turns = (struct turns){ .last = &turns->first };
}

static void
wait_behind(struct turns *turns, struct turn *turn)
{
	turn->next = NULL;
	*turns->last = turn;
	turns->last = &turn->next;
	turns->n_persons++;
}

void
turns_add(struct turns *turns, struct job *job)
{
	struct turn *turn = job->turn;

	if (turn->jobs.n == 0) {
		job_list_init(&turn->jobs);
		wait_behind(turns, turn);
	}
	job_list_add(&turn->jobs, job);
	turns->n_jobs++;
}

/* Of the first, who then waits behind the others for the next one. */
static size_t
take_share(struct turns *turns, struct job **out, size_t max)
{
	struct turn *turn = turns->first;
	size_t n = 0;

	turns->first = turn->next;
	if (turns->first == NULL)
		turns->last = &turns->first;
	turns->n_persons--;
	while (n < max && turn->jobs.n > 0)
		out[n++] = job_list_pop(&turn->jobs);
	turns->n_jobs -= n;
	if (turn->jobs.n > 0)
		wait_behind(turns, turn);
	return n;
}

size_t
turns_take(struct turns *turns, struct job **out, size_t max)
{
	size_t n = 0;

	do {
		for (size_t persons = turns->n_persons; persons > 0 && n < max; persons--)
			n += take_share(turns, out + n, max - n < SHARE ? max - n : SHARE);
	} while (turns->n_persons > 0 && n < max && n < ENOUGH);
	return n;
}
