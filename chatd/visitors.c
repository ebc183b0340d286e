#include "chatd/visitors.h"

#include <stdlib.h>

#include "libminiclass/base/lock.h"

enum { SLOTS = 4096 };

static const int limits[SHARES] = {
	[SHARE_SEND] = 4096, /* 16 connections that wait for 256 acks each; 20 MiB at most */
	[SHARE_INPUT] = 256, /* 32 MiB at most */
	[SHARE_OUTPUT] = 64, /* 64 MiB, where out_queue is 1 MiB */
};

struct visitors {
	int64_t each; /* const */
	struct visitor strangers;
	struct mc_lock lock;
	/* lock: */
	struct visitor *slots[SLOTS];
};

struct visitors *
visitors_create(int64_t each)
{
	struct visitors *visitors = calloc(1, sizeof(*visitors));

	if (visitors == NULL)
		return NULL;
	visitors->each = each;
	mc_lock_init(&visitors->lock, "visitors", MC_LOCK_VISITORS);
	return visitors;
}

void
visitors_destroy(struct visitors *visitors)
{
	if (visitors == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		while (visitors->slots[i] != NULL) {
			struct visitor *visitor = visitors->slots[i];
			visitors->slots[i] = visitor->chain;
			free(visitor);
		}
	}
	mc_lock_finish(&visitors->lock);
	free(visitors);
}

/* Where somebody is, or would be. */
static struct visitor **
link_of(struct visitors *visitors, mc_user_id user)
{
	struct visitor **link = &visitors->slots[(uint64_t)user % SLOTS];

	mc_lock_assert_held(&visitors->lock);
	while (*link != NULL && (*link)->user != user)
		link = &(*link)->chain;
	return link;
}

struct visitor *
visitors_enter(struct visitors *visitors, mc_user_id user)
{
	mc_lock_take(&visitors->lock);
	struct visitor **link = link_of(visitors, user);
	if (*link == NULL) {
		*link = calloc(1, sizeof(**link));
		if (*link != NULL)
			(*link)->user = user;
	}
	struct visitor *visitor = *link;
	if (visitor != NULL && visitor->connections < visitors->each)
		visitor->connections++;
	else
		visitor = NULL;
	mc_lock_release(&visitors->lock);
	return visitor;
}

void
visitors_leave(struct visitors *visitors, struct visitor *visitor)
{
	mc_lock_take(&visitors->lock);
	if (--visitor->connections == 0) {
		*link_of(visitors, visitor->user) = visitor->chain;
		free(visitor);
	}
	mc_lock_release(&visitors->lock);
}

struct visitor *
visitors_strangers(struct visitors *visitors)
{
	return &visitors->strangers;
}

bool
visitor_take(struct visitor *visitor, enum share share)
{
	if (atomic_fetch_add(&visitor->taken[share], 1) < limits[share])
		return true;
	visitor_give_back(visitor, share);
	return false;
}

void
visitor_give_back(struct visitor *visitor, enum share share)
{
	atomic_fetch_sub(&visitor->taken[share], 1);
}
