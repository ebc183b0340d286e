#include "server/metrics.h"

#include <stdatomic.h>
#include <stddef.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/queue.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/service/metric.h"
#include "server/front.h"
#include "server/server.h"

/* Microseconds: from a page out of memory to a log-in that waited. */
static const int64_t bucket_us[METRICS_BUCKETS] = { 50, 100, 250, 500, 1000, 2500, 5000, 10000,
	50000, 100000, 500000, 2500000 };

void
metrics_request(struct metrics *metrics, int status, int64_t duration_ns)
{
	int64_t us = duration_ns / 1000;
	size_t bucket = 0;

	while (bucket < METRICS_BUCKETS && us > bucket_us[bucket])
		bucket++;
	mc_metric_add(&metrics->duration_buckets[bucket], 1);
	mc_metric_add(&metrics->duration_sum_us, us > 0 ? (uint64_t)us : 0);
	if (status >= 100 && status < 600)
		mc_metric_add(&metrics->requests[status / 100], 1);
}

static uint64_t
sum(const struct server *server, size_t offset)
{
	uint64_t total = 0;
	for (size_t i = 0; i < server->n_fronts; i++)
		total += mc_metric_at(&server->fronts[i]->metrics, offset);
	return total;
}

#define AT(field) offsetof(struct metrics, field)

static void
print_durations(struct mc_buf *out, const struct server *server)
{
	static const char name[] = "miniclass_http_request_duration_seconds";
	uint64_t count = 0;

	mc_metric_head(out, name, "histogram",
		"From the first byte of a request to the last of its answer.");
	for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
		count += sum(server, AT(duration_buckets) + i * sizeof(uint64_t));
		if (i < METRICS_BUCKETS)
			mc_buf_addf(out, "%s_bucket{le=\"%g\"} %llu\n", name,
				(double)bucket_us[i] / 1e6, (unsigned long long)count);
		else
			mc_buf_addf(out, "%s_bucket{le=\"+Inf\"} %llu\n", name,
				(unsigned long long)count);
	}
	mc_buf_addf(out, "%s_sum %.6f\n%s_count %llu\n", name,
		(double)sum(server, AT(duration_sum_us)) / 1e6, name, (unsigned long long)count);
}

static void
print_requests(struct mc_buf *out, const struct server *server)
{
	static const char name[] = "miniclass_http_requests_total";

	mc_metric_head(out, name, "counter", "Answered requests.");
	for (size_t digit = 1; digit < 6; digit++)
		mc_buf_addf(out, "%s{status=\"%zuxx\"} %llu\n", name, digit,
			(unsigned long long)sum(server, AT(requests) + digit * sizeof(uint64_t)));
}

void
metrics_print(struct mc_buf *out, const struct server *server)
{
	/* clang-format off */
	static const struct {
		const char *name, *help;
		size_t offset;
	} counters[] = {
		{ "miniclass_connections_accepted_total", "Accepted connections.", AT(accepted) },
		{ "miniclass_connections_closed_total", "Ended connections.", AT(closed) },
		{ "miniclass_http_received_bytes_total", "Bytes read.", AT(bytes_in) },
		{ "miniclass_http_sent_bytes_total", "Bytes written.", AT(bytes_out) },
		{ "miniclass_http_refused_heads_total", "Request heads that could not be read.", AT(refused_head) },
		{ "miniclass_http_overloads_total", "Requests refused with 503 for a full queue.", AT(refused_queue) },
		{ "miniclass_deadlines_total", "Connections ended by a deadline.", AT(deadlines) },
	};
	/* clang-format on */
	struct mc_pool_counts pool;

	for (size_t i = 0; i < MC_COUNT(counters); i++)
		mc_metric_print(out, counters[i].name, "counter", counters[i].help,
			sum(server, counters[i].offset));
	print_requests(out, server);
	print_durations(out, server);

	mc_pool_count(server->pool, &pool);
	mc_metric_print(out, "miniclass_connections_open", "gauge", "Open connections.",
		atomic_load(&server->acceptors.n_connections));
	mc_metric_print(out, "miniclass_database_connections_open", "gauge",
		"Connections to PostgreSQL.", pool.open);
	mc_metric_print(out, "miniclass_database_connections_leased", "gauge",
		"Connections to PostgreSQL in use.", pool.leased);
	mc_metric_print(out, "miniclass_database_failures_total", "counter",
		"Leases that could not be had.", pool.failed);
	size_t n_waiting = mc_queue_count(server->work);
	for (size_t i = 0; i < server->n_fronts; i++)
		n_waiting += mc_queue_count(server->fronts[i]->line.waiting);
	mc_metric_print(out, "miniclass_queue_waiting", "gauge",
		"Requests that wait for a worker or for a connection to PostgreSQL.", n_waiting);
	mc_metric_print(out, "miniclass_hash_queue_waiting", "gauge",
		"Requests that wait for a hasher.", mc_queue_count(server->hashing));
}
