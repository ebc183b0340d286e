#include "libminiclass/db/setup.h"

#include <stdio.h>
#include <string.h>

#include "libminiclass/db/conn_int.h"
#include "libminiclass/db/migrate.h"

enum { SQL_SIZE = 512 };

/* "miniinit" in ASCII. */
#define LOCK_KEY INT64_C(0x6d696e69696e6974)

static const struct mc_sql setup_lock = {
	"setup_lock",
	"SELECT pg_catalog.pg_advisory_lock($1)",
};

/*
 * The server itself quotes the names.  C.UTF-8 sorts by code point for ever: a locale that changes
 * its order with the system's libc would leave broken indexes behind after an upgrade.
 */
static const struct mc_sql setup_database = {
	"setup_database",
	"SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1),"
	" pg_catalog.format('CREATE DATABASE %I TEMPLATE template0 ENCODING ''UTF8''"
	" LC_COLLATE ''C.UTF-8'' LC_CTYPE ''C.UTF-8''', $1)",
};

static const struct mc_sql setup_encoding = {
	"setup_encoding",
	"SELECT pg_catalog.current_setting('server_encoding') = 'UTF8'",
};

static const struct mc_sql setup_role = {
	"setup_role",
	"SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1),"
	" pg_catalog.format('CREATE ROLE %I LOGIN', $1)",
};

/* Asked of the catalogue: a superuser counts as a member of everything. */
static const struct mc_sql setup_member = {
	"setup_member",
	"SELECT $1 = 'mc_server' OR EXISTS (SELECT FROM pg_catalog.pg_auth_members m"
	" JOIN pg_catalog.pg_roles g ON g.oid = m.roleid JOIN pg_catalog.pg_roles r ON r.oid = "
	"m.member"
	" WHERE g.rolname = 'mc_server' AND r.rolname = $1),"
	" pg_catalog.format('GRANT mc_server TO %I', $1)",
};

void
mc_setup_named(const char *conninfo, char out[MC_DB_NAME_MAX + 1])
{
	const char *text = conninfo ? conninfo : "";
	PQconninfoOption *all = PQconninfoParse(text, NULL);

	out[0] = '\0';
	/* What is no list of settings is a mere name. */
	if (!all && !strchr(text, '=') && !strchr(text, ':') && strlen(text) <= MC_DB_NAME_MAX)
		(void)snprintf(out, MC_DB_NAME_MAX + 1, "%s", text);
	for (const PQconninfoOption *option = all; option && option->keyword; option++)
		if (strcmp(option->keyword, "dbname") == 0 && option->val &&
			strlen(option->val) <= MC_DB_NAME_MAX)
			(void)snprintf(out, MC_DB_NAME_MAX + 1, "%s", option->val);
	PQconninfoFree(all);
}

/* Runs the statement in the second column unless the first one is true; *done: it was run. */
static enum mc_status
unless(struct mc_db *db, const struct mc_sql *sql, struct mc_str name, bool *done)
{
	struct mc_row row;
	char statement[SQL_SIZE];

	*done = false;
	enum mc_status status = mc_db_one(db, sql, &row, MC_PARAMS(mc_p_text(name)));
	if (status != MC_OK || mc_row_bool(&row, 0))
		return status;
	struct mc_str text = mc_row_text(&row, 1);
	if (snprintf(statement, sizeof(statement), "%.*s", MC_STR_ARGS(text)) >=
		(int)sizeof(statement))
		return MC_INVALID;
	status = mc_db_script(db, statement);
	*done = status == MC_OK;
	return status;
}

enum mc_status
mc_setup_database(struct mc_db *db, struct mc_str name, bool *made)
{
	enum mc_status status = mc_db_run(db, &setup_lock, NULL, MC_PARAMS(mc_p_id(LOCK_KEY)));

	return status == MC_OK ? unless(db, &setup_database, name, made) : status;
}

enum mc_status
mc_setup_check(struct mc_db *db)
{
	struct mc_row row;

	enum mc_status status = mc_db_one(db, &setup_encoding, &row, MC_NO_PARAMS);
	if (status == MC_OK && !mc_row_bool(&row, 0))
		status = MC_INVALID;
	return status;
}

enum mc_status
mc_setup_role(struct mc_db *db, struct mc_str name, bool *made, bool *joined)
{
	*joined = false;
	enum mc_status status = unless(db, &setup_role, name, made);

	return status == MC_OK ? unless(db, &setup_member, name, joined) : status;
}
