#include "chatd/occupants.h"

#include <stdlib.h>

#include "libminiclass/base/lock.h"
#include "libminiclass/base/time.h"
#include "libminiclass/model/stay.h"

void
occupants_init(struct occupants *occupants, struct mc_lock *lock)
{
	*occupants = (struct occupants){ .lock = lock };
}

static void
free_room(struct occupied_room *occupied)
{
	roster_free(&occupied->roster);
	free(occupied);
}

void
occupants_finish(struct occupants *occupants)
{
	for (size_t i = 0; i < OCCUPANT_SLOTS; i++) {
		while (occupants->slots[i] != NULL) {
			struct occupant *occupant = occupants->slots[i];
			occupants->slots[i] = occupant->chain;
			free(occupant);
		}
		while (occupants->rooms[i] != NULL) {
			struct occupied_room *occupied = occupants->rooms[i];
			occupants->rooms[i] = occupied->chain;
			free_room(occupied);
		}
	}
}

static struct occupied_room **
room_slot(struct occupants *occupants, mc_room_id room)
{
	return &occupants->rooms[(uint64_t)room % OCCUPANT_SLOTS];
}

struct occupied_room *
occupants_room(struct occupants *occupants, mc_room_id room)
{
	struct occupied_room *occupied = *room_slot(occupants, room);

	mc_lock_assert_held(occupants->lock);
	while (occupied != NULL && occupied->room != room)
		occupied = occupied->chain;
	return occupied;
}

static struct occupant **
occupant_slot(struct occupants *occupants, mc_room_id room, mc_user_id user)
{
	return &occupants->slots[((uint64_t)room * 0x9e3779b97f4a7c15u + (uint64_t)user) %
				 OCCUPANT_SLOTS];
}

struct occupant *
occupants_find(struct occupants *occupants, mc_room_id room, mc_user_id user)
{
	struct occupant *occupant = *occupant_slot(occupants, room, user);

	mc_lock_assert_held(occupants->lock);
	while (occupant != NULL && (occupant->room != room || occupant->user != user))
		occupant = occupant->chain;
	return occupant;
}

struct occupant *
occupants_add(struct occupants *occupants, mc_room_id room, mc_user_id user)
{
	struct occupant *occupant = calloc(1, sizeof(*occupant));
	struct occupied_room *occupied = occupants_room(occupants, room);

	if (occupied == NULL && occupant != NULL) {
		occupied = calloc(1, sizeof(*occupied));
		if (occupied != NULL) {
			occupied->room = room;
			occupied->chain = *room_slot(occupants, room);
			*room_slot(occupants, room) = occupied;
		}
	}
	if (occupant == NULL || occupied == NULL) {
		free(occupant);
		return NULL;
	}
	occupied->n_occupants++;
	occupant->room = room;
	occupant->user = user;
	occupant->chain = *occupant_slot(occupants, room, user);
	*occupant_slot(occupants, room, user) = occupant;
	return occupant;
}

static void
drop(struct occupants *occupants, struct occupant *occupant)
{
	struct occupant **link = occupant_slot(occupants, occupant->room, occupant->user);
	struct occupied_room **room = room_slot(occupants, occupant->room);

	while (*link != occupant)
		link = &(*link)->chain;
	*link = occupant->chain;
	while ((*room)->room != occupant->room)
		room = &(*room)->chain;
	if (--(*room)->n_occupants == 0) {
		struct occupied_room *occupied = *room;
		*room = occupied->chain;
		free_room(occupied);
	}
	free(occupant);
}

/* --- what is not written down yet ------------------------------------------------------- */

static void
mark_changed(struct occupants *occupants, struct occupant *occupant)
{
	if (occupant->changed)
		return;
	occupant->changed = true;
	occupant->next_changed = occupants->first_changed;
	occupants->first_changed = occupant;
}

void
occupants_set_connections(
	struct occupants *occupants, struct occupant *occupant, size_t connections)
{
	mc_lock_assert_held(occupants->lock);
	occupant->connections = connections;
	occupant->left_ms = mc_clock_ms();
	if ((occupant->connections > 0) != occupant->stored)
		mark_changed(occupants, occupant);
}

void
occupants_doubt(struct occupants *occupants, struct occupant *occupant)
{
	mc_lock_assert_held(occupants->lock);
	occupant->doubted = true;
	mark_changed(occupants, occupant);
}

void
occupants_doubt_all(struct occupants *occupants)
{
	for (size_t i = 0; i < OCCUPANT_SLOTS; i++)
		for (struct occupant *occupant = occupants->slots[i]; occupant != NULL;
			occupant = occupant->chain)
			if (occupant->connections > 0)
				occupants_doubt(occupants, occupant);
}

size_t
occupants_count_stored(const struct occupants *occupants)
{
	size_t n = 0;

	mc_lock_assert_held(occupants->lock);
	for (size_t i = 0; i < OCCUPANT_SLOTS; i++)
		for (const struct occupant *occupant = occupants->slots[i]; occupant != NULL;
			occupant = occupant->chain)
			n += occupant->stored;
	return n;
}

void
occupants_list_stored(const struct occupants *occupants, struct mc_stay_change *list)
{
	mc_lock_assert_held(occupants->lock);
	for (size_t i = 0; i < OCCUPANT_SLOTS; i++)
		for (const struct occupant *occupant = occupants->slots[i]; occupant != NULL;
			occupant = occupant->chain)
			if (occupant->stored)
				*list++ = (struct mc_stay_change){ .room = occupant->room,
					.user = occupant->user };
}

size_t
occupants_take_changes(struct occupants *occupants, struct mc_stay_change *changes, size_t max)
{
	size_t n = 0;

	mc_lock_assert_held(occupants->lock);
	while (n < max && occupants->first_changed != NULL) {
		struct occupant *occupant = occupants->first_changed;
		bool here = occupant->connections > 0;
		occupants->first_changed = occupant->next_changed;
		occupant->changed = false;
		if (here != occupant->stored || (here && occupant->doubted)) {
			changes[n++] = (struct mc_stay_change){ occupant->room, occupant->user,
				here, occupant->left_ms };
			occupant->stored = here;
			occupant->doubted = false;
			occupants_set_stale(occupants, occupant->room);
		}
		if (!here)
			drop(occupants, occupant);
	}
	return n;
}

/* --- what is to be read ----------------------------------------------------------------- */

static void
set_stale(struct occupants *occupants, struct occupied_room *occupied)
{
	occupied->stale = occupants->any_stale = true;
}

void
occupants_set_stale(struct occupants *occupants, mc_room_id room)
{
	struct occupied_room *occupied = occupants_room(occupants, room);

	if (occupied != NULL)
		set_stale(occupants, occupied);
}

void
occupants_set_all_stale(struct occupants *occupants)
{
	mc_lock_assert_held(occupants->lock);
	for (size_t i = 0; i < OCCUPANT_SLOTS; i++)
		for (struct occupied_room *occupied = occupants->rooms[i]; occupied != NULL;
			occupied = occupied->chain)
			set_stale(occupants, occupied);
}

void
occupants_set_stale_for(struct occupants *occupants, mc_user_id user)
{
	mc_lock_assert_held(occupants->lock);
	for (size_t i = 0; i < OCCUPANT_SLOTS; i++)
		for (struct occupied_room *occupied = occupants->rooms[i]; occupied != NULL;
			occupied = occupied->chain)
			if (roster_has(&occupied->roster, user))
				set_stale(occupants, occupied);
}

size_t
occupants_take_stale(struct occupants *occupants, mc_room_id *rooms, size_t max)
{
	size_t n = 0;

	mc_lock_assert_held(occupants->lock);
	if (!occupants->any_stale)
		return 0;
	occupants->any_stale = false;
	for (size_t i = 0; i < OCCUPANT_SLOTS; i++) {
		for (struct occupied_room *occupied = occupants->rooms[i]; occupied != NULL;
			occupied = occupied->chain) {
			if (!occupied->stale)
				continue;
			if (n == max) {
				occupants->any_stale = true;
				return n;
			}
			occupied->stale = false;
			rooms[n++] = occupied->room;
		}
	}
	return n;
}
