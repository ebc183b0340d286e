/* mc-admin - the operator's tool: installation, migrations, health, accounts, classes. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/admin/admin.h"
#include "cli/admin/verb.h"
#include "libminiclass/base/arena.h"
#include "libminiclass/base/conf.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/utf8.h"
#include "libminiclass/db/migrate.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"

enum { ARENA_BLOCK = 4096, ARENA_MAX = 1 << 20, WORDS_MAX = 100 };

struct settings {
	const char *db;
	int64_t timeout;
	int64_t valid;
	bool json;
	const char *database, *role;
};

/* clang-format off */
static const struct mc_setting rows[] = {
	{ "db", MC_SETTING_TEXT, offsetof(struct settings, db), NULL, 0, 0, NULL, "CONNINFO",
		"PostgreSQL connection string or URI (default: libpq's own)" },
	{ "timeout", MC_SETTING_MS, offsetof(struct settings, timeout), "60s", 10, 86400000, NULL, "TIME",
		"for one statement, waiting for locks included" },
	{ "valid", MC_SETTING_MS, offsetof(struct settings, valid), "24h", 60000, INT64_C(2592000000), NULL,
		"TIME", "how long a one-time code can be used: 30min, 48h" },
	{ "json", MC_SETTING_BOOL, offsetof(struct settings, json), "off", 0, 0, NULL, NULL,
		"answer with one JSON object" },
	{ "database", MC_SETTING_TEXT, offsetof(struct settings, database), NULL, 0, 0, NULL, "NAME",
		"what init makes (default: what --db names, else miniclass)" },
	{ "role", MC_SETTING_TEXT, offsetof(struct settings, role), "miniclass", 0, 0, NULL, "NAME",
		"the servers' login role, for init: a system user of that name needs no password" },
};

/* The common config file is the servers': what else stands in it is theirs to check. */
static const char *const other_programs[] = { "*", NULL };
/* clang-format on */

static const struct mc_conf conf = {
	.settings = rows,
	.n_settings = MC_COUNT(rows),
	.also = other_programs,
};

/* clang-format off */
static const struct verb verbs[] = {
	{ "init", "", 0, 0, init_all, "make database, roles and schema where they are missing",
		"postgres" },
	{ "migrate", "", 0, 0, schema_migrate, "bring the database's schema up to date; safe to repeat",
		NULL },
	{ "health", "", 0, 0, schema_health, "is the database reachable, and its schema current?", NULL },
	{ "users", "[TEXT]", 0, WORDS_MAX, users_list, "all accounts, or those with TEXT in name or e-mail",
		NULL },
	{ "users create", "EMAIL NAME", 2, WORDS_MAX, users_create,
		"an account, and the code that sets its password", NULL },
	{ "users rename", "EMAIL NAME", 2, WORDS_MAX, users_rename,
		"another name for the same person", NULL },
	{ "users reset", "EMAIL", 1, 1, users_reset, "a one-time code that sets a new password", NULL },
	{ "users disable", "EMAIL", 1, 1, users_disable, "end all sessions and refuse to log in", NULL },
	{ "users enable", "EMAIL", 1, 1, users_enable, "let log in again", NULL },
	{ "classes", "[TEXT]", 0, WORDS_MAX, classes_list,
		"all classes, or those with TEXT in name or instructors", NULL },
};
/* clang-format on */

int
admin_fail_db(const struct admin *admin, enum mc_status status, const char *what)
{
	const char *why = mc_db_message(admin->db);

	if (status == MC_NO_MEMORY)
		why = "out of memory";
	else if (status == MC_FORBIDDEN)
		why = "this database role may not; mc_admin may";
	return say_error(status, what, why[0] ? why : mc_status_name(status));
}

int
admin_text(const struct admin *admin, size_t first, const char *what, struct mc_str *out)
{
	struct mc_str text = MC_STR("");

	for (size_t i = first; admin->operands[0] && admin->operands[i]; i++) {
		text = mc_arena_printf(admin->arena, "%.*s%s%s", MC_STR_ARGS(text),
			i > first ? " " : "", admin->operands[i]);
		if (!text.ptr)
			return say_usage(what, "too long");
	}
	switch (mc_text_normalise(admin->arena, MC_TEXT_LINE, text, out)) {
	case MC_TEXT_OK: return EXIT_DONE;
	case MC_TEXT_NO_MEMORY: return say_usage(what, "too long");
	case MC_TEXT_NOT_UTF8:
	case MC_TEXT_CONTROL: break;
	}
	return say_usage(what, "has a control character in it, or is not UTF-8");
}

static void
print_help(void)
{
	puts("Usage: mc-admin [OPTION]... VERB\n"
	     "\n"
	     "The operator's tool for Mini Classroom.\n"
	     "\n"
	     "Examples:\n"
	     "  sudo -u postgres mc-admin init\n"
	     "  mc-admin --db 'host=/run/postgresql dbname=miniclass user=mc_admin' migrate\n"
	     "  MC_DB=postgresql://mc_server@db.example.org/miniclass mc-admin health\n"
	     "  mc-admin users reset ada@example.org --valid 2h\n"
	     "\n"
	     "Verbs:");
	verb_help(verbs, MC_COUNT(verbs));
	puts("\n"
	     "Options, also as environment variables (MC_DB) and in the config file (db = ...):");
	mc_conf_help(&conf, stdout);
	puts("\n"
	     "Exit status: 0 done, 1 failed, 2 wrong usage, 3 no such account, 5 this database "
	     "role\n"
	     "may not, 6 database unreachable or too slow (safe to retry), 7 conflict.");
}

enum mc_status
admin_set_timeout(struct mc_db *db, int64_t timeout_ms)
{
	char sql[64];

	(void)snprintf(sql, sizeof(sql), "SET statement_timeout = %" PRId64, timeout_ms);
	return mc_db_script(db, sql);
}

static int
run(const struct verb *verb, struct admin *admin, const struct settings *settings)
{
	struct mc_error error = { .status = MC_OK };

	if (mc_db_check(settings->db, &error) != MC_OK)
		return say_usage(error.field, error.message);
	enum mc_status status =
		mc_db_open(settings->db, verb->database, "mc-admin", &admin->db, &error);
	if (status != MC_OK)
		return say_error(status, "database", error.message);

	int result;
	status = admin_set_timeout(admin->db, settings->timeout);
	if (status != MC_OK)
		result = admin_fail_db(admin, status, "database");
	else
		result = verb->run(admin);
	mc_db_close(admin->db);
	return say_finish(result);
}

static int
choose(const struct settings *settings, struct mc_arena *arena, char *const *operands)
{
	struct admin admin = {
		.arena = arena,
		.json = settings->json,
		.valid_ms = settings->valid,
		.timeout_ms = settings->timeout,
		.conninfo = settings->db,
		.database = settings->database,
		.role = settings->role,
	};
	say_setup("mc-admin", settings->json);
	const struct verb *verb = verb_find(verbs, MC_COUNT(verbs), operands, &admin);

	return verb ? run(verb, &admin, settings) : EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct mc_arena *arena = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	struct settings settings = { .db = NULL };
	struct mc_error error = { .status = MC_OK };
	char **operands = NULL;
	int result = EXIT_FAILED;

	say_setup_for("mc-admin", argv);
	if (!arena)
		return say_error(MC_NO_MEMORY, "start", "out of memory");
	if (argc == 3 && strcmp(argv[1], "--completion") == 0) {
		mc_arena_destroy(arena);
		return verb_complete(verbs, MC_COUNT(verbs), &conf, argv[2]);
	}
	switch (mc_conf_load(&conf, &settings, arena, argc, argv, environ, &operands, &error)) {
	case MC_CONF_OK: result = choose(&settings, arena, operands); break;
	case MC_CONF_HELP:
		print_help();
		result = say_finish(EXIT_DONE);
		break;
	case MC_CONF_VERSION:
		puts("mc-admin " MC_VERSION);
		result = say_finish(EXIT_DONE);
		break;
	case MC_CONF_BAD:
		result = say_usage(error.field[0] ? error.field : "usage", error.message);
		break;
	}
	mc_arena_destroy(arena);
	return result;
}
