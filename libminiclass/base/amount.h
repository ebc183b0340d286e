/* amount - a number and its unit, as people write it: "20", "250ms", "0.5 s", "64KiB".  Pure. */
#ifndef LIBMINICLASS_BASE_AMOUNT_H
#define LIBMINICLASS_BASE_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

enum mc_amount {
	MC_AMOUNT_NUMBER, /* of whatever; no unit */
	MC_AMOUNT_MS,     /* milliseconds: ms, s, min, h; a bare number is seconds */
	MC_AMOUNT_BYTES,  /* B, KiB, MiB, GiB; a bare number is bytes */
};

enum { MC_AMOUNT_TEXT_SIZE = 32 };

/*
 * Strict decimal (base/str.h), with a unit perhaps a fraction that leaves no rest, perhaps blanks,
 * the unit; min <= value <= max.
 */
bool mc_amount_read(enum mc_amount kind, struct mc_str text, int64_t min, int64_t max,
	int64_t *out) MC_MUST_USE;
/* In the largest unit that it is a multiple of. */
void mc_amount_print(enum mc_amount kind, int64_t value, char out[MC_AMOUNT_TEXT_SIZE]);

#endif
