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

/* One person with at least one connection here, or all who have not said yet who they are. */
struct visitor {
	struct visitor *chain; /* of the visitors, as are the connections */
	mc_user_id user;
	int64_t connections;
	struct turn sending;  /* the store's: their sends that wait there */
	struct turn checking; /* the door's: what it is asked about them */
	atomic_int sends;     /* that are not answered */
	atomic_int begun;     /* long messages whose ends have not come */
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

/* One more send, or long message, unless there are too many; to be ended.  Any thread. */
bool visitor_may_send(struct visitor *visitor) MC_MUST_USE;
void visitor_sent(struct visitor *visitor);
bool visitor_may_begin(struct visitor *visitor) MC_MUST_USE;
void visitor_finished(struct visitor *visitor);

#endif
