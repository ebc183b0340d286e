#include "libminiclass/service/program.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/time.h"
#include "libminiclass/net/tls.h"
#include "libminiclass/service/log.h"
#include "libminiclass/service/signal.h"
#include "libminiclass/service/supervisor.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };
enum { ARENA_BLOCK = 4096, ARENA_MAX = 1024 * 1024 };
/* Without the database nobody is served: what it takes is not for connections. */
enum {
	DESCRIPTORS_KEPT = 64,   /* files, a few leases, whatever libraries open for a moment */
	DESCRIPTORS_A_LOOP = 8,  /* the loop, its wake, its listener, its ring */
	DESCRIPTORS_A_LEASE = 3, /* a connection, its copy, and what cancels it */
};
enum { WORDS_SIZE = MC_ERROR_FIELD_MAX + MC_ERROR_MESSAGE_MAX + 2 };

/* One process, from its arguments on. */
struct life {
	const struct mc_program *program;
	int argc;
	char **argv;
	void *settings;
};

static void
print_help(const struct mc_program *program)
{
	printf("%s\n"
	       "Every option is also an environment variable (--log-level: MC_LOG_LEVEL) and a\n"
	       "line in the config file (log_level = info): --config FILE, MC_CONFIG,\n"
	       "or " MC_CONF_FILE ".\n"
	       "\n"
	       "Options:\n",
		program->about);
	mc_conf_help(program->conf, stdout);
}

/* With the setting in front, where the words do not name it themselves. */
static const char *
words_of(const struct mc_error *error, char out[WORDS_SIZE])
{
	(void)snprintf(out, WORDS_SIZE, "%s%s%s", error->field, error->field[0] ? ": " : "",
		error->message);
	return out;
}

static int
usage_error(const struct mc_program *program, const struct mc_error *error)
{
	char words[WORDS_SIZE];

	fprintf(stderr, "%s: %s\n", program->name, words_of(error, words));
	return EXIT_USAGE;
}

static int *
number_at(void *settings, size_t offset)
{
	return (int *)(void *)((char *)settings + offset);
}

/* What was read again takes the place of what runs, as far as it can. */
static void
adopt(const struct life *life, void *fresh)
{
	const struct mc_program *program = life->program;
	int level = *number_at(fresh, program->log_level_at);
	int format = *number_at(fresh, program->log_format_at);
	const char *name;

	*number_at(life->settings, program->log_level_at) = level;
	*number_at(life->settings, program->log_format_at) = format;
	mc_log_change((enum mc_log_level)level, (enum mc_log_format)format);
	for (size_t at = 0;
		(name = mc_conf_changed(program->conf, life->settings, fresh, &at)) != NULL;)
		mc_log(MC_LOG_WARN, "setting_waits", mc_log_text("setting", name),
			mc_log_text("for", "the next start"));
	mc_log(MC_LOG_INFO, "settings_read", mc_log_int("pid", getpid()));
}

static void
reload(const struct life *life)
{
	const struct mc_program *program = life->program;
	struct mc_arena *arena = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	struct mc_error error = { 0 };
	char words[WORDS_SIZE];
	char **operands;

	if (arena == NULL)
		return;
	void *fresh = mc_arena_alloc(arena, program->settings_size);
	if (fresh == NULL ||
		mc_conf_load(program->conf, fresh, arena, life->argc, life->argv, environ,
			&operands, &error) != MC_CONF_OK ||
		program->complete(fresh, &error) != MC_OK)
		mc_log(MC_LOG_ERROR, "settings_kept", mc_log_text("why", words_of(&error, words)));
	else
		adopt(life, fresh);
	mc_arena_destroy(arena);
	program->reload();
}

enum mc_status
mc_program_check(const char *tls_cert, const char *tls_key, bool proxy_protocol,
	const char *trusted_proxies, struct mc_error *error)
{
	if ((tls_cert == NULL) != (tls_key == NULL))
		return mc_error_set(error, MC_INVALID, tls_cert == NULL ? "tls_cert" : "tls_key",
			"tls_cert and tls_key belong together: one of them is missing");
	if (proxy_protocol && trusted_proxies == NULL)
		return mc_error_set(error, MC_INVALID, "proxy_protocol",
			"needs trusted_proxies: nobody else may connect");
	return MC_OK;
}

int64_t
mc_program_connections(int64_t asked, int64_t loops, int64_t leases)
{
	int64_t kept = DESCRIPTORS_KEPT + DESCRIPTORS_A_LOOP * loops + DESCRIPTORS_A_LEASE * leases;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max >= (rlim_t)(asked + kept))
		return asked;
	return limit.rlim_max > (rlim_t)kept ? (int64_t)limit.rlim_max - kept : 1;
}

void
mc_program_read_certificates(struct mc_tls *tls, const char *file)
{
	struct mc_error error;

	if (tls == NULL)
		return;
	if (mc_tls_reload(tls, &error) == MC_OK)
		mc_log(MC_LOG_INFO, "certificates_read", mc_log_text("file", file));
	else
		mc_log(MC_LOG_ERROR, "certificates_kept", mc_log_text("why", error.message));
}

/* Every connection is a descriptor: take as many as we are allowed. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		mc_log(MC_LOG_WARN, "descriptor_limit", mc_log_text("why", "not raised"));
}

/* Whoever sends people here is told first, and has that long to send them elsewhere. */
static void
leave(const struct life *life, int signals)
{
	int64_t delay = *(const int64_t *)(const void *)((const char *)life->settings +
							 life->program->stop_delay_at);
	struct mc_deadline deadline = mc_deadline_in(delay);
	struct pollfd waiting = { .fd = signals, .events = POLLIN };
	int number = 0;

	life->program->leave();
	while (mc_deadline_left(deadline) > 0 && number != SIGTERM && number != SIGINT)
		if (poll(&waiting, 1, (int)mc_deadline_left(deadline)) > 0)
			number = mc_signal_read(signals);
}

static int
run(const struct life *life)
{
	const struct mc_program *program = life->program;
	struct mc_error error = { 0 };

	mc_log_setup(program->name,
		(enum mc_log_level) * number_at(life->settings, program->log_level_at),
		(enum mc_log_format) * number_at(life->settings, program->log_format_at));
	raise_descriptor_limit();
	int signals = mc_signal_open();
	if (signals < 0 || program->start(life->settings, &error) != MC_OK) {
		if (error.status == MC_INVALID)
			return usage_error(program, &error);
		mc_log(MC_LOG_ERROR, "start_failed", mc_log_text("why", error.message));
		return EXIT_FAILED;
	}
	mc_supervisor_say("READY=1");
	for (;;) {
		struct pollfd waiting = { .fd = signals, .events = POLLIN };
		if (poll(&waiting, 1, -1) < 0)
			continue;
		int number = mc_signal_read(signals);
		if (number == SIGHUP)
			reload(life);
		else if (number == SIGTERM || number == SIGINT)
			break;
	}
	mc_log(MC_LOG_INFO, "stopping", mc_log_int("pid", getpid()));
	mc_supervisor_say("STOPPING=1");
	leave(life, signals);
	program->stop();
	close(signals);
	return EXIT_DONE;
}

static int
live(const struct life *life, struct mc_arena *arena)
{
	const struct mc_program *program = life->program;
	struct mc_error error = { 0 };
	char **operands = NULL;

	switch (mc_conf_load(program->conf, life->settings, arena, life->argc, life->argv, environ,
		&operands, &error)) {
	case MC_CONF_HELP: print_help(program); return EXIT_DONE;
	case MC_CONF_VERSION: printf("%s %s\n", program->name, MC_VERSION); return EXIT_DONE;
	case MC_CONF_BAD: return usage_error(program, &error);
	case MC_CONF_OK: break;
	}
	if (operands[0] != NULL)
		mc_error_set(&error, MC_INVALID, operands[0], "there are no operands");
	if (operands[0] != NULL || program->complete(life->settings, &error) != MC_OK)
		return usage_error(program, &error);
	return run(life);
}

int
mc_program_run(const struct mc_program *program, int argc, char **argv)
{
	struct mc_arena *arena = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	int status = EXIT_FAILED;

	if (arena == NULL)
		return status;
	struct life life = { program, argc, argv, mc_arena_alloc(arena, program->settings_size) };
	if (life.settings != NULL)
		status = live(&life, arena);
	mc_arena_destroy(arena);
	return status;
}
