/* clock - the moment by which the bench measures. */
#ifndef TEST_BENCH_CLOCK_H
#define TEST_BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

static const uint64_t NS = 1000000000; /* in a second */

static inline uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

#endif
