/*
 * query - named constant SQL, typed parameters, typed rows, on a leased connection.
 *
 * Statements are prepared once a connection, under their name; parameters and results travel in
 * binary.  What is asked is queued; what is taken comes back in the same order; everything asked
 * before the first take travels together (libpq pipeline mode) in one round trip:
 *
 *	mc_db_ask(db, &session_find, MC_PARAMS(...));
 *	mc_db_ask(db, &post_page, MC_PARAMS(...));
 *	status = mc_db_take(db, &session_rows);   <- sends, and waits
 *	status = mc_db_take(db, &post_rows);
 *
 * Outside a transaction (db/tx.h) what travels together is one implicit transaction, so if one
 * fails, those behind it fail too.
 *
 * A lease belongs to one thread.  Rows, and the text in them, stay until the lease ends
 * (db/pool.h) or mc_db_forget: callers free nothing.
 *
 * SQLSTATE becomes a status by the table in db/failure.c, MC_FAILED when it is not there;
 * mc_db_constraint() names the rule that was broken.
 */
#ifndef LIBMINICLASS_DB_QUERY_H
#define LIBMINICLASS_DB_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"

struct mc_db;

/* Constant and static: the address tells whether it was prepared here already. */
struct mc_sql {
	const char *name; /* unique in the program */
	const char *text; /* one statement, every name with its schema */
};

enum { MC_PARAMS_MAX = 16 };

enum mc_param_type {
	MC_P_NULL,
	MC_P_ID,
	MC_P_INT,
	MC_P_BOOL,
	MC_P_TEXT,
	MC_P_BYTES,
	MC_P_TIME,
	MC_P_TEXT_LIST,
	MC_P_ID_LIST
};

struct mc_param {
	enum mc_param_type type;
	int64_t number;             /* ID (int8), INT (int4), BOOL, TIME (us since 1970) */
	struct mc_str text;         /* TEXT, BYTES: borrowed for the call */
	const struct mc_str *texts; /* TEXT_LIST: borrowed for the call */
	const int64_t *ids;         /* ID_LIST (int8[]): borrowed for the call */
	size_t n_texts;             /* of texts or ids */
};

struct mc_param mc_p_null(void);
struct mc_param mc_p_id(int64_t id);
struct mc_param mc_p_int(int32_t value);
struct mc_param mc_p_bool(bool value);
struct mc_param mc_p_text(struct mc_str text);
struct mc_param mc_p_bytes(const void *bytes, size_t size);
struct mc_param mc_p_time(struct mc_time time);
struct mc_param mc_p_text_list(const struct mc_str *texts, size_t n_texts);
struct mc_param mc_p_id_list(const int64_t *ids, size_t n_ids);

/* The last two arguments of the calls below. */
#define MC_PARAMS(...)                                                                             \
	(const struct mc_param[]){ __VA_ARGS__ },                                                  \
		sizeof((const struct mc_param[]){ __VA_ARGS__ }) / sizeof(struct mc_param)
#define MC_NO_PARAMS NULL, 0

struct mc_rows {
	void *result; /* borrowed from the lease */
	int n;        /* rows */
	int affected; /* by INSERT, UPDATE, DELETE */
};

struct mc_row {
	void *result;
	int index;
};

/* Fails only for want of memory or a broken connection; the take then says it as well. */
void mc_db_ask(
	struct mc_db *db, const struct mc_sql *sql, const struct mc_param *params, size_t n_params);
enum mc_status mc_db_take(struct mc_db *db, struct mc_rows *out) MC_MUST_USE;
/* The same for one row; MC_NOT_FOUND when there is none. */
enum mc_status mc_db_take_one(struct mc_db *db, struct mc_row *out) MC_MUST_USE;
/*
 * Ask and take; nothing else may be waiting to be taken.  After a deadlock or a serialization
 * failure it is asked once more, unless it is part of a transaction (db/tx.h).
 */
enum mc_status mc_db_query(struct mc_db *db, const struct mc_sql *sql, struct mc_rows *out,
	const struct mc_param *params, size_t n_params) MC_MUST_USE;
/* The same for one row; MC_NOT_FOUND when there is none. */
enum mc_status mc_db_one(struct mc_db *db, const struct mc_sql *sql, struct mc_row *out,
	const struct mc_param *params, size_t n_params) MC_MUST_USE;
/* The same when only success matters; *affected may be NULL. */
enum mc_status mc_db_run(struct mc_db *db, const struct mc_sql *sql, int *affected,
	const struct mc_param *params, size_t n_params) MC_MUST_USE;
/* Frees the rows that were taken last: who asks without end in one lease cannot keep them all. */
void mc_db_forget_last(struct mc_db *db);
/* Takes and drops what is still waiting, and frees the rows taken so far. */
void mc_db_forget(struct mc_db *db);

/*
 * For a thread that must not wait (net/loop.h): ask, send, and whenever mc_db_fd can be read, see
 * whether everything has arrived.  Once it has, the takes do not wait.
 */
void mc_db_send(struct mc_db *db);
int mc_db_fd(const struct mc_db *db);
/* Nothing more comes from this connection: whoever keeps a lease gives it back. */
bool mc_db_is_broken(const struct mc_db *db);
/* True also when the connection is broken: then the takes say so. */
bool mc_db_arrived(struct mc_db *db);
/* How long an answer may take, and what to do when it took longer. */
int64_t mc_db_patience_ms(const struct mc_db *db);
void mc_db_give_up(struct mc_db *db);

/* The process that serves this connection, as its notices name it; 0 when there is none. */
int mc_db_backend(const struct mc_db *db);

/* Of the last failure on this lease; "" when there is none.  Borrowed until the next call. */
const char *mc_db_constraint(const struct mc_db *db);
/* For logs: PostgreSQL's message without its values. */
const char *mc_db_message(const struct mc_db *db);

struct mc_row mc_rows_at(const struct mc_rows *rows, int index);
/* Columns count from 0; a wrong type or column is a mistake of ours and asserts. */
bool mc_row_is_null(const struct mc_row *row, int column);
int64_t mc_row_id(const struct mc_row *row, int column);  /* int8 or int4; 0 for NULL */
int64_t mc_row_int(const struct mc_row *row, int column); /* int8 or int4; 0 for NULL */
bool mc_row_bool(const struct mc_row *row, int column);   /* false for NULL */
struct mc_str mc_row_text(
	const struct mc_row *row, int column); /* text, bytea; ptr NULL for NULL */
struct mc_time mc_row_time(const struct mc_row *row, int column); /* timestamptz; 0 for NULL */
/* A text[]; false when the arena is out.  *texts lives in the arena, each text borrows the row. */
bool mc_row_text_list(const struct mc_row *row, int column, struct mc_arena *arena,
	struct mc_str **texts, size_t *n_texts) MC_MUST_USE;

#endif
