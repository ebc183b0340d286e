/*
 * room - one ordered stream of messages: a live session, a discussion, or a private thread.
 *
 * Who may: members of the class enter live sessions and discussions; a thread, its one student and
 * the class's instructors. A room that has ended is read and not written.  Texts are borrowed from
 * the lease.  By the thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_ROOM_H
#define LIBMINICLASS_MODEL_ROOM_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/model/classroom.h"
#include "libminiclass/model/id.h"
#include "libminiclass/model/session.h"
#include "libminiclass/model/user.h"

struct mc_db;

enum mc_room_kind { MC_ROOM_LIVE, MC_ROOM_DISCUSSION, MC_ROOM_THREAD };

/* A room as one person who may read it sees it. */
struct mc_room {
	mc_room_id id;
	mc_class_id class_id;
	enum mc_room_kind kind;
	enum mc_role role; /* of the one who asks */
	bool ended;
	int64_t last_seq;
	int64_t n_removed;     /* messages of it */
	int64_t owner;         /* the live session's or discussion's id */
	struct mc_str title;   /* the session's title or the discussion's topic */
	mc_user_id student_id; /* of a thread; else 0 */
	struct mc_str student_name;
};

/* chatd: may this user enter?  MC_NOT_FOUND: no such room, or not theirs. */
enum mc_status mc_room_find(
	struct mc_db *db, mc_user_id user, mc_room_id room, struct mc_room *out) MC_MUST_USE;
/*
 * mc-server: session, user and room in one statement.  MC_UNAUTHENTICATED; MC_NOT_FOUND with
 * *session and *user set. *classroom: the room's class as mc_membership_find_take gives it.
 */
void mc_room_find_ask(struct mc_db *db, const struct mc_digest *session, mc_room_id room);
enum mc_status mc_room_find_take(struct mc_db *db, struct mc_session *session, struct mc_user *user,
	struct mc_classroom *classroom, struct mc_room *out) MC_MUST_USE;

/* chatd, once for many: how far these rooms are; unknown ones are left out. */
struct mc_room_state {
	mc_room_id id;
	int64_t last_seq;
	int64_t n_removed;
	bool ended;
};
enum mc_status mc_room_states(struct mc_db *db, struct mc_arena *arena, const mc_room_id *rooms,
	size_t n, struct mc_room_state **out, size_t *n_out) MC_MUST_USE;

/*
 * chatd: which of these (user, session, room) still hold?  For re-checking open connections after
 * an `mc_access` notice and after notices may have been missed.  still[i] is false when the session
 * has ended or the user may not enter the room any more; room 0 asks only for the session.
 * roles[i]: as what, now, of a room that still holds.
 */
struct mc_room_claim {
	mc_session_id session;
	mc_user_id user;
	mc_room_id room;
};
enum mc_status mc_room_check(struct mc_db *db, const struct mc_room_claim *claims, size_t n,
	bool *still, enum mc_role *roles) MC_MUST_USE;

#endif
