/*
 * operator - what only mc-admin does: all accounts and all classes, accounts made for others,
 * renamed, disabled and enabled.
 *
 * mc_server's role may not change an account, so these need the schema owner's rights.  Lists come
 * in pages, the oldest first: give the last one's id as `after`, until a page is empty.  By the
 * thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_OPERATOR_H
#define LIBMINICLASS_MODEL_OPERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"
#include "libminiclass/model/id.h"
#include "libminiclass/model/user.h"

struct mc_db;

struct mc_account {
	struct mc_user user;
	struct mc_time created_at;
	/* When a session was used last, to the hour; 0: there was none. */
	struct mc_time seen_at;
	struct mc_time disabled_at; /* 0: not disabled */
	int64_t n_classes;
};

struct mc_class_summary {
	mc_class_id id;
	struct mc_str name;
	struct mc_str instructors; /* names with ", " between */
	int64_t n_members, n_posts;
	struct mc_time created_at;
};

/* Those with `part` in name or e-mail address, whatever its case; "": all.  Text borrows the lease,
 * the list is in the arena. */
enum mc_status mc_operator_accounts(struct mc_db *db, struct mc_arena *arena, struct mc_str part,
	mc_user_id after, struct mc_account **accounts, size_t *n) MC_MUST_USE;
/* The same for classes; `part` of the name or an instructor's. */
enum mc_status mc_operator_classes(struct mc_db *db, struct mc_arena *arena, struct mc_str part,
	mc_class_id after, struct mc_class_summary **classes, size_t *n) MC_MUST_USE;

/* An account without a password: log-in is refused until a code sets one (model/reset.h).
 * MC_CONFLICT: the address is taken. */
enum mc_status mc_operator_create(
	struct mc_db *db, struct mc_str name, struct mc_str email, struct mc_user *out) MC_MUST_USE;
/* Everywhere, also above what was written before; what has read the name already shows the old one.
 * MC_NOT_FOUND: no such account. */
enum mc_status mc_operator_rename(
	struct mc_db *db, struct mc_str email, struct mc_str name) MC_MUST_USE;
/*
 * A disabled account has no session and no code, and gets none.  Both are MC_OK when it was so
 * already, which *changed tells; MC_NOT_FOUND: no such account.
 */
enum mc_status mc_operator_disable(
	struct mc_db *db, struct mc_str email, bool *changed) MC_MUST_USE;
enum mc_status mc_operator_enable(struct mc_db *db, struct mc_str email, bool *changed) MC_MUST_USE;

#endif
