/*
 * reset - one-time codes with which a person sets a password, the old one unknown or not there yet.
 *
 * The operator has a code made and gives it to the person; the database has its SHA-256 only. Until
 * it is used the old password stays good, so a code that somebody asked for by mistake does no
 * harm.  By the thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_RESET_H
#define LIBMINICLASS_MODEL_RESET_H

#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/model/user.h"

struct mc_db;

/*
 * A code for the account, instead of the one that it had.  The operator's role only.  MC_NOT_FOUND:
 * no such account; MC_CONFLICT: it is disabled.
 */
enum mc_status mc_reset_put(struct mc_db *db, struct mc_str email, const struct mc_digest *code,
	int64_t valid_ms, struct mc_time *expires_at) MC_MUST_USE;
/*
 * Uses the code up: the account has the new hash, and no session that is older.  MC_UNAUTHENTICATED
 * for a wrong or expired code, one that was used, an unknown address or a disabled account.  Text
 * in *out borrows the lease.
 */
enum mc_status mc_reset_use(struct mc_db *db, struct mc_str email, const struct mc_digest *code,
	struct mc_str new_hash, struct mc_user *out) MC_MUST_USE;

#endif
