/*
 * occupants - who is in which room through this daemon, by connections; and those rooms.  What of
 * it is not written down yet, and which rooms are to be read.
 *
 * Two tables under one lock of their owner's, which every caller but init and finish holds.
 */
#ifndef CHATD_OCCUPANTS_H
#define CHATD_OCCUPANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "chatd/roster.h"
#include "libminiclass/model/id.h"

struct mc_lock;
struct mc_stay_change;

enum { OCCUPANT_SLOTS = 4096 };

/* One user in one room through this daemon. */
struct occupant {
	struct occupant *chain;
	mc_room_id room;
	mc_user_id user;
	size_t connections;
	int64_t left_ms; /* when the last one ended, by mc_clock_ms */
	bool stored;     /* the stay is open in the database */
	bool doubted;    /* or perhaps it was refused there */
	bool changed;    /* is in the list of changes */
	struct occupant *next_changed;
};

/* A room that somebody is in through this daemon. */
struct occupied_room {
	struct occupied_room *chain;
	mc_room_id room;
	size_t n_occupants;   /* of this daemon */
	bool stale;           /* to be read */
	struct roster roster; /* over all daemons, as last read; owned */
};

struct occupants {
	struct mc_lock *lock; /* borrowed */
	struct occupant *slots[OCCUPANT_SLOTS];
	struct occupied_room *rooms[OCCUPANT_SLOTS];
	struct occupant *first_changed; /* to be written down, perhaps */
	bool any_stale;                 /* some room is to be read */
};

void occupants_init(struct occupants *occupants, struct mc_lock *lock);
void occupants_finish(struct occupants *occupants);

/* NULL when nobody is there. */
struct occupant *occupants_find(struct occupants *occupants, mc_room_id room, mc_user_id user);
struct occupied_room *occupants_room(struct occupants *occupants, mc_room_id room);
/* Without connections yet, and the room with it; NULL when memory is out. */
struct occupant *occupants_add(struct occupants *occupants, mc_room_id room, mc_user_id user);
void occupants_set_connections(
	struct occupants *occupants, struct occupant *occupant, size_t connections);

/* What was written down may be so no more. */
void occupants_doubt(struct occupants *occupants, struct occupant *occupant);
/* The same of all who are here. */
void occupants_doubt_all(struct occupants *occupants);
/* How many are written down as here; occupants_list_stored fills room and user of as many. */
size_t occupants_count_stored(const struct occupants *occupants);
void occupants_list_stored(const struct occupants *occupants, struct mc_stay_change *list);
/*
 * Takes some changes out, as they are now, and their rooms are stale; what came and went meanwhile
 * is no change.  Who has left is dropped, and the room with the last one.  How many.
 */
size_t occupants_take_changes(
	struct occupants *occupants, struct mc_stay_change *changes, size_t max);

/* A room is to be read, if it is occupied; all are; or those in which that user was read. */
void occupants_set_stale(struct occupants *occupants, mc_room_id room);
void occupants_set_all_stale(struct occupants *occupants);
void occupants_set_stale_for(struct occupants *occupants, mc_user_id user);
/* Takes some out.  How many. */
size_t occupants_take_stale(struct occupants *occupants, mc_room_id *rooms, size_t max);

#endif
