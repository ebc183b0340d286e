/*
 * setup - the database of a classroom and the login role of its servers, made where they are
 * missing.  For tools of operators: the caller's database role must be allowed to.  One thread
 * at a time.
 */
#ifndef LIBMINICLASS_DB_SETUP_H
#define LIBMINICLASS_DB_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

struct mc_db;

enum { MC_DB_NAME_MAX = 63 }; /* bytes in PostgreSQL's names */

/* The database that a connection string or URI names; "" when it names none, or too long a one. */
void mc_setup_named(const char *conninfo, char out[MC_DB_NAME_MAX + 1]);

/*
 * Makes the database, in UTF-8, unless it is there; `db` is a connection to another one, with no
 * transaction open.  Of two callers on the same connection string's server the second one waits
 * until the first has closed its `db`.  MC_FORBIDDEN: this role may not.
 */
enum mc_status mc_setup_database(struct mc_db *db, struct mc_str name, bool *made) MC_MUST_USE;

/* Is the text of this database UTF-8?  MC_INVALID when it is not. */
enum mc_status mc_setup_check(struct mc_db *db) MC_MUST_USE;

/*
 * Makes a role that may log in, unless it is there, and a member of mc_server unless it is one
 * (sql/roles.sql comes first); *made, *joined: which of it was new.  MC_FORBIDDEN as above.
 */
enum mc_status mc_setup_role(
	struct mc_db *db, struct mc_str name, bool *made, bool *joined) MC_MUST_USE;

#endif
