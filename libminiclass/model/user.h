/*
 * user - accounts: a name, an e-mail address, a password hash that never leaves this module's
 * callers' verification.
 *
 * Texts in results are borrowed from the lease.  By the thread that has the lease; what needs none,
 * by any.
 */
#ifndef LIBMINICLASS_MODEL_USER_H
#define LIBMINICLASS_MODEL_USER_H

#include <stdbool.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"
#include "libminiclass/model/id.h"

struct mc_db;

struct mc_user {
	mc_user_id id;
	struct mc_str name, email;
};

struct mc_user_new {
	struct mc_str name, email; /* normalised, within limits */
	struct mc_str password_hash;
};

/* True for an address that RFC 5321 allows and the world uses: local@domain, <= MC_EMAIL_MAX bytes.
 */
bool mc_email_is_well_formed(struct mc_str email);
/* What others know somebody by can be seen and hides nothing (mc_utf8_first_seen), and does not
 * begin with the asterisk that terminals put in front of a teacher's. */
bool mc_user_name_is_plain(struct mc_str name);

/* MC_CONFLICT: the address, without case, is taken.  Text in *out borrows `wanted`. */
enum mc_status mc_user_create(
	struct mc_db *db, const struct mc_user_new *wanted, struct mc_user *out) MC_MUST_USE;
/* With the hash, to verify a log-in; MC_NOT_FOUND also for a disabled account. */
enum mc_status mc_user_find_by_email(struct mc_db *db, struct mc_str email, struct mc_user *out,
	struct mc_str *password_hash) MC_MUST_USE;
/*
 * A new hash for a changed password; ends every session but `keep` (0: all) in the same
 * transaction. MC_CONFLICT when the hash is no longer `old_hash`: somebody else was faster.
 */
enum mc_status mc_user_set_password(struct mc_db *db, mc_user_id user, struct mc_str old_hash,
	struct mc_str new_hash, mc_session_id keep) MC_MUST_USE;
/*
 * The same password hashed at a higher cost; sessions stay.  MC_CONFLICT when the hash is no longer
 * `old_hash`: somebody else made it anew, or changed the password.
 */
enum mc_status mc_user_upgrade_hash(struct mc_db *db, mc_user_id user, struct mc_str old_hash,
	struct mc_str new_hash) MC_MUST_USE;

#endif
