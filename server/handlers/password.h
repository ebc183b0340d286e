/* password - is it their password, or their code?  With throttles, in the same time for accounts
 * that do not exist. */
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

/* The same for who is logged in: their guesses are counted by themselves. */
enum mc_status password_confirm(struct ctx *ctx, struct mc_str password, struct mc_user *user,
	struct mc_str *hash) MC_MUST_USE;

/*
 * Hashing lane only.  The password that a one-time code sets, with its hash; with the same
 * outcomes. Wrong codes are counted as wrong passwords are, and apart from them.  A wrong code
 * costs the same hash as a right one.
 */
enum mc_status password_set_by_code(struct ctx *ctx, struct mc_str email, struct mc_str code,
	struct mc_str password, struct mc_user *user, struct mc_str *hash) MC_MUST_USE;

#endif
