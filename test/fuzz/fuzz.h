/* fuzz - what a fuzzer (or driver.c, which replays a corpus without one) calls, and how targets
 * complain. */
#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "libminiclass/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise of the code under test; a broken one ends the run, so that the input is kept. */
static inline void
expect(bool kept, const char *promise)
{
	if (kept)
		return;
	fprintf(stderr, "broken: %s\n", promise);
	abort();
}

/* True when `part` lies within `whole`. */
static inline bool
is_within(struct mc_str part, struct mc_str whole)
{
	return part.len <= whole.len && part.ptr >= whole.ptr &&
	       (size_t)(part.ptr - whole.ptr) <= whole.len - part.len;
}

#endif
