/* mc-chatd - settings, signals, run, exit status. */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chatd/daemon.h"
#include "chatd/settings.h"
#include "libminiclass/base/arena.h"
#include "libminiclass/base/log.h"
#include "libminiclass/base/signal.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static void
print_help(void)
{
	puts("Usage: mc-chatd [--db CONNINFO] [--chat-listen ADDRESS] [OPTION]...\n"
	     "\n"
	     "The classroom's chat daemon: live classes, discussions and private threads, as\n"
	     "framed JSON and WebSocket on one port.\n"
	     "\n"
	     "Examples:\n"
	     "  mc-chatd --db 'host=/run/postgresql dbname=miniclass user=mc_server'\n"
	     "  mc-chatd --chat-listen '[::]:8081' --tls-cert chain.pem --tls-key key.pem\n"
	     "  MC_CHAT_LISTEN=unix:/run/miniclass/chat mc-chatd\n"
	     "\n"
	     "Every option is also an environment variable (--log-level: MC_LOG_LEVEL) and a\n"
	     "line in the config file (log_level = info): --config FILE, MC_CONFIG, or\n"
	     "/etc/miniclass/miniclass.conf.\n"
	     "\n"
	     "Options:");
	mc_conf_help(&settings_conf, stdout);
}

static int
usage_error(const struct mc_error *error)
{
	if (error->field[0] != '\0')
		fprintf(stderr, "mc-chatd: %s: %s\n", error->field, error->message);
	else
		fprintf(stderr, "mc-chatd: %s\n", error->message);
	return EXIT_USAGE;
}

struct arguments {
	int argc;
	char **argv;
};

/*
 * What can change while threads run: how much is logged and how, and the certificates.  Of the
 * rest it is said that it waits for the next start.
 */
static void
reload(struct daemon *daemon, struct settings *current, const struct arguments *arguments)
{
	struct mc_arena *arena = mc_arena_create(4096, 1024 * 1024);
	struct settings fresh = { 0 };
	struct mc_error error = { 0 };
	char **operands;
	const char *name;

	if (arena == NULL)
		return;
	if (mc_conf_load(&settings_conf, &fresh, arena, arguments->argc, arguments->argv, environ,
		    &operands, &error) != MC_CONF_OK ||
		settings_complete(&fresh, &error) != MC_OK) {
		mc_log(MC_LOG_ERROR, "settings_kept", mc_log_text("why", error.message));
	} else {
		current->log_level = fresh.log_level;
		current->log_format = fresh.log_format;
		mc_log_change(
			(enum mc_log_level)fresh.log_level, (enum mc_log_format)fresh.log_format);
		for (size_t at = 0;
			(name = mc_conf_changed(&settings_conf, current, &fresh, &at)) != NULL;)
			mc_log(MC_LOG_WARN, "setting_waits", mc_log_text("setting", name),
				mc_log_text("for", "the next start"));
		mc_log(MC_LOG_INFO, "settings_read", mc_log_int("pid", getpid()));
	}
	mc_arena_destroy(arena);
	daemon_reload(daemon);
}

static int
run(struct settings *settings, const struct arguments *arguments)
{
	static struct daemon daemon;
	struct mc_error error = { 0 };

	int signals = mc_signal_open();
	if (signals < 0 || daemon_start(&daemon, settings, &error) != MC_OK) {
		if (error.status == MC_INVALID)
			return usage_error(&error);
		mc_log(MC_LOG_ERROR, "start_failed", mc_log_text("why", error.message));
		return EXIT_FAILED;
	}
	for (;;) {
		struct pollfd waiting = { .fd = signals, .events = POLLIN };
		if (poll(&waiting, 1, -1) < 0)
			continue;
		int number = mc_signal_read(signals);
		if (number == SIGHUP)
			reload(&daemon, settings, arguments);
		else if (number == SIGTERM || number == SIGINT)
			break;
	}
	mc_log(MC_LOG_INFO, "stopping", mc_log_int("pid", getpid()));
	daemon_stop(&daemon);
	close(signals);
	return EXIT_DONE;
}

int
main(int argc, char **argv)
{
	struct mc_arena *arena = mc_arena_create(4096, 1024 * 1024);
	struct settings settings = { 0 };
	struct mc_error error = { 0 };
	char **operands = NULL;
	int status = EXIT_FAILED;

	if (arena == NULL)
		return EXIT_FAILED;
	switch (mc_conf_load(
		&settings_conf, &settings, arena, argc, argv, environ, &operands, &error)) {
	case MC_CONF_HELP:
		print_help();
		status = EXIT_DONE;
		break;
	case MC_CONF_VERSION:
		puts("mc-chatd " MC_VERSION);
		status = EXIT_DONE;
		break;
	case MC_CONF_BAD: status = usage_error(&error); break;
	case MC_CONF_OK:
		if (operands[0] != NULL)
			mc_error_set(&error, MC_INVALID, operands[0], "there are no operands");
		if (operands[0] != NULL || settings_complete(&settings, &error) != MC_OK) {
			status = usage_error(&error);
			break;
		}
		mc_log_setup("mc-chatd", (enum mc_log_level)settings.log_level,
			(enum mc_log_format)settings.log_format);
		status = run(&settings, &(struct arguments){ argc, argv });
		break;
	}
	mc_arena_destroy(arena);
	return status;
}
