#include "chatd/conn_life.h"

#include <stdlib.h>
#include <unistd.h>

#include "chatd/burst.h"
#include "chatd/conn.h"
#include "chatd/conn_in.h"
#include "chatd/conn_out.h"
#include "chatd/conn_say.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/hub.h"
#include "chatd/join.h"
#include "chatd/quotas.h"
#include "chatd/wire.h"
#include "libminiclass/net/socket.h"
#include "libminiclass/service/metric.h"

enum { FLUSH_PARTS = 1024 }; /* of one burst, 16 KiB */

static const struct settings *
settings_of(const struct conn *conn)
{
	return &conn->front->daemon->settings;
}

/* --- the end of a turn ------------------------------------------------------------------ */

static void
conn_free(struct conn *conn)
{
	struct front *front = conn->front;
	struct job *job;

	/* What is counted is the quota's, which may end with this connection. */
	conn_in_finish(conn);
	conn_out_finish(conn);
	if (conn->quota != NULL)
		quotas_leave(front->daemon->quotas, conn->quota);
	while ((job = job_list_pop(&conn->replays)) != NULL)
		job_destroy(job);
	free(conn->name);
	mc_metric_add(&front->metrics.closed, 1);
	*conn->link = conn->next;
	if (conn->next != NULL)
		conn->next->link = conn->link;
	mc_acceptor_closed(&front->acceptor);
	free(conn);
}

/* False: it is over, nothing is written to it. */
static bool
settle(struct conn *conn)
{
	/* Not before: it may have ended while somebody walked over the members. */
	if (conn->closed || conn->state == CONN_ENDING)
		hub_leave_all(conn);
	if (!conn->closed)
		return true;
	if (conn->held == 0 && !conn->posted)
		conn_free(conn);
	return false;
}

static void
go_on(struct conn *conn, bool was_stalled, enum conn_out_result result)
{
	switch (result) {
	case CONN_OUT_EMPTY: break;
	case CONN_OUT_WAITS:
		/* An event comes when there is room; until then the reader has to move. */
		if (conn->state == CONN_READY && !conn->stalled)
			conn_follow_reader(conn);
		conn->stalled = true;
		return;
	case CONN_OUT_BROKEN: conn_close(conn); return;
	}
	if (conn->state == CONN_READY) {
		if (was_stalled)
			conn_set_deadline(conn, settings_of(conn)->ping_interval);
		join_go_on(conn);
	}
	if (conn->state == CONN_ENDING && conn->held == 0) {
		mc_stream_shutdown(&conn->stream);
		conn->readable = true;
		conn_in_run(conn);
	}
}

static struct conn *
next_dirty(struct front *front)
{
	struct conn *conn = front->dirty;

	front->dirty = conn->next_dirty;
	conn->dirty = false;
	return conn;
}

/* All is written before any goes on: going on may queue, and what is gathered must stay. */
static void
flush_some(struct front *front)
{
	struct conn *conns[BURST_MAX];
	struct burst_write writes[BURST_MAX];
	struct iovec parts[FLUSH_PARTS];
	int n_parts = 0;
	size_t n = 0;

	while (front->dirty != NULL && n < BURST_MAX && n_parts < FLUSH_PARTS) {
		struct conn *conn = next_dirty(front);
		if (!settle(conn))
			continue;
		int gathered = conn_out_gather(conn, parts + n_parts, FLUSH_PARTS - n_parts);
		writes[n] = (struct burst_write){
			.stream = &conn->stream, .parts = parts + n_parts, .n_parts = gathered
		};
		n_parts += gathered;
		conns[n++] = conn;
	}
	burst_write(front->burst, writes, n);
	for (size_t i = 0; i < n; i++) {
		bool was_stalled = conns[i]->stalled;
		if (!conns[i]->closed)
			go_on(conns[i], was_stalled,
				conn_out_wrote(conns[i], writes[i].result, writes[i].n));
	}
}

void
conn_flush_all(struct front *front)
{
	while (front->dirty != NULL)
		flush_some(front);
}

/* --- events ----------------------------------------------------------------------------- */

static void
on_task(struct mc_task *task)
{
	struct conn *conn = MC_CONTAINER(task, struct conn, task);

	conn->posted = false;
	if (conn->closed)
		conn_mark_dirty(conn);
	else
		conn_in_run(conn);
}

static void
on_ready(struct mc_watch *watch, unsigned events)
{
	struct conn *conn = MC_CONTAINER(watch, struct conn, watch);

	/* TLS may have to write before it can read on (a handshake). */
	if (events & (MC_LOOP_READABLE | MC_LOOP_HANGUP) || conn->stream.ssl != NULL)
		conn->readable = true;
	if (events & MC_LOOP_HANGUP)
		conn->hung_up = true;
	if (events & MC_LOOP_WRITABLE && conn->out_n > 0)
		conn_mark_dirty(conn);
	conn_in_run(conn);
}

static void
end_without_hello(struct conn *conn)
{
	conn_reject(conn, "timeout", "No hello came in time.");
}

static void
on_deadline(struct mc_timer *timer)
{
	struct conn *conn = MC_CONTAINER(timer, struct conn, timer);

	switch ((enum conn_state)conn->state) {
	case CONN_SNIFFING:
		if (conn->peer.awaits_proxy) {
			conn_close(conn);
			return;
		}
		conn->wire = &wire_framed;
		end_without_hello(conn);
		return;
	case CONN_NEW: end_without_hello(conn); return;
	case CONN_UPGRADE: wire_upgrade_late(conn); return;
	case CONN_ENDING:
		if (conn->is_dropped && conn->quota != NULL && conn_reader_moves(conn))
			conn_await_reader(conn);
		else
			conn_close(conn);
		return;
	case CONN_ASKING: conn_close(conn); return;
	case CONN_READY: break;
	}
	if (conn->stalled) {
		if (conn_reader_moves(conn))
			conn_await_reader(conn);
		else
			conn_drop_slow(conn);
		return;
	}
	/* The last ping was not answered, nor is there anything that we have not read yet.  What
	 * was queued in this turn only waits for its end, behind the timers. */
	if (conn->pinged && !conn->readable) {
		conn_close(conn);
		return;
	}
	if (conn->wire->ping != NULL) {
		conn->wire->ping(conn);
		conn->pinged = true;
	}
	conn_set_deadline(conn, settings_of(conn)->ping_interval);
}

/* --- arrival ---------------------------------------------------------------------------- */

static void
on_arrival(struct mc_task *task)
{
	struct conn *conn = MC_CONTAINER(task, struct conn, task);
	struct front *front = conn->front;

	conn->posted = false;
	conn->task.run = on_task;
	conn->next = front->conns;
	conn->link = &front->conns;
	if (front->conns != NULL)
		front->conns->link = &conn->next;
	front->conns = conn;
	mc_acceptor_hold(&front->acceptor);
	mc_metric_add(&front->metrics.accepted, 1);
	if (front->acceptor.stopping || mc_loop_watch(front->loop, &conn->watch) != MC_OK) {
		conn_close(conn);
		return;
	}
	conn_set_state(conn, CONN_SNIFFING);
	conn->readable = true;
	conn_in_run(conn);
}

bool
conn_open(struct front *front, int fd, const struct mc_addr *peer, int64_t id)
{
	struct daemon *daemon = front->daemon;
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL)
		close(fd);
	if (conn == NULL || mc_stream_accept(&conn->stream, fd, daemon->tls) != MC_OK) {
		free(conn);
		return false;
	}
	conn->front = front;
	conn->id = id;
	conn->watch = (struct mc_watch){ .fd = conn->stream.fd, .ready = on_ready };
	conn->timer.fire = on_deadline;
	conn->task.run = on_arrival;
	conn_in_init(conn);
	conn_out_init(conn);
	job_list_init(&conn->replays);
	mc_peer_init(&conn->peer, peer, &daemon->proxies, daemon->settings.proxy_protocol);
	conn->peer.is_secure = daemon->tls != NULL;
	/* Whoever vanishes without a word must not stay present for ever. */
	mc_socket_keep_alive(fd);
	conn->posted = true;
	mc_loop_post(front->loop, &conn->task);
	return true;
}
