#include "chatd/open_rooms.h"

#include <stdlib.h>

#include "chatd/daemon.h"
#include "chatd/delivery.h"
#include "chatd/front.h"
#include "chatd/packet.h"
#include "libminiclass/base/arena.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/message.h"
#include "libminiclass/model/room.h"
#include "libminiclass/service/log.h"

enum {
	SLOTS = 4096,
	STATES_ASKED = 500, /* in one statement */
	ARENA_BLOCK = 64 * 1024,
	ARENA_MAX = 64 * 1024 * 1024,
};

struct open_rooms {
	struct daemon *daemon;
	struct mc_arena *states;   /* of rooms, while they are looked at */
	struct mc_arena *messages; /* that are handed out */
	struct packet_builder builder;
	uint64_t reads;
	size_t n;
	struct open_room *slots[SLOTS];
};

struct open_rooms *
open_rooms_create(struct daemon *daemon)
{
	struct open_rooms *rooms = calloc(1, sizeof(*rooms));

	if (rooms == NULL)
		return NULL;
	rooms->daemon = daemon;
	packet_builder_init(&rooms->builder);
	rooms->states = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	rooms->messages = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	if (rooms->states == NULL || rooms->messages == NULL) {
		open_rooms_destroy(rooms);
		return NULL;
	}
	return rooms;
}

void
open_rooms_destroy(struct open_rooms *rooms)
{
	if (rooms == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		while (rooms->slots[i] != NULL) {
			struct open_room *room = rooms->slots[i];
			rooms->slots[i] = room->chain;
			free(room);
		}
	}
	packet_builder_finish(&rooms->builder);
	mc_arena_destroy(rooms->states);
	mc_arena_destroy(rooms->messages);
	free(rooms);
}

uint64_t
open_rooms_reads(const struct open_rooms *rooms)
{
	return rooms->reads;
}

static struct open_room **
slot_of(struct open_rooms *rooms, mc_room_id id)
{
	return &rooms->slots[(uint64_t)id % SLOTS];
}

struct open_room *
open_rooms_find(struct open_rooms *rooms, mc_room_id id)
{
	struct open_room *room = *slot_of(rooms, id);

	while (room != NULL && room->id != id)
		room = room->chain;
	return room;
}

struct open_room *
open_rooms_add(struct open_rooms *rooms, mc_room_id id, int64_t cursor, int64_t n_removed)
{
	struct open_room *room = calloc(1, sizeof(*room));

	if (room == NULL)
		return NULL;
	room->id = id;
	room->cursor = cursor;
	room->n_removed = n_removed;
	room->chain = *slot_of(rooms, id);
	*slot_of(rooms, id) = room;
	rooms->n++;
	return room;
}

static void
forget(struct open_rooms *rooms, struct open_room *room)
{
	struct open_room **link = slot_of(rooms, room->id);

	while (*link != room)
		link = &(*link)->chain;
	*link = room->chain;
	rooms->n--;
	free(room);
}

void
open_room_open_for(struct open_room *room, const struct front *front)
{
	if (room->fronts[front->index])
		return;
	room->fronts[front->index] = true;
	room->n_fronts++;
}

void
open_rooms_close_for(struct open_rooms *rooms, mc_room_id id, const struct front *front)
{
	struct open_room *room = open_rooms_find(rooms, id);

	if (room == NULL || !room->fronts[front->index])
		return;
	room->fronts[front->index] = false;
	if (--room->n_fronts == 0)
		forget(rooms, room);
}

/* --- handing out ------------------------------------------------------------------------ */

/* What the builder holds, to every front that has the room open; whoever calls wakes them. */
static void
queue(struct open_rooms *rooms, const struct open_room *room, enum delivery_kind kind,
	size_t n_messages)
{
	for (size_t i = 0; i < rooms->daemon->n_fronts; i++) {
		if (!room->fronts[i])
			continue;
		struct delivery *delivery =
			delivery_create(rooms->daemon->fronts[i], kind, room->id);
		if (delivery != NULL)
			delivery->packet = packet_create(&rooms->builder);
		if (delivery == NULL || delivery->packet == NULL) {
			/* Members must not miss a message: better to start again from what is
			 * stored. */
			mc_log(MC_LOG_ERROR, "out_of_memory", mc_log_int("room", room->id));
			abort();
		}
		delivery->n_messages = n_messages;
		delivery_queue(delivery);
	}
}

void
open_rooms_wake_fronts(const struct open_rooms *rooms)
{
	for (size_t i = 0; i < rooms->daemon->n_fronts; i++)
		mc_loop_wake(rooms->daemon->fronts[i]->loop);
}

void
open_rooms_hand_out(struct open_rooms *rooms, struct open_room *room,
	const struct mc_message *messages, size_t n)
{
	packet_builder_clear(&rooms->builder);
	for (size_t i = 0; i < n; i++)
		packet_builder_add_message(&rooms->builder, room->id, &messages[i]);
	queue(rooms, room, DELIVERY_MESSAGES, n);
	room->cursor = messages[n - 1].seq;
}

enum mc_status
open_rooms_catch_up(struct open_rooms *rooms, struct mc_db *db, struct open_room *room)
{
	struct mc_message *messages;
	size_t n;

	/* What is queued for other rooms need not wait for the table. */
	open_rooms_wake_fronts(rooms);
	do {
		mc_arena_reset(rooms->messages);
		enum mc_status status = mc_message_after(db, rooms->messages, room->id,
			room->cursor, MC_PAGE_MESSAGES_MAX, &messages, &n);
		if (status != MC_OK)
			return status;
		if (n > 0) {
			open_rooms_hand_out(rooms, room, messages, n);
			open_rooms_wake_fronts(rooms);
		}
		rooms->reads++;
		mc_db_forget(db);
	} while (n == MC_PAGE_MESSAGES_MAX);
	return MC_OK;
}

static void
add_removed(struct packet_builder *builder, mc_room_id room, const int64_t *seqs, size_t n)
{
	if (n > 0)
		packet_builder_add(builder,
			&(struct mc_chat_event){
				.type = MC_CHAT_REMOVED, .room = room, .seqs = seqs, .n_seqs = n });
}

enum mc_status
open_rooms_add_removed_since(
	struct mc_db *db, mc_room_id room, int64_t *known, struct packet_builder *builder)
{
	int64_t seqs[MC_REMOVED_PAGE];
	size_t n;

	do {
		enum mc_status status = mc_message_removed_since(db, room, *known, seqs, &n);
		if (status != MC_OK)
			return status;
		mc_db_forget(db);
		add_removed(builder, room, seqs, n);
		*known += (int64_t)n;
	} while (n == MC_REMOVED_PAGE);
	return MC_OK;
}

enum mc_status
open_rooms_add_removed_among(struct mc_db *db, mc_room_id room, int64_t after, int64_t last,
	struct packet_builder *builder)
{
	int64_t seqs[MC_REMOVED_PAGE];
	size_t n;

	do {
		enum mc_status status = mc_message_removed_among(db, room, after, last, seqs, &n);
		if (status != MC_OK)
			return status;
		mc_db_forget(db);
		add_removed(builder, room, seqs, n);
		if (n > 0)
			after = seqs[n - 1];
	} while (n == MC_REMOVED_PAGE);
	return MC_OK;
}

/* Who joins meanwhile is told behind the last step of the replay. */
static enum mc_status
hand_out_removed(struct open_rooms *rooms, struct mc_db *db, struct open_room *room)
{
	int64_t known = room->n_removed;

	packet_builder_clear(&rooms->builder);
	enum mc_status status = open_rooms_add_removed_since(db, room->id, &known, &rooms->builder);
	if (status != MC_OK || known == room->n_removed)
		return status;
	queue(rooms, room, DELIVERY_MESSAGES, 0);
	open_rooms_wake_fronts(rooms);
	room->n_removed = known;
	return MC_OK;
}

static enum mc_status
look_at_one(struct open_rooms *rooms, struct mc_db *db, const struct mc_room_state *state)
{
	struct open_room *room = open_rooms_find(rooms, state->id);

	if (room == NULL)
		return MC_OK;
	if (state->last_seq > room->cursor) {
		enum mc_status status = open_rooms_catch_up(rooms, db, room);
		if (status != MC_OK)
			return status;
	}
	if (state->n_removed > room->n_removed) {
		enum mc_status status = hand_out_removed(rooms, db, room);
		if (status != MC_OK)
			return status;
	}
	if (!state->ended)
		return MC_OK;
	packet_builder_clear(&rooms->builder);
	packet_builder_add(&rooms->builder,
		&(struct mc_chat_event){ .type = MC_CHAT_ENDED, .room = room->id });
	queue(rooms, room, DELIVERY_ENDED, 0);
	open_rooms_wake_fronts(rooms);
	/* The fronts leave it, and will say so; by then it is gone here. */
	forget(rooms, room);
	return MC_OK;
}

enum mc_status
open_rooms_look_at(struct open_rooms *rooms, struct mc_db *db, const mc_room_id *ids, size_t n)
{
	enum mc_status status = MC_OK;

	for (size_t asked = 0, now; status == MC_OK && asked < n; asked += now) {
		struct mc_room_state *states;
		size_t n_states = 0;
		now = n - asked < STATES_ASKED ? n - asked : STATES_ASKED;
		mc_arena_reset(rooms->states);
		status = mc_room_states(db, rooms->states, ids + asked, now, &states, &n_states);
		mc_db_forget(db);
		for (size_t i = 0; status == MC_OK && i < n_states; i++)
			status = look_at_one(rooms, db, &states[i]);
	}
	return status;
}

enum mc_status
open_rooms_look_everywhere(struct open_rooms *rooms, struct mc_db *db)
{
	/* Looking forgets rooms that have ended: their names are taken down first. */
	mc_room_id *ids = calloc(rooms->n + 1, sizeof(*ids));
	size_t n = 0;

	if (ids == NULL)
		return MC_NO_MEMORY;
	for (size_t i = 0; i < SLOTS; i++)
		for (const struct open_room *room = rooms->slots[i]; room != NULL;
			room = room->chain)
			ids[n++] = room->id;
	enum mc_status status = open_rooms_look_at(rooms, db, ids, n);
	free(ids);
	return status;
}
