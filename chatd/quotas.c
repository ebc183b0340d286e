#include "chatd/quotas.h"

#include <stdlib.h>

#include "libminiclass/base/lock.h"

enum { SLOTS = 4096 };

static const int limits[SHARES] = {
	[SHARE_SEND] = 4096, /* 16 connections that wait for 256 acks each; 20 MiB at most */
	[SHARE_INPUT] = 256, /* 32 MiB at most */
	[SHARE_OUTPUT] = 64, /* 64 MiB, where out_queue is 1 MiB */
};

struct quotas {
	int64_t each; /* const */
	struct quota strangers;
	struct mc_lock lock;
	/* lock: */
	struct quota *slots[SLOTS];
};

struct quotas *
quotas_create(int64_t each)
{
	struct quotas *quotas = calloc(1, sizeof(*quotas));

	if (quotas == NULL)
		return NULL;
	quotas->each = each;
	mc_lock_init(&quotas->lock, "quotas", MC_LOCK_QUOTAS);
	return quotas;
}

void
quotas_destroy(struct quotas *quotas)
{
	if (quotas == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		while (quotas->slots[i] != NULL) {
			struct quota *quota = quotas->slots[i];
			quotas->slots[i] = quota->chain;
			free(quota);
		}
	}
	mc_lock_finish(&quotas->lock);
	free(quotas);
}

/* Where somebody is, or would be. */
static struct quota **
link_of(struct quotas *quotas, mc_user_id user)
{
	struct quota **link = &quotas->slots[(uint64_t)user % SLOTS];

	mc_lock_assert_held(&quotas->lock);
	while (*link != NULL && (*link)->user != user)
		link = &(*link)->chain;
	return link;
}

struct quota *
quotas_enter(struct quotas *quotas, mc_user_id user)
{
	mc_lock_take(&quotas->lock);
	struct quota **link = link_of(quotas, user);
	if (*link == NULL) {
		*link = calloc(1, sizeof(**link));
		if (*link != NULL)
			(*link)->user = user;
	}
	struct quota *quota = *link;
	if (quota != NULL && quota->connections < quotas->each)
		quota->connections++;
	else
		quota = NULL;
	mc_lock_release(&quotas->lock);
	return quota;
}

void
quotas_leave(struct quotas *quotas, struct quota *quota)
{
	mc_lock_take(&quotas->lock);
	if (--quota->connections == 0) {
		*link_of(quotas, quota->user) = quota->chain;
		free(quota);
	}
	mc_lock_release(&quotas->lock);
}

struct quota *
quotas_strangers(struct quotas *quotas)
{
	return &quotas->strangers;
}

bool
quota_take(struct quota *quota, enum share share)
{
	if (atomic_fetch_add(&quota->taken[share], 1) < limits[share])
		return true;
	quota_give_back(quota, share);
	return false;
}

void
quota_give_back(struct quota *quota, enum share share)
{
	atomic_fetch_sub(&quota->taken[share], 1);
}
