#include "chatd/metrics.h"

#include <stdatomic.h>
#include <stddef.h>

#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/store.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/service/metric.h"

static uint64_t
sum(const struct daemon *daemon, size_t offset)
{
	uint64_t total = 0;

	for (size_t i = 0; i < daemon->n_fronts; i++)
		total += mc_metric_at(&daemon->fronts[i]->metrics, offset);
	return total;
}

static void
print_seconds(struct mc_buf *out, const char *name, const char *help, uint64_t ns)
{
	mc_metric_head(out, name, "counter", help);
	mc_buf_addf(out, "%s %.6f\n", name, (double)ns / 1e9);
}

#define AT(field) offsetof(struct metrics, field)

void
metrics_print(struct mc_buf *out, const struct daemon *daemon)
{
	/* clang-format off */
	static const struct {
		const char *name, *help;
		size_t offset;
	} counters[] = {
		{ "miniclass_chat_accepted_total", "Accepted connections.", AT(accepted) },
		{ "miniclass_chat_closed_total", "Ended connections.", AT(closed) },
		{ "miniclass_chat_commands_total", "Commands from clients.", AT(commands) },
		{ "miniclass_chat_deliveries_total", "Messages queued to members.", AT(deliveries) },
		{ "miniclass_chat_received_bytes_total", "Bytes read.", AT(bytes_in) },
		{ "miniclass_chat_sent_bytes_total", "Bytes written.", AT(bytes_out) },
		{ "miniclass_chat_slow_total", "Connections dropped as too slow.", AT(slow) },
		{ "miniclass_chat_malformed_total", "Connections ended over what they sent or left undone, or with their session.", AT(malformed) },
		{ "miniclass_chat_refused_total", "Errors sent to clients.", AT(refused) },
		{ "miniclass_chat_checks_total", "Connections whose rights were asked about again.", AT(checks) },
	};
	/* clang-format on */
	struct store_counts store;
	struct mc_pool_counts pool;

	for (size_t i = 0; i < MC_COUNT(counters); i++)
		mc_metric_print(out, counters[i].name, "counter", counters[i].help,
			sum(daemon, counters[i].offset));
	store_count(daemon->store, &store);
	mc_metric_print(out, "miniclass_chat_batches_total", "counter",
		"Transactions with messages.", store.batches);
	mc_metric_print(out, "miniclass_chat_messages_total", "counter", "Messages stored.",
		store.messages);
	print_seconds(out, "miniclass_chat_append_seconds_total",
		"What these transactions took, with the way to the disk.", store.append_ns);
	mc_metric_print(out, "miniclass_chat_catch_up_reads_total", "counter",
		"Reads of what other daemons wrote.", store.reads);
	mc_metric_print(out, "miniclass_chat_replay_reads_total", "counter",
		"Messages read for who joins.", store.replay_reads);
	mc_metric_print(out, "miniclass_chat_store_retries_total", "counter",
		"Waits for the database.", store.retries);
	mc_pool_count(daemon->pool, &pool);
	mc_metric_print(out, "miniclass_chat_connections_open", "gauge", "Open connections.",
		atomic_load(&daemon->acceptors.n_connections));
	mc_metric_print(out, "miniclass_chat_replay_held_bytes", "gauge",
		"Replays that wait for their readers.", atomic_load(&daemon->replay_held));
	mc_metric_print(out, "miniclass_chat_database_connections_open", "gauge",
		"Connections to PostgreSQL.", pool.open);
}
