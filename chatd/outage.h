/*
 * outage - what a thread says of a database that is away: at once, and then once a minute.
 *
 * It tries again four times a second, for as long as it takes; the log is for people.  One thread.
 */
#ifndef CHATD_OUTAGE_H
#define CHATD_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

/* All zero: there is none. */
struct outage {
	int64_t said_ms; /* by the monotonic clock; 0: not yet */
};

/* True: the database was away or busy, and the same may be asked of it again. */
bool outage_is_cause(enum mc_status status);
/* Something had to wait for the database; true: log it, and this counts as done. */
bool outage_note(struct outage *outage) MC_MUST_USE;
/* The same, and logs what failed, and why. */
void outage_say(struct outage *outage, const char *event, enum mc_status status, const char *why);
/* It answered: the next one is logged at once. */
void outage_end(struct outage *outage);

#endif
