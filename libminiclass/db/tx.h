/*
 * tx - a transaction: begin, work, commit; finish rolls back what was not committed.
 *
 *	mc_tx_begin(&tx, db);
 *	status = mc_db_query(db, ...);
 *	if (status == MC_OK) status = mc_tx_commit(&tx);
 *	mc_tx_finish(&tx);
 *
 * BEGIN travels with the first statement, so it costs no round trip.  By the thread that has the
 * lease.
 */
#ifndef LIBMINICLASS_DB_TX_H
#define LIBMINICLASS_DB_TX_H

#include <stdbool.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

struct mc_db;

struct mc_tx {
	struct mc_db *db;
	bool open;
};

void mc_tx_begin(struct mc_tx *tx, struct mc_db *db);
/* MC_UNAVAILABLE: the connection was lost before the answer, so it may or may not have happened. */
enum mc_status mc_tx_commit(struct mc_tx *tx) MC_MUST_USE;
void mc_tx_finish(struct mc_tx *tx);

#endif
