/*
 * form - application/x-www-form-urlencoded, in bodies and queries (WHATWG URL, 5.1).
 *
 * Gives the pairs in order, repeated names included.  "+" is a blank; a bad %XX is refused.  Pure;
 * the pairs live in the arena.
 */
#ifndef LIBMINICLASS_HTTP_FORM_H
#define LIBMINICLASS_HTTP_FORM_H

#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

enum { MC_FORM_PAIRS_MAX = 256 };

struct mc_pair {
	struct mc_str name, value; /* decoded; in the arena or borrowed from the input */
};

/* MC_INVALID: bad coding; MC_TOO_LARGE: too many pairs; MC_NO_MEMORY. */
enum mc_status mc_form_read(struct mc_arena *arena, struct mc_str text, struct mc_pair **pairs,
	size_t *n_pairs) MC_MUST_USE;

#endif
