#include "chatd/lease.h"

#include <time.h>

#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"
#include "libminiclass/service/log.h"

enum {
	WAIT_MS = 1000,
	PAUSE_MS = 250,
};

void
lease_init(struct lease *lease, struct mc_pool *pool)
{
	lease->pool = pool;
}

bool
lease_hold(struct lease *lease)
{
	struct mc_error error = { 0 };

	if (lease->db != NULL && mc_db_is_broken(lease->db))
		lease_give_back(lease);
	if (lease->db != NULL)
		return true;
	if (mc_pool_acquire(lease->pool, WAIT_MS, &lease->db, &error) == MC_OK) {
		lease->is_new = true;
		atomic_store(&lease->backend, mc_db_backend(lease->db));
		outage_end(&lease->away);
		return true;
	}
	lease->db = NULL;
	if (outage_note(&lease->away))
		mc_log(MC_LOG_WARN, "database_away", mc_log_text("why", error.message));
	return false;
}

void
lease_give_back(struct lease *lease)
{
	atomic_store(&lease->backend, 0);
	mc_pool_release(lease->pool, lease->db);
	lease->db = NULL;
}

void
lease_lend(struct lease *lease)
{
	if (lease->db != NULL && mc_pool_is_short(lease->pool))
		lease_give_back(lease);
}

void
lease_pause(struct lease *lease)
{
	atomic_fetch_add(&lease->pauses, 1);
	nanosleep(&(struct timespec){ .tv_nsec = PAUSE_MS * 1000000L }, NULL);
}
