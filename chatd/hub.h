/*
 * hub - the rooms that have members on this loop.  Loop thread only.
 *
 * The store posts, in order: what a joiner missed (through its job), then every later message of
 * the room. So a member that is added when its join comes back misses nothing and sees nothing
 * twice.  What comes for a connection whose rights are being asked about (conn->checking) is held
 * until they are known.
 */
#ifndef CHATD_HUB_H
#define CHATD_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/model/id.h"

struct conn;
struct front;
struct held;
struct hub;
struct hub_room;
struct job;

enum member_stage {
	MEMBER_COUNTED, /* as present */
	MEMBER_TOLD,    /* who is here, so from then on who comes and goes */
	MEMBER_LIVE,    /* and the messages: its replay is over */
};

struct member {
	struct conn *conn;
	struct hub_room *room;
	struct member *next_of_room, **link_of_room;
	struct member *next_of_conn, **link_of_conn;
	enum mc_role role;
	uint64_t
		ticket; /* tells this stay in the room from an earlier one of the same connection */
	struct job *joining; /* what the store does for it just now; NULL: nothing */
	enum member_stage stage;
	struct held *held, **held_end; /* what waits until its rights are known, in order; owned */
	bool rechecked;                /* the role is newer than what the join found */
};

struct hub *hub_create(struct front *front);
void hub_destroy(struct hub *hub);

struct member *hub_find(struct conn *conn, mc_room_id room);
/* The same for this stay alone: NULL also when that one has left, and is perhaps back. */
struct member *hub_find_stay(struct conn *conn, mc_room_id room, uint64_t ticket);
/* At its first stage; NULL when memory is out.  The connection must not be in it already. */
struct member *hub_join(struct conn *conn, mc_room_id id);
/* `role` as its join found it. */
void hub_set_stage(struct member *member, enum member_stage stage, enum mc_role role);
/* What a check found; also while the replay is under way. */
void hub_set_role(struct member *member, enum mc_role role);
void hub_leave(struct member *member);
/* The rights of the connection are known: what was held is for who is still there. */
void hub_let_out(struct conn *conn);
/* The connection ends: it leaves everything. */
void hub_leave_all(struct conn *conn);
mc_room_id hub_room_id(const struct hub_room *room);

#endif
