/*
 * guests - who is in which room through this daemon, by connections; and those rooms.  What of it
 * is not written down yet, and which rooms are to be read.
 *
 * Two tables under one lock of their owner's, which every caller but init and finish holds.
 */
#ifndef CHATD_GUESTS_H
#define CHATD_GUESTS_H

#include <stdbool.h>
#include <stddef.h>

#include "chatd/people.h"
#include "libminiclass/model/id.h"

struct mc_lock;
struct mc_stay_change;

enum { GUEST_SLOTS = 4096 };

/* One user in one room through this daemon. */
struct guest {
	struct guest *chain;
	mc_room_id room;
	mc_user_id user;
	size_t connections;
	int64_t left_ms; /* when the last one ended, by mc_clock_ms */
	bool stored;     /* the stay is open in the database */
	bool doubted;    /* or perhaps it was refused there */
	bool changed;    /* is in the list of changes */
	struct guest *next_changed;
};

/* A room that somebody is in through this daemon. */
struct watched {
	struct watched *chain;
	mc_room_id room;
	size_t n_guests;      /* of this daemon */
	bool stale;           /* to be read */
	struct people people; /* over all daemons, as last read; owned */
};

struct guests {
	struct mc_lock *lock; /* borrowed */
	struct guest *slots[GUEST_SLOTS];
	struct watched *rooms[GUEST_SLOTS];
	struct guest *first_changed; /* to be written down, perhaps */
	bool any_stale;              /* some room is to be read */
};

void guests_init(struct guests *guests, struct mc_lock *lock);
void guests_finish(struct guests *guests);

/* NULL when nobody is there. */
struct guest *guests_find(struct guests *guests, mc_room_id room, mc_user_id user);
struct watched *guests_room(struct guests *guests, mc_room_id room);
/* Without connections yet, and the room with it; NULL when memory is out. */
struct guest *guests_add(struct guests *guests, mc_room_id room, mc_user_id user);
void guests_set_connections(struct guests *guests, struct guest *guest, size_t connections);

/* What was written down may be so no more. */
void guests_doubt(struct guests *guests, struct guest *guest);
/* The same of all who are here. */
void guests_doubt_all(struct guests *guests);
/* How many are written down as here; guests_list_stored fills room and user of as many. */
size_t guests_count_stored(const struct guests *guests);
void guests_list_stored(const struct guests *guests, struct mc_stay_change *list);
/*
 * Takes some changes out, as they are now, and their rooms are stale; what came and went meanwhile
 * is no change.  Who has left is dropped, and the room with the last one.  How many.
 */
size_t guests_take_changes(struct guests *guests, struct mc_stay_change *changes, size_t max);

/* A room is to be read, if it is watched; all are; or those in which that user was read. */
void guests_set_stale(struct guests *guests, mc_room_id room);
void guests_set_all_stale(struct guests *guests);
void guests_set_stale_for(struct guests *guests, mc_user_id user);
/* Takes some out.  How many. */
size_t guests_take_stale(struct guests *guests, mc_room_id *rooms, size_t max);

#endif
