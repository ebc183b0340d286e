/* mc-admin - the operator's tool: migrations and health. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/conf.h"
#include "libminiclass/base/status.h"
#include "libminiclass/db/migrate.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_FOUND = 3,
	EXIT_LOG_IN = 4,
	EXIT_REFUSED = 5,
	EXIT_AWAY = 6,
	EXIT_CONFLICT = 7,
};

enum { ARENA_BLOCK = 4096, ARENA_MAX = 1 << 20 };

struct settings {
	const char *db;
	int64_t timeout;
};

/* clang-format off */
static const struct mc_setting rows[] = {
	{ "db", MC_SETTING_TEXT, offsetof(struct settings, db), NULL, 0, 0, NULL, "CONNINFO",
		"PostgreSQL connection string or URI (default: libpq's own)" },
	{ "timeout", MC_SETTING_MS, offsetof(struct settings, timeout), "60s", 10, 86400000, NULL, "TIME",
		"for one statement, waiting for locks included" },
};

/* The common config file is the servers': what else stands in it is theirs to check. */
static const char *const other_programs[] = { "*", NULL };
/* clang-format on */

static const struct mc_conf conf = {
	.settings = rows,
	.n_settings = MC_COUNT(rows),
	.also = other_programs,
};

struct verb {
	const char *name;
	int (*run)(struct mc_db *db);
	const char *help;
};

static int verb_migrate(struct mc_db *db);
static int verb_health(struct mc_db *db);

/* clang-format off */
static const struct verb verbs[] = {
	{ "migrate", verb_migrate, "bring the database's schema up to date; safe to repeat" },
	{ "health", verb_health, "is the database reachable, and its schema current?" },
};
/* clang-format on */

static int
exit_status(enum mc_status status)
{
	switch (status) {
	case MC_OK: return EXIT_DONE;
	case MC_NOT_FOUND: return EXIT_NOT_FOUND;
	case MC_UNAUTHENTICATED: return EXIT_LOG_IN;
	case MC_FORBIDDEN: return EXIT_REFUSED;
	case MC_UNAVAILABLE:
	case MC_TIMED_OUT: return EXIT_AWAY;
	case MC_CONFLICT: return EXIT_CONFLICT;
	case MC_FAILED:
	case MC_INVALID:
	case MC_TOO_MANY:
	case MC_TOO_LARGE:
	case MC_NO_MEMORY:
	case MC_STATUS_COUNT: break;
	}
	return EXIT_FAILED;
}

static int
fail(enum mc_status status, const char *what, const char *why)
{
	fprintf(stderr, "mc-admin: %s: %s\n", what, why);
	return exit_status(status);
}

static void
report_step(void *user, const struct mc_migration *step)
{
	(void)user;
	printf("applying %s\n", step->name);
	(void)fflush(stdout);
}

static int
verb_migrate(struct mc_db *db)
{
	struct mc_error error = { .status = MC_OK };
	int applied = 0;

	enum mc_status status = mc_db_script(db, mc_roles_sql);
	if (status == MC_FORBIDDEN) {
		fprintf(stderr, "mc-admin: roles: %s\n", mc_db_message(db));
		fprintf(stderr, "mc-admin: roles: let somebody who may create roles run "
				"sql/roles.sql in this database first\n");
		return EXIT_REFUSED;
	}
	if (status != MC_OK)
		return fail(status, "roles", mc_db_message(db));

	/* Whoever migrates, the schema has one owner. */
	status = mc_db_script(db, "SET ROLE mc_owner");
	if (status != MC_OK)
		return fail(status, "roles", mc_db_message(db));
	status = mc_migrate(
		db, mc_migrations, mc_migrations_count, report_step, NULL, &applied, &error);
	if (status != MC_OK)
		return fail(status, "migrate", error.message);
	printf("schema is current: %d of %zu steps were new\n", applied, mc_migrations_count);
	return EXIT_DONE;
}

static int
verb_health(struct mc_db *db)
{
	puts("database: reachable");
	enum mc_status status = mc_migrate_check(db, mc_migrations, mc_migrations_count);
	if (status == MC_CONFLICT)
		return fail(MC_FAILED, "schema", "not this version's: run mc-admin migrate");
	if (status != MC_OK)
		return fail(status, "schema", mc_db_message(db));
	printf("schema: current (%zu steps)\n", mc_migrations_count);
	return EXIT_DONE;
}

static void
print_help(void)
{
	puts("Usage: mc-admin [OPTION]... VERB\n"
	     "\n"
	     "The operator's tool for Mini Classroom.\n"
	     "\n"
	     "Examples:\n"
	     "  mc-admin --db 'host=/run/postgresql dbname=miniclass user=mc_admin' migrate\n"
	     "  MC_DB=postgresql://mc_server@db.example.org/miniclass mc-admin health\n"
	     "\n"
	     "Verbs:");
	for (size_t i = 0; i < MC_COUNT(verbs); i++)
		printf("  %-26s %s\n", verbs[i].name, verbs[i].help);
	puts("\n"
	     "Options, also as environment variables (MC_DB) and in the config file (db = ...):");
	mc_conf_help(&conf, stdout);
	puts("\n"
	     "Exit status: 0 done, 1 failed, 2 wrong usage, 5 this database role may not,\n"
	     "6 database unreachable or too slow (safe to retry), 7 conflict.");
}

static enum mc_status
set_timeout(struct mc_db *db, int64_t timeout_ms)
{
	char sql[64];

	(void)snprintf(sql, sizeof(sql), "SET statement_timeout = %" PRId64, timeout_ms);
	return mc_db_script(db, sql);
}

static int
run(const struct verb *verb, const struct settings *settings)
{
	struct mc_error error = { .status = MC_OK };
	struct mc_db *db;

	enum mc_status status = mc_db_open(settings->db, "mc-admin", &db, &error);
	if (status != MC_OK)
		return fail(status, "database", error.message);

	int result;
	status = set_timeout(db, settings->timeout);
	if (status != MC_OK)
		result = fail(status, "database", mc_db_message(db));
	else
		result = verb->run(db);
	mc_db_close(db);
	if (fflush(stdout) != 0 && result == EXIT_DONE)
		return fail(MC_FAILED, "output", "cannot be written");
	return result;
}

static const struct verb *
find_verb(char *const *operands)
{
	for (size_t i = 0; operands[0] && !operands[1] && i < MC_COUNT(verbs); i++)
		if (strcmp(verbs[i].name, operands[0]) == 0)
			return &verbs[i];
	return NULL;
}

static int
choose(const struct settings *settings, char *const *operands)
{
	const struct verb *verb = find_verb(operands);
	if (verb)
		return run(verb, settings);

	if (!operands[0])
		fputs("mc-admin: usage: a verb is missing; see mc-admin --help\n", stderr);
	else
		fprintf(stderr, "mc-admin: %s: is no verb by itself; see mc-admin --help\n",
			operands[1] ? operands[1] : operands[0]);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct mc_arena *arena = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	struct settings settings = { .db = NULL };
	struct mc_error error = { .status = MC_OK };
	char **operands = NULL;
	int result = EXIT_FAILED;

	if (!arena)
		return fail(MC_NO_MEMORY, "start", "out of memory");
	switch (mc_conf_load(&conf, &settings, arena, argc, argv, environ, &operands, &error)) {
	case MC_CONF_OK: result = choose(&settings, operands); break;
	case MC_CONF_HELP:
		print_help();
		result = EXIT_DONE;
		break;
	case MC_CONF_VERSION:
		puts("mc-admin " MC_VERSION);
		result = EXIT_DONE;
		break;
	case MC_CONF_BAD:
		fprintf(stderr, "mc-admin: %s: %s\n", error.field[0] ? error.field : "usage",
			error.message);
		result = EXIT_USAGE;
		break;
	}
	mc_arena_destroy(arena);
	return result;
}
