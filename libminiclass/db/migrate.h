/*
 * migrate - numbered SQL steps, forward only, each in a transaction, under one advisory lock.
 *
 * The steps are built into the binary.  The table mc.migration keeps number, name, SHA-256 and time
 * of each step that was applied; a step that was changed after it had been applied is refused.
 *
 * The schema mc, and the roles that steps grant to, come from sql/roles.sql first.  One thread
 * at a time.
 */
#ifndef LIBMINICLASS_DB_MIGRATE_H
#define LIBMINICLASS_DB_MIGRATE_H

#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"

struct mc_db;

struct mc_migration {
	int number;
	const char *name; /* "0001_accounts" */
	const char *sql;
};

/* sql/migrations/ and sql/roles.sql as they were when the library was built (sql/embed.sh). */
extern const struct mc_migration mc_migrations[];
extern const size_t mc_migrations_count;
extern const char mc_roles_sql[];

/*
 * Several statements at once, in one transaction of their own or in the open one; results are
 * dropped.  For constant text of ours, as parameters have no place in it.
 */
enum mc_status mc_db_script(struct mc_db *db, const char *sql) MC_MUST_USE;

/* Called before each step that is applied; may be NULL. */
typedef void mc_migrate_report(void *user, const struct mc_migration *step);

/*
 * *applied: how many steps were new.  Any number of processes may call it at once.  MC_CONFLICT:
 * what is applied is not what these steps say; MC_FORBIDDEN: this role may not.
 */
enum mc_status mc_migrate(struct mc_db *db, const struct mc_migration *steps, size_t n_steps,
	mc_migrate_report *report, void *user, int *applied, struct mc_error *error) MC_MUST_USE;
/* MC_OK when exactly these steps or more are applied: what /readyz asks. MC_CONFLICT when some are
 * missing. */
enum mc_status mc_migrate_check(
	struct mc_db *db, const struct mc_migration *steps, size_t n_steps) MC_MUST_USE;

#endif
