/* conn_int - one libpq connection and what is under way on it; shared by the sources of db only. */
#ifndef LIBMINICLASS_DB_CONN_INT_H
#define LIBMINICLASS_DB_CONN_INT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/error.h"
#include "libminiclass/db/query.h"

enum {
	DB_ASKED_MAX =
		64, /* under way at once; a request asks at most a dozen, each counts three */
	DB_ROWS_MAX = 256,       /* results kept in one lease */
	DB_PREPARED_SLOTS = 256, /* a power of two */
	DB_PREPARED_MAX = 192,   /* the product has some 110 statements; above: not prepared */
	DB_SCRATCH_MAX =
		1 << 22, /* bytes of lists in one statement: a batch of the longest messages */
	DB_CONSTRAINT_SIZE = 64, /* PostgreSQL's names have 63 bytes */
	DB_MESSAGE_SIZE = 256,   /* a log line */
	DB_PARAMETERS_MAX = 12,
};

enum db_asked_kind {
	DB_ASKED_PREPARE,
	DB_ASKED_SILENT, /* nobody takes it: BEGIN */
	DB_ASKED_ROWS,
	DB_ASKED_SYNC,
};

struct db_asked {
	enum db_asked_kind kind;
	struct db_prepared *prepared; /* of PREPARE; may be NULL */
};

struct db_prepared {
	const struct mc_sql *sql; /* NULL: free */
	bool ready;               /* prepared, or on its way there */
};

/* All fields belong to the thread that has the lease; while idle, to the pool. */
struct mc_db {
	PGconn *conn;
	int cut_fd;    /* its socket once more, which libpq does not close; -1: none */
	int answer_ms; /* the longest silence of the server; -1: for ever */

	struct db_asked asked[DB_ASKED_MAX]; /* a ring, in the order of the answers */
	unsigned first, n_asked;
	unsigned n_unsent;  /* asked since the last SYNC */
	unsigned n_waiting; /* of kind ROWS */

	PGresult *arrived[DB_ASKED_MAX + 1]; /* read ahead of the takes; the last one is a SYNC */
	unsigned first_arrived, n_arrived;

	enum mc_status broken;  /* not MC_OK: why nothing more comes from this connection */
	enum mc_status aborted; /* not MC_OK: what failed before, up to the next SYNC */
	bool retryable;
	char constraint[DB_CONSTRAINT_SIZE];
	char message[DB_MESSAGE_SIZE];

	PGresult *rows[DB_ROWS_MAX];
	size_t n_rows;
	struct mc_buf scratch;

	struct db_prepared prepared[DB_PREPARED_SLOTS]; /* open addressing by the address of sql */
	size_t n_prepared;
};

struct db_options {
	const char *conninfo, *application;
	const char *database; /* NULL: the one that conninfo names */
	int64_t statement_ms; /* 0: no limit */
	int64_t idle_ms;      /* idle_in_transaction_session_timeout; 0: no limit */
};

/* For libpq, which passes over what has no value; NULL ends them. */
struct db_parameters {
	const char *keywords[DB_PARAMETERS_MAX + 1], *values[DB_PARAMETERS_MAX + 1];
};

/* What every connection is made with; borrows both.  `server_options`: NULL: none. */
struct db_parameters db_parameters(const struct db_options *options, const char *server_options);
/* The library is silent: a notice is nobody's failure. */
void db_ignore_notices(PGconn *conn);

/* MC_UNAVAILABLE, MC_NO_MEMORY. */
enum mc_status db_connect(
	const struct db_options *options, struct mc_db **out, struct mc_error *error) MC_MUST_USE;
void db_disconnect(struct mc_db *db);
/* False when the server has closed an idle connection, or says something unasked. */
bool db_is_alive(const struct mc_db *db);

/* The connection gives nothing more; the first reason stays. */
void db_break(struct mc_db *db, enum mc_status status, const char *message);
/* Like mc_db_ask, but its answer is not taken; the next take fails if it does. */
void db_ask_silently(struct mc_db *db, const struct mc_sql *sql);
/* Takes and drops what is still under way; keeps the rows. */
void db_drain(struct mc_db *db);
/* Rolls back what is open, frees the rows; false when the connection is of no more use. */
bool db_end_lease(struct mc_db *db);
/* Fills constraint, message and retryable; gives the status. */
enum mc_status db_note_failure(struct mc_db *db, const PGresult *result);

#endif
