/*
 * lock - a mutex that knows its name, its rank and its owner.
 *
 * A thread takes locks in rising rank only; a lower or equal rank taken after a higher one
 * aborts, in every build: it is a deadlock that has not happened yet.  No lock is held over
 * I/O, SQL, a callback or a log line.  All ranks stand in enum mc_lock_rank.
 */
#ifndef LIBMINICLASS_BASE_LOCK_H
#define LIBMINICLASS_BASE_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum mc_lock_rank {
	MC_LOCK_QUEUE = 1,      /* base/queue: a push or a pop, which take no other */
	MC_LOCK_POOL,           /* db/pool */
	MC_LOCK_TEMPLATES,      /* server/assets: reload while designing */
	MC_LOCK_MARKDOWN_CACHE, /* server/markdown_cache */
	MC_LOCK_TLS,            /* net/tls: swap of the certificate */
	MC_LOCK_JOBS,           /* chatd/jobs: what waits for a database thread */
	MC_LOCK_PRESENCE,       /* chatd/presence: who is here */
	MC_LOCK_QUOTAS,         /* chatd/quotas */
};

struct mc_lock {
	pthread_mutex_t mutex;
	const char *name;
	enum mc_lock_rank rank;
	_Atomic(pthread_t) owner; /* 0 while free */
	struct mc_lock *outer;    /* owner thread: the lock it took before this one */
};

void mc_lock_init(struct mc_lock *lock, const char *name, enum mc_lock_rank rank);
void mc_lock_finish(struct mc_lock *lock);
void mc_lock_take(struct mc_lock *lock);
void mc_lock_release(struct mc_lock *lock);
/* Waits on `condition`, giving the lock away meanwhile. */
void mc_lock_wait(struct mc_lock *lock, pthread_cond_t *condition);
/* The same until a moment of the monotonic clock in ms; false when it has passed. `condition` must
 * have been made by mc_condition_init. */
bool mc_lock_wait_until(struct mc_lock *lock, pthread_cond_t *condition, int64_t clock_ms);
void mc_condition_init(pthread_cond_t *condition);
void mc_lock_assert_held(const struct mc_lock *lock);

#endif
