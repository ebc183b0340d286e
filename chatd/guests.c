#include "chatd/guests.h"

#include <stdlib.h>

#include "libminiclass/base/lock.h"

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

void
guests_drop(struct guests *guests, struct guest *guest)
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
