/* init - everything that a classroom needs of PostgreSQL; what is there already stays as it is. */

#include <stdio.h>
#include <string.h>

#include "cli/admin/admin.h"
#include "libminiclass/db/migrate.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"
#include "libminiclass/db/setup.h"

static const char default_database[] = "miniclass";

static void
say(const char *kind, const char *name, const char *state)
{
	printf("%s %s: %s\n", kind, name, state);
	(void)fflush(stdout);
}

static bool
is_name(const char *name)
{
	return name[0] != '\0' && strlen(name) <= MC_DB_NAME_MAX;
}

static int
fail(const struct admin *admin, enum mc_status status, const char *name)
{
	if (status == MC_FORBIDDEN)
		return say_error(status, name,
			"this database role may not make it; as user postgres it works");
	return admin_fail_db(admin, status, name);
}

static enum mc_status
make_database(struct admin *admin, const char *name)
{
	bool made = false;

	enum mc_status status = mc_setup_database(admin->db, mc_str_from(name), &made);
	if (status == MC_OK)
		say("database", name, made ? "made" : "there");
	return status;
}

static int
make_role(struct admin *admin, const char *name)
{
	bool made = false, joined = false;

	enum mc_status status = mc_setup_role(admin->db, mc_str_from(name), &made, &joined);
	if (status != MC_OK)
		return fail(admin, status, name);
	say("role", name,
		made     ? "made, a member of mc_server"
		: joined ? "there, now a member of mc_server"
			 : "there, a member of mc_server");
	return EXIT_DONE;
}

/* In the classroom's own database. */
static int
fill(struct admin *admin, const char *name)
{
	struct mc_error error = { .status = MC_OK };

	enum mc_status status = mc_db_open(admin->conninfo, name, "mc-admin", &admin->db, &error);
	if (status != MC_OK)
		return say_error(status, name, error.message);

	int result;
	status = admin_set_timeout(admin->db, admin->timeout_ms);
	if (status == MC_OK)
		status = mc_setup_check(admin->db);
	if (status == MC_INVALID)
		result =
			say_error(MC_FAILED, name, "its encoding is not UTF-8: choose another one");
	else if (status != MC_OK)
		result = admin_fail_db(admin, status, name);
	else
		result = schema_roles(admin);
	if (result == EXIT_DONE)
		result = make_role(admin, admin->role);
	if (result == EXIT_DONE)
		result = schema_steps(admin);
	mc_db_close(admin->db);
	return result;
}

int
init_all(struct admin *admin)
{
	struct mc_db *server = admin->db; /* stays open: its lock keeps others waiting */
	char named[MC_DB_NAME_MAX + 1];

	admin->json = false; /* it says what it does as it does it */
	mc_setup_named(admin->conninfo, named);
	const char *name = admin->database ? admin->database : named[0] ? named : default_database;
	if (!is_name(name))
		return say_usage("--database", "a name has 1 to 63 bytes");
	if (!is_name(admin->role))
		return say_usage("--role", "a name has 1 to 63 bytes");

	enum mc_status status = make_database(admin, name);
	if (status != MC_OK)
		return fail(admin, status, name);
	int result = fill(admin, name);
	admin->db = server;
	return result;
}
