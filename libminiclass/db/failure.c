/* failure - why a statement or its connection failed: SQLSTATE to status, and words without values.
 */

#include <stdio.h>
#include <string.h>

#include "libminiclass/db/conn_int.h"

enum consequence {
	FINAL,
	RETRYABLE, /* others were in the way: at once it may well succeed */
	BREAKS,    /* every statement on this connection would fail the same way */
};

/* PostgreSQL's Appendix A; a class stands for all its codes that have no row of their own. */
/* clang-format off */
static const struct {
	const char *state; /* five characters, or the two of a class */
	enum mc_status status;
	enum consequence consequence;
} states[] = {
	{ "23505", MC_CONFLICT, FINAL },   /* unique_violation */
	{ "23P01", MC_CONFLICT, FINAL },   /* exclusion_violation */
	{ "23001", MC_CONFLICT, FINAL },   /* restrict_violation: our triggers' rules */
	{ "23503", MC_NOT_FOUND, FINAL },  /* foreign_key_violation */
	{ "23514", MC_INVALID, FINAL },    /* check_violation */
	{ "23502", MC_INVALID, FINAL },    /* not_null_violation */
	{ "40001", MC_TIMED_OUT, RETRYABLE },   /* serialization_failure */
	{ "40P01", MC_TIMED_OUT, RETRYABLE },   /* deadlock_detected */
	{ "42501", MC_FORBIDDEN, FINAL },  /* insufficient_privilege */
	{ "57014", MC_TIMED_OUT, FINAL },  /* query_canceled: statement_timeout too */
	{ "55P03", MC_TIMED_OUT, FINAL },  /* lock_not_available */
	{ "08", MC_UNAVAILABLE, FINAL },   /* connection exceptions */
	{ "53300", MC_UNAVAILABLE, FINAL },/* too_many_connections */
	{ "53", MC_NO_MEMORY, FINAL },     /* insufficient resources: memory, space on disk */
	{ "54000", MC_NO_MEMORY, FINAL },  /* program_limit_exceeded: room for notices */
	{ "57P", MC_UNAVAILABLE, FINAL },  /* shutdowns and restarts */
	{ "25P03", MC_UNAVAILABLE, FINAL },/* idle_in_transaction_session_timeout */
	/* Not migrated, or not as far as this program: until it is, nobody can be served. */
	{ "3F000", MC_UNAVAILABLE, FINAL },/* invalid_schema_name */
	{ "42P01", MC_UNAVAILABLE, FINAL },/* undefined_table */
	{ "42703", MC_UNAVAILABLE, FINAL },/* undefined_column */
	{ "42883", MC_UNAVAILABLE, FINAL },/* undefined_function */
	/* Who was connected while nothing may be written stays so when that is over, or has a standby. */
	{ "25006", MC_UNAVAILABLE, BREAKS },/* read_only_sql_transaction */
};
/* clang-format on */

void
db_break(struct mc_db *db, enum mc_status status, const char *message)
{
	if (db->broken != MC_OK)
		return;
	db->broken = status;
	db->retryable = false;
	db->constraint[0] = '\0';
	(void)snprintf(
		db->message, sizeof(db->message), "%.*s", (int)strcspn(message, "\n"), message);
}

static void
set_message(struct mc_db *db, const char *state, const PGresult *result)
{
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	/* Class 22 is about data, and quotes them; the others name tables and rules only. */
	if (!message || strncmp(state, "22", 2) == 0)
		message = "wrong data";
	(void)snprintf(db->message, sizeof(db->message), "%s (%s)", message, state);
}

enum mc_status
db_note_failure(struct mc_db *db, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);

	/* libpq's own failures have no SQLSTATE: a lost connection, or no memory for an answer.
	 * Nobody knows what became of what was asked. */
	if (!state) {
		db_break(db, MC_UNAVAILABLE, PQresultErrorMessage(result));
		return db->broken;
	}

	enum mc_status status = MC_FAILED;
	enum consequence consequence = FINAL;
	for (size_t i = 0; i < MC_COUNT(states); i++) {
		if (strncmp(state, states[i].state, strlen(states[i].state)) != 0)
			continue;
		status = states[i].status;
		consequence = states[i].consequence;
		break;
	}
	db->retryable = consequence == RETRYABLE;
	set_message(db, state, result);
	(void)snprintf(db->constraint, sizeof(db->constraint), "%s", constraint ? constraint : "");
	if (consequence == BREAKS || (severity && strcmp(severity, "ERROR") != 0)) {
		if (status == MC_FAILED || status == MC_NO_MEMORY)
			status = MC_UNAVAILABLE;
		db->broken = status;
	}
	return status;
}

const char *
mc_db_constraint(const struct mc_db *db)
{
	return db->constraint;
}

const char *
mc_db_message(const struct mc_db *db)
{
	return db->message;
}
