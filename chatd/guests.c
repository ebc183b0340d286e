#include "chatd/guests.h"

#include <stdlib.h>

#include "libminiclass/base/lock.h"
#include "libminiclass/base/time.h"
#include "libminiclass/model/stay.h"

void
guests_init(struct guests *guests, struct mc_lock *lock)
{
	*guests = (struct guests){ .lock = lock };
}

static void
free_room(struct watched *watched)
{
	people_free(&watched->people);
	free(watched);
}

void
guests_finish(struct guests *guests)
{
	for (size_t i = 0; i < GUEST_SLOTS; i++) {
		while (guests->slots[i] != NULL) {
			struct guest *guest = guests->slots[i];
			guests->slots[i] = guest->chain;
			free(guest);
		}
		while (guests->rooms[i] != NULL) {
			struct watched *watched = guests->rooms[i];
			guests->rooms[i] = watched->chain;
			free_room(watched);
		}
	}
}

static struct watched **
watched_slot(struct guests *guests, mc_room_id room)
{
	return &guests->rooms[(uint64_t)room % GUEST_SLOTS];
}

struct watched *
guests_room(struct guests *guests, mc_room_id room)
{
	struct watched *watched = *watched_slot(guests, room);

	mc_lock_assert_held(guests->lock);
	while (watched != NULL && watched->room != room)
		watched = watched->chain;
	return watched;
}

static struct guest **
guest_slot(struct guests *guests, mc_room_id room, mc_user_id user)
{
	return &guests->slots[((uint64_t)room * 0x9e3779b97f4a7c15u + (uint64_t)user) %
			      GUEST_SLOTS];
}

struct guest *
guests_find(struct guests *guests, mc_room_id room, mc_user_id user)
{
	struct guest *guest = *guest_slot(guests, room, user);

	mc_lock_assert_held(guests->lock);
	while (guest != NULL && (guest->room != room || guest->user != user))
		guest = guest->chain;
	return guest;
}

struct guest *
guests_add(struct guests *guests, mc_room_id room, mc_user_id user)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	struct watched *watched = guests_room(guests, room);

	if (watched == NULL && guest != NULL) {
		watched = calloc(1, sizeof(*watched));
		if (watched != NULL) {
			watched->room = room;
			watched->chain = *watched_slot(guests, room);
			*watched_slot(guests, room) = watched;
		}
	}
	if (guest == NULL || watched == NULL) {
		free(guest);
		return NULL;
	}
	watched->n_guests++;
	guest->room = room;
	guest->user = user;
	guest->chain = *guest_slot(guests, room, user);
	*guest_slot(guests, room, user) = guest;
	return guest;
}

static void
drop(struct guests *guests, struct guest *guest)
{
	struct guest **link = guest_slot(guests, guest->room, guest->user);
	struct watched **room = watched_slot(guests, guest->room);

	while (*link != guest)
		link = &(*link)->chain;
	*link = guest->chain;
	while ((*room)->room != guest->room)
		room = &(*room)->chain;
	if (--(*room)->n_guests == 0) {
		struct watched *watched = *room;
		*room = watched->chain;
		free_room(watched);
	}
	free(guest);
}

/* --- what is not written down yet ------------------------------------------------------- */

static void
mark_changed(struct guests *guests, struct guest *guest)
{
	if (guest->changed)
		return;
	guest->changed = true;
	guest->next_changed = guests->first_changed;
	guests->first_changed = guest;
}

void
guests_set_connections(struct guests *guests, struct guest *guest, size_t connections)
{
	mc_lock_assert_held(guests->lock);
	guest->connections = connections;
	guest->left_ms = mc_clock_ms();
	if ((guest->connections > 0) != guest->stored)
		mark_changed(guests, guest);
}

void
guests_doubt(struct guests *guests, struct guest *guest)
{
	mc_lock_assert_held(guests->lock);
	guest->doubted = true;
	mark_changed(guests, guest);
}

void
guests_doubt_all(struct guests *guests)
{
	for (size_t i = 0; i < GUEST_SLOTS; i++)
		for (struct guest *guest = guests->slots[i]; guest != NULL; guest = guest->chain)
			if (guest->connections > 0)
				guests_doubt(guests, guest);
}

size_t
guests_count_stored(const struct guests *guests)
{
	size_t n = 0;

	mc_lock_assert_held(guests->lock);
	for (size_t i = 0; i < GUEST_SLOTS; i++)
		for (const struct guest *guest = guests->slots[i]; guest != NULL;
			guest = guest->chain)
			n += guest->stored;
	return n;
}

void
guests_list_stored(const struct guests *guests, struct mc_stay_change *list)
{
	mc_lock_assert_held(guests->lock);
	for (size_t i = 0; i < GUEST_SLOTS; i++)
		for (const struct guest *guest = guests->slots[i]; guest != NULL;
			guest = guest->chain)
			if (guest->stored)
				*list++ = (struct mc_stay_change){ .room = guest->room,
					.user = guest->user };
}

size_t
guests_take_changes(struct guests *guests, struct mc_stay_change *changes, size_t max)
{
	size_t n = 0;

	mc_lock_assert_held(guests->lock);
	while (n < max && guests->first_changed != NULL) {
		struct guest *guest = guests->first_changed;
		bool here = guest->connections > 0;
		guests->first_changed = guest->next_changed;
		guest->changed = false;
		if (here != guest->stored || (here && guest->doubted)) {
			changes[n++] = (struct mc_stay_change){ guest->room, guest->user, here,
				guest->left_ms };
			guest->stored = here;
			guest->doubted = false;
			guests_set_stale(guests, guest->room);
		}
		if (!here)
			drop(guests, guest);
	}
	return n;
}

/* --- what is to be read ----------------------------------------------------------------- */

static void
set_stale(struct guests *guests, struct watched *watched)
{
	watched->stale = guests->any_stale = true;
}

void
guests_set_stale(struct guests *guests, mc_room_id room)
{
	struct watched *watched = guests_room(guests, room);

	if (watched != NULL)
		set_stale(guests, watched);
}

void
guests_set_all_stale(struct guests *guests)
{
	mc_lock_assert_held(guests->lock);
	for (size_t i = 0; i < GUEST_SLOTS; i++)
		for (struct watched *w = guests->rooms[i]; w != NULL; w = w->chain)
			set_stale(guests, w);
}

void
guests_set_stale_for(struct guests *guests, mc_user_id user)
{
	mc_lock_assert_held(guests->lock);
	for (size_t i = 0; i < GUEST_SLOTS; i++)
		for (struct watched *w = guests->rooms[i]; w != NULL; w = w->chain)
			if (people_have(&w->people, user))
				set_stale(guests, w);
}

size_t
guests_take_stale(struct guests *guests, mc_room_id *rooms, size_t max)
{
	size_t n = 0;

	mc_lock_assert_held(guests->lock);
	if (!guests->any_stale)
		return 0;
	guests->any_stale = false;
	for (size_t i = 0; i < GUEST_SLOTS; i++) {
		for (struct watched *w = guests->rooms[i]; w != NULL; w = w->chain) {
			if (!w->stale)
				continue;
			if (n == max) {
				guests->any_stale = true;
				return n;
			}
			w->stale = false;
			rooms[n++] = w->room;
		}
	}
	return n;
}
