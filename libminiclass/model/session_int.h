/* session_int - a session and its user as the front of a row; shared by the sources of model only.
 */
#ifndef LIBMINICLASS_MODEL_SESSION_INT_H
#define LIBMINICLASS_MODEL_SESSION_INT_H

#include "libminiclass/db/query.h"
#include "libminiclass/model/session.h"
#include "libminiclass/model/user.h"

/* Of mc.session s and mc.account a, in the order that session_take_inside reads. */
#define SESSION_COLUMNS                                                                            \
	"s.id, s.created_at, s.expires_at, s.used_at, s.agent, s.address, a.id, a.name, a.email"
enum { SESSION_N_COLUMNS = 9 };

static inline struct mc_param
session_param(const struct mc_digest *session)
{
	return mc_p_bytes(session->bytes, sizeof(session->bytes));
}

/* Whose session it is, as a value: NULL when it is over. */
#define SESSION_ACCOUNT_OF(digest)                                                                 \
	"(SELECT s.account_id FROM mc.session s JOIN mc.account o ON o.id = s.account_id"          \
	" AND o.disabled_at IS NULL WHERE s.digest = " digest " AND s.expires_at > now())"
#define SESSION_ACCOUNT SESSION_ACCOUNT_OF("$2")

/*
 * Takes the one row that was asked for; what stands behind SESSION_COLUMNS is read from *row, and
 * is NULL for who is known and not in it.  MC_UNAUTHENTICATED: there is none; MC_NOT_FOUND: not in
 * it.
 */
enum mc_status session_take_inside(struct mc_db *db, struct mc_row *row, struct mc_session *session,
	struct mc_user *user) MC_MUST_USE;

#endif
