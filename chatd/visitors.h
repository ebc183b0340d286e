/*
 * visitors - how many connections each person has at this daemon: nobody takes all that there may
 * be.  Any thread.
 */
#ifndef CHATD_VISITORS_H
#define CHATD_VISITORS_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/model/id.h"

struct visitors;

/* `each`: the connections that one person may have.  NULL when memory is out. */
struct visitors *visitors_create(int64_t each);
void visitors_destroy(struct visitors *visitors);

/* One more connection of theirs; false: they have too many, or memory is out. */
bool visitors_enter(struct visitors *visitors, mc_user_id user) MC_MUST_USE;
/* One that had entered has ended. */
void visitors_leave(struct visitors *visitors, mc_user_id user);

#endif
