/*
 * guests - who is in which room through this daemon, by connections; and those rooms.
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
};

void guests_init(struct guests *guests, struct mc_lock *lock);
void guests_finish(struct guests *guests);

/* NULL when nobody is there. */
struct guest *guests_find(struct guests *guests, mc_room_id room, mc_user_id user);
struct watched *guests_room(struct guests *guests, mc_room_id room);
/* Without connections yet, and the room with it; NULL when memory is out. */
struct guest *guests_add(struct guests *guests, mc_room_id room, mc_user_id user);
/* Frees it, and its room with the last one. */
void guests_drop(struct guests *guests, struct guest *guest);

#endif
