/*
 * delivery - what a database thread has for the members of a room on one front.
 *
 * Made by that thread, queued on the front's loop, consumed there by the hub.
 */
#ifndef CHATD_DELIVERY_H
#define CHATD_DELIVERY_H

#include <stddef.h>

#include "libminiclass/model/id.h"
#include "libminiclass/net/loop.h"

struct front;
struct packet;

enum delivery_kind { DELIVERY_MESSAGES, DELIVERY_ENDED, DELIVERY_PRESENCE };

struct delivery {
	struct mc_task task;
	struct front *front;
	enum delivery_kind kind;
	mc_room_id room;
	struct packet *packet;         /* of PRESENCE: for instructors, or NULL */
	struct packet *student_packet; /* of PRESENCE; NULL: nothing for students */
	mc_user_id new_role;           /* of PRESENCE: who has one, and is told it too; 0: nobody */
	size_t n_messages;             /* of MESSAGES */
	size_t refs;
	struct delivery *next; /* of its maker's, until it is posted */
};

/* NULL when memory is out. */
struct delivery *delivery_create(struct front *front, enum delivery_kind kind, mc_room_id room);
/* By one thread at a time. */
struct delivery *delivery_ref(struct delivery *delivery);
/* The last one goes with its packets. */
void delivery_unref(struct delivery *delivery);
/* Any thread: consumes it; rights are known well enough, or asked about before. */
void delivery_post(struct delivery *delivery);
/* Likewise; the front's loop has to be woken afterwards. */
void delivery_queue(struct delivery *delivery);

#endif
