/*
 * throttle - failed tries, counted in the database so that all instances count together.
 *
 * A table in the source names each kind with its window and how many tries it allows.  Counted are
 * failures: a class of forty behind one address that logs in correctly is never slowed.  By the
 * thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_THROTTLE_H
#define LIBMINICLASS_MODEL_THROTTLE_H

#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"

struct mc_db;

enum mc_throttle_kind {
	MC_THROTTLE_LOGIN_PAIR, /* wrong passwords for one account from one address: 10 in 15 min */
	MC_THROTTLE_LOGIN_ACCOUNT, /* for one account from anywhere: 100 in 15 min */
	MC_THROTTLE_LOGIN_ADDRESS, /* for any account from one address: 300 in 15 min */
	MC_THROTTLE_JOIN_CODE,     /* wrong class codes by one user: 30 in 15 min */
	MC_THROTTLE_COUNT
};

struct mc_throttle {
	enum mc_throttle_kind kind;
	struct mc_str key; /* e.g. the folded e-mail and the address; stored as its SHA-256 */
};

/* MC_TOO_MANY, with error->retry_after_s, when any of them is used up. One round trip. */
enum mc_status mc_throttle_check(struct mc_db *db, const struct mc_throttle *throttles, size_t n,
	struct mc_error *error) MC_MUST_USE;
/* One more failure for each. */
enum mc_status mc_throttle_count(
	struct mc_db *db, const struct mc_throttle *throttles, size_t n) MC_MUST_USE;
/* Forgets the failures (after a success). */
enum mc_status mc_throttle_clear(
	struct mc_db *db, const struct mc_throttle *throttles, size_t n) MC_MUST_USE;

#endif
