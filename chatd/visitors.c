#include "chatd/visitors.h"

#include <stdlib.h>

#include "libminiclass/base/lock.h"

enum { SLOTS = 4096 };

struct visitor {
	struct visitor *chain;
	mc_user_id user;
	int64_t connections; /* 1 at least */
};

struct visitors {
	int64_t each; /* const */
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

bool
visitors_enter(struct visitors *visitors, mc_user_id user)
{
	mc_lock_take(&visitors->lock);
	struct visitor **link = link_of(visitors, user);
	if (*link == NULL) {
		*link = calloc(1, sizeof(**link));
		if (*link != NULL)
			(*link)->user = user;
	}
	bool enters = *link != NULL && (*link)->connections < visitors->each;
	if (enters)
		(*link)->connections++;
	mc_lock_release(&visitors->lock);
	return enters;
}

void
visitors_leave(struct visitors *visitors, mc_user_id user)
{
	mc_lock_take(&visitors->lock);
	struct visitor **link = link_of(visitors, user);
	struct visitor *visitor = *link;
	if (visitor != NULL && --visitor->connections == 0) {
		*link = visitor->chain;
		free(visitor);
	}
	mc_lock_release(&visitors->lock);
}
