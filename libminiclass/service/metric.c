#include "libminiclass/service/metric.h"

#include "libminiclass/base/buf.h"

uint64_t
mc_metric_at(const void *counters, size_t offset)
{
	const _Atomic uint64_t *counter = (const void *)((const char *)counters + offset);

	return atomic_load_explicit(counter, memory_order_relaxed);
}

void
mc_metric_head(struct mc_buf *out, const char *name, const char *type, const char *help)
{
	mc_buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
mc_metric_print(
	struct mc_buf *out, const char *name, const char *type, const char *help, uint64_t value)
{
	mc_metric_head(out, name, type, help);
	mc_buf_addf(out, "%s %llu\n", name, (unsigned long long)value);
}
