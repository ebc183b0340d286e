/*
 * metric - numbers for monitoring: added to by the one thread that owns them, read by any, and
 * printed in the Prometheus text format, version 0.0.4.
 */
#ifndef LIBMINICLASS_SERVICE_METRIC_H
#define LIBMINICLASS_SERVICE_METRIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct mc_buf;

/* So many more; owner thread only. */
static inline void
mc_metric_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
		memory_order_relaxed);
}

/* The counter at `offset` of a struct of them. */
uint64_t mc_metric_at(const void *counters, size_t offset);

/* What stands before the values of a metric; `type` as Prometheus names it: "counter", "gauge". */
void mc_metric_head(struct mc_buf *out, const char *name, const char *type, const char *help);
/* A whole one without labels. */
void mc_metric_print(
	struct mc_buf *out, const char *name, const char *type, const char *help, uint64_t value);

#endif
