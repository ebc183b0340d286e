/*
 * histogram - how often each duration was seen, to about 1.5 %, in a fixed amount of memory.
 *
 * Durations are nanoseconds; those above some 70 s count as that.  One thread each; add merges.
 */
#ifndef TEST_BENCH_HISTOGRAM_H
#define TEST_BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
	HISTOGRAM_STEP_BITS = 6, /* 64 steps to each doubling */
	HISTOGRAM_DOUBLINGS = 31,
	HISTOGRAM_SIZE = (HISTOGRAM_DOUBLINGS + 1) << HISTOGRAM_STEP_BITS,
};

struct histogram {
	uint64_t n;
	uint64_t max_ns;
	uint64_t counts[HISTOGRAM_SIZE];
};

void histogram_note(struct histogram *histogram, uint64_t ns);
void histogram_add(struct histogram *sum, const struct histogram *more);
/* The duration that `share` (0 to 1) of those seen do not exceed; 0 when none were. */
uint64_t histogram_at(const struct histogram *histogram, double share);

#endif
