#include "server/conn_life.h"

#include <stdlib.h>
#include <unistd.h>

#include "libminiclass/base/time.h"
#include "libminiclass/service/log.h"
#include "libminiclass/service/metric.h"
#include "server/conn.h"
#include "server/conn_lanes.h"
#include "server/conn_read.h"
#include "server/conn_reply.h"
#include "server/exchange.h"
#include "server/front.h"
#include "server/server.h"

enum {
	ANSWERS_A_TURN = 32,            /* a pipelining client then waits for the others */
	LINGER_BYTES_MAX = 1024 * 1024, /* what we read and drop behind our last answer */
};

static void conn_run(struct conn *conn);

static void
conn_free(struct conn *conn)
{
	struct front *front = conn->front;

	mc_metric_add(&front->metrics.closed, 1);
	*conn->link = conn->next;
	if (conn->next != NULL)
		conn->next->link = conn->link;
	mc_acceptor_closed(&front->acceptor);
	free(conn);
}

static void
on_task(struct mc_task *task)
{
	struct conn *conn = MC_CONTAINER(task, struct conn, task);

	conn->posted = false;
	if (conn->ending) {
		if (conn->state != CONN_WAITING)
			conn_free(conn);
		return;
	}
	conn_run(conn);
}

/* The request is back from its lane. */
static void
on_done(struct mc_task *task)
{
	struct conn *conn = MC_CONTAINER(task, struct exchange, done)->conn;

	if (!conn->ending) {
		if (conn->exchange->reply.for_worker)
			conn_submit_again(conn);
		else
			conn_begin_reply(conn);
		conn_run(conn);
		return;
	}
	conn_give_exchange_back(conn);
	/* It is closed and has no deadline any more; on_task sees that nothing is with a lane. */
	conn->state = CONN_LINGERING;
	if (!conn->posted)
		conn_free(conn);
}

/* For a request that has begun; false when memory is out. */
static bool
take_exchange(struct conn *conn)
{
	conn->exchange = exchange_acquire(conn->front);
	if (conn->exchange == NULL) {
		conn_close(conn);
		return false;
	}
	conn->exchange->conn = conn;
	conn->exchange->done.run = on_done;
	return true;
}

static bool
step_head(struct conn *conn)
{
	if (conn->exchange == NULL && (!conn->readable || !take_exchange(conn)))
		return false;
	return conn_step_head(conn);
}

static bool
step_lingering(struct conn *conn)
{
	char dropped[4096];
	size_t n = 0;

	if (!conn->readable)
		return false;
	switch (mc_stream_read(&conn->stream, dropped, sizeof(dropped), &n)) {
	case MC_IO_OK:
		conn->body_received += n;
		if (conn->body_received <= LINGER_BYTES_MAX)
			return true;
		break;
	case MC_IO_AGAIN: conn->readable = false; return false;
	case MC_IO_CLOSED:
	case MC_IO_FAILED: break;
	}
	conn_close(conn);
	return false;
}

static bool
step(struct conn *conn)
{
	switch ((enum conn_state)conn->state) {
	case CONN_IDLE:
	case CONN_HEAD: return step_head(conn);
	case CONN_BODY: return conn_step_body(conn);
	case CONN_WAITING: return false;
	case CONN_WRITING: return conn_step_reply(conn);
	case CONN_LINGERING: return step_lingering(conn);
	}
	return false;
}

/* False: not yet, or it is over. */
static bool
take_proxy_header(struct conn *conn)
{
	enum mc_proxy_result result = mc_peer_proxy(
		&conn->peer, &conn->front->server->proxies, conn->stream.fd, conn->id);

	if (result == MC_PROXY_BAD)
		conn_close(conn);
	return result == MC_PROXY_OK;
}

/* As far as it goes without waiting; then other connections have their turn. */
static void
conn_run(struct conn *conn)
{
	if (!conn->ending && conn->peer.awaits_proxy && !take_proxy_header(conn))
		return;
	conn->answered = 0;
	while (!conn->ending && step(conn)) {
		if (conn->answered < ANSWERS_A_TURN)
			continue;
		if (!conn->ending && !conn->posted) {
			conn->posted = true;
			mc_loop_post(conn->front->loop, &conn->task);
		}
		return;
	}
}

static void
on_ready(struct mc_watch *watch, unsigned events)
{
	struct conn *conn = MC_CONTAINER(watch, struct conn, watch);

	/* TLS may have to write before it can read on (a handshake). */
	if (events & (MC_LOOP_READABLE | MC_LOOP_HANGUP) || conn->stream.ssl != NULL)
		conn->readable = true;
	/* With a hang-up the end stands behind the bytes: a short count is then not all. */
	if (events & MC_LOOP_HANGUP)
		conn->hung_up = true;
	conn_run(conn);
}

static void
on_deadline(struct mc_timer *timer)
{
	struct conn *conn = MC_CONTAINER(timer, struct conn, timer);
	enum conn_state state = (enum conn_state)conn->state;

	if (state == CONN_WRITING && mc_reader_moves(&conn->reader, conn->stream.fd)) {
		conn_set_state(conn, CONN_WRITING);
		return;
	}
	if (state != CONN_IDLE && state != CONN_LINGERING) {
		mc_metric_add(&conn->front->metrics.deadlines, 1);
		mc_log(MC_LOG_INFO, "deadline", mc_log_int("conn", conn->id),
			mc_log_text("peer", conn->peer.address),
			mc_log_text("while", state == CONN_WRITING ? "writing"
					     : state == CONN_BODY  ? "reading a body"
								   : "reading a head"));
	}
	bool is_over = conn->exchange == NULL && conn->front->acceptor.stopping;
	if ((state != CONN_HEAD && state != CONN_BODY) || mc_stream_in_handshake(&conn->stream) ||
		conn->peer.awaits_proxy || is_over) {
		conn_close(conn);
		return;
	}
	if (conn->exchange == NULL && !take_exchange(conn))
		return;
	/* Of which no byte came, as of a connection that a browser opened for later. */
	if (conn->exchange->input_len == 0)
		conn->exchange->started_ns = mc_clock_ns();
	if (state == CONN_HEAD)
		conn->exchange->head.target = (struct mc_str){ 0 };
	conn_refuse(conn, 408, "The request did not arrive in time.");
	conn_run(conn);
}

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
	if (mc_loop_watch(front->loop, &conn->watch) != MC_OK) {
		conn_close(conn);
		return;
	}
	conn_set_state(conn, CONN_HEAD);
	conn->readable = true;
	conn_run(conn);
	/* Accepted at the last moment. */
	if (!conn->ending && front->acceptor.stopping)
		conn_stop(conn);
}

bool
conn_open(struct front *front, int fd, const struct mc_addr *peer, int64_t id)
{
	struct server *server = front->server;
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL)
		close(fd);
	if (conn == NULL || mc_stream_accept(&conn->stream, fd, server->tls) != MC_OK) {
		free(conn);
		return false;
	}
	conn->front = front;
	conn->id = id;
	conn->watch = (struct mc_watch){ .fd = conn->stream.fd, .ready = on_ready };
	conn->timer.fire = on_deadline;
	conn->task.run = on_arrival;
	mc_peer_init(&conn->peer, peer, &server->proxies, server->settings.proxy_protocol);
	conn->peer.is_secure = server->tls != NULL;
	conn->posted = true;
	mc_loop_post(front->loop, &conn->task);
	return true;
}

/* Just connected or kept alive, and nothing read yet. */
static bool
awaits_request(const struct conn *conn)
{
	return conn->state == CONN_IDLE || (conn->state == CONN_HEAD && conn->exchange == NULL);
}

void
conn_stop(struct conn *conn)
{
	if (!awaits_request(conn))
		return;
	/* What has arrived is answered; and whoever has just connected is about to ask. */
	conn->readable = true;
	conn_run(conn);
	if (conn->ending || !awaits_request(conn))
		return;
	if (conn->state == CONN_IDLE)
		conn_close(conn);
	else
		conn_set_deadline(conn, CONN_STOP_GRACE_MS);
}
