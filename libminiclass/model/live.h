/*
 * live - live sessions of a class: at most one at a time.  Each has a room, which ends with it.  By
 * the thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_LIVE_H
#define LIBMINICLASS_MODEL_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/model/id.h"

struct mc_db;

struct mc_live {
	mc_live_id id;
	mc_room_id room;
	struct mc_str title;
	struct mc_time started_at;
	struct mc_time ended_at; /* 0: it is live */
	struct mc_str started_by;
	bool counts; /* in the attendance over all sessions */
	/* The last one about that; of mc_live_find_take only. */
	struct {
		struct mc_str reason, by; /* ptr NULL: nobody has decided */
		struct mc_time at;
	} decision;
};

/*
 * MC_CONFLICT: one is live already; *out is that one.  MC_FORBIDDEN: `by` is no instructor of the
 * class.
 */
enum mc_status mc_live_start(struct mc_db *db, mc_class_id class_id, mc_user_id by,
	struct mc_str title, struct mc_live *out) MC_MUST_USE;
/*
 * MC_NOT_FOUND: it is not live; `live` 0: none is.  MC_FORBIDDEN: `by` is no instructor of the
 * class (any more).  Its room ends too; mc_access says "room:ID" (sql/).
 */
enum mc_status mc_live_end(struct mc_db *db, mc_class_id class_id, mc_live_id live, mc_user_id by,
	struct mc_live *out) MC_MUST_USE;
/*
 * Ends those in which nobody has been and nothing was written for `seconds`: at the last moment
 * somebody was there.  Any number of daemons may do it at once.
 */
enum mc_status mc_live_end_abandoned(struct mc_db *db, int64_t seconds) MC_MUST_USE;
/*
 * What is asked for is not found, nor read, for whose session is of nobody in the class: it may
 * travel with the statement that lets in.
 *
 * The one that is live; `least`: what they must be in the class.  MC_NOT_FOUND.
 */
void mc_live_current_ask(struct mc_db *db, const struct mc_digest *session, enum mc_role least,
	mc_class_id class_id);
enum mc_status mc_live_current_take(struct mc_db *db, struct mc_live *out) MC_MUST_USE;
/* Newest first, `limit` at most; in the arena. */
void mc_live_list_ask(
	struct mc_db *db, const struct mc_digest *session, mc_class_id class_id, int limit);
enum mc_status mc_live_list_take(
	struct mc_db *db, struct mc_arena *arena, struct mc_live **out, size_t *n) MC_MUST_USE;
/* For instructors.  MC_NOT_FOUND. */
void mc_live_find_ask(
	struct mc_db *db, const struct mc_digest *session, mc_class_id class_id, mc_live_id live);
enum mc_status mc_live_find_take(struct mc_db *db, struct mc_live *out) MC_MUST_USE;

/*
 * Leaves it out of the attendance over all sessions, or takes it in again; live or ended.  Kept
 * with who, when and why; the last one counts.  MC_NOT_FOUND: no such session; MC_FORBIDDEN: `by`
 * is no instructor of the class.
 */
enum mc_status mc_live_set_counts(struct mc_db *db, mc_class_id class_id, mc_live_id live,
	bool counts, struct mc_str reason, mc_user_id by, struct mc_live *out) MC_MUST_USE;

#endif
