/* behind - a call on a connection of its own that waits for what a transaction here has locked. */
#ifndef TEST_MODEL_BEHIND_H
#define TEST_MODEL_BEHIND_H

#include <pthread.h>

#include "libminiclass/model/discussion.h"
#include "libminiclass/model/live.h"
#include "test/model/model.h"

/* What another thread does on a connection of its own. */
struct call {
	enum mc_status (*function)(struct call *call);
	struct mc_db *db;
	mc_class_id class;
	mc_user_id user;
	mc_discussion_id discussion;
	enum mc_status status;
	struct mc_live live;
	struct mc_discussion made;
	struct mc_thread thread;
	bool created;
};

static inline void *
run_call(void *arg)
{
	struct call *call = arg;
	call->status = call->function(call);
	return NULL;
}

/* Runs the call while the transaction is open, and ends that once the call waits for it. */
static inline void
run_behind(struct mc_tx *tx, bool commit, struct call *call)
{
	struct mc_db *observer = test_open("MC_DB_SUPERUSER");
	int64_t backend = test_backend(call->db);
	pthread_t thread;

	assert_int_equal(0, pthread_create(&thread, NULL, run_call, call));
	test_until_blocked(observer, backend);
	if (commit)
		check_status(MC_OK, mc_tx_commit(tx));
	mc_tx_finish(tx);
	assert_int_equal(0, pthread_join(thread, NULL));
	mc_db_close(observer);
}

#endif
