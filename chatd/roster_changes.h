/*
 * roster_changes - what changed in who is in a room, as its members are told.
 *
 * Instructors are told who came and left; students are told that of instructors, and else only how
 * many there are.  No thread of its own.
 */
#ifndef CHATD_ROSTER_CHANGES_H
#define CHATD_ROSTER_CHANGES_H

#include <stdbool.h>

#include "chatd/roster.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/model/id.h"

struct daemon;

/* What there is to say to the members of a room. */
struct roster_changes;

/* NULL when memory is out. */
struct roster_changes *roster_changes_create(void);
void roster_changes_destroy(struct roster_changes *changes);
/*
 * Replaces what it held by the difference of the two, made ready for every front of the daemon.
 * False when memory is out: then it holds nothing, and the two are to be compared again.
 */
bool roster_changes_find(struct roster_changes *changes, const struct daemon *daemon,
	mc_room_id room, const struct roster *old, const struct roster *new) MC_MUST_USE;
/* Posts what it holds; nothing when there was no difference. */
void roster_changes_tell(struct roster_changes *changes);

#endif
