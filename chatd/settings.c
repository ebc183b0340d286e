#include "chatd/settings.h"

#include <stddef.h>
#include <unistd.h>

#include "libminiclass/db/pool.h"
#include "libminiclass/http/origin.h"
#include "libminiclass/service/program.h"

#define AT(field) offsetof(struct settings, field)

/* clang-format off */
static const struct mc_setting rows[] = {
	{ "chat_listen", MC_SETTING_TEXT, AT(chat_listen), "127.0.0.1:8081", 0, 0, NULL, "ADDRESS",
		"where to listen: host:port, [v6]:port or unix:/path" },
	{ "chat_origins", MC_SETTING_TEXT, AT(chat_origins), NULL, 0, 0, NULL, "ORIGINS",
		"pages that may open a WebSocket, separated by blanks (default: any port of the same host)" },
	{ "db", MC_SETTING_TEXT, AT(db), NULL, 0, 0, NULL, "CONNINFO",
		"PostgreSQL connection string or URI (default: libpq's own)" },
	{ "tls_cert", MC_SETTING_TEXT, AT(tls_cert), NULL, 0, 0, NULL, "FILE",
		"certificate chain, PEM; with tls_key the listener speaks TLS" },
	{ "tls_key", MC_SETTING_TEXT, AT(tls_key), NULL, 0, 0, NULL, "FILE", "private key, PEM" },
	{ "loops", MC_SETTING_INT, AT(loops), "0", 0, 256, NULL, "N",
		"threads that own connections; 0: half the processors" },
	{ "listen_shared", MC_SETTING_BOOL, AT(listen_shared), "off", 0, 0, NULL, NULL,
		"let another instance listen at the same address (SO_REUSEPORT)" },
	{ "trusted_proxies", MC_SETTING_TEXT, AT(trusted_proxies), NULL, 0, 0, NULL, "LIST",
		"whose word about a client's address counts: addresses, networks, \"unix\"" },
	{ "proxy_protocol", MC_SETTING_BOOL, AT(proxy_protocol), "off", 0, 0, NULL, NULL,
		"connections come from trusted_proxies alone, and begin with PROXY v2" },
	{ "connections", MC_SETTING_INT, AT(connections), "20000", 1, 10000000, NULL, "N",
		"open connections at once" },
	{ "user_connections", MC_SETTING_INT, AT(user_connections), "0", 0, 10000000, NULL, "N",
		"of them one person's; 0: half of them" },
	{ "out_queue", MC_SETTING_BYTES, AT(out_queue), "1MiB", 65536, INT64_MAX, NULL, "SIZE",
		"what may wait for one reader before it is dropped as too slow" },
	{ "replay_memory", MC_SETTING_BYTES, AT(replay_memory), "64MiB", 1048576, INT64_MAX, NULL, "SIZE",
		"memory for what joiners missed, on its way to them, all together" },
	{ "head_timeout", MC_SETTING_MS, AT(head_timeout), "8s", 10, 3600000, NULL, "TIME",
		"for the upgrade, and again for the hello" },
	{ "write_timeout", MC_SETTING_MS, AT(write_timeout), "8s", 10, 3600000, NULL, "TIME",
		"until a reader for whom something waits must have moved" },
	{ "ping_interval", MC_SETTING_MS, AT(ping_interval), "20s", 10, 3600000, NULL, "TIME",
		"until a silent WebSocket is pinged; as long without an answer ends it" },
	{ "live_abandoned", MC_SETTING_MS, AT(live_abandoned), "2h", 1000, 604800000, NULL, "TIME",
		"until a live class that everybody has left ends by itself" },
	{ "stop_delay", MC_SETTING_MS, AT(stop_delay), "0s", 0, 600000, NULL, "TIME",
		"after SIGTERM, until it stops: /readyz says 503, all else goes on" },
	{ "stop_timeout", MC_SETTING_MS, AT(stop_timeout), "10s", 0, 600000, NULL, "TIME",
		"for finishing what is in hand after SIGTERM" },
	{ "statement_timeout", MC_SETTING_MS, AT(statement_timeout), "5s", 10, 600000, NULL, "TIME",
		"for one database statement" },
	{ "metrics_open", MC_SETTING_BOOL, AT(metrics_open), "off", 0, 0, NULL, NULL,
		"answer /metrics to everybody, not only to loopback" },
	{ "log_level", MC_SETTING_CHOICE, AT(log_level), "info", 0, 0, "error warn info debug", "LEVEL",
		"error, warn, info or debug" },
	{ "log_format", MC_SETTING_CHOICE, AT(log_format), "text", 0, 0, "text json", "FORMAT",
		"text or json, one event a line, on stderr" },
};
/* clang-format on */

/* mc-server's, in the same config file. */
static const char *const other_programs[] = { "listen", "chat_url", "html_dir", "workers",
	"hashers", "queue", "hash_queue", "body_memory", "answer_memory", "body_timeout",
	"body_rate", "idle_timeout", "password_memory", "password_passes", "timeout", "valid",
	"database", "role", NULL };

const struct mc_conf settings_conf = {
	.settings = rows,
	.n_settings = MC_COUNT(rows),
	.also = other_programs,
};

static bool
is_page_origin(struct mc_str text)
{
	struct mc_str scheme, authority;

	return mc_origin_split(text, &scheme, &authority) &&
	       (mc_str_equal_nocase(scheme, MC_STR("https")) ||
		       mc_str_equal_nocase(scheme, MC_STR("http")));
}

static enum mc_status
check_origins(const struct settings *settings, struct mc_error *error)
{
	struct mc_str rest = mc_str_from(settings->chat_origins), item;

	while (mc_str_next(&rest, ' ', &item))
		if (item.len > 0 && !is_page_origin(item))
			return mc_error_set(error, MC_INVALID, "chat_origins",
				"\"%.*s\" is not of the form https://HOST or https://HOST:PORT",
				MC_STR_ARGS(item));
	return MC_OK;
}

enum mc_status
settings_complete(struct settings *settings, struct mc_error *error)
{
	enum mc_status status = mc_program_check(settings->tls_cert, settings->tls_key,
		settings->proxy_protocol, settings->trusted_proxies, error);
	if (status == MC_OK)
		status = mc_db_check(settings->db, error);
	if (status != MC_OK)
		return status;
	if (settings->loops == 0)
		settings->loops = (sysconf(_SC_NPROCESSORS_ONLN) + 1) / 2;
	if (settings->loops < 1)
		settings->loops = 1;
	settings->connections = mc_program_connections(settings->connections, settings->loops, 0);
	if (settings->user_connections == 0)
		settings->user_connections = (settings->connections + 1) / 2;
	return check_origins(settings, error);
}
