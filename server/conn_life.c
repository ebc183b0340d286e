#include "server/conn_life.h"

#include <stdlib.h>
#include <unistd.h>

#include "libminiclass/base/queue.h"
#include "libminiclass/base/time.h"
#include "libminiclass/http/cookie.h"
#include "libminiclass/http/url.h"
#include "libminiclass/limits.h"
#include "libminiclass/net/socket.h"
#include "libminiclass/service/log.h"
#include "server/access.h"
#include "server/ahead.h"
#include "server/conn.h"
#include "server/conn_reply.h"
#include "server/exchange.h"
#include "server/front.h"
#include "server/router.h"
#include "server/server.h"

enum {
	ANSWERS_A_TURN = 32,            /* a pipelining client then waits for the others */
	SMALL_BODY_MAX = 16 * 1024,     /* below what every connection's exchange has anyway */
	LINGER_BYTES_MAX = 1024 * 1024, /* what we read and drop behind our last answer */
};

static void conn_run(struct conn *conn);

static void
conn_free(struct conn *conn)
{
	struct front *front = conn->front;

	metrics_add(&front->metrics.closed, 1);
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

/* FNV-1a. */
static uint64_t
add_to_hash(uint64_t hash, struct mc_str text)
{
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/*
 * Whose turn it takes: a log-in's, whether it is one or not.  Where nobody looks at it anybody may
 * claim any: there it is an address's, for each thing that can be wanted, so that many who sign up
 * keep nobody from logging in.
 */
static uint64_t
owner_of(const struct exchange *exchange)
{
	const struct route *route = exchange->route;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	struct mc_str token = access_token(&exchange->head, exchange->peer.is_secure, NULL);

	if (token.ptr != NULL && route->access != ACCESS_PUBLIC)
		return add_to_hash(hash, token);
	hash = add_to_hash(hash, mc_str_from(exchange->peer.address));
	return add_to_hash(hash, mc_str_from(route->name));
}

/* False: too many wait there, and that is the answer. */
static bool
queue_up(struct conn *conn, struct mc_queue *queue)
{
	struct exchange *exchange = conn->exchange;

	/* Before the push: behind it the exchange belongs to the worker. */
	exchange->reply.for_worker = false;
	if (mc_queue_push(queue, owner_of(exchange), exchange))
		return true;
	metrics_add(&conn->front->metrics.refused_queue, 1);
	exchange->refusal = 503;
	exchange->refusal_detail = "The classroom is busy just now. Please try again in a moment.";
	dispatch(exchange, conn->front->server);
	return false;
}

/* The request is back from its lane. */
static void
on_done(struct mc_task *task)
{
	struct conn *conn = MC_CONTAINER(task, struct exchange, done)->conn;

	if (!conn->ending) {
		if (conn->exchange->reply.for_worker && queue_up(conn, conn->front->server->work))
			return;
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

/* Answers on the loop: what needs no lane, and what is refused. */
static void
answer_here(struct conn *conn)
{
	dispatch(conn->exchange, conn->front->server);
	conn_begin_reply(conn);
}

/* What was read makes no sense from here on, or we will not read it: answer and end. */
static void
refuse(struct conn *conn, int status, const char *detail)
{
	struct exchange *exchange = conn->exchange;

	exchange->peer = conn->peer;
	exchange->refusal = status;
	exchange->refusal_detail = detail;
	exchange->reply.close = true;
	exchange->input_used = exchange->input_len;
	answer_here(conn);
}

static void
submit(struct conn *conn)
{
	struct server *server = conn->front->server;
	struct exchange *exchange = conn->exchange;

	if (exchange->route == NULL || exchange->route->lane == LANE_LOOP) {
		answer_here(conn);
		return;
	}
	struct mc_queue *queue =
		exchange->route->lane == LANE_HASHER ? server->hashing : server->work;
	conn_set_state(conn, CONN_WAITING);
	if (exchange->route->lane == LANE_AHEAD) {
		switch (ahead_begin(exchange)) {
		case AHEAD_WAITS: return;
		case AHEAD_ANSWERED: conn_begin_reply(conn); return;
		case AHEAD_NOT:
			if (ahead_wait(exchange, owner_of(exchange)))
				return;
			break;
		}
	}
	if (!queue_up(conn, queue))
		conn_begin_reply(conn);
}

/* RFC 9110, 10.1.1: the client waits for this before it sends the body. */
static bool
send_continue(struct conn *conn)
{
	static char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct iovec part = { line, sizeof(line) - 1 };
	size_t n;

	/* Nothing else is on its way, so a socket that does not take 25 bytes is broken. */
	return mc_stream_writev(&conn->stream, &part, 1, &n) == MC_IO_OK && n == part.iov_len;
}

/*
 * `total`: of the body, with these bytes.  What is small is not counted: log-ins and messages get
 * through while others hold all of the memory with bodies that they never finish.
 */
static bool
charge_body(struct conn *conn, size_t bytes, size_t total)
{
	struct server *server = conn->front->server;

	if (total <= SMALL_BODY_MAX)
		return true;
	if (atomic_fetch_add(&server->body_memory, bytes) + bytes >
		(size_t)server->settings.body_memory) {
		atomic_fetch_sub(&server->body_memory, bytes);
		return false;
	}
	conn->exchange->body_charged += bytes;
	return true;
}

/* The head is whole: find the route, and see whether there is a body to wait for. */
static void
begin_request(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;
	const struct mc_request_head *head = &exchange->head;
	struct mc_target target;

	exchange->conn = conn;
	exchange->done.run = on_done;
	exchange->input_used = head->size;
	exchange->peer = conn->peer;
	mc_peer_forwarded(&exchange->peer, &conn->front->server->proxies, head);
	if (mc_target_split(head->target, &target))
		exchange->route = router_find(conn->front->server->router, head->method,
			target.path, &exchange->path, &exchange->path_known);

	if (head->framing == MC_FRAMING_NONE) {
		submit(conn);
		return;
	}
	size_t here = exchange->input_len - exchange->input_used;
	if (head->framing == MC_FRAMING_LENGTH && head->content_length <= here) {
		exchange->body = (struct mc_str){ exchange->input + exchange->input_used,
			(size_t)head->content_length };
		exchange->input_used += (size_t)head->content_length;
		submit(conn);
		return;
	}
	if (head->framing == MC_FRAMING_LENGTH && head->content_length > MC_BODY_SIZE_MAX) {
		refuse(conn, 413, "The request's body is too large: at most 1 MiB.");
		return;
	}
	if (head->framing == MC_FRAMING_LENGTH &&
		!charge_body(conn, (size_t)head->content_length, (size_t)head->content_length)) {
		refuse(conn, 503, "Too much is being sent to the classroom just now.");
		return;
	}
	if (head->expects_continue && here == 0 && !send_continue(conn)) {
		conn_close(conn);
		return;
	}
	mc_body_init(&exchange->framing, head->framing, head->content_length, MC_BODY_SIZE_MAX);
	conn->body_started_ms = mc_loop_now(conn->front->loop);
	conn->body_received = 0;
	conn_set_state(conn, CONN_BODY);
}

/* Reads what there is behind what we have.  False when nothing new came; the state may have
 * changed. */
static bool
read_more(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;
	size_t room = EXCHANGE_INPUT_SIZE - exchange->input_len;
	size_t n = 0;

	if (!conn->readable)
		return false;
	switch (mc_stream_read(&conn->stream, exchange->input + exchange->input_len, room, &n)) {
	case MC_IO_OK: break;
	case MC_IO_AGAIN: conn->readable = false; return false;
	case MC_IO_CLOSED:
	case MC_IO_FAILED: conn_close(conn); return false;
	}
	/* A short count has emptied the socket (epoll(7)); but the end of the stream may stand
	 * behind it. */
	if (n < room && !conn->hung_up && !conn->stream.ended)
		conn->readable = false;
	exchange->input_len += n;
	metrics_add(&conn->front->metrics.bytes_in, n);
	return true;
}

/* True when it got anywhere; false when it waits for bytes. */
static bool
step_head(struct conn *conn)
{
	if (conn->exchange == NULL) {
		if (!conn->readable)
			return false;
		conn->exchange = exchange_acquire(conn->front);
		if (conn->exchange == NULL) {
			conn_close(conn);
			return false;
		}
	}
	struct exchange *exchange = conn->exchange;
	struct mc_str in = { exchange->input, exchange->input_len };

	if (in.len > 0) {
		switch (mc_request_head_parse(&exchange->parser, in, &exchange->head)) {
		case MC_HEAD_OK: begin_request(conn); return true;
		case MC_HEAD_MORE: break;
		case MC_HEAD_BAD:
			metrics_add(&conn->front->metrics.refused_head, 1);
			exchange->head.target = (struct mc_str){ 0 };
			refuse(conn, exchange->parser.refusal_status, exchange->parser.refusal);
			return true;
		}
	}
	if (!read_more(conn)) {
		if (!conn->ending && exchange->input_len == 0)
			conn_give_exchange_back(conn);
		return false;
	}
	if (in.len == 0) {
		exchange->started_ns = mc_clock_ns();
		if (conn->state == CONN_IDLE)
			conn_set_state(conn, CONN_HEAD);
	}
	return true;
}

/* Moves the deadline as far as what came so far has earned. */
static void
earn_time(struct conn *conn, size_t bytes)
{
	const struct settings *settings = &conn->front->server->settings;

	conn->body_received += bytes;
	int64_t until = conn->body_started_ms + settings->body_timeout +
			(int64_t)(conn->body_received * 1000 / (uint64_t)settings->body_rate);
	int64_t left = until - mc_loop_now(conn->front->loop);
	conn_set_deadline(conn, left > 0 ? left : 1);
}

/* Decodes what is there; true when the request went on to another state. */
static bool
feed_body(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;

	for (;;) {
		struct mc_str in = { exchange->input + exchange->input_used,
			exchange->input_len - exchange->input_used };
		struct mc_str data;
		size_t used;
		enum mc_body_result result = mc_body_next(&exchange->framing, in, &used, &data);

		exchange->input_used += used;
		switch (result) {
		case MC_BODY_DATA:
			if (exchange->head.framing == MC_FRAMING_CHUNKED &&
				!charge_body(conn, data.len, exchange->body_buf.len + data.len)) {
				refuse(conn, 503,
					"Too much is being sent to the classroom just now.");
				return true;
			}
			mc_buf_add(&exchange->body_buf, data);
			continue;
		case MC_BODY_DONE:
			if (!mc_buf_ok(&exchange->body_buf)) {
				refuse(conn, 503, "There is no memory for this request just now.");
				return true;
			}
			exchange->body = mc_buf_str(&exchange->body_buf);
			submit(conn);
			return true;
		case MC_BODY_MORE:
			/* The head stays where it is: what was parsed borrows it. */
			exchange->input_len = exchange->input_used = exchange->head.size;
			return false;
		case MC_BODY_BAD:
			refuse(conn, 400, "The request's body is not in the chunked coding.");
			return true;
		case MC_BODY_TOO_BIG:
			refuse(conn, 413, "The request's body is too large: at most 1 MiB.");
			return true;
		}
	}
}

static bool
step_body(struct conn *conn)
{
	if (feed_body(conn))
		return true;
	size_t before = conn->exchange->input_len;
	if (!read_more(conn))
		return false;
	earn_time(conn, conn->exchange->input_len - before);
	return true;
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
	case CONN_BODY: return step_body(conn);
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
		metrics_add(&conn->front->metrics.deadlines, 1);
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
	if (conn->exchange == NULL)
		conn->exchange = exchange_acquire(conn->front);
	if (conn->exchange == NULL) {
		conn_close(conn);
		return;
	}
	/* Of which no byte came, as of a connection that a browser opened for later. */
	if (conn->exchange->input_len == 0)
		conn->exchange->started_ns = mc_clock_ns();
	if (state == CONN_HEAD)
		conn->exchange->head.target = (struct mc_str){ 0 };
	refuse(conn, 408, "The request did not arrive in time.");
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
	metrics_add(&front->metrics.accepted, 1);
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
