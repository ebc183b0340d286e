/*
 * visitors - who is at this daemon, and how much of it each person has: nobody takes all that there
 * may be.
 */
#ifndef CHATD_VISITORS_H
#define CHATD_VISITORS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "chatd/turns.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/model/id.h"

struct visitors;

/* What has a ceiling for each person. */
enum share {
	SHARE_SEND,   /* a send that is not answered */
	SHARE_INPUT,  /* a connection that keeps much of what is not whole */
	SHARE_OUTPUT, /* a connection that leaves many answers unread */
	SHARES
};

/* One person with at least one connection here, or all who have not said yet who they are. */
struct visitor {
	struct visitor *chain; /* of the visitors, as are the connections */
	mc_user_id user;
	int64_t connections;
	struct turn sending;  /* the store's: their sends that wait there */
	struct turn checking; /* auth's: what it is asked about them */
	atomic_int taken[SHARES];
};

/* `each`: the connections that one person may have.  NULL when memory is out. */
struct visitors *visitors_create(int64_t each);
void visitors_destroy(struct visitors *visitors);

/*
 * One more connection of theirs; NULL: they have too many, or memory is out.  Lives until as many
 * have left.  Any thread.
 */
struct visitor *visitors_enter(struct visitors *visitors, mc_user_id user) MC_MUST_USE;
/* One that had entered has ended, and nothing of it is away.  Any thread. */
void visitors_leave(struct visitors *visitors, struct visitor *visitor);
/* All strangers together; nobody leaves it. */
struct visitor *visitors_strangers(struct visitors *visitors);

/* One more, to be given back; false: they have as many as there may be.  Any thread. */
bool visitor_take(struct visitor *visitor, enum share share) MC_MUST_USE;
void visitor_give_back(struct visitor *visitor, enum share share);

#endif
