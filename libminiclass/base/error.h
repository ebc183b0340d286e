/*
 * error - what went wrong, in words, held by the caller.
 *
 * There is no last-error variable, so an error can never be a stale one.  The callee fills it only
 * when it fails.  A NULL error is allowed everywhere: the words are then dropped.  A value type,
 * owned by one thread at a time.
 */
#ifndef LIBMINICLASS_BASE_ERROR_H
#define LIBMINICLASS_BASE_ERROR_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

enum { MC_ERROR_FIELD_MAX = 32, MC_ERROR_MESSAGE_MAX = 256 };

struct mc_error {
	enum mc_status status;
	int retry_after_s;                  /* with MC_TOO_MANY and MC_UNAVAILABLE; else 0 */
	char field[MC_ERROR_FIELD_MAX];     /* the input at fault, or "" */
	char message[MC_ERROR_MESSAGE_MAX]; /* one sentence for a person; cut at a character's end
					     */
};

/* Fills *error and returns `status`, so that a failure is one statement.  `field` may be NULL. */
enum mc_status mc_error_set(struct mc_error *error, enum mc_status status, const char *field,
	const char *format, ...) MC_PRINTF(4, 5) MC_COLD;

#endif
