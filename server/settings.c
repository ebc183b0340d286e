#include "server/settings.h"

#include <stddef.h>
#include <unistd.h>

#include "libminiclass/crypt/password.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/net/addr.h"
#include "libminiclass/service/program.h"
#include "server/chat_url.h"

#define AT(field) offsetof(struct settings, field)

/* clang-format off */
static const struct mc_setting rows[] = {
	{ "listen", MC_SETTING_TEXT, AT(listen), "127.0.0.1:8080", 0, 0, NULL, "ADDRESS",
		"where to listen: host:port, [v6]:port or unix:/path" },
	{ "chat_url", MC_SETTING_TEXT, AT(chat_url), NULL, 0, 0, NULL, "URL",
		"what pages tell a browser to open for chat (default: from the request's host)" },
	{ "chat_listen", MC_SETTING_TEXT, AT(chat_listen), "127.0.0.1:8081", 0, 0, NULL, "ADDRESS",
		"where mc-chatd listens: its port is in the URL that pages derive for chat" },
	{ "db", MC_SETTING_TEXT, AT(db), NULL, 0, 0, NULL, "CONNINFO",
		"PostgreSQL connection string or URI (default: libpq's own)" },
	{ "tls_cert", MC_SETTING_TEXT, AT(tls_cert), NULL, 0, 0, NULL, "FILE",
		"certificate chain, PEM; with tls_key the listener speaks TLS" },
	{ "tls_key", MC_SETTING_TEXT, AT(tls_key), NULL, 0, 0, NULL, "FILE", "private key, PEM" },
	{ "html_dir", MC_SETTING_TEXT, AT(html_dir), NULL, 0, 0, NULL, "DIR",
		"read templates and static files from here, again when they change (default: built in)" },
	{ "loops", MC_SETTING_INT, AT(loops), "0", 0, 256, NULL, "N",
		"threads that own connections; 0: one a processor" },
	{ "workers", MC_SETTING_INT, AT(workers), "0", 0, 1024, NULL, "N",
		"threads with a database connection; 0: three a processor, six at least" },
	{ "hashers", MC_SETTING_INT, AT(hashers), "0", 0, 64, NULL, "N",
		"threads that hash passwords; 0: half the processors" },
	{ "queue", MC_SETTING_INT, AT(queue), "512", 1, 1000000, NULL, "N",
		"requests that may wait for a worker, and on each loop as many for a connection to the "
		"database, before new ones get 503" },
	{ "hash_queue", MC_SETTING_INT, AT(hash_queue), "128", 1, 100000, NULL, "N",
		"log-ins and sign-ups that may wait before new ones get 503" },
	{ "listen_shared", MC_SETTING_BOOL, AT(listen_shared), "off", 0, 0, NULL, NULL,
		"let another instance listen at the same address (SO_REUSEPORT)" },
	{ "trusted_proxies", MC_SETTING_TEXT, AT(trusted_proxies), NULL, 0, 0, NULL, "LIST",
		"whose word about a client's address counts: addresses, networks, \"unix\"" },
	{ "proxy_protocol", MC_SETTING_BOOL, AT(proxy_protocol), "off", 0, 0, NULL, NULL,
		"connections come from trusted_proxies alone, and begin with PROXY v2" },
	{ "connections", MC_SETTING_INT, AT(connections), "20000", 1, 10000000, NULL, "N",
		"open connections at once" },
	{ "body_memory", MC_SETTING_BYTES, AT(body_memory), "64MiB", 1048576, INT64_MAX, NULL, "SIZE",
		"memory for request bodies above 16 KiB on their way in, all together" },
	{ "answer_memory", MC_SETTING_BYTES, AT(answer_memory), "256MiB", 1048576, INT64_MAX, NULL, "SIZE",
		"memory for answers above 64 KiB on their way out, all together" },
	{ "head_timeout", MC_SETTING_MS, AT(head_timeout), "8s", 10, 3600000, NULL, "TIME",
		"for a whole request head, from connecting or its first byte" },
	{ "body_timeout", MC_SETTING_MS, AT(body_timeout), "5s", 10, 3600000, NULL, "TIME",
		"a body's first seconds, before body_rate counts" },
	{ "body_rate", MC_SETTING_BYTES, AT(body_rate), "1KiB", 1, INT64_MAX, NULL, "SIZE",
		"bytes a second that a body must bring at least" },
	{ "write_timeout", MC_SETTING_MS, AT(write_timeout), "8s", 10, 3600000, NULL, "TIME",
		"until an answer's reader must have moved" },
	{ "idle_timeout", MC_SETTING_MS, AT(idle_timeout), "60s", 10, 86400000, NULL, "TIME",
		"an idle kept-alive connection" },
	{ "stop_delay", MC_SETTING_MS, AT(stop_delay), "0s", 0, 600000, NULL, "TIME",
		"after SIGTERM, until it stops: /readyz says 503, all else goes on" },
	{ "stop_timeout", MC_SETTING_MS, AT(stop_timeout), "10s", 0, 600000, NULL, "TIME",
		"for finishing what is in hand after SIGTERM" },
	{ "statement_timeout", MC_SETTING_MS, AT(statement_timeout), "5s", 10, 600000, NULL, "TIME",
		"for one database statement" },
	{ "password_memory", MC_SETTING_INT, AT(password_memory), "19456", 19456, 4194304, NULL, "KIB",
		"memory of Argon2id; when raised, hashes are made anew at log-in" },
	{ "password_passes", MC_SETTING_INT, AT(password_passes), "2", 2, 100, NULL, "N",
		"passes of Argon2id" },
	{ "metrics_open", MC_SETTING_BOOL, AT(metrics_open), "off", 0, 0, NULL, NULL,
		"answer /metrics to everybody, not only to loopback" },
	{ "log_level", MC_SETTING_CHOICE, AT(log_level), "info", 0, 0, "error warn info debug", "LEVEL",
		"error, warn, info or debug" },
	{ "log_format", MC_SETTING_CHOICE, AT(log_format), "text", 0, 0, "text json", "FORMAT",
		"text or json, one event a line, on stderr" },
};
/* clang-format on */

/* mc-chatd's, in the same config file. */
static const char *const other_programs[] = { "chat_origins", "out_queue", "replay_memory",
	"ping_interval", "live_abandoned", "user_connections", "timeout", "valid", "database",
	"role", NULL };

const struct mc_conf settings_conf = {
	.settings = rows,
	.n_settings = MC_COUNT(rows),
	.also = other_programs,
};

static int64_t
at_least(int64_t least, int64_t value)
{
	return value > least ? value : least;
}

enum mc_status
settings_complete(struct settings *settings, struct mc_error *error)
{
	int64_t processors = at_least(1, sysconf(_SC_NPROCESSORS_ONLN));
	struct mc_error why = { 0 };

	enum mc_status status = mc_program_check(settings->tls_cert, settings->tls_key,
		settings->proxy_protocol, settings->trusted_proxies, error);
	if (status == MC_OK)
		status = mc_db_check(settings->db, error);
	if (status != MC_OK)
		return status;
	if (mc_addr_check(mc_str_from(settings->chat_listen), &why) != MC_OK)
		return mc_error_set(error, MC_INVALID, "chat_listen", "%s", why.message);
	if (settings->chat_url != NULL && !chat_url_is_valid(mc_str_from(settings->chat_url)))
		return mc_error_set(error, MC_INVALID, "chat_url",
			"this is not of the form ws://HOST:PORT/chat or wss://HOST/chat");

	if (settings->loops == 0)
		settings->loops = processors;
	/* A worker mostly waits for PostgreSQL, so there are more of them than processors; commits
	 * share one flush when several wait for it. */
	if (settings->workers == 0)
		settings->workers = at_least(6, 3 * processors);
	if (settings->hashers == 0)
		settings->hashers = at_least(1, processors / 2);
	settings->connections = mc_program_connections(
		settings->connections, settings->loops, settings->workers + settings->hashers);
	return MC_OK;
}
