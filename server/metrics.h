/*
 * metrics - counters of one thread, summed when somebody asks.
 *
 * Each front has its own and is the only one that writes them (relaxed atomics, so that the one who
 * sums may read at any time).
 */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

struct mc_buf;
struct server;

enum { METRICS_BUCKETS = 12 };

struct metrics {
	_Atomic uint64_t accepted, closed;
	_Atomic uint64_t requests[6]; /* by first digit of the status */
	_Atomic uint64_t bytes_in, bytes_out;
	_Atomic uint64_t refused_head;  /* 4xx before there was a route */
	_Atomic uint64_t refused_queue; /* 503 for a full queue */
	_Atomic uint64_t deadlines;     /* connections ended by one */
	_Atomic uint64_t duration_buckets[METRICS_BUCKETS + 1];
	_Atomic uint64_t duration_sum_us;
};

/* One more; owner thread only. */
static inline void
metrics_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
		memory_order_relaxed);
}

void metrics_request(struct metrics *metrics, int status, int64_t duration_ns);
/* The Prometheus text format, version 0.0.4. */
void metrics_print(struct mc_buf *out, const struct server *server);

#endif
