/*
 * open_rooms - the rooms that have members on some front of this daemon, and how far each has been
 * handed out.  Store thread only.
 *
 * A room's cursor moves in one place: what lies up to it has been posted to every front that has
 * the room open, each message once, in order.
 */
#ifndef CHATD_OPEN_ROOMS_H
#define CHATD_OPEN_ROOMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/model/id.h"

enum { FRONTS_MAX = 256 }; /* as the setting `loops` allows */

struct daemon;
struct front;
struct mc_db;
struct mc_message;
struct open_rooms;
struct packet_builder;

struct open_room {
	struct open_room *chain;
	mc_room_id id;
	int64_t cursor;          /* everything up to here has been handed to the fronts */
	int64_t n_removed;       /* of its messages: so many removals have been handed out */
	int step;                /* how many messages made one of the last replay; 0: none yet */
	size_t n_fronts;         /* that have it open */
	bool fronts[FRONTS_MAX]; /* which */
};

/* NULL when memory is out. */
struct open_rooms *open_rooms_create(struct daemon *daemon);
void open_rooms_destroy(struct open_rooms *rooms);

/* NULL: nobody here is in it. */
struct open_room *open_rooms_find(struct open_rooms *rooms, mc_room_id id);
/* One that is not there yet, handed out up to `cursor`; NULL when memory is out. */
struct open_room *open_rooms_add(
	struct open_rooms *rooms, mc_room_id id, int64_t cursor, int64_t n_removed);
void open_room_open_for(struct open_room *room, const struct front *front);
/* The last front's leaving forgets the room. */
void open_rooms_close_for(struct open_rooms *rooms, mc_room_id id, const struct front *front);

/* Messages of one room that follow its cursor.  The fronts find them when they are woken. */
void open_rooms_hand_out(struct open_rooms *rooms, struct open_room *room,
	const struct mc_message *messages, size_t n);
void open_rooms_wake_fronts(const struct open_rooms *rooms);
/* Reads and hands out what others wrote, up to the end. */
enum mc_status open_rooms_catch_up(
	struct open_rooms *rooms, struct mc_db *db, struct open_room *room) MC_MUST_USE;
/*
 * Adds the events that say which messages of a room are removed: all but the first *known, which
 * is then how many that makes; or of those with after < seq <= last.
 */
enum mc_status open_rooms_add_removed_since(struct mc_db *db, mc_room_id room, int64_t *known,
	struct packet_builder *builder) MC_MUST_USE;
enum mc_status open_rooms_add_removed_among(struct mc_db *db, mc_room_id room, int64_t after,
	int64_t last, struct packet_builder *builder) MC_MUST_USE;
/*
 * What the database has of these rooms: messages that are missing here, what was removed of them,
 * and whether they ended.
 */
enum mc_status open_rooms_look_at(
	struct open_rooms *rooms, struct mc_db *db, const mc_room_id *ids, size_t n) MC_MUST_USE;
/* The same of all that are open. */
enum mc_status open_rooms_look_everywhere(struct open_rooms *rooms, struct mc_db *db) MC_MUST_USE;

/* How often the table was read because somebody else had written. */
uint64_t open_rooms_reads(const struct open_rooms *rooms);

#endif
