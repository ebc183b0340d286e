#include "libminiclass/db/query.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "libminiclass/db/conn_int.h"
#include "libminiclass/db/params_int.h"

static void
push(struct mc_db *db, enum db_asked_kind kind, struct db_prepared *prepared)
{
	assert(db->n_asked < DB_ASKED_MAX);
	db->asked[(db->first + db->n_asked) % DB_ASKED_MAX] = (struct db_asked){ kind, prepared };
	db->n_asked++;
	if (kind == DB_ASKED_SYNC)
		db->n_unsent = 0;
	else
		db->n_unsent++;
	if (kind == DB_ASKED_ROWS)
		db->n_waiting++;
}

/* The slot of a statement, taken if need be; NULL when the table is full. */
static struct db_prepared *
find_prepared(struct mc_db *db, const struct mc_sql *sql)
{
	/* Statements are at least two pointers apart; the factor is 2^64 divided by the golden
	 * ratio. */
	size_t slot = (size_t)(((uint64_t)(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15)) >> 32);

	for (;; slot++) {
		struct db_prepared *prepared = &db->prepared[slot % DB_PREPARED_SLOTS];
		if (prepared->sql == sql)
			return prepared;
		if (prepared->sql)
			continue;
		if (db->n_prepared == DB_PREPARED_MAX)
			return NULL;
		db->n_prepared++;
		prepared->sql = sql;
		return prepared;
	}
}

static bool
send_statement(struct mc_db *db, const struct mc_sql *sql, const struct mc_param *params, size_t n)
{
	struct db_encoded encoded;
	if (!db_encode(params, n, &db->scratch, &encoded))
		return false;

	struct db_prepared *prepared = find_prepared(db, sql);
	const char *name = prepared ? sql->name : "";
	if (!prepared || !prepared->ready) {
		if (!PQsendPrepare(db->conn, name, sql->text, (int)n, encoded.types))
			return false;
		if (prepared)
			prepared->ready = true;
		push(db, DB_ASKED_PREPARE, prepared);
	}
	return PQsendQueryPrepared(db->conn, name, (int)n, encoded.values, encoded.lengths,
		       encoded.formats, 1) == 1;
}

static void
ask(struct mc_db *db, enum db_asked_kind kind, const struct mc_sql *sql,
	const struct mc_param *params, size_t n_params)
{
	/* Half a pipeline must not be carried out, so what cannot be sent ends the connection. */
	if (db->broken == MC_OK && !send_statement(db, sql, params, n_params))
		db_break(db, PQstatus(db->conn) == CONNECTION_OK ? MC_NO_MEMORY : MC_UNAVAILABLE,
			PQerrorMessage(db->conn));
	push(db, kind, NULL);
}

void
mc_db_ask(
	struct mc_db *db, const struct mc_sql *sql, const struct mc_param *params, size_t n_params)
{
	ask(db, DB_ASKED_ROWS, sql, params, n_params);
}

void
db_ask_silently(struct mc_db *db, const struct mc_sql *sql)
{
	ask(db, DB_ASKED_SILENT, sql, MC_NO_PARAMS);
}

/* Waits until libpq has a whole answer; false when the connection is broken. */
static bool
wait_for_answer(struct mc_db *db)
{
	while (PQisBusy(db->conn)) {
		struct pollfd fd = { .fd = PQsocket(db->conn), .events = POLLIN };
		int n = poll(&fd, 1, db->answer_ms);
		if (n == 0)
			db_break(db, MC_UNAVAILABLE, "the database does not answer");
		else if (n < 0 && errno != EINTR)
			db_break(db, MC_FAILED, "cannot wait for the database");
		else if (n > 0 && !PQconsumeInput(db->conn))
			db_break(db, MC_UNAVAILABLE, PQerrorMessage(db->conn));
		if (db->broken != MC_OK)
			return false;
	}
	return true;
}

/* The answer to one thing asked; NULL when the connection is broken. */
static PGresult *
next_answer(struct mc_db *db)
{
	if (db->broken != MC_OK)
		return NULL;
	if (db->n_arrived > 0) {
		db->n_arrived--;
		return db->arrived[db->first_arrived++];
	}
	if (!wait_for_answer(db))
		return NULL;

	PGresult *result = PQgetResult(db->conn);
	if (!result)
		db_break(db, MC_UNAVAILABLE, PQerrorMessage(db->conn));
	return result;
}

/* libpq ends the results of each statement with a NULL; ours have one result. */
static void
read_end(struct mc_db *db)
{
	PGresult *more = PQgetResult(db->conn);
	if (more)
		db_break(db, MC_FAILED, "more than one result");
	PQclear(more);
}

static void
end_answer(struct mc_db *db)
{
	/* What was read ahead was read with its end; a SYNC, which has none, stands behind it. */
	if (db->broken == MC_OK && db->n_arrived == 0)
		read_end(db);
}

/* What was on its way behind the failure was not prepared after all. */
static void
unprepare_aborted(struct mc_db *db)
{
	for (unsigned i = 0; i < db->n_asked; i++) {
		const struct db_asked *asked = &db->asked[(db->first + i) % DB_ASKED_MAX];
		if (asked->kind == DB_ASKED_SYNC)
			return;
		if (asked->prepared)
			asked->prepared->ready = false;
	}
}

static enum mc_status
judge(struct mc_db *db, const struct db_asked *asked, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_PIPELINE_SYNC: return MC_OK;
	case PGRES_PIPELINE_ABORTED: return db->aborted != MC_OK ? db->aborted : MC_FAILED;
	case PGRES_FATAL_ERROR:
	case PGRES_NONFATAL_ERROR:
	case PGRES_BAD_RESPONSE:
	case PGRES_EMPTY_QUERY:
	case PGRES_COPY_OUT:
	case PGRES_COPY_IN:
	case PGRES_COPY_BOTH:
	case PGRES_SINGLE_TUPLE:
	default: break;
	}
	if (asked->prepared)
		asked->prepared->ready = false;
	db->aborted = db_note_failure(db, result);
	unprepare_aborted(db);
	return db->aborted;
}

/* Takes the front of the ring; *result is NULL when the connection is broken, else the caller's. */
static enum mc_status
take_front(struct mc_db *db, struct db_asked *asked, PGresult **result)
{
	*asked = db->asked[db->first];
	db->first = (db->first + 1) % DB_ASKED_MAX;
	db->n_asked--;
	if (asked->kind == DB_ASKED_ROWS)
		db->n_waiting--;

	*result = next_answer(db);
	if (!*result)
		return db->broken;
	enum mc_status status = judge(db, asked, *result);
	end_answer(db);
	return status != MC_OK ? status : db->broken;
}

static void
send_all(struct mc_db *db)
{
	if (db->n_unsent == 0)
		return;
	if (db->broken == MC_OK && !PQpipelineSync(db->conn))
		db_break(db, MC_UNAVAILABLE, PQerrorMessage(db->conn));
	push(db, DB_ASKED_SYNC, NULL);
}

/*
 * With SYNC, PostgreSQL commits what travelled together; only its answer says that this has
 * happened.  A failure at this point comes before the answer.
 */
static enum mc_status
take_sync(struct mc_db *db)
{
	enum mc_status status = MC_OK;

	if (db->n_asked == 0 || db->asked[db->first].kind != DB_ASKED_SYNC)
		return MC_OK;
	db->first = (db->first + 1) % DB_ASKED_MAX;
	db->n_asked--;

	for (;;) {
		PGresult *result = next_answer(db);
		if (!result)
			return db->broken;
		bool synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
		if (!synced) {
			status = db_note_failure(db, result);
			end_answer(db);
		}
		PQclear(result);
		if (synced)
			break;
	}
	db->aborted = MC_OK;
	return status;
}

/*
 * Up to and with the next ROWS, and the SYNC when it stands behind: nothing is left to read while
 * nothing is under way.  *result is the caller's, NULL on failure.
 */
static enum mc_status
take_result(struct mc_db *db, PGresult **result)
{
	struct db_asked asked;
	enum mc_status status;

	send_all(db);
	*result = NULL;
	do {
		PQclear(*result);
		status = take_front(db, &asked, result);
	} while (asked.kind != DB_ASKED_ROWS);

	enum mc_status synced = take_sync(db);
	if (status == MC_OK)
		status = synced;
	if (status != MC_OK) {
		PQclear(*result);
		*result = NULL;
	}
	return status;
}

void
mc_db_send(struct mc_db *db)
{
	send_all(db);
}

int
mc_db_fd(const struct mc_db *db)
{
	return db->cut_fd >= 0 ? db->cut_fd : PQsocket(db->conn);
}

int
mc_db_backend(const struct mc_db *db)
{
	return PQbackendPID(db->conn);
}

int64_t
mc_db_patience_ms(const struct mc_db *db)
{
	return db->answer_ms;
}

void
mc_db_give_up(struct mc_db *db)
{
	db_break(db, MC_UNAVAILABLE, "the database does not answer");
}

/* The next answer without waiting, with the NULL that ends it; false when it has not come. */
static bool
read_ahead(struct mc_db *db, bool *synced)
{
	if (PQisBusy(db->conn))
		return false;
	PGresult *result = PQgetResult(db->conn);
	if (!result) {
		db_break(db, MC_UNAVAILABLE, PQerrorMessage(db->conn));
		return false;
	}
	*synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
	if (!*synced)
		read_end(db);
	/* More than was asked: a failure of the commit comes as one. */
	if (db->n_arrived > DB_ASKED_MAX)
		db_break(db, MC_FAILED, "more answers than questions");
	if (db->broken != MC_OK)
		PQclear(result);
	else
		db->arrived[db->n_arrived++] = result;
	return db->broken == MC_OK;
}

bool
mc_db_is_broken(const struct mc_db *db)
{
	return db->broken != MC_OK;
}

bool
mc_db_arrived(struct mc_db *db)
{
	bool synced = false;

	if (db->n_asked == 0)
		return true;
	if (db->n_arrived == 0)
		db->first_arrived = 0;
	if (db->broken == MC_OK && !PQconsumeInput(db->conn))
		db_break(db, MC_UNAVAILABLE, PQerrorMessage(db->conn));
	while (db->broken == MC_OK && !synced && read_ahead(db, &synced))
		continue;
	return synced || db->broken != MC_OK;
}

static int
affected_rows(PGresult *result)
{
	/* A SELECT counts its rows here as well; it is not asked, and it is nearly always one. */
	const char *command = PQcmdStatus(result);
	return command[0] == 'S' ? 0 : (int)strtol(PQcmdTuples(result), NULL, 10);
}

enum mc_status
mc_db_take(struct mc_db *db, struct mc_rows *out)
{
	PGresult *result;

	assert(db->n_waiting > 0);
	enum mc_status status = take_result(db, &result);
	if (status != MC_OK)
		return status;
	if (db->n_rows == DB_ROWS_MAX) {
		PQclear(result);
		return MC_NO_MEMORY;
	}
	db->rows[db->n_rows++] = result;
	*out = (struct mc_rows){
		.result = result, .n = PQntuples(result), .affected = affected_rows(result)
	};
	return MC_OK;
}

enum mc_status
mc_db_query(struct mc_db *db, const struct mc_sql *sql, struct mc_rows *out,
	const struct mc_param *params, size_t n_params)
{
	assert(db->n_waiting == 0);
	db->retryable = false;
	mc_db_ask(db, sql, params, n_params);
	enum mc_status status = mc_db_take(db, out);
	/* What is no part of a transaction was one, and is rolled back as a whole. */
	if (status != MC_OK && db->retryable && PQtransactionStatus(db->conn) == PQTRANS_IDLE) {
		mc_db_ask(db, sql, params, n_params);
		status = mc_db_take(db, out);
	}
	return status;
}

static enum mc_status
first_of(enum mc_status status, const struct mc_rows *rows, struct mc_row *out)
{
	if (status != MC_OK)
		return status;
	if (rows->n == 0)
		return MC_NOT_FOUND;
	*out = mc_rows_at(rows, 0);
	return MC_OK;
}

enum mc_status
mc_db_take_one(struct mc_db *db, struct mc_row *out)
{
	struct mc_rows rows;
	enum mc_status status = mc_db_take(db, &rows);

	return first_of(status, &rows, out);
}

enum mc_status
mc_db_one(struct mc_db *db, const struct mc_sql *sql, struct mc_row *out,
	const struct mc_param *params, size_t n_params)
{
	struct mc_rows rows;
	enum mc_status status = mc_db_query(db, sql, &rows, params, n_params);

	return first_of(status, &rows, out);
}

void
mc_db_forget_last(struct mc_db *db)
{
	assert(db->n_rows > 0);
	PQclear(db->rows[--db->n_rows]);
}

enum mc_status
mc_db_run(struct mc_db *db, const struct mc_sql *sql, int *affected, const struct mc_param *params,
	size_t n_params)
{
	struct mc_rows rows;
	enum mc_status status = mc_db_query(db, sql, &rows, params, n_params);

	if (status != MC_OK)
		return status;
	if (affected)
		*affected = rows.affected;
	mc_db_forget_last(db);
	return MC_OK;
}

void
db_drain(struct mc_db *db)
{
	send_all(db);
	while (db->n_asked > 0) {
		struct db_asked asked;
		PGresult *result;
		(void)take_sync(db);
		if (db->n_asked == 0)
			break;
		(void)take_front(db, &asked, &result);
		PQclear(result);
	}
}

void
mc_db_forget(struct mc_db *db)
{
	db_drain(db);
	for (size_t i = 0; i < db->n_rows; i++)
		PQclear(db->rows[i]);
	db->n_rows = 0;
}
