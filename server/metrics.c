#include "server/metrics.h"

#include <stddef.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/queue.h"
#include "libminiclass/db/pool.h"
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
	metrics_add(&metrics->duration_buckets[bucket], 1);
	metrics_add(&metrics->duration_sum_us, us > 0 ? (uint64_t)us : 0);
	if (status >= 100 && status < 600)
		metrics_add(&metrics->requests[status / 100], 1);
}

static uint64_t
sum(const struct server *server, size_t offset)
{
	uint64_t total = 0;
	for (size_t i = 0; i < server->n_fronts; i++) {
		const char *base = (const char *)&server->fronts[i]->metrics;
		const _Atomic uint64_t *counter = (const void *)(base + offset);
		total += atomic_load_explicit(counter, memory_order_relaxed);
	}
	return total;
}

#define AT(field) offsetof(struct metrics, field)

static void
print_number(
	struct mc_buf *out, const char *name, const char *type, const char *help, uint64_t value)
{
	mc_buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", name, help, name, type, name,
		(unsigned long long)value);
}

static void
print_durations(struct mc_buf *out, const struct server *server)
{
	static const char name[] = "miniclass_http_request_duration_seconds";
	uint64_t count = 0;

	mc_buf_addf(out,
		"# HELP %s From the first byte of a request to the last of its answer.\n"
		"# TYPE %s histogram\n",
		name, name);
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
	mc_buf_add_text(out, "# HELP miniclass_http_requests_total Answered requests.\n"
			     "# TYPE miniclass_http_requests_total counter\n");
	for (size_t digit = 1; digit < 6; digit++)
		mc_buf_addf(out, "miniclass_http_requests_total{status=\"%zuxx\"} %llu\n", digit,
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
		print_number(out, counters[i].name, "counter", counters[i].help,
			sum(server, counters[i].offset));
	print_requests(out, server);
	print_durations(out, server);

	mc_pool_count(server->pool, &pool);
	print_number(out, "miniclass_connections_open", "gauge", "Open connections.",
		atomic_load(&server->acceptors.n_connections));
	print_number(out, "miniclass_database_connections_open", "gauge",
		"Connections to PostgreSQL.", pool.open);
	print_number(out, "miniclass_database_connections_leased", "gauge",
		"Connections to PostgreSQL in use.", pool.leased);
	print_number(out, "miniclass_database_failures_total", "counter",
		"Leases that could not be had.", pool.failed);
	size_t n_waiting = mc_queue_count(server->work);
	for (size_t i = 0; i < server->n_fronts; i++)
		n_waiting += mc_queue_count(server->fronts[i]->line.waiting);
	print_number(out, "miniclass_queue_waiting", "gauge",
		"Requests that wait for a worker or for a connection to PostgreSQL.", n_waiting);
	print_number(out, "miniclass_hash_queue_waiting", "gauge",
		"Requests that wait for a hasher.", mc_queue_count(server->hashing));
}
