#include "libminiclass/db/pool.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libminiclass/base/lock.h"
#include "libminiclass/base/time.h"
#include "libminiclass/db/conn_int.h"

enum {
	RETRY_MS = 250,                 /* between tries while the database is away */
	IDLE_IN_TRANSACTION_MS = 10000, /* a worker that hangs must not hold rows locked */
};

struct mc_pool {
	struct db_options options; /* set before threads start; its texts are owned */
	char *conninfo, *application;
	size_t limit;

	struct mc_lock lock;
	pthread_cond_t changed;    /* something became idle, was closed, or failed */
	struct mc_db **idle;       /* lock: a stack */
	struct mc_db **held;       /* lock: what is leased, in no order */
	size_t n_idle, n_held;     /* lock */
	size_t n_open;             /* lock: idle, leased, or being connected */
	size_t n_leased;           /* lock: with those being connected */
	size_t n_waiting;          /* lock: threads that wait for one */
	bool away;                 /* lock: the last attempt to connect failed */
	bool trying;               /* lock: while away, one thread tries again */
	bool closing;              /* lock: nothing is leased any more */
	int64_t retry_at;          /* lock: by the monotonic clock */
	uint64_t acquired, failed; /* lock */

	char why[MC_ERROR_MESSAGE_MAX]; /* lock: while away, what the last attempt failed of */
};

struct mc_pool *
mc_pool_create(const struct mc_pool_options *options)
{
	struct mc_pool *pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;

	assert(options->connections > 0);
	pool->limit = options->connections;
	pool->idle = calloc(pool->limit, sizeof(struct mc_db *));
	pool->held = calloc(pool->limit, sizeof(struct mc_db *));
	pool->conninfo = strdup(options->conninfo ? options->conninfo : "");
	pool->application = strdup(options->application ? options->application : "miniclass");
	if (!pool->idle || !pool->held || !pool->conninfo || !pool->application) {
		free(pool->idle);
		free(pool->held);
		free(pool->conninfo);
		free(pool->application);
		free(pool);
		return NULL;
	}
	pool->options = (struct db_options){ .conninfo = pool->conninfo,
		.application = pool->application,
		.statement_ms = options->statement_ms,
		.idle_ms = IDLE_IN_TRANSACTION_MS };
	mc_lock_init(&pool->lock, "pool", MC_LOCK_POOL);
	mc_condition_init(&pool->changed);
	return pool;
}

void
mc_pool_destroy(struct mc_pool *pool)
{
	if (!pool)
		return;
	assert(pool->n_leased == 0);
	for (size_t i = 0; i < pool->n_idle; i++)
		db_disconnect(pool->idle[i]);
	pthread_cond_destroy(&pool->changed);
	mc_lock_finish(&pool->lock);
	free(pool->idle);
	free(pool->held);
	free(pool->conninfo);
	free(pool->application);
	free(pool);
}

/* What acquire does next. */
enum step { STEP_LEASE, STEP_CONNECT, STEP_WAIT, STEP_FAIL };

/* With STEP_LEASE and STEP_CONNECT a place among the leased is taken. */
static enum step
next_step(struct mc_pool *pool, struct mc_db **db)
{
	mc_lock_assert_held(&pool->lock);
	if (pool->closing)
		return STEP_FAIL;
	if (pool->n_idle > 0) {
		*db = pool->idle[--pool->n_idle];
		pool->held[pool->n_held++] = *db;
		pool->n_leased++;
		return STEP_LEASE;
	}
	if (pool->n_open == pool->limit)
		return STEP_WAIT;
	if (pool->away) {
		/* One more was refused (max_connections, say): those that are leased come back. */
		if (pool->trying || mc_clock_ms() < pool->retry_at)
			return pool->n_held > 0 ? STEP_WAIT : STEP_FAIL;
		pool->trying = true;
	}
	pool->n_open++;
	pool->n_leased++;
	return STEP_CONNECT;
}

static void
forget_held(struct mc_pool *pool, const struct mc_db *db)
{
	size_t i = 0;

	mc_lock_assert_held(&pool->lock);
	while (pool->held[i] != db)
		i++;
	pool->held[i] = pool->held[--pool->n_held];
}

/* Gives back a place whose connection is to be closed, or never was. */
static void
drop_place(struct mc_pool *pool, const struct mc_db *db)
{
	mc_lock_assert_held(&pool->lock);
	if (db)
		forget_held(pool, db);
	pool->n_leased--;
	pool->n_open--;
	pthread_cond_broadcast(&pool->changed);
}

/* When it fails, *others says whether there are others to wait for. */
static enum mc_status
connect_one(struct mc_pool *pool, struct mc_db **out, bool *others, struct mc_error *error)
{
	struct mc_error own;
	if (!error)
		error = &own;
	enum mc_status status = db_connect(&pool->options, out, error);

	mc_lock_take(&pool->lock);
	pool->trying = false;
	pool->away = status != MC_OK;
	if (status == MC_OK) {
		pool->held[pool->n_held++] = *out;
		pool->acquired++;
		/* Who waited for this try may have one of their own. */
		pthread_cond_broadcast(&pool->changed);
	} else {
		pool->retry_at = mc_clock_ms() + RETRY_MS;
		memcpy(pool->why, error->message, sizeof(pool->why));
		*others = pool->n_held > 0;
		pool->failed += !*others;
		drop_place(pool, NULL);
	}
	mc_lock_release(&pool->lock);
	return status;
}

static enum mc_status
fail(struct mc_pool *pool, struct mc_error *error, enum mc_status status, const char *message)
{
	pool->failed++;
	(void)mc_error_set(error, status, NULL, "%s", message);
	mc_lock_release(&pool->lock);
	if (error)
		error->retry_after_s = 1;
	return status;
}

/* The server has closed it meanwhile. */
static void
drop_dead(struct mc_pool *pool, struct mc_db *db)
{
	mc_lock_take(&pool->lock);
	pool->acquired--;
	drop_place(pool, db);
	mc_lock_release(&pool->lock);
	db_disconnect(db);
}

/* When it may be tried again to connect, if that comes before. */
static int64_t
next_look(const struct mc_pool *pool, int64_t until)
{
	bool may_try = pool->away && !pool->trying && pool->n_open < pool->limit;

	return may_try && pool->retry_at < until ? pool->retry_at : until;
}

enum mc_status
mc_pool_acquire(struct mc_pool *pool, int64_t wait_ms, struct mc_db **out, struct mc_error *error)
{
	int64_t until = mc_clock_ms() + wait_ms;

	for (;;) {
		struct mc_db *db = NULL;
		mc_lock_take(&pool->lock);
		enum step step = next_step(pool, &db);
		while (step == STEP_WAIT) {
			pool->n_waiting++;
			int64_t wake = next_look(pool, until);
			bool changed = mc_lock_wait_until(&pool->lock, &pool->changed, wake);
			pool->n_waiting--;
			bool over = !changed && wake == until;
			if (over && pool->away)
				return fail(pool, error, MC_UNAVAILABLE, pool->why);
			if (over)
				return fail(
					pool, error, MC_TIMED_OUT, "all connections are in use");
			step = next_step(pool, &db);
		}
		if (step == STEP_FAIL)
			return fail(pool, error, MC_UNAVAILABLE,
				pool->closing ? "the pool is closed" : pool->why);
		pool->acquired += step == STEP_LEASE;
		mc_lock_release(&pool->lock);

		bool others = false;
		if (step == STEP_CONNECT) {
			enum mc_status status = connect_one(pool, out, &others, error);
			if (!others)
				return status;
			continue;
		}
		if (db_is_alive(db)) {
			*out = db;
			return MC_OK;
		}

		/* Nothing was asked of it yet, so another one does as well. */
		drop_dead(pool, db);
	}
}

struct mc_db *
mc_pool_try(struct mc_pool *pool)
{
	struct mc_db *db = NULL;

	mc_lock_take(&pool->lock);
	/* Who waits comes first. */
	if (pool->n_idle > 0 && pool->n_waiting == 0 && next_step(pool, &db) == STEP_LEASE)
		pool->acquired++;
	mc_lock_release(&pool->lock);
	if (db == NULL || db_is_alive(db))
		return db;
	drop_dead(pool, db);
	return NULL;
}

bool
mc_pool_is_short(struct mc_pool *pool)
{
	mc_lock_take(&pool->lock);
	bool is_short = pool->n_waiting > 0;
	mc_lock_release(&pool->lock);
	return is_short;
}

void
mc_pool_release(struct mc_pool *pool, struct mc_db *db)
{
	if (!db)
		return;

	bool usable = db_end_lease(db);

	mc_lock_take(&pool->lock);
	if (usable) {
		forget_held(pool, db);
		pool->idle[pool->n_idle++] = db;
		pool->n_leased--;
		pthread_cond_signal(&pool->changed);
	} else {
		drop_place(pool, db);
	}
	mc_lock_release(&pool->lock);
	if (!usable)
		db_disconnect(db);
}

struct cancels {
	size_t n;
	PGcancel *list[];
};

static void *
cancel_all(void *arg)
{
	struct cancels *cancels = arg;
	char why[256];

	for (size_t i = 0; i < cancels->n; i++) {
		/* What could not be cancelled has its statement_timeout. */
		int sent = cancels->list[i] ? PQcancel(cancels->list[i], why, sizeof(why)) : 0;
		(void)sent;
		PQfreeCancel(cancels->list[i]);
	}
	free(cancels);
	return NULL;
}

void
mc_pool_close(struct mc_pool *pool)
{
	struct cancels *cancels = malloc(sizeof(*cancels) + pool->limit * sizeof(PGcancel *));
	pthread_t thread;

	if (cancels)
		cancels->n = 0;
	mc_lock_take(&pool->lock);
	/* What did not hear of a cancel would wait for its statement_timeout.  Not by libpq's own
	 * number for the socket, which it may give up in this moment. */
	for (size_t i = 0; pool->closing && i < pool->n_held; i++)
		shutdown(pool->held[i]->cut_fd, SHUT_RDWR);
	pool->closing = true;
	pthread_cond_broadcast(&pool->changed);
	/* Copies: a connection may be closed as soon as the lock is free. */
	for (size_t i = 0; cancels && i < pool->n_held; i++)
		cancels->list[cancels->n++] = PQgetCancel(pool->held[i]->conn);
	mc_lock_release(&pool->lock);
	if (!cancels)
		return;
	/* To ask a database that hangs may take as long as it hangs: nobody waits for it. */
	if (pthread_create(&thread, NULL, cancel_all, cancels) == 0)
		pthread_detach(thread);
	else
		cancel_all(cancels);
}

void
mc_pool_count(struct mc_pool *pool, struct mc_pool_counts *out)
{
	mc_lock_take(&pool->lock);
	*out = (struct mc_pool_counts){ .open = pool->n_open,
		.leased = pool->n_leased,
		.acquired = pool->acquired,
		.failed = pool->failed };
	mc_lock_release(&pool->lock);
}
