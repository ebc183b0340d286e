/*
 * mail - what a database thread has for the members of a room on one front.
 *
 * Made by that thread, queued on the front's loop, consumed there by the hub.
 */
#ifndef CHATD_MAIL_H
#define CHATD_MAIL_H

#include <stddef.h>

#include "libminiclass/model/id.h"
#include "libminiclass/net/loop.h"

struct front;
struct packet;

enum mail_kind { MAIL_MESSAGES, MAIL_ENDED, MAIL_PRESENCE };

struct mail {
	struct mc_task task;
	struct front *front;
	enum mail_kind kind;
	mc_room_id room;
	struct packet *packet;         /* of PRESENCE: for instructors, or NULL */
	struct packet *student_packet; /* of PRESENCE; NULL: nothing for students */
	mc_user_id new_role;           /* of PRESENCE: who has one, and is told it too; 0: nobody */
	size_t n_messages;             /* of MESSAGES */
	size_t refs;
	struct mail *next; /* of its maker's, until it is posted */
};

/* NULL when memory is out. */
struct mail *mail_create(struct front *front, enum mail_kind kind, mc_room_id room);
/* By one thread at a time. */
struct mail *mail_ref(struct mail *mail);
/* The last one goes with its packets. */
void mail_unref(struct mail *mail);
/* Any thread: consumes the mail; rights are known well enough, or asked about before. */
void mail_post(struct mail *mail);
/* Likewise; the front's loop has to be woken afterwards. */
void mail_queue(struct mail *mail);

#endif
