/*
 * store - the one thread that writes messages, and that knows how far every open room has been
 * handed out.
 *
 * Sends are appends.h's, a batch at a time; joins are answered between batches (replays.h), so a
 * joiner's history ends exactly where its live messages begin.  What other daemons wrote is read
 * here when the bus tells of it (open_rooms.h).
 */
#ifndef CHATD_STORE_H
#define CHATD_STORE_H

#include "chatd/jobs.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

struct daemon;
struct store;

struct store *store_create(struct daemon *daemon);
enum mc_status store_start(struct store *store) MC_MUST_USE;
/* Stores what waits, answers it, ends the thread. */
void store_stop(struct store *store);
void store_destroy(struct store *store);
struct jobs *store_jobs(struct store *store);

/* Any thread.  A notice: the room is at `seq`, or (-1) it has ended or something was removed. */
void store_seen(struct store *store, mc_room_id room, int64_t seq);
/* Notices may have been missed: look at every open room. */
void store_look_everywhere(struct store *store);

/* Any thread.  The database's process that works for it, as notices name it; 0: none just now. */
int store_backend(const struct store *store);

struct store_counts {
	uint64_t batches, messages, append_ns, reads, replay_reads, retries;
};
void store_count(struct store *store, struct store_counts *out);

#endif
