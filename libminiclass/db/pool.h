/*
 * pool - a bounded number of PostgreSQL connections, leased one at a time.
 *
 * Connections are made when first needed and, when lost, made anew: while the database is away an
 * acquire fails at once with MC_UNAVAILABLE (it tries again at most every 250 ms), so the service
 * heals by itself.  The one returned last is leased first.  Any thread.
 */
#ifndef LIBMINICLASS_DB_POOL_H
#define LIBMINICLASS_DB_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"

struct mc_pool;
struct mc_db;

struct mc_pool_options {
	const char *conninfo;    /* libpq connection string or URI; NULL or "": libpq's defaults */
	const char *application; /* application_name: "mc-server" */
	size_t connections;      /* at most */
	int64_t statement_ms;    /* statement_timeout */
};

/* Connects nothing yet.  NULL when memory is out.  `options` are copied. */
struct mc_pool *mc_pool_create(const struct mc_pool_options *options);
/* All leases must have been released. */
void mc_pool_destroy(struct mc_pool *pool);

/* MC_UNAVAILABLE: the database is away; MC_TIMED_OUT: none became free within wait_ms. */
enum mc_status mc_pool_acquire(struct mc_pool *pool, int64_t wait_ms, struct mc_db **out,
	struct mc_error *error) MC_MUST_USE;
/* One that is open and free just now, without waiting or connecting; NULL when there is none. */
struct mc_db *mc_pool_try(struct mc_pool *pool);
/* Somebody waits because there are too few: who keeps a lease between two questions gives it back.
 */
bool mc_pool_is_short(struct mc_pool *pool);
/*
 * Ends the lease: open transactions are rolled back, rows are freed, a broken connection is
 * closed.  NULL is allowed.
 */
void mc_pool_release(struct mc_pool *pool, struct mc_db *db);

/*
 * From now on nothing is leased (MC_UNAVAILABLE), and what the leased connections are asking is
 * cancelled; to be called again until they are back, since a lease may ask several things: from the
 * second time on their connections are cut.  Any thread.
 */
void mc_pool_close(struct mc_pool *pool);

struct mc_pool_counts {
	size_t open, leased;
	uint64_t acquired, failed; /* since the start */
};
void mc_pool_count(struct mc_pool *pool, struct mc_pool_counts *out);

/*
 * MC_INVALID, for the setting "db": what libpq could never connect with, whatever becomes of the
 * database.  NULL is libpq's defaults.
 */
enum mc_status mc_db_check(const char *conninfo, struct mc_error *error) MC_MUST_USE;

/*
 * One connection without a pool, for tools: end it with mc_db_close.  To `database`, whichever one
 * the connection string names; NULL: to that one.
 */
enum mc_status mc_db_open(const char *conninfo, const char *database, const char *application,
	struct mc_db **out, struct mc_error *error) MC_MUST_USE;
void mc_db_close(struct mc_db *db);

#endif
