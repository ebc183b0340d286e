/* params_int - a statement's parameters as libpq wants them; shared by the sources of db only. */
#ifndef LIBMINICLASS_DB_PARAMS_INT_H
#define LIBMINICLASS_DB_PARAMS_INT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/db/query.h"

/* Its pointers borrow the parameters, the scratch and itself: it stays where it was filled. */
struct db_encoded {
	Oid types[MC_PARAMS_MAX];
	const char *values[MC_PARAMS_MAX];
	int lengths[MC_PARAMS_MAX];
	int formats[MC_PARAMS_MAX];
	uint64_t numbers[MC_PARAMS_MAX]; /* in network order */
};

/* Lists are written into the scratch, which is cleared first; false when it has no room. */
bool db_encode(const struct mc_param *params, size_t n, struct mc_buf *scratch,
	struct db_encoded *out) MC_MUST_USE;

#endif
