/* password - is it their password?  With throttles, in the same time for accounts that do not
 * exist. */
#ifndef SERVER_HANDLERS_PASSWORD_H
#define SERVER_HANDLERS_PASSWORD_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/model/user.h"

struct ctx;

/*
 * Hashing lane only.  MC_OK with the user (in the arena); the hash is made anew when the cost was
 * raised. MC_UNAUTHENTICATED: wrong, and counted.  MC_TOO_MANY: not even tried.  The lease is held
 * again afterwards.
 */
enum mc_status password_check(struct ctx *ctx, struct mc_str email, struct mc_str password,
	struct mc_user *user, struct mc_str *hash) MC_MUST_USE;

#endif
