/*
 * roster - who is in a room, over all daemons, as it was read last; by id.  No thread of its own.
 */
#ifndef CHATD_ROSTER_H
#define CHATD_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/model/stay.h"

struct person {
	mc_user_id id;
	enum mc_role role;
	struct mc_str name; /* in `names` of the roster */
};

struct roster {
	struct person *list; /* by id; owned */
	size_t n;
	char *names; /* block of all names; owned */
};

/* Of one room as it was read; false when memory is out. */
bool roster_copy(const struct mc_present *read, size_t n, struct roster *out) MC_MUST_USE;
void roster_free(struct roster *roster);
bool roster_has(const struct roster *roster, mc_user_id id);
/* As `role` may see them, in the arena; NULL when memory is out, and *n 0. */
struct mc_chat_person *roster_list(
	const struct roster *roster, struct mc_arena *arena, enum mc_role role, size_t *n);

#endif
