/*
 * session - log-in sessions, kept as the SHA-256 of their token.
 *
 * A session is valid until it ends (log-out, password change, expiry); every instance asks the
 * database, so an end holds everywhere at once.  By the thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_SESSION_H
#define LIBMINICLASS_MODEL_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/time.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/model/id.h"
#include "libminiclass/model/user.h"

/* How exact used_at is: a write each hour, not each request. */
enum { MC_SESSION_USED_S = 3600 };

struct mc_session {
	mc_session_id id;
	struct mc_time created_at, expires_at, used_at;
	struct mc_str agent;   /* User-Agent at log-in, cut */
	struct mc_str address; /* host at log-in */
};

struct mc_session_new {
	mc_user_id user;
	struct mc_digest digest;
	struct mc_str agent, address;
	/*
	 * The hash that the password was verified against: the session is not made when a new
	 * password has taken its place meanwhile.  Empty: none to compare, as at sign-up.
	 */
	struct mc_str password_hash;
};

/*
 * MC_NOT_FOUND when the account is disabled, or has another password, meanwhile.  Some sessions
 * that have expired, whosever they were, are deleted along the way.
 */
enum mc_status mc_session_create(
	struct mc_db *db, const struct mc_session_new *wanted, struct mc_session *out) MC_MUST_USE;

/* Who is it?  MC_UNAUTHENTICATED when there is no such valid session. */
void mc_session_find_ask(struct mc_db *db, const struct mc_digest *digest);
enum mc_status mc_session_find_take(
	struct mc_db *db, struct mc_session *session, struct mc_user *user) MC_MUST_USE;

/*
 * Notes that it is in use; it changes nothing before used_at is MC_SESSION_USED_S ago, and who can
 * see that need not call it.  _ask alone is for who sends it and takes no notice of what comes of
 * it.
 */
void mc_session_touch_ask(struct mc_db *db, mc_session_id session);
enum mc_status mc_session_touch(struct mc_db *db, mc_session_id session) MC_MUST_USE;

/* Newest first; in the arena. */
enum mc_status mc_session_list(struct mc_db *db, struct mc_arena *arena, mc_user_id user,
	struct mc_session **sessions, size_t *n) MC_MUST_USE;
/* MC_NOT_FOUND: no such session of that user. */
enum mc_status mc_session_end(struct mc_db *db, mc_user_id user, mc_session_id session) MC_MUST_USE;

#endif
