/* mc-chatd - what it is called, and how it starts and stops. */

#include <stddef.h>

#include "chatd/daemon.h"
#include "chatd/settings.h"
#include "libminiclass/service/program.h"

static struct daemon daemon;

static enum mc_status
complete(void *settings, struct mc_error *error)
{
	return settings_complete(settings, error);
}

static enum mc_status
start(const void *settings, struct mc_error *error)
{
	return daemon_start(&daemon, settings, error);
}

static void
reload(void)
{
	daemon_reload(&daemon);
}

static void
leave(void)
{
	daemon_leave(&daemon);
}

static void
stop(void)
{
	daemon_stop(&daemon);
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
