/* mc-server - what it is called, and how it starts and stops. */

#include <stdatomic.h>
#include <stddef.h>

#include "libminiclass/base/queue.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/net/addr.h"
#include "libminiclass/net/tls.h"
#include "libminiclass/service/log.h"
#include "libminiclass/service/program.h"
#include "server/assets.h"
#include "server/fronts.h"
#include "server/handlers/handlers.h"
#include "server/markdown_cache.h"
#include "server/router.h"
#include "server/server.h"
#include "server/settings.h"
#include "server/workers.h"

enum {
	MARKDOWN_CACHE_BYTES =
		32 * 1024 * 1024, /* rendered Markdown: the posts of a few hundred classes */
};

static struct server server;

static enum mc_status
make_parts(struct mc_error *error)
{
	const struct settings *settings = &server.settings;

	enum mc_status status = mc_trust_read(settings->trusted_proxies, &server.proxies, error);
	if (status != MC_OK)
		return status;
	if (settings->tls_cert != NULL) {
		status = mc_tls_server(settings->tls_cert, settings->tls_key, &server.tls, error);
		if (status != MC_OK)
			return status;
	}
	status = assets_open(settings->html_dir, &server.assets, error);
	if (status != MC_OK)
		return status;

	struct mc_pool_options pool = {
		.conninfo = settings->db,
		.application = "mc-server",
		.connections = (size_t)(settings->workers + settings->hashers),
		.statement_ms = settings->statement_timeout,
	};
	server.pool = mc_pool_create(&pool);
	server.router = router_create(all_routes);
	server.markdown_cache = markdown_cache_create(MARKDOWN_CACHE_BYTES);
	server.work = mc_queue_create("work", (size_t)settings->queue);
	server.hashing = mc_queue_create("hashing", (size_t)settings->hash_queue);
	if (server.pool == NULL || server.router == NULL || server.markdown_cache == NULL ||
		server.work == NULL || server.hashing == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	return fronts_create(&server, error);
}

/* Nothing is connected to PostgreSQL yet. */
static enum mc_status
start(const void *settings, struct mc_error *error)
{
	struct mc_addr addr;
	char address[MC_ADDR_TEXT_SIZE];

	server.settings = *(const struct settings *)settings;
	server.password_cost = mc_password_cost_least;
	server.password_cost.memory_kib = (uint32_t)server.settings.password_memory;
	server.password_cost.passes = (uint32_t)server.settings.password_passes;

	enum mc_status status = make_parts(error);
	if (status == MC_OK)
		status = mc_acceptors_listen(&server.acceptors, "listen", server.settings.listen,
			server.settings.listen_shared, &addr, error);
	if (status != MC_OK)
		return status;
	status = workers_start(&server, &server.workers);
	if (status == MC_OK)
		status = mc_acceptors_start(&server.acceptors);
	if (status != MC_OK)
		return mc_error_set(error, status, NULL, "cannot start threads");

	mc_addr_text(&addr, address);
	mc_log(MC_LOG_INFO, "listening", mc_log_text("address", address),
		mc_log_text("tls", server.tls != NULL ? "on" : "off"),
		mc_log_int("loops", server.settings.loops),
		mc_log_int("connections", server.settings.connections),
		mc_log_int("workers", server.settings.workers));
	return MC_OK;
}

/* A statement that hangs must not hold up the end. */
static void
on_overdue(void *user)
{
	(void)user;
	atomic_store(&server.overdue, true);
	mc_pool_close(server.pool);
}

/* /readyz says so from here on, and answers ask for new connections; all else goes on. */
static void
leave(void)
{
	atomic_store(&server.stopping, true);
}

/* Finishes what is in hand, ends all threads. */
static void
stop(void)
{
	mc_acceptors_stop(&server.acceptors, server.settings.stop_timeout, on_overdue, NULL);
	mc_queue_close(server.work);
	mc_queue_close(server.hashing);
	workers_finish(server.workers);

	fronts_destroy(&server);
	mc_queue_destroy(server.work);
	mc_queue_destroy(server.hashing);
	markdown_cache_destroy(server.markdown_cache);
	router_destroy(server.router);
	mc_pool_destroy(server.pool);
	assets_close(server.assets);
	mc_tls_destroy(server.tls);
	mc_log(MC_LOG_INFO, "stopped", mc_log_text("why", "signal"));
}

static void
reload(void)
{
	mc_program_read_certificates(server.tls, server.settings.tls_cert);
}

static enum mc_status
complete(void *settings, struct mc_error *error)
{
	return settings_complete(settings, error);
}

int
main(int argc, char **argv)
{
	static const struct mc_program program = {
		.name = "mc-server",
		.about = "Usage: mc-server [--db CONNINFO] [--listen ADDRESS] [OPTION]...\n"
			 "\n"
			 "The classroom's HTTP server: pages for browsers, JSON for programs.\n"
			 "\n"
			 "Examples:\n"
			 "  mc-server --db 'host=/run/postgresql dbname=miniclass user=mc_server'\n"
			 "  mc-server --listen '[::]:443' --tls-cert chain.pem --tls-key key.pem\n"
			 "  MC_LISTEN=unix:/run/miniclass/http mc-server\n",
		.conf = &settings_conf,
		.settings_size = sizeof(struct settings),
		.log_level_at = offsetof(struct settings, log_level),
		.log_format_at = offsetof(struct settings, log_format),
		.stop_delay_at = offsetof(struct settings, stop_delay),
		.complete = complete,
		.start = start,
		.reload = reload,
		.leave = leave,
		.stop = stop,
	};

	return mc_program_run(&program, argc, argv);
}
