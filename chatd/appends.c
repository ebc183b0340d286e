#include "chatd/appends.h"

#include <stdlib.h>

#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/lease.h"
#include "chatd/open_rooms.h"
#include "libminiclass/base/time.h"
#include "libminiclass/db/query.h"
#include "libminiclass/service/log.h"

void
appends_init(struct appends *appends, const struct daemon *daemon, struct lease *lease,
	struct open_rooms *rooms)
{
	appends->daemon = daemon;
	appends->lease = lease;
	appends->rooms = rooms;
	fair_queue_init(&appends->sends);
}

void
appends_add(struct appends *appends, struct job *job)
{
	fair_queue_add(&appends->sends, job);
}

static void
fill_batch(struct appends *appends, struct batch *batch)
{
	batch->n = fair_queue_take(&appends->sends, batch->jobs, MC_MESSAGE_BATCH_MAX);
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
hand_out_run(struct appends *appends, struct job *const *jobs, size_t n)
{
	struct mc_message messages[MC_MESSAGE_BATCH_MAX];
	struct open_room *room = open_rooms_find(appends->rooms, jobs[0]->room);
	int64_t first = jobs[0]->send.seq, last = jobs[n - 1]->send.seq;

	if (room == NULL || last <= room->cursor)
		return MC_OK;
	if (first != room->cursor + 1 || last != room->cursor + (int64_t)n)
		return open_rooms_catch_up(appends->rooms, appends->lease->db, room);
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
	open_rooms_hand_out(appends->rooms, room, messages, n);
	return MC_OK;
}

static enum mc_status
hand_out_batch(struct appends *appends, const struct batch *batch)
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
		status = hand_out_run(appends, stored + first, end - first);
	}
	for (size_t i = 0; i < batch->n && status == MC_OK; i++) {
		struct open_room *room = open_rooms_find(appends->rooms, batch->jobs[i]->room);
		if (room != NULL && batch->results[i].status == MC_OK &&
			batch->results[i].seq > room->cursor)
			status = open_rooms_catch_up(appends->rooms, appends->lease->db, room);
	}
	return status;
}

/* False: who missed the handing out is to be found by its cursor. */
static bool
answer_batch(struct appends *appends, struct batch *batch)
{
	appends->doubtful = false;
	for (size_t i = 0; i < batch->n; i++) {
		const struct mc_message_result *result = &batch->results[i];
		struct job *job = batch->jobs[i];
		if (result->status != MC_OK || result->repeated)
			appends->doubtful = true;
		job->send.seq = result->seq;
		job->send.role = result->role;
		job->send.at_us = result->at.us;
	}
	bool handed_out = hand_out_batch(appends, batch) == MC_OK;
	/* A sender whose loop slept has its message and the ack in one turn, so in one write. */
	for (size_t i = 0; i < batch->n; i++)
		job_queue_home(batch->jobs[i], batch->results[i].status);
	open_rooms_wake_fronts(appends->rooms);
	return handed_out;
}

static void
refuse_batch(struct batch *batch, enum mc_status status)
{
	for (size_t i = 0; i < batch->n; i++)
		job_send_home(batch->jobs[i], status);
}

/*
 * Without a connection it was said why there is none.  A fault of ours is said of each batch that
 * has it; what lasts is not, and a disk that is full may be the log's.
 */
static void
say_append_failed(struct appends *appends, enum mc_status status, size_t n)
{
	bool lasts = outage_is_cause(status) || status == MC_NO_MEMORY;

	if (appends->lease->db == NULL || (lasts && !outage_note(&appends->failing)))
		return;
	mc_log(MC_LOG_WARN, "append_failed", mc_log_text("status", mc_status_name(status)),
		mc_log_int("messages", (int64_t)n),
		mc_log_text("why", mc_db_message(appends->lease->db)));
}

static enum mc_status
store_once(struct appends *appends, struct batch *batch)
{
	if (!lease_hold(appends->lease))
		return MC_UNAVAILABLE;
	int64_t begun = mc_clock_ns();
	size_t stored = 0;
	enum mc_status status = mc_message_append(
		appends->lease->db, batch->messages, batch->n, appends->doubtful, batch->results);
	if (status == MC_OK) {
		atomic_fetch_add(&appends->ns, (uint64_t)(mc_clock_ns() - begun));
		atomic_fetch_add(&appends->batches, 1);
		for (size_t i = 0; i < batch->n; i++)
			stored += batch->results[i].status == MC_OK && !batch->results[i].repeated;
		atomic_fetch_add(&appends->messages, stored);
	}
	return status;
}

/* Until it is stored: nobody has been told anything yet, and the client_ids make asking again
 * harmless. */
static enum mc_status
store_batch(struct appends *appends, struct batch *batch)
{
	for (;;) {
		enum mc_status status = store_once(appends, batch);
		if (status == MC_OK)
			return MC_OK;
		say_append_failed(appends, status, batch->n);
		bool stopping = atomic_load(&appends->daemon->stopping);
		lease_give_back(appends->lease);
		if (!outage_is_cause(status) || stopping)
			return status;
		lease_pause(appends->lease);
	}
}

bool
appends_commit(struct appends *appends)
{
	struct batch *batch = &appends->batch;

	if (appends->sends.n_jobs == 0)
		return true;
	fill_batch(appends, batch);
	enum mc_status status = store_batch(appends, batch);
	if (status != MC_OK) {
		refuse_batch(batch, status);
		return true;
	}
	outage_end(&appends->failing);
	bool handed_out = answer_batch(appends, batch);
	if (appends->lease->db != NULL)
		mc_db_forget(appends->lease->db);
	return handed_out;
}
