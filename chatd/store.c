#include "chatd/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "chatd/appends.h"
#include "chatd/daemon.h"
#include "chatd/lease.h"
#include "chatd/open_rooms.h"
#include "chatd/outage.h"
#include "chatd/replays.h"
#include "libminiclass/db/query.h"
#include "libminiclass/service/log.h"

enum {
	JOBS_MAX = 200000, /* between two looks: 20,000 connections that join, and what they send */
	OTHERS_A_ROUND = 16, /* that ask the database, between two batches: some milliseconds */
	LEND_MS = 250,       /* who waits for a connection is not heard of otherwise */
};

struct store {
	struct daemon *daemon;
	struct jobs jobs;
	pthread_t thread;
	bool started;
	/* The thread's own from here on. */
	struct lease lease;
	struct open_rooms *rooms;
	struct replays *replays;
	struct appends appends;
	struct job_list others;
	bool look_everywhere;
	struct outage blind, refusing; /* no look at the rooms; no answer to a join */
	/* Written by the thread, read by anyone. */
	_Atomic uint64_t reads;
	/* Written by anyone, taken by the thread. */
	atomic_bool missed; /* perhaps a notice */
};

struct jobs *
store_jobs(struct store *store)
{
	return &store->jobs;
}

int
store_backend(const struct store *store)
{
	return atomic_load(&store->lease.backend);
}

void
store_count(struct store *store, struct store_counts *out)
{
	*out = (struct store_counts){
		.batches = atomic_load(&store->appends.batches),
		.messages = atomic_load(&store->appends.messages),
		.append_ns = atomic_load(&store->appends.ns),
		.reads = atomic_load(&store->reads),
		.replay_reads = replays_reads(store->replays),
		.retries = atomic_load(&store->lease.pauses),
	};
}

struct store *
store_create(struct daemon *daemon)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return NULL;
	store->daemon = daemon;
	jobs_init(&store->jobs, "store", JOBS_MAX);
	job_list_init(&store->others);
	lease_init(&store->lease, daemon->pool);
	store->rooms = open_rooms_create(daemon);
	store->replays = replays_create(daemon, store->rooms);
	appends_init(&store->appends, daemon, &store->lease, store->rooms);
	if (store->rooms == NULL || store->replays == NULL) {
		store_destroy(store);
		return NULL;
	}
	return store;
}

void
store_destroy(struct store *store)
{
	if (store == NULL)
		return;
	open_rooms_destroy(store->rooms);
	replays_destroy(store->replays);
	jobs_finish(&store->jobs);
	free(store);
}

/* --- the thread ------------------------------------------------------------------------- */

static void
sort_jobs(struct store *store, struct job_list *taken)
{
	struct job *job;

	while ((job = job_list_pop(taken)) != NULL) {
		if (job->kind == JOB_SEND)
			appends_add(&store->appends, job);
		else
			job_list_add(&store->others, job);
	}
}

static bool
asks_database(const struct store *store, struct job *job)
{
	const struct open_room *room;

	switch (job->kind) {
	case JOB_CLOSE: return false;
	case JOB_SEEN:
		room = open_rooms_find(store->rooms, job->room);
		return room != NULL && (job->seen < 0 || job->seen > room->cursor);
	case JOB_JOIN: return !atomic_load(&job->join.left);
	case JOB_HELLO:
	case JOB_ENTER:
	case JOB_CHECK:
	case JOB_SEND: break;
	}
	abort();
}

/* Who joins is told no more than to try again. */
static void
say_join_failed(struct store *store, const struct job *job, enum mc_status status)
{
	if (status == MC_OK)
		outage_end(&store->refusing);
	else if (status != MC_NOT_FOUND && outage_note(&store->refusing))
		mc_log(MC_LOG_WARN, "join_failed", mc_log_int("room", job->room),
			mc_log_text("status", mc_status_name(status)),
			mc_log_text("why",
				store->lease.db != NULL ? mc_db_message(store->lease.db) : ""));
}

static enum mc_status
do_other(struct store *store, struct job *job)
{
	enum mc_status status = MC_OK;

	switch (job->kind) {
	case JOB_CLOSE:
		open_rooms_close_for(store->rooms, job->room, job->front);
		job_destroy(job);
		return MC_OK;
	case JOB_SEEN:
		if (asks_database(store, job))
			status = open_rooms_look_at(store->rooms, store->lease.db, &job->room, 1);
		job_destroy(job);
		if (status != MC_OK)
			store->look_everywhere = true;
		return status;
	case JOB_JOIN:
		status = atomic_load(&job->join.left)
				 ? MC_NOT_FOUND
				 : replays_join(store->replays, store->lease.db, job);
		if (outage_is_cause(status) && !atomic_load(&store->daemon->stopping)) {
			job_list_add(&store->others, job);
			return status;
		}
		say_join_failed(store, job, status);
		job_send_home(job, status);
		return MC_OK;
	case JOB_HELLO:
	case JOB_ENTER:
	case JOB_CHECK:
	case JOB_SEND: break;
	}
	abort();
}

/* In their order.  What asks nothing takes no turn: one who came and went all the time would have
 * had all that there are. */
static void
do_others(struct store *store)
{
	int asked = 0;

	while (store->others.n > 0) {
		bool asks = asks_database(store, store->others.first);
		if (asks && asked++ == OTHERS_A_ROUND)
			return;
		if (asks && !lease_hold(&store->lease)) {
			if (atomic_load(&store->daemon->stopping)) {
				struct job *job = job_list_pop(&store->others);
				if (job->conn != NULL)
					job_send_home(job, MC_UNAVAILABLE);
				else
					job_destroy(job);
				continue;
			}
			lease_pause(&store->lease);
			return;
		}
		enum mc_status status = do_other(store, job_list_pop(&store->others));
		if (asks)
			mc_db_forget(store->lease.db);
		if (outage_is_cause(status)) {
			lease_give_back(&store->lease);
			return;
		}
	}
}

static void
look_if_needed(struct store *store)
{
	/* Whatever was said while there was no connection. */
	if (store->lease.is_new)
		store->look_everywhere = true;
	if (!store->look_everywhere)
		return;
	if (lease_hold(&store->lease)) {
		store->look_everywhere = store->lease.is_new = false;
		enum mc_status status = open_rooms_look_everywhere(store->rooms, store->lease.db);
		if (status == MC_OK) {
			outage_end(&store->blind);
			mc_db_forget(store->lease.db);
			return;
		}
		store->look_everywhere = true;
		outage_say(&store->blind, "look_failed", status, mc_db_message(store->lease.db));
		lease_give_back(&store->lease);
	}
	lease_pause(&store->lease);
}

static void *
store_main(void *arg)
{
	struct store *store = arg;
	bool open = true;

	while (open || store->appends.sends.n_jobs > 0 || store->others.n > 0) {
		struct job_list taken;
		bool busy = store->appends.sends.n_jobs > 0 || store->others.n > 0 ||
			    store->look_everywhere;
		job_list_init(&taken);
		if (!busy)
			lease_lend(&store->lease);
		open = jobs_take(&store->jobs, &taken, busy ? 0 : LEND_MS);
		if (atomic_exchange(&store->missed, false))
			store->look_everywhere = true;
		sort_jobs(store, &taken);
		if (!appends_commit(&store->appends))
			store->look_everywhere = true;
		do_others(store);
		look_if_needed(store);
		atomic_store(&store->reads, open_rooms_reads(store->rooms));
		if (!open && store->look_everywhere)
			store->look_everywhere = false;
	}
	lease_give_back(&store->lease);
	return NULL;
}

enum mc_status
store_start(struct store *store)
{
	store->started = pthread_create(&store->thread, NULL, store_main, store) == 0;
	return store->started ? MC_OK : MC_FAILED;
}

void
store_stop(struct store *store)
{
	if (store == NULL || !store->started)
		return;
	jobs_close(&store->jobs);
	pthread_join(store->thread, NULL);
	store->started = false;
}

void
store_look_everywhere(struct store *store)
{
	atomic_store(&store->missed, true);
	jobs_wake(&store->jobs);
}

void
store_seen(struct store *store, mc_room_id room, int64_t seq)
{
	struct job *job = job_create(JOB_SEEN, NULL, 0);

	if (job != NULL) {
		job->room = room;
		job->seen = seq;
		if (jobs_push(&store->jobs, job))
			return;
		job_destroy(job);
	}
	/* The notice is lost to a full queue or to want of memory: as if it had never come. */
	store_look_everywhere(store);
}
