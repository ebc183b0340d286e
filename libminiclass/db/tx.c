#include "libminiclass/db/tx.h"

#include <assert.h>
#include <string.h>

#include "libminiclass/db/conn_int.h"

static const struct mc_sql tx_begin = { "tx_begin", "BEGIN" };
static const struct mc_sql tx_commit = { "tx_commit", "COMMIT" };
static const struct mc_sql tx_rollback = { "tx_rollback", "ROLLBACK" };

static void
roll_back(struct mc_db *db)
{
	db_drain(db);
	if (db->broken == MC_OK && PQtransactionStatus(db->conn) != PQTRANS_IDLE) {
		db_ask_silently(db, &tx_rollback);
		db_drain(db);
	}
}

void
mc_tx_begin(struct mc_tx *tx, struct mc_db *db)
{
	assert(db->n_waiting == 0);
	*tx = (struct mc_tx){ .db = db, .open = true };
	db_ask_silently(db, &tx_begin);
}

enum mc_status
mc_tx_commit(struct mc_tx *tx)
{
	struct mc_rows rows;

	assert(tx->open);
	/* Asked once: a COMMIT that failed has ended the transaction, and would succeed without
	 * one. */
	mc_db_ask(tx->db, &tx_commit, MC_NO_PARAMS);
	enum mc_status status = mc_db_take(tx->db, &rows);
	if (status != MC_OK)
		return status;
	tx->open = false;
	/* After a failed statement PostgreSQL answers a COMMIT with success, and a ROLLBACK. */
	return strcmp(PQcmdStatus(rows.result), "COMMIT") == 0 ? MC_OK : MC_FAILED;
}

void
mc_tx_finish(struct mc_tx *tx)
{
	if (!tx || !tx->open)
		return;
	tx->open = false;
	roll_back(tx->db);
}

bool
db_end_lease(struct mc_db *db)
{
	roll_back(db);
	mc_db_forget(db);
	db->retryable = false;
	db->constraint[0] = '\0';
	db->message[0] = '\0';
	return db->broken == MC_OK && PQtransactionStatus(db->conn) == PQTRANS_IDLE;
}
