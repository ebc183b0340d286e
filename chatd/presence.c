#include "chatd/presence.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "chatd/daemon.h"
#include "chatd/jobs.h"
#include "chatd/occupants.h"
#include "chatd/outage.h"
#include "chatd/roster_changes.h"
#include "chatd/stays.h"
#include "libminiclass/base/lock.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"
#include "libminiclass/model/stay.h"

enum {
	ROOMS_MAX = 500,   /* read in one statement */
	GATHER_MS = 5,     /* what comes together is told together */
	JOBS_MAX = 200000, /* more than there are connections */
	LEASE_WAIT_MS = 1000,
	RETRY_MS = 250,
	ARENA_BLOCK = 256 * 1024,
	ARENA_MAX = 256 * 1024 * 1024,
};

struct presence {
	struct daemon *daemon;
	pthread_t thread;
	bool started;
	struct mc_lock lock;
	pthread_cond_t changed;
	/* lock: */
	struct occupants occupants;
	bool asked, stopping;
	/* the thread's own: */
	struct mc_arena *arena; /* of what is read or listed just now */
	struct roster_changes *changes;
	struct job_list entering; /* who waits to be counted */
	struct stays stays;
	struct outage outage;
	/* has a lock of its own: */
	struct jobs jobs;
};

struct presence *
presence_create(struct daemon *daemon)
{
	struct presence *presence = calloc(1, sizeof(*presence));

	if (presence == NULL)
		return NULL;
	presence->daemon = daemon;
	mc_lock_init(&presence->lock, "presence", MC_LOCK_PRESENCE);
	occupants_init(&presence->occupants, &presence->lock);
	mc_condition_init(&presence->changed);
	jobs_init(&presence->jobs, "entering", JOBS_MAX);
	job_list_init(&presence->entering);
	presence->arena = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	presence->changes = roster_changes_create();
	bool has_stays = stays_init(
		&presence->stays, daemon, &presence->occupants, presence->arena, &presence->outage);
	if (presence->arena == NULL || presence->changes == NULL || !has_stays) {
		presence_destroy(presence);
		return NULL;
	}
	return presence;
}

void
presence_destroy(struct presence *presence)
{
	if (presence == NULL)
		return;
	occupants_finish(&presence->occupants);
	roster_changes_destroy(presence->changes);
	stays_finish(&presence->stays);
	jobs_finish(&presence->jobs);
	mc_arena_destroy(presence->arena);
	pthread_cond_destroy(&presence->changed);
	mc_lock_finish(&presence->lock);
	free(presence);
}

bool
presence_came(struct presence *presence, mc_room_id room, mc_user_id user)
{
	mc_lock_take(&presence->lock);
	struct occupant *occupant = occupants_find(&presence->occupants, room, user);
	if (occupant == NULL)
		occupant = occupants_add(&presence->occupants, room, user);
	if (occupant != NULL)
		occupants_set_connections(
			&presence->occupants, occupant, occupant->connections + 1);
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
	return occupant != NULL;
}

void
presence_left(struct presence *presence, mc_room_id room, mc_user_id user)
{
	mc_lock_take(&presence->lock);
	struct occupant *occupant = occupants_find(&presence->occupants, room, user);
	assert(occupant != NULL && occupant->connections > 0);
	occupants_set_connections(&presence->occupants, occupant, occupant->connections - 1);
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

void
presence_doubt(struct presence *presence, mc_room_id room, mc_user_id user)
{
	mc_lock_take(&presence->lock);
	struct occupant *occupant = occupants_find(&presence->occupants, room, user);
	if (occupant != NULL)
		occupants_doubt(&presence->occupants, occupant);
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

void
presence_set_stale(struct presence *presence, mc_room_id room)
{
	mc_lock_take(&presence->lock);
	if (room != 0)
		occupants_set_stale(&presence->occupants, room);
	else
		occupants_set_all_stale(&presence->occupants);
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

void
presence_set_stale_for(struct presence *presence, mc_user_id user)
{
	mc_lock_take(&presence->lock);
	occupants_set_stale_for(&presence->occupants, user);
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

struct jobs *
presence_jobs(struct presence *presence)
{
	return &presence->jobs;
}

void
presence_wake(struct presence *presence)
{
	mc_lock_take(&presence->lock);
	presence->asked = true;
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

struct mc_chat_person *
presence_list(struct presence *presence, struct mc_arena *arena, mc_room_id room, enum mc_role role,
	size_t *n, int64_t *count)
{
	struct mc_chat_person *list = NULL;

	*n = 0;
	*count = 0;
	mc_lock_take(&presence->lock);
	struct occupied_room *occupied = occupants_room(&presence->occupants, room);
	if (occupied != NULL) {
		list = roster_list(&occupied->roster, arena, role, n);
		*count = (int64_t)occupied->roster.n;
	}
	mc_lock_release(&presence->lock);
	return list;
}

/* --- the thread: reading and telling ---------------------------------------------------- */

static size_t
take_stale(struct presence *presence, mc_room_id rooms[ROOMS_MAX])
{
	mc_lock_take(&presence->lock);
	size_t n = occupants_take_stale(&presence->occupants, rooms, ROOMS_MAX);
	mc_lock_release(&presence->lock);
	return n;
}

/* Either the room is as it was read and its members are told, or nothing has happened. */
static enum mc_status
renew(struct presence *presence, mc_room_id room, const struct mc_present *read, size_t n)
{
	bool ready = true;
	struct roster new;

	if (!roster_copy(read, n, &new))
		return MC_NO_MEMORY;
	mc_lock_take(&presence->lock);
	struct occupied_room *occupied = occupants_room(&presence->occupants, room);
	if (occupied != NULL)
		ready = roster_changes_find(
			presence->changes, presence->daemon, room, &occupied->roster, &new);
	if (occupied != NULL && ready) {
		struct roster old = occupied->roster;
		occupied->roster = new;
		new = old;
	}
	mc_lock_release(&presence->lock);
	roster_free(&new);
	if (occupied != NULL && ready)
		roster_changes_tell(presence->changes);
	return ready ? MC_OK : MC_NO_MEMORY;
}

/* In `people` the rooms follow each other. */
static enum mc_status
renew_from(struct presence *presence, mc_room_id room, const struct mc_present *people, size_t n)
{
	size_t first = 0, end;

	while (first < n && people[first].room != room)
		first++;
	for (end = first; end < n && people[end].room == room; end++)
		continue;
	return renew(presence, room, people + first, end - first);
}

/* Those that changed until now.  Others may say so of one without end, as fast as it is read: who
 * waits to be let in, and the next beat, do not wait for that. */
static enum mc_status
read_rooms(struct presence *presence, struct mc_db *db)
{
	mc_room_id rooms[ROOMS_MAX];
	enum mc_status status = MC_OK;
	size_t n_rooms;

	do {
		struct mc_present *people;
		size_t n = 0;
		n_rooms = take_stale(presence, rooms);
		if (n_rooms == 0)
			break;
		mc_arena_reset(presence->arena);
		status = mc_stay_present(db, presence->arena, rooms, n_rooms,
			presence->stays.with_stale, &people, &n);
		for (size_t i = 0; i < n_rooms; i++) {
			if (status == MC_OK)
				status = renew_from(presence, rooms[i], people, n);
			if (status != MC_OK)
				presence_set_stale(presence, rooms[i]);
		}
		mc_db_forget(db);
	} while (status == MC_OK && n_rooms == ROOMS_MAX);
	return status;
}

/* --- the thread ------------------------------------------------------------------------- */

/* Until something changed or that moment has come; true when it is to stop. */
static bool
wait_for_change(struct presence *presence, int64_t until_ms)
{
	mc_lock_take(&presence->lock);
	while (presence->occupants.first_changed == NULL && !presence->occupants.any_stale &&
		!presence->asked && !presence->stopping)
		if (!mc_lock_wait_until(&presence->lock, &presence->changed, until_ms))
			break;
	presence->asked = false;
	bool stopping = presence->stopping;
	mc_lock_release(&presence->lock);
	return stopping;
}

static void
sleep_ms(int64_t ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* They are counted and read: the list that they are told has themselves. */
static void
let_in(struct presence *presence, enum mc_status status)
{
	struct job *job;

	while ((job = job_list_pop(&presence->entering)) != NULL)
		job_send_home(job, status);
}

/*
 * Everything that there is to do, with a lease.  Changes that cannot be written yet hold up nothing
 * else: people are let in, and those who are there are beaten.
 */
static enum mc_status
work(struct presence *presence, struct mc_db *db)
{
	enum mc_status written = stays_write(&presence->stays, db);

	if (written != MC_OK)
		outage_say(&presence->outage, "presence_waits", written, mc_db_message(db));
	if (written == MC_UNAVAILABLE)
		return written;
	enum mc_status status = read_rooms(presence, db);
	if (status == MC_OK)
		let_in(presence, MC_OK);
	if (status == MC_OK)
		status = stays_beat(&presence->stays, db);
	return status == MC_OK ? written : status;
}

/* False: something is left to do. */
static bool
work_with_lease(struct presence *presence, bool stopping)
{
	struct mc_pool *pool = presence->daemon->pool;
	struct mc_error error = { 0 };
	struct mc_db *db = NULL;

	enum mc_status status = mc_pool_acquire(pool, LEASE_WAIT_MS, &db, &error);
	if (status == MC_OK)
		status = work(presence, db);
	if (status == MC_OK && stopping)
		status = stays_end(&presence->stays, db);
	if (status == MC_OK)
		outage_end(&presence->outage);
	else
		outage_say(&presence->outage, "presence_waits", status,
			db == NULL ? error.message : mc_db_message(db));
	mc_pool_release(pool, db);
	return status == MC_OK;
}

static void *
presence_main(void *arg)
{
	struct presence *presence = arg;
	struct stays *stays = &presence->stays;
	bool stopping = false;

	stays_begin(stays);
	for (;;) {
		/* What is in hand is tried again at once. */
		bool in_hand = stays_are_in_hand(stays) || presence->entering.n > 0;
		stopping = wait_for_change(presence, in_hand ? 0 : stays->next_beat_ms);
		if (!stopping)
			sleep_ms(GATHER_MS);
		/* Before the changes are taken: who waits has said that it came. */
		(void)jobs_take(&presence->jobs, &presence->entering, 0);
		bool done = work_with_lease(presence, stopping);
		/* The fronts cannot end while somebody waits here. */
		if (!done && atomic_load(&presence->daemon->stopping))
			let_in(presence, MC_UNAVAILABLE);
		if (stopping)
			break;
		if (!done)
			sleep_ms(RETRY_MS);
	}
	jobs_close(&presence->jobs);
	(void)jobs_take(&presence->jobs, &presence->entering, 0);
	let_in(presence, MC_UNAVAILABLE);
	return NULL;
}

enum mc_status
presence_start(struct presence *presence)
{
	presence->started = pthread_create(&presence->thread, NULL, presence_main, presence) == 0;
	return presence->started ? MC_OK : MC_FAILED;
}

void
presence_stop(struct presence *presence)
{
	if (presence == NULL || !presence->started)
		return;
	mc_lock_take(&presence->lock);
	presence->stopping = true;
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
	pthread_join(presence->thread, NULL);
	presence->started = false;
}
