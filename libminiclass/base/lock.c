#include "libminiclass/base/lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The lock that this thread took last and still holds. */
static _Thread_local struct mc_lock *innermost;

static void
die(const struct mc_lock *lock, const char *why)
{
	fprintf(stderr, "lock %s: %s\n", lock->name, why);
	abort();
}

void
mc_lock_init(struct mc_lock *lock, const char *name, enum mc_lock_rank rank)
{
	if (pthread_mutex_init(&lock->mutex, NULL) != 0)
		abort();
	lock->name = name;
	lock->rank = rank;
	lock->outer = NULL;
	atomic_init(&lock->owner, 0);
}

void
mc_lock_finish(struct mc_lock *lock)
{
	pthread_mutex_destroy(&lock->mutex);
}

static void
own(struct mc_lock *lock)
{
	atomic_store_explicit(&lock->owner, pthread_self(), memory_order_relaxed);
	lock->outer = innermost;
	innermost = lock;
}

static void
disown(struct mc_lock *lock)
{
	mc_lock_assert_held(lock);
	if (innermost != lock)
		die(lock, "released before one that was taken after it");
	innermost = lock->outer;
	lock->outer = NULL;
	atomic_store_explicit(&lock->owner, 0, memory_order_relaxed);
}

void
mc_lock_take(struct mc_lock *lock)
{
	if (innermost != NULL && innermost->rank >= lock->rank)
		die(lock, "taken after one of the same or a higher rank");
	if (pthread_mutex_lock(&lock->mutex) != 0)
		die(lock, "cannot be taken");
	own(lock);
}

void
mc_lock_release(struct mc_lock *lock)
{
	disown(lock);
	pthread_mutex_unlock(&lock->mutex);
}

void
mc_lock_wait(struct mc_lock *lock, pthread_cond_t *condition)
{
	disown(lock);
	pthread_cond_wait(condition, &lock->mutex);
	own(lock);
}

bool
mc_lock_wait_until(struct mc_lock *lock, pthread_cond_t *condition, int64_t clock_ms)
{
	struct timespec until = {
		.tv_sec = (time_t)(clock_ms / 1000),
		.tv_nsec = (long)(clock_ms % 1000) * 1000000,
	};

	disown(lock);
	int error = pthread_cond_timedwait(condition, &lock->mutex, &until);
	own(lock);
	return error == 0;
}

void
mc_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	if (pthread_condattr_init(&attributes) != 0 ||
		pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
		pthread_cond_init(condition, &attributes) != 0)
		abort();
	pthread_condattr_destroy(&attributes);
}

void
mc_lock_assert_held(const struct mc_lock *lock)
{
	if (!pthread_equal(
		    atomic_load_explicit(&lock->owner, memory_order_relaxed), pthread_self()))
		die(lock, "not held by this thread");
}
