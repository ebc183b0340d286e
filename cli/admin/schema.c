/* schema - is the schema there and current, and making it so. */

#include <stdio.h>

#include "cli/admin/admin.h"
#include "libminiclass/db/migrate.h"
#include "libminiclass/db/query.h"

static void
report_step(void *user, const struct mc_migration *step)
{
	const struct admin *admin = user;

	if (admin->json)
		return;
	printf("applying %s\n", step->name);
	(void)fflush(stdout);
}

int
schema_roles(struct admin *admin)
{
	enum mc_status status = mc_db_script(admin->db, mc_roles_sql);

	if (status == MC_FORBIDDEN) {
		fprintf(stderr, "mc-admin: roles: %s\n", mc_db_message(admin->db));
		fprintf(stderr, "mc-admin: roles: let somebody who may create roles run "
				"sql/roles.sql in this database first\n");
		return EXIT_REFUSED;
	}
	if (status != MC_OK)
		return say_error(status, "roles", mc_db_message(admin->db));
	return EXIT_DONE;
}

int
schema_steps(struct admin *admin)
{
	struct mc_error error = { .status = MC_OK };
	int applied = 0;

	/* Whoever migrates, the schema has one owner. */
	enum mc_status status = mc_db_script(admin->db, "SET ROLE mc_owner");
	if (status != MC_OK)
		return say_error(status, "roles", mc_db_message(admin->db));
	status = mc_migrate(admin->db, mc_migrations, mc_migrations_count, report_step, admin,
		&applied, &error);
	if (status != MC_OK)
		return say_error(status, "migrate", error.message);
	if (admin->json)
		printf("{\"schema\":\"current\",\"steps\":%zu,\"new\":%d}\n", mc_migrations_count,
			applied);
	else
		printf("schema is current: %d of %zu steps were new\n", applied,
			mc_migrations_count);
	return EXIT_DONE;
}

int
schema_migrate(struct admin *admin)
{
	int result = schema_roles(admin);

	return result == EXIT_DONE ? schema_steps(admin) : result;
}

int
schema_health(struct admin *admin)
{
	struct mc_db *db = admin->db;

	if (!admin->json)
		puts("database: reachable");
	enum mc_status status = mc_migrate_check(db, mc_migrations, mc_migrations_count);
	if (status == MC_CONFLICT)
		return say_error(MC_FAILED, "schema", "not this version's: run mc-admin migrate");
	if (status != MC_OK)
		return say_error(status, "schema", mc_db_message(db));
	if (admin->json)
		printf("{\"database\":\"reachable\",\"schema\":\"current\",\"steps\":%zu}\n",
			mc_migrations_count);
	else
		printf("schema: current (%zu steps)\n", mc_migrations_count);
	return EXIT_DONE;
}
