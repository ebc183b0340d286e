/*
 * password - Argon2id (RFC 9106): hash, verify, and know when to hash again.
 *
 * Slow by design: 20 to 60 ms and `memory_kib` of memory each.  Call it from the hashing lane
 * only, never from a loop or with a database lease in hand.  Any thread; threads do not share
 * memory.  The password itself is never kept, copied into an error or logged.
 */
#ifndef LIBMINICLASS_CRYPT_PASSWORD_H
#define LIBMINICLASS_CRYPT_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

enum {
	MC_PASSWORD_SIZE_MIN = 8,    /* bytes; NIST SP 800-63B, 5.1.1.2: length is the only rule */
	MC_PASSWORD_SIZE_MAX = 1024, /* bytes; hashing costs the same, reading does not */
	MC_PASSWORD_HASH_SIZE = 128, /* "$argon2id$v=19$m=19456,t=2,p=1$salt$hash" and NUL */
};

struct mc_password_cost {
	uint32_t memory_kib, passes, lanes;
};

/* OWASP's and our least: 19 MiB, 2 passes, 1 lane. */
extern const struct mc_password_cost mc_password_cost_least;

/* A PHC string with a fresh salt of 16 bytes.  MC_NO_MEMORY when the memory is not to be had. */
enum mc_status mc_password_hash(const struct mc_password_cost *cost, struct mc_str password,
	char out[MC_PASSWORD_HASH_SIZE]) MC_MUST_USE;
/*
 * MC_OK, or MC_UNAUTHENTICATED when it is another password.  An empty `hash` stands for an unknown
 * user: the same work is done at `cost` and the answer is MC_UNAUTHENTICATED, in the same time.
 */
enum mc_status mc_password_verify(const struct mc_password_cost *cost, struct mc_str hash,
	struct mc_str password) MC_MUST_USE;
/* True when the hash was made more cheaply than `cost`, or is not ours. */
bool mc_password_needs_rehash(const struct mc_password_cost *cost, struct mc_str hash);

#endif
