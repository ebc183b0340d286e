/*
 * stay - who is in a room, from when to when, told by the chat daemons; attendance and presence
 * come from it.
 *
 * A stay is one user's uninterrupted presence in one room through one daemon, however many
 * connections.  It is beaten every few seconds for all at once, and when a daemon dies it ends at
 * its last beat.  Present is who has a stay that has not ended and was beaten within
 * MC_STAY_STALE_S.  By the thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_STAY_H
#define LIBMINICLASS_MODEL_STAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"
#include "libminiclass/model/id.h"

struct mc_db;

enum {
	MC_STAY_BEAT_S = 3,   /* a crash loses as much of attendance; 5 are allowed, all in all */
	MC_STAY_STALE_S = 15, /* longer than a slow statement and its repetition: gone */
	/* In one room: who comes and goes by a script shall not make it unreadable. */
	MC_STAYS_OF_ONE_MAX = 1000,
};

struct mc_stay_change {
	mc_room_id room;
	mc_user_id user;
	bool joined;     /* else left */
	int64_t left_ms; /* when, by mc_clock_ms: it may be told late; 0: now */
};

/*
 * Opens and closes stays of this daemon (`instance`: random, one a process); of several changes
 * about one user in one room the last counts.  A join while the stay is open beats it.  Who has had
 * MC_STAYS_OF_ONE_MAX of them goes on in the last one, as if they had not left.  Who is no member
 * of the room's class gets none.  Channel mc_presence: "ROOM ROOM ...", each once, in one
 * notice for up to 390 rooms.  More than 512 changes go in several steps; repeating them all is
 * harmless.
 */
enum mc_status mc_stay_change(struct mc_db *db, int64_t instance,
	const struct mc_stay_change *changes, size_t n) MC_MUST_USE;
/*
 * This daemon could not beat, and others have ended its stays meanwhile, of people who were there
 * all the time (changes[i].room and .user; the rest is not read): they go on, or end when their
 * room did.  Who lost the role that they had is left to mc_stay_change.  Tells nobody.
 */
enum mc_status mc_stay_go_on(struct mc_db *db, int64_t instance,
	const struct mc_stay_change *changes, size_t n) MC_MUST_USE;
/* Beats all open stays of this daemon.  *now: by the database's clock, which others judge them by.
 */
enum mc_status mc_stay_beat(struct mc_db *db, int64_t instance, struct mc_time *now) MC_MUST_USE;
/* Ends all of this daemon's: a graceful stop.  Notifies likewise. */
enum mc_status mc_stay_end_all(struct mc_db *db, int64_t instance) MC_MUST_USE;
/* Ends, at their last beat, those of daemons that stopped beating.  Notifies likewise. */
enum mc_status mc_stay_end_stale(struct mc_db *db) MC_MUST_USE;

struct mc_present {
	mc_room_id room;
	mc_user_id user;
	struct mc_str name;
	enum mc_role role;
};
/*
 * Who is present in these rooms, over all daemons; by room, then name; each user once a room, in
 * the role that they have now.  `with_stale`: also who was not beaten within MC_STAY_STALE_S, for a
 * while in which no daemon could.
 */
enum mc_status mc_stay_present(struct mc_db *db, struct mc_arena *arena, const mc_room_id *rooms,
	size_t n_rooms, bool with_stale, struct mc_present **out, size_t *n) MC_MUST_USE;

#endif
