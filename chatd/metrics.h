/*
 * metrics - counters of one loop thread, summed when somebody asks (relaxed atomics; only the owner
 * writes).
 */
#ifndef CHATD_METRICS_H
#define CHATD_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

struct daemon;
struct mc_buf;

struct metrics {
	_Atomic uint64_t accepted, closed;
	_Atomic uint64_t commands;   /* from clients */
	_Atomic uint64_t deliveries; /* messages queued to members */
	_Atomic uint64_t bytes_in, bytes_out;
	_Atomic uint64_t slow;      /* connections dropped as too slow */
	_Atomic uint64_t malformed; /* connections ended over their framing */
	_Atomic uint64_t refused;   /* errors sent */
};

/* One more; owner thread only. */
static inline void
metrics_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
		memory_order_relaxed);
}

/* The Prometheus text format, version 0.0.4.  Any thread. */
void metrics_print(struct mc_buf *out, const struct daemon *daemon);

#endif
