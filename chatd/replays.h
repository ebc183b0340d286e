/*
 * replays - joins: may they enter, and what did they miss, a step at a time.  Store thread only.
 *
 * A step goes out when its reader has taken the one before.  What all readers together have still
 * to take is bounded by the setting replay_memory: the less is left of it, the smaller is the next
 * step.
 */
#ifndef CHATD_REPLAYS_H
#define CHATD_REPLAYS_H

#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

struct daemon;
struct job;
struct mc_db;
struct open_rooms;
struct replays;

/* Borrows both.  NULL when memory is out. */
struct replays *replays_create(struct daemon *daemon, struct open_rooms *rooms);
void replays_destroy(struct replays *replays);

/*
 * A JOB_JOIN, or its next step: fills in the job's answer, and opens the room for its front.
 * MC_NOT_FOUND: no such room, or not theirs.  After MC_UNAVAILABLE or MC_TIMED_OUT the same job may
 * be given again, and nothing is skipped or doubled.
 */
enum mc_status replays_join(struct replays *replays, struct mc_db *db, struct job *job) MC_MUST_USE;

/* How many messages were read for joiners, those included that did not fit into a step.  Any
 * thread. */
uint64_t replays_reads(const struct replays *replays);

#endif
