/* mc-chatd - what it is called, and how it starts and stops. */

#include <stdatomic.h>
#include <stddef.h>

#include "chatd/auth.h"
#include "chatd/bus.h"
#include "chatd/daemon.h"
#include "chatd/fronts.h"
#include "chatd/presence.h"
#include "chatd/quotas.h"
#include "chatd/settings.h"
#include "chatd/store.h"
#include "libminiclass/base/random.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/net/addr.h"
#include "libminiclass/net/tls.h"
#include "libminiclass/service/log.h"
#include "libminiclass/service/program.h"

enum {
	DATABASE_CONNECTIONS = 3, /* store, auth, presence; the bus has its own */
};

static struct daemon daemon;

static enum mc_status
make_parts(struct mc_error *error)
{
	const struct settings *settings = &daemon.settings;
	struct mc_pool_options pool = {
		.conninfo = settings->db,
		.application = "mc-chatd",
		.connections = DATABASE_CONNECTIONS,
		.statement_ms = settings->statement_timeout,
	};

	enum mc_status status = mc_trust_read(settings->trusted_proxies, &daemon.proxies, error);
	if (status != MC_OK)
		return status;
	if (settings->tls_cert != NULL) {
		status = mc_tls_server(settings->tls_cert, settings->tls_key, &daemon.tls, error);
		if (status != MC_OK)
			return status;
	}
	mc_random_bytes(&daemon.instance, sizeof(daemon.instance));
	daemon.instance &= INT64_MAX;
	daemon.pool = mc_pool_create(&pool);
	daemon.store = store_create(&daemon);
	daemon.auth = auth_create(&daemon);
	daemon.presence = presence_create(&daemon);
	daemon.bus = bus_create(&daemon);
	daemon.quotas = quotas_create(settings->user_connections);
	if (daemon.pool == NULL || daemon.store == NULL || daemon.auth == NULL ||
		daemon.presence == NULL || daemon.bus == NULL || daemon.quotas == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	return fronts_create(&daemon, error);
}

static enum mc_status
start_threads(void)
{
	enum mc_status status = store_start(daemon.store);

	if (status == MC_OK)
		status = auth_start(daemon.auth);
	if (status == MC_OK)
		status = presence_start(daemon.presence);
	if (status == MC_OK)
		status = bus_start(daemon.bus);
	if (status == MC_OK)
		status = mc_acceptors_start(&daemon.acceptors);
	return status;
}

static enum mc_status
start(const void *settings, struct mc_error *error)
{
	struct mc_addr addr;
	char address[MC_ADDR_TEXT_SIZE];

	daemon.settings = *(const struct settings *)settings;
	enum mc_status status = make_parts(error);
	if (status == MC_OK)
		status = mc_acceptors_listen(&daemon.acceptors, "chat_listen",
			daemon.settings.chat_listen, daemon.settings.listen_shared, &addr, error);
	if (status != MC_OK)
		return status;
	bool has_rings = fronts_have_rings(&daemon);
	status = start_threads();
	if (status != MC_OK)
		return mc_error_set(error, status, NULL, "cannot start threads");

	mc_addr_text(&addr, address);
	mc_log(MC_LOG_INFO, "listening", mc_log_text("address", address),
		mc_log_text("tls", daemon.tls != NULL ? "on" : "off"),
		mc_log_int("loops", daemon.settings.loops),
		mc_log_int("connections", daemon.settings.connections),
		mc_log_text("io_uring", has_rings ? "on" : "off"));
	return MC_OK;
}

/* From here on the database threads give up instead of waiting for the database. */
static void
on_overdue(void *user)
{
	(void)user;
	atomic_store(&daemon.stopping, true);
	mc_pool_close(daemon.pool);
}

/* /readyz says so from here on; all else goes on. */
static void
leave(void)
{
	atomic_store(&daemon.leaving, true);
}

/* Tells clients, stores what is in hand, ends all threads. */
static void
stop(void)
{
	/* The store still works: what clients have sent is stored and acked before they are let
	 * go. */
	mc_acceptors_stop(&daemon.acceptors, daemon.settings.stop_timeout, on_overdue, NULL);
	atomic_store(&daemon.stopping, true);
	bus_stop(daemon.bus);
	store_stop(daemon.store);
	auth_stop(daemon.auth);
	presence_stop(daemon.presence);
	/* What these had for rooms and members that have gone meanwhile. */
	mc_acceptors_drain(&daemon.acceptors);

	bus_destroy(daemon.bus);
	store_destroy(daemon.store);
	auth_destroy(daemon.auth);
	presence_destroy(daemon.presence);
	fronts_destroy(&daemon);
	quotas_destroy(daemon.quotas);
	mc_pool_destroy(daemon.pool);
	mc_tls_destroy(daemon.tls);
	mc_log(MC_LOG_INFO, "stopped", mc_log_text("why", "signal"));
}

static void
reload(void)
{
	mc_program_read_certificates(daemon.tls, daemon.settings.tls_cert);
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
		.name = "mc-chatd",
		.about = "Usage: mc-chatd [--db CONNINFO] [--chat-listen ADDRESS] [OPTION]...\n"
			 "\n"
			 "The classroom's chat daemon: live classes, discussions and private "
			 "threads, as\n"
			 "framed JSON and WebSocket on one port.\n"
			 "\n"
			 "Examples:\n"
			 "  mc-chatd --db 'host=/run/postgresql dbname=miniclass user=mc_server'\n"
			 "  mc-chatd --chat-listen '[::]:8081' --tls-cert chain.pem --tls-key "
			 "key.pem\n"
			 "  MC_CHAT_LISTEN=unix:/run/miniclass/chat mc-chatd\n",
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
