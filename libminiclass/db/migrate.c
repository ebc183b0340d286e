#include "libminiclass/db/migrate.h"

#include <string.h>

#include "libminiclass/crypt/digest.h"
#include "libminiclass/db/conn_int.h"
#include "libminiclass/db/tx.h"

/* "miniclas" in ASCII: all that migrate this database ask for this lock. */
#define LOCK_KEY INT64_C(0x6d696e69636c6173)

static const char create_table[] = "CREATE TABLE IF NOT EXISTS mc.migration ("
				   " number integer PRIMARY KEY,"
				   " name text NOT NULL,"
				   " digest bytea NOT NULL,"
				   " applied_at timestamptz NOT NULL DEFAULT now())";

static const struct mc_sql migration_lock = {
	"migration_lock",
	"SELECT pg_advisory_xact_lock($1)",
};

static const struct mc_sql migration_exists = {
	"migration_exists",
	"SELECT EXISTS (SELECT FROM pg_catalog.pg_class c"
	" JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	" WHERE n.nspname = 'mc' AND c.relname = 'migration')",
};

static const struct mc_sql migration_list = {
	"migration_list",
	"SELECT number, name, digest FROM mc.migration ORDER BY number",
};

static const struct mc_sql migration_insert = {
	"migration_insert",
	"INSERT INTO mc.migration (number, name, digest) VALUES ($1, $2, $3)",
};

static enum mc_status
run_script(struct mc_db *db, const char *sql)
{
	/* Between pipelines nothing is under way, so leaving the mode cannot fail. */
	db_drain(db);
	if (db->broken != MC_OK)
		return db->broken;
	if (!PQexitPipelineMode(db->conn)) {
		db_break(db, MC_FAILED, PQerrorMessage(db->conn));
		return db->broken;
	}

	enum mc_status status = MC_OK;
	PGresult *result = PQexec(db->conn, sql);
	ExecStatusType outcome = PQresultStatus(result);
	if (outcome != PGRES_COMMAND_OK && outcome != PGRES_TUPLES_OK)
		status = db_note_failure(db, result);
	PQclear(result);
	if (db->broken == MC_OK && !PQenterPipelineMode(db->conn))
		db_break(db, MC_FAILED, PQerrorMessage(db->conn));
	return status != MC_OK ? status : db->broken;
}

enum mc_status
mc_db_script(struct mc_db *db, const char *sql)
{
	return run_script(db, sql);
}

static struct mc_digest
digest_of(const struct mc_migration *step)
{
	return mc_sha256(mc_str_from(step->sql));
}

/* Do the first rows say what the steps say?  *n_applied: how many rows there are. */
static enum mc_status
compare(struct mc_db *db, const struct mc_migration *steps, size_t n_steps, size_t *n_applied,
	struct mc_error *error)
{
	struct mc_rows rows;
	enum mc_status status = mc_db_query(db, &migration_list, &rows, MC_NO_PARAMS);
	if (status != MC_OK)
		return status;

	for (size_t i = 0; i < (size_t)rows.n && i < n_steps; i++) {
		struct mc_row row = mc_rows_at(&rows, (int)i);
		struct mc_digest digest = digest_of(&steps[i]);
		if (mc_row_int(&row, 0) != steps[i].number)
			return mc_error_set(
				error, MC_CONFLICT, NULL, "step %d was left out", steps[i].number);
		if (!mc_str_equal(mc_row_text(&row, 2),
			    (struct mc_str){ (const char *)digest.bytes, sizeof(digest.bytes) }))
			return mc_error_set(error, MC_CONFLICT, NULL,
				"step %s was changed after it had been applied", steps[i].name);
	}
	*n_applied = (size_t)rows.n;
	return MC_OK;
}

static enum mc_status
record(struct mc_db *db, const struct mc_migration *step)
{
	struct mc_digest digest = digest_of(step);

	return mc_db_run(db, &migration_insert, NULL,
		MC_PARAMS(mc_p_int(step->number), mc_p_text(mc_str_from(step->name)),
			mc_p_bytes(digest.bytes, sizeof(digest.bytes))));
}

/* One transaction: under the lock, the first step that is missing; *done when there is none. */
static enum mc_status
apply_next(struct mc_db *db, const struct mc_migration *steps, size_t n_steps,
	mc_migrate_report *report, void *user, bool *done, struct mc_error *error)
{
	struct mc_tx tx;
	size_t n_applied = 0;

	mc_tx_begin(&tx, db);
	enum mc_status status = mc_db_run(db, &migration_lock, NULL, MC_PARAMS(mc_p_id(LOCK_KEY)));
	if (status == MC_OK)
		status = run_script(db, create_table);
	if (status == MC_OK)
		status = compare(db, steps, n_steps, &n_applied, error);
	if (status != MC_OK)
		goto done;

	*done = n_applied >= n_steps;
	if (!*done) {
		const struct mc_migration *step = &steps[n_applied];
		if (report)
			report(user, step);
		status = run_script(db, step->sql);
		if (status == MC_OK)
			status = record(db, step);
	}
	if (status == MC_OK)
		status = mc_tx_commit(&tx);
done:
	mc_tx_finish(&tx);
	return status;
}

enum mc_status
mc_migrate(struct mc_db *db, const struct mc_migration *steps, size_t n_steps,
	mc_migrate_report *report, void *user, int *applied, struct mc_error *error)
{
	struct mc_error words = { .status = MC_OK };
	int n = 0;

	for (;;) {
		bool done = false;
		enum mc_status status = apply_next(db, steps, n_steps, report, user, &done, &words);
		if (status != MC_OK)
			return mc_error_set(error, status, NULL, "%s",
				words.status != MC_OK ? words.message : mc_db_message(db));
		if (done)
			break;
		n++;
	}
	*applied = n;
	return MC_OK;
}

enum mc_status
mc_migrate_check(struct mc_db *db, const struct mc_migration *steps, size_t n_steps)
{
	struct mc_row row;
	size_t n_applied = 0;

	enum mc_status status = mc_db_one(db, &migration_exists, &row, MC_NO_PARAMS);
	if (status != MC_OK)
		return status;
	if (!mc_row_bool(&row, 0))
		return MC_CONFLICT;
	status = compare(db, steps, n_steps, &n_applied, NULL);
	if (status != MC_OK)
		return status;
	return n_applied >= n_steps ? MC_OK : MC_CONFLICT;
}
