/*
 * presence - who is in a room, over all daemons; and the stays from which attendance is counted.
 *
 * Loops say that a connection came or went; a user is here while there is one.  The thread writes
 * what changed in batches, beats what stays, reads the rooms that changed (here or, by a notice,
 * elsewhere) and tells the members of the difference. Instructors are told who; students are told
 * how many, and who among the instructors.
 */
#ifndef CHATD_PRESENCE_H
#define CHATD_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/model/id.h"

struct daemon;
struct jobs;
struct presence;

struct presence *presence_create(struct daemon *daemon);
enum mc_status presence_start(struct presence *presence) MC_MUST_USE;
/* Writes what is left, ends this daemon's stays. */
void presence_stop(struct presence *presence);
void presence_destroy(struct presence *presence);

/* Any thread: one connection of the user came into the room; false: memory is out, it is not
 * counted. */
bool presence_came(struct presence *presence, mc_room_id room, mc_user_id user) MC_MUST_USE;
/* Any thread: one that was counted left it. */
void presence_left(struct presence *presence, mc_room_id room, mc_user_id user);
/* Any thread: the user was not let into the room; whoever comes in behind is written anew. */
void presence_doubt(struct presence *presence, mc_room_id room, mc_user_id user);
/*
 * Jobs of kind ENTER wait here until what was said by presence_came before is counted and the
 * room has been read; wake it behind them.  Any thread.
 */
struct jobs *presence_jobs(struct presence *presence);
void presence_wake(struct presence *presence);
/* Any thread: somebody else wrote about this room (0: about any), so it is to be read again. */
void presence_set_stale(struct presence *presence, mc_room_id room);
/* Any thread: this user's role in some class may be another now. */
void presence_set_stale_for(struct presence *presence, mc_user_id user);

/*
 * Any thread: who is here as last read, as `role` may see it; names in the arena. *count is
 * everybody.  NULL when there is no memory, and *n 0.
 */
struct mc_chat_person *presence_list(struct presence *presence, struct mc_arena *arena,
	mc_room_id room, enum mc_role role, size_t *n, int64_t *count);

#endif
