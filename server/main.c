/* mc-server - what it is called, and how it starts and stops. */

#include <stddef.h>

#include "libminiclass/service/program.h"
#include "server/server.h"
#include "server/settings.h"

static struct server server;

static enum mc_status
complete(void *settings, struct mc_error *error)
{
	return settings_complete(settings, error);
}

static enum mc_status
start(const void *settings, struct mc_error *error)
{
	return server_start(&server, settings, error);
}

static void
reload(void)
{
	server_reload(&server);
}

static void
leave(void)
{
	server_leave(&server);
}

static void
stop(void)
{
	server_stop(&server);
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
