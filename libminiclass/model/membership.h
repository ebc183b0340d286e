/*
 * membership - who is in a class, as what.
 *
 * A membership that ends keeps its row (history stays); access looks at those that have not ended.
 * By the thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_MEMBERSHIP_H
#define LIBMINICLASS_MODEL_MEMBERSHIP_H

#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/model/classroom.h"
#include "libminiclass/model/id.h"
#include "libminiclass/model/session.h"

/* "instructor" or "student", as JSON and chat say it. */
struct mc_str mc_role_name(enum mc_role role);

/*
 * Session, user, membership and class in one short statement: what every request on a class asks
 * first. MC_UNAUTHENTICATED: no such session (*session, *user unset).  MC_NOT_FOUND: no such class,
 * or the user is not in it; *session and *user are set.
 */
void mc_membership_find_ask(
	struct mc_db *db, const struct mc_digest *session, mc_class_id class_id);
enum mc_status mc_membership_find_take(struct mc_db *db, struct mc_session *session,
	struct mc_user *user, struct mc_classroom *classroom) MC_MUST_USE;

struct mc_member {
	mc_user_id id;
	struct mc_str name;
	struct mc_str email; /* for instructors' eyes */
	enum mc_role role;
	struct mc_time joined_at;
};

/* Instructors first, then students, each by name; `only` MC_ROLE_INSTRUCTOR leaves the students
 * out. */
enum mc_status mc_membership_list(struct mc_db *db, struct mc_arena *arena, mc_class_id class_id,
	enum mc_role only, struct mc_member **members, size_t *n) MC_MUST_USE;
/*
 * `by` must teach the class when it is done, whatever was asked before.  MC_NOT_FOUND: one of the
 * two is not in the class; MC_FORBIDDEN: `by` is no instructor of it; MC_CONFLICT: would leave the
 * class without an instructor.
 */
enum mc_status mc_membership_set_role(struct mc_db *db, mc_class_id class_id, mc_user_id user,
	enum mc_role role, mc_user_id by) MC_MUST_USE;
/*
 * By themselves, or by an instructor: only then what they miss until they come back does not count
 * as missed.  The same failures.
 */
enum mc_status mc_membership_leave(
	struct mc_db *db, mc_class_id class_id, mc_user_id user) MC_MUST_USE;
enum mc_status mc_membership_remove(
	struct mc_db *db, mc_class_id class_id, mc_user_id user, mc_user_id by) MC_MUST_USE;

#endif
