#include "chatd/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/open_rooms.h"
#include "chatd/outage.h"
#include "chatd/replays.h"
#include "chatd/turns.h"
#include "libminiclass/base/time.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/message.h"
#include "libminiclass/model/room.h"
#include "libminiclass/service/log.h"

enum {
	JOBS_MAX = 200000, /* between two looks: 20,000 connections that join, and what they send */
	OTHERS_A_ROUND = 16, /* that ask the database, between two batches: some milliseconds */
	RETRY_MS = 250,      /* while the database is away */
	LEASE_WAIT_MS = 1000,
};

struct batch {
	struct job *jobs[MC_MESSAGE_BATCH_MAX];
	struct mc_message_new messages[MC_MESSAGE_BATCH_MAX];
	struct mc_message_result results[MC_MESSAGE_BATCH_MAX];
	size_t n;
};

struct store {
	struct daemon *daemon;
	struct jobs jobs;
	pthread_t thread;
	bool started;
	/* The thread's own from here on. */
	struct mc_db *db; /* kept; NULL while there is none */
	struct open_rooms *rooms;
	struct replays *replays;
	struct turns sends;
	struct job_list others;
	struct batch batch; /* kept: to clear it each time costs more than one message does */
	bool look_everywhere;
	bool doubtful; /* who repeats one message repeats more: the next batch may not be all new */
	/* no connection; no append; no look at the rooms; no answer to a join */
	struct outage away, failing, blind, refusing;
	/* Written by the thread, read by anyone. */
	_Atomic uint64_t batches, messages, append_ns, reads, retries;
	atomic_int backend;
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
	return atomic_load(&store->backend);
}

void
store_count(struct store *store, struct store_counts *out)
{
	*out = (struct store_counts){ atomic_load(&store->batches), atomic_load(&store->messages),
		atomic_load(&store->append_ns), atomic_load(&store->reads),
		atomic_load(&store->retries) };
}

struct store *
store_create(struct daemon *daemon)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return NULL;
	store->daemon = daemon;
	jobs_init(&store->jobs, "store", JOBS_MAX);
	turns_init(&store->sends);
	job_list_init(&store->others);
	store->rooms = open_rooms_create(daemon);
	store->replays = replays_create(daemon, store->rooms);
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

/* --- appending -------------------------------------------------------------------------- */

static void
fill_batch(struct store *store, struct batch *batch)
{
	batch->n = turns_take(&store->sends, batch->jobs, MC_MESSAGE_BATCH_MAX);
	for (size_t i = 0; i < batch->n; i++) {
		const struct job *job = batch->jobs[i];
		batch->messages[i] = (struct mc_message_new){ .room = job->room,
			.sender = job->user,
			.client_id = job->send.client_id,
			.body = job->send.body };
	}
}

static int
by_room_and_seq(const void *a, const void *b)
{
	const struct job *x = *(const struct job *const *)a;
	const struct job *y = *(const struct job *const *)b;

	if (x->room != y->room)
		return x->room < y->room ? -1 : 1;
	return x->send.seq < y->send.seq ? -1 : x->send.seq > y->send.seq;
}

/*
 * The fresh messages of one room, in order.  When they follow what was handed out they go as they
 * are; when another daemon wrote in between, or this is a retry of a commit that had happened, the
 * table is read.
 */
static enum mc_status
hand_out_run(struct store *store, struct job *const *jobs, size_t n)
{
	struct mc_message messages[MC_MESSAGE_BATCH_MAX];
	struct open_room *room = open_rooms_find(store->rooms, jobs[0]->room);
	int64_t first = jobs[0]->send.seq, last = jobs[n - 1]->send.seq;

	if (room == NULL || last <= room->cursor)
		return MC_OK;
	if (first != room->cursor + 1 || last != room->cursor + (int64_t)n)
		return open_rooms_catch_up(store->rooms, store->db, room);
	for (size_t i = 0; i < n; i++) {
		const struct job_send *sent = &jobs[i]->send;
		messages[i] = (struct mc_message){
			.seq = sent->seq,
			.sender_id = jobs[i]->user,
			.sender_name = sent->name,
			.sender_role = sent->role,
			.body = sent->body,
			.at = { sent->at_us },
		};
	}
	open_rooms_hand_out(store->rooms, room, messages, n);
	return MC_OK;
}

static enum mc_status
hand_out_batch(struct store *store, const struct batch *batch)
{
	struct job *stored[MC_MESSAGE_BATCH_MAX] = { NULL };
	enum mc_status status = MC_OK;
	size_t n = 0;

	/* A repeated one shows only if it was not handed out yet; one job a seq is enough. */
	for (size_t i = 0; i < batch->n; i++)
		if (batch->results[i].status == MC_OK && !batch->results[i].repeated)
			stored[n++] = batch->jobs[i];
	qsort(stored, n, sizeof(struct job *), by_room_and_seq);
	for (size_t first = 0, end; first < n && status == MC_OK; first = end) {
		for (end = first + 1; end < n && stored[end]->room == stored[first]->room; end++)
			continue;
		status = hand_out_run(store, stored + first, end - first);
	}
	for (size_t i = 0; i < batch->n && status == MC_OK; i++) {
		struct open_room *room = open_rooms_find(store->rooms, batch->jobs[i]->room);
		if (room != NULL && batch->results[i].status == MC_OK &&
			batch->results[i].seq > room->cursor)
			status = open_rooms_catch_up(store->rooms, store->db, room);
	}
	return status;
}

static void
answer_batch(struct store *store, struct batch *batch)
{
	store->doubtful = false;
	for (size_t i = 0; i < batch->n; i++) {
		const struct mc_message_result *result = &batch->results[i];
		struct job *job = batch->jobs[i];
		if (result->status != MC_OK || result->repeated)
			store->doubtful = true;
		job->status = result->status;
		job->send.seq = result->seq;
		job->send.role = result->role;
		job->send.at_us = result->at.us;
	}
	/* It is on disk: who missed the handing out is found by its cursor. */
	if (hand_out_batch(store, batch) != MC_OK)
		store->look_everywhere = true;
	/* A sender whose loop slept has its message and the ack in one turn, so in one write. */
	for (size_t i = 0; i < batch->n; i++)
		mc_loop_queue(batch->jobs[i]->front->loop, &batch->jobs[i]->home);
	open_rooms_wake_fronts(store->rooms);
}

static void
pause_for_retry(struct store *store)
{
	struct timespec pause = { .tv_nsec = RETRY_MS * 1000000L };

	atomic_fetch_add(&store->retries, 1);
	nanosleep(&pause, NULL);
}

/* The lease may be broken: get another one, and see what happened meanwhile. */
static void
give_database_back(struct store *store)
{
	atomic_store(&store->backend, 0);
	mc_pool_release(store->daemon->pool, store->db);
	store->db = NULL;
}

/* A lease that is kept: this thread works all the time. */
static bool
has_database(struct store *store)
{
	struct mc_error error = { 0 };

	if (store->db != NULL && mc_db_is_broken(store->db))
		give_database_back(store);
	if (store->db != NULL)
		return true;
	if (mc_pool_acquire(store->daemon->pool, LEASE_WAIT_MS, &store->db, &error) == MC_OK) {
		/* Whatever was said while there was no connection. */
		store->look_everywhere = true;
		atomic_store(&store->backend, mc_db_backend(store->db));
		outage_end(&store->away);
		return true;
	}
	store->db = NULL;
	if (outage_note(&store->away))
		mc_log(MC_LOG_WARN, "database_away", mc_log_text("why", error.message));
	return false;
}

static void
refuse_batch(struct batch *batch, enum mc_status status)
{
	for (size_t i = 0; i < batch->n; i++)
		job_send_home(batch->jobs[i], status);
}

/* Without a connection it was said why there is none; what is not repeated is always said. */
static void
say_append_failed(struct store *store, enum mc_status status, size_t n)
{
	if (store->db == NULL || (outage_is_cause(status) && !outage_note(&store->failing)))
		return;
	mc_log(MC_LOG_WARN, "append_failed", mc_log_text("status", mc_status_name(status)),
		mc_log_int("messages", (int64_t)n), mc_log_text("why", mc_db_message(store->db)));
}

static enum mc_status
append_once(struct store *store, struct batch *batch)
{
	if (!has_database(store))
		return MC_UNAVAILABLE;
	int64_t begun = mc_clock_ns();
	size_t stored = 0;
	enum mc_status status = mc_message_append(
		store->db, batch->messages, batch->n, store->doubtful, batch->results);
	if (status == MC_OK) {
		atomic_fetch_add(&store->append_ns, (uint64_t)(mc_clock_ns() - begun));
		atomic_fetch_add(&store->batches, 1);
		for (size_t i = 0; i < batch->n; i++)
			stored += batch->results[i].status == MC_OK && !batch->results[i].repeated;
		atomic_fetch_add(&store->messages, stored);
	}
	return status;
}

/* Until it is stored: nobody has been told anything yet, and the client_ids make asking again
 * harmless. */
static void
append_batch(struct store *store)
{
	if (store->sends.n_jobs == 0)
		return;

	struct batch *batch = &store->batch;
	fill_batch(store, batch);
	for (;;) {
		enum mc_status status = append_once(store, batch);
		if (status == MC_OK)
			break;
		say_append_failed(store, status, batch->n);
		bool stopping = atomic_load(&store->daemon->stopping);
		give_database_back(store);
		if (!outage_is_cause(status) || stopping) {
			refuse_batch(batch, status);
			return;
		}
		pause_for_retry(store);
	}
	outage_end(&store->failing);
	answer_batch(store, batch);
	if (store->db != NULL)
		mc_db_forget(store->db);
}

/* --- the thread ------------------------------------------------------------------------- */

static void
sort_jobs(struct store *store, struct job_list *taken)
{
	struct job *job;

	while ((job = job_list_pop(taken)) != NULL) {
		if (job->kind == JOB_SEND)
			turns_add(&store->sends, job);
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
			mc_log_text("why", store->db != NULL ? mc_db_message(store->db) : ""));
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
			status = open_rooms_look_at(store->rooms, store->db, &job->room, 1);
		job_destroy(job);
		if (status != MC_OK)
			store->look_everywhere = true;
		return status;
	case JOB_JOIN:
		status = atomic_load(&job->join.left)
				 ? MC_NOT_FOUND
				 : replays_join(store->replays, store->db, job);
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
		if (asks && !has_database(store)) {
			if (atomic_load(&store->daemon->stopping)) {
				struct job *job = job_list_pop(&store->others);
				if (job->conn != NULL)
					job_send_home(job, MC_UNAVAILABLE);
				else
					job_destroy(job);
				continue;
			}
			pause_for_retry(store);
			return;
		}
		enum mc_status status = do_other(store, job_list_pop(&store->others));
		if (asks)
			mc_db_forget(store->db);
		if (outage_is_cause(status)) {
			give_database_back(store);
			return;
		}
	}
}

static void
look_if_needed(struct store *store)
{
	if (!store->look_everywhere)
		return;
	if (has_database(store)) {
		store->look_everywhere = false;
		enum mc_status status = open_rooms_look_everywhere(store->rooms, store->db);
		if (status == MC_OK) {
			outage_end(&store->blind);
			mc_db_forget(store->db);
			return;
		}
		store->look_everywhere = true;
		if (outage_note(&store->blind))
			mc_log(MC_LOG_WARN, "look_failed",
				mc_log_text("status", mc_status_name(status)),
				mc_log_text("why", mc_db_message(store->db)));
		give_database_back(store);
	}
	pause_for_retry(store);
}

static void *
store_main(void *arg)
{
	struct store *store = arg;
	bool open = true;

	while (open || store->sends.n_jobs > 0 || store->others.n > 0) {
		struct job_list taken;
		bool busy =
			store->sends.n_jobs > 0 || store->others.n > 0 || store->look_everywhere;
		job_list_init(&taken);
		open = jobs_take(&store->jobs, &taken, busy ? 0 : -1);
		if (atomic_exchange(&store->missed, false))
			store->look_everywhere = true;
		sort_jobs(store, &taken);
		append_batch(store);
		do_others(store);
		look_if_needed(store);
		atomic_store(&store->reads, open_rooms_reads(store->rooms));
		if (!open && store->look_everywhere)
			store->look_everywhere = false;
	}
	give_database_back(store);
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
