/*
 * stays - what is written down of who is here, and attendance counted from: who came and left, a
 * beat for all who stay, and what goes on when the database was away.  Presence thread only.
 */
#ifndef CHATD_STAYS_H
#define CHATD_STAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/time.h"

struct daemon;
struct occupants;
struct mc_arena;
struct mc_db;
struct mc_stay_change;
struct outage;

struct stays {
	const struct daemon *daemon;
	struct occupants *occupants;
	struct outage *outage;
	struct mc_arena *arena;         /* of what is listed just now */
	struct mc_stay_change *changes; /* taken and not yet written; owned */
	size_t n_changes;
	int64_t next_beat_ms, last_beat_ms; /* of this machine's clock */
	struct mc_time last_beat;           /* of the database's; 0: none yet */
	int64_t quiet_until_ms;             /* other daemons' stays are left alone */
	bool returning;                     /* others may have ended ours meanwhile */
	bool with_stale; /* theirs count as present meanwhile: they come back as we do */
};

/* Of zeroed ones; borrows all four.  False when memory is out. */
bool stays_init(struct stays *stays, const struct daemon *daemon, struct occupants *occupants,
	struct mc_arena *arena, struct outage *outage) MC_MUST_USE;
void stays_finish(struct stays *stays);

/* The thread begins. */
void stays_begin(struct stays *stays);
/* Something is taken, and to be tried again at once. */
bool stays_are_in_hand(const struct stays *stays);
/* Who came and left since; what could not be written stays in hand. */
enum mc_status stays_write(struct stays *stays, struct mc_db *db) MC_MUST_USE;
/* Those who stay, when it is time; and ends what others have left behind. */
enum mc_status stays_beat(struct stays *stays, struct mc_db *db) MC_MUST_USE;
/* All of this daemon's. */
enum mc_status stays_end(struct stays *stays, struct mc_db *db) MC_MUST_USE;

#endif
