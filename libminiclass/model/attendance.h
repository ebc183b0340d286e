/*
 * attendance - how long each student was in a live session: the union of their stays, so that two
 * connections count once; cut to the session's beginning and end; and what an instructor corrected,
 * with the reason.  By the thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_ATTENDANCE_H
#define LIBMINICLASS_MODEL_ATTENDANCE_H

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
#include "libminiclass/model/live.h"

struct mc_db;

struct mc_attendance {
	mc_user_id user_id;
	struct mc_str user_name, user_email;
	struct mc_time first_joined_at, last_left_at; /* 0: never; last_left_at 0 while present */
	int64_t seconds;                              /* as counted, or as corrected */
	bool attended; /* however short it was, unless an instructor says otherwise */
	bool present;  /* just now */
	bool corrected;
	bool belongs; /* else it was before they joined the class, or while they were removed */
	int64_t counted_seconds;
	struct mc_str reason; /* of the correction; ptr NULL */
	struct mc_str corrected_by;
	struct mc_time corrected_at; /* 0: never */
};

/*
 * Every student of the class (also who was never there, or joined later), and who left the class
 * since but was there or was corrected; by name.  Nobody when there is no such session.
 */
enum mc_status mc_attendance_of_session(struct mc_db *db, struct mc_arena *arena,
	mc_class_id class_id, mc_live_id live, struct mc_attendance **out, size_t *n) MC_MUST_USE;

struct mc_attendance_tally {
	mc_user_id user_id;
	struct mc_str user_name, user_email;
	int64_t sessions;       /* attended; only those that count, here and below */
	int64_t sessions_total; /* those, and all others that belong to them */
	int64_t seconds;
	int64_t minutes; /* the sum of what each session's come to: not of the seconds */
};
/* `only` 0: every student of the class; else that one. */
enum mc_status mc_attendance_tallies(struct mc_db *db, struct mc_arena *arena, mc_class_id class_id,
	mc_user_id only, struct mc_attendance_tally **out, size_t *n) MC_MUST_USE;

/* Of one student in one session. */
struct mc_attendance_entry {
	struct mc_live session;
	int64_t seconds; /* as counted, or as corrected */
	bool attended;   /* as the tally counts it, if it does */
	bool present;    /* just now */
	bool corrected;
	struct mc_str reason; /* of the correction; ptr NULL */
};

struct mc_attendance_record {
	struct mc_attendance_tally tally;
	/* The sessions that the tally is over, and those between them that do not count; newest
	 * first, MC_LIVE_LISTED_MAX at most. */
	struct mc_attendance_entry *entries;
	size_t n_entries;
};
/*
 * MC_NOT_FOUND: no student of the class now; or, and then nothing is read, the session is of nobody
 * who is the student or an instructor of the class.
 */
void mc_attendance_record_ask(struct mc_db *db, const struct mc_digest *session,
	mc_class_id class_id, mc_user_id student);
enum mc_status mc_attendance_record_take(
	struct mc_db *db, struct mc_arena *arena, struct mc_attendance_record *out) MC_MUST_USE;

/*
 * Kept with who, when and why; the last one counts.  seconds < 0 takes corrections back.  Also of
 * students who left the class.  MC_NOT_FOUND: no such session, or no such student; MC_FORBIDDEN:
 * `by` is no instructor of the class.
 */
enum mc_status mc_attendance_correct(struct mc_db *db, mc_class_id class_id, mc_live_id live,
	mc_user_id student, int64_t seconds, struct mc_str reason, mc_user_id by) MC_MUST_USE;

#endif
