/*
 * hub - the rooms that have members on this loop.  Loop thread only.
 *
 * The store posts, in order: what a joiner missed (through its job), then every later message of
 * the room. So a member that is added when its join comes back misses nothing and sees nothing
 * twice.
 */
#ifndef CHATD_HUB_H
#define CHATD_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/str.h"
#include "libminiclass/model/id.h"
#include "libminiclass/net/loop.h"

struct conn;
struct front;
struct hub;
struct hub_room;
struct packet;

struct member {
	struct conn *conn;
	struct hub_room *room;
	struct member *next_of_room, **link_of_room;
	struct member *next_of_conn, **link_of_conn;
	enum mc_role role;
	uint64_t
		ticket; /* tells this stay in the room from an earlier one of the same connection */
	bool counted;   /* presence knows of it */
	bool live;      /* gets messages: its replay is over */
	bool rechecked; /* the role is newer than what the join found */
};

struct hub *hub_create(struct front *front);
void hub_destroy(struct hub *hub);

struct member *hub_find(struct conn *conn, mc_room_id room);
/* Counted as present, not live yet; NULL when memory is out.  The connection must not be in it
 * already. */
struct member *hub_join(struct conn *conn, mc_room_id id);
void hub_make_live(struct member *member, enum mc_role role);
/* What a check found; also while the replay is under way. */
void hub_set_role(struct member *member, enum mc_role role);
void hub_leave(struct member *member);
/* The connection ends: it leaves everything. */
void hub_leave_all(struct conn *conn);
mc_room_id hub_room_id(const struct hub_room *room);

enum hub_news { HUB_MESSAGES, HUB_ENDED, HUB_PRESENCE };

/* Made by another thread for one front, consumed there. */
struct hub_mail {
	struct mc_task task;
	struct front *front;
	enum hub_news news;
	mc_room_id room;
	struct packet *packet;         /* for live members; of PRESENCE: for instructors, or NULL */
	struct packet *student_packet; /* of PRESENCE; NULL: nothing for students */
	mc_user_id except;             /* of PRESENCE: whom it is about and not told; 0: nobody */
	size_t n_messages;             /* of MESSAGES */
	struct hub_mail *next;         /* of its maker's, until it is posted */
};

/* Any thread: consumes the mail. */
void hub_post(struct hub_mail *mail);
/* Likewise; the front's loop has to be woken afterwards. */
void hub_queue(struct hub_mail *mail);
/* NULL when memory is out. */
struct hub_mail *hub_mail_create(struct front *front, enum hub_news news, mc_room_id room);
/* With its packets. */
void hub_mail_destroy(struct hub_mail *mail);

#endif
