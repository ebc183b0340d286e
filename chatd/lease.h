/*
 * lease - a connection to the database that a thread keeps, as it works all the time; got anew when
 * it breaks.  One thread, but for the counters.
 */
#ifndef CHATD_LEASE_H
#define CHATD_LEASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "chatd/outage.h"
#include "libminiclass/base/attr.h"

struct mc_db;
struct mc_pool;

struct lease {
	struct mc_pool *pool;
	struct mc_db *db; /* NULL while there is none */
	bool is_new;      /* until the thread clears it, which may have missed notices before */
	struct outage away;
	/* Written by the thread, read by anyone. */
	atomic_int backend; /* the database's process, as notices name it; 0: none just now */
	_Atomic uint64_t pauses;
};

/* Of a zeroed lease. */
void lease_init(struct lease *lease, struct mc_pool *pool);
/* Has one, or gets one; false: the database is away. */
bool lease_hold(struct lease *lease) MC_MUST_USE;
/* It may be broken: get another one, and see what happened meanwhile. */
void lease_give_back(struct lease *lease);
/* Nothing is asked just now: others have it meanwhile, if they wait for one. */
void lease_lend(struct lease *lease);
/* Before the database is asked again. */
void lease_pause(struct lease *lease);

#endif
