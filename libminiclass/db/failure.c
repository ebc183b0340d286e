/* failure - why a statement or its connection failed: SQLSTATE to status, and words without values.
 */

#include <stdio.h>
#include <string.h>

#include "libminiclass/db/conn_int.h"

/* PostgreSQL's Appendix A; a class stands for all its codes that have no row of their own. */
/* clang-format off */
static const struct {
	const char *state; /* five characters, or the two of a class */
	enum mc_status status;
	bool retryable; /* others were in the way: at once it may well succeed */
} states[] = {
	{ "23505", MC_CONFLICT, false },   /* unique_violation */
	{ "23P01", MC_CONFLICT, false },   /* exclusion_violation */
	{ "23001", MC_CONFLICT, false },   /* restrict_violation: our triggers' rules */
	{ "23503", MC_NOT_FOUND, false },  /* foreign_key_violation */
	{ "23514", MC_INVALID, false },    /* check_violation */
	{ "23502", MC_INVALID, false },    /* not_null_violation */
	{ "40001", MC_TIMED_OUT, true },   /* serialization_failure */
	{ "40P01", MC_TIMED_OUT, true },   /* deadlock_detected */
	{ "42501", MC_FORBIDDEN, false },  /* insufficient_privilege */
	{ "57014", MC_TIMED_OUT, false },  /* query_canceled: statement_timeout too */
	{ "55P03", MC_TIMED_OUT, false },  /* lock_not_available */
	{ "08", MC_UNAVAILABLE, false },   /* connection exceptions */
	{ "53300", MC_UNAVAILABLE, false },/* too_many_connections */
	{ "53", MC_NO_MEMORY, false },     /* insufficient resources: memory, space on disk */
	{ "54000", MC_NO_MEMORY, false },  /* program_limit_exceeded: room for notices */
	{ "57P", MC_UNAVAILABLE, false },  /* shutdowns and restarts */
	{ "25P03", MC_UNAVAILABLE, false },/* idle_in_transaction_session_timeout */
	/* Not migrated, or not as far as this program: until it is, nobody can be served. */
	{ "3F000", MC_UNAVAILABLE, false },/* invalid_schema_name */
	{ "42P01", MC_UNAVAILABLE, false },/* undefined_table */
	{ "42703", MC_UNAVAILABLE, false },/* undefined_column */
	{ "42883", MC_UNAVAILABLE, false },/* undefined_function */
	{ "25006", MC_UNAVAILABLE, false },/* read_only_sql_transaction: for now */
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

/* Who was connected while nothing may be written stays so when that is over, or has a standby. */
static bool
ends_connection(const char *state, const char *severity)
{
	return strcmp(state, "25006") == 0 || (severity && strcmp(severity, "ERROR") != 0);
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
	db->retryable = false;
	for (size_t i = 0; i < MC_COUNT(states); i++) {
		if (strncmp(state, states[i].state, strlen(states[i].state)) != 0)
			continue;
		status = states[i].status;
		db->retryable = states[i].retryable;
		break;
	}
	set_message(db, state, result);
	(void)snprintf(db->constraint, sizeof(db->constraint), "%s", constraint ? constraint : "");
	if (ends_connection(state, severity)) {
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
