#include "test/bench/histogram.h"

enum { STEPS = 1 << HISTOGRAM_STEP_BITS };

/* Below STEPS every value has its own place; above, the leading bits choose it. */
static unsigned
place_of(uint64_t ns)
{
	if (ns < STEPS)
		return (unsigned)ns;
	unsigned shift = 63U - (unsigned)__builtin_clzll(ns) - HISTOGRAM_STEP_BITS;
	if (shift >= HISTOGRAM_DOUBLINGS)
		return HISTOGRAM_SIZE - 1;
	return ((shift + 1U) << HISTOGRAM_STEP_BITS) + (unsigned)(ns >> shift) - STEPS;
}

/* The middle of what falls into a place. */
static uint64_t
value_of(unsigned place)
{
	if (place < STEPS)
		return place;
	unsigned shift = (place >> HISTOGRAM_STEP_BITS) - 1U;
	uint64_t low = ((uint64_t)(place % STEPS) + STEPS) << shift;
	return low + ((UINT64_C(1) << shift) >> 1);
}

void
histogram_note(struct histogram *histogram, uint64_t ns)
{
	histogram->counts[place_of(ns)]++;
	histogram->n++;
	if (ns > histogram->max_ns)
		histogram->max_ns = ns;
}

void
histogram_add(struct histogram *sum, const struct histogram *more)
{
	for (unsigned i = 0; i < HISTOGRAM_SIZE; i++)
		sum->counts[i] += more->counts[i];
	sum->n += more->n;
	if (more->max_ns > sum->max_ns)
		sum->max_ns = more->max_ns;
}

uint64_t
histogram_at(const struct histogram *histogram, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)histogram->n + 0.5);
	uint64_t seen = 0;

	if (histogram->n == 0)
		return 0;
	if (wanted == 0)
		wanted = 1;
	for (unsigned i = 0; i < HISTOGRAM_SIZE; i++) {
		seen += histogram->counts[i];
		if (seen >= wanted)
			return value_of(i);
	}
	return histogram->max_ns;
}
