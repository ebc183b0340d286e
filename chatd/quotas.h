/*
 * quotas - how much of this daemon each person has: nobody takes all that there may be.
 */
#ifndef CHATD_QUOTAS_H
#define CHATD_QUOTAS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "chatd/fair_queue.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/model/id.h"

struct quotas;

/* What has a ceiling for each person. */
enum share {
	SHARE_SEND,   /* a send that is not answered */
	SHARE_INPUT,  /* a connection that keeps much of what is not whole */
	SHARE_OUTPUT, /* a connection that leaves many answers unread */
	SHARES
};

/* Of one person with at least one connection here, or of all who have not said yet who they are. */
struct quota {
	struct quota *chain; /* of the quotas, as are the connections */
	mc_user_id user;
	int64_t connections;
	struct flow sending;  /* the store's: their sends that wait there */
	struct flow checking; /* auth's: what it is asked about them */
	atomic_int taken[SHARES];
};

/* `each`: the connections that one person may have.  NULL when memory is out. */
struct quotas *quotas_create(int64_t each);
void quotas_destroy(struct quotas *quotas);

/*
 * One more connection of theirs; NULL: they have too many, or memory is out.  Lives until as many
 * have left.  Any thread.
 */
struct quota *quotas_enter(struct quotas *quotas, mc_user_id user) MC_MUST_USE;
/* One that had entered has ended, and nothing of it is away.  Any thread. */
void quotas_leave(struct quotas *quotas, struct quota *quota);
/* All strangers together; nobody leaves it. */
struct quota *quotas_strangers(struct quotas *quotas);

/* One more, to be given back; false: they have as many as there may be.  Any thread. */
bool quota_take(struct quota *quota, enum share share) MC_MUST_USE;
void quota_give_back(struct quota *quota, enum share share);

#endif
