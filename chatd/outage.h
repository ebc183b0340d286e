/*
 * outage - what a thread says of a database that is away: at once, and then once a minute.
 *
 * It tries again four times a second, for as long as it takes; the log is for people.  One thread.
 */
#ifndef CHATD_OUTAGE_H
#define CHATD_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: there is none. */
struct outage {
	int64_t said_ms; /* by the monotonic clock; 0: not yet */
};

/* Something had to wait for the database: is that to be said? */
bool outage_is_news(struct outage *outage);
/* It answered: the next one is news at once. */
void outage_is_over(struct outage *outage);

#endif
