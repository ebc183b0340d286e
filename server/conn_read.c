#include "server/conn_read.h"

#include <stdatomic.h>

#include "libminiclass/base/time.h"
#include "libminiclass/http/url.h"
#include "libminiclass/limits.h"
#include "libminiclass/service/metric.h"
#include "server/conn.h"
#include "server/conn_lanes.h"
#include "server/exchange.h"
#include "server/front.h"
#include "server/router.h"
#include "server/server.h"

enum { SMALL_BODY_MAX = 16 * 1024 }; /* below what every connection's exchange has anyway */

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

	exchange->input_used = head->size;
	exchange->peer = conn->peer;
	mc_peer_forwarded(&exchange->peer, &conn->front->server->proxies, head);
	if (mc_target_split(head->target, &target))
		exchange->route = router_find(conn->front->server->router, head->method,
			target.path, &exchange->path, &exchange->path_known);

	if (head->framing == MC_FRAMING_NONE) {
		conn_submit(conn);
		return;
	}
	size_t here = exchange->input_len - exchange->input_used;
	if (head->framing == MC_FRAMING_LENGTH && head->content_length <= here) {
		exchange->body = (struct mc_str){ exchange->input + exchange->input_used,
			(size_t)head->content_length };
		exchange->input_used += (size_t)head->content_length;
		conn_submit(conn);
		return;
	}
	if (head->framing == MC_FRAMING_LENGTH && head->content_length > MC_BODY_SIZE_MAX) {
		conn_refuse(conn, 413, "The request's body is too large: at most 1 MiB.");
		return;
	}
	if (head->framing == MC_FRAMING_LENGTH &&
		!charge_body(conn, (size_t)head->content_length, (size_t)head->content_length)) {
		conn_refuse(conn, 503, "Too much is being sent to the classroom just now.");
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
	mc_metric_add(&conn->front->metrics.bytes_in, n);
	return true;
}

bool
conn_step_head(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;
	struct mc_str in = { exchange->input, exchange->input_len };

	if (in.len > 0) {
		switch (mc_request_head_parse(&exchange->parser, in, &exchange->head)) {
		case MC_HEAD_OK: begin_request(conn); return true;
		case MC_HEAD_MORE: break;
		case MC_HEAD_BAD:
			mc_metric_add(&conn->front->metrics.refused_head, 1);
			exchange->head.target = (struct mc_str){ 0 };
			conn_refuse(
				conn, exchange->parser.refusal_status, exchange->parser.refusal);
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
				conn_refuse(conn, 503,
					"Too much is being sent to the classroom just now.");
				return true;
			}
			mc_buf_add(&exchange->body_buf, data);
			continue;
		case MC_BODY_DONE:
			if (!mc_buf_ok(&exchange->body_buf)) {
				conn_refuse(
					conn, 503, "There is no memory for this request just now.");
				return true;
			}
			exchange->body = mc_buf_str(&exchange->body_buf);
			conn_submit(conn);
			return true;
		case MC_BODY_MORE:
			/* The head stays where it is: what was parsed borrows it. */
			exchange->input_len = exchange->input_used = exchange->head.size;
			return false;
		case MC_BODY_BAD:
			conn_refuse(conn, 400, "The request's body is not in the chunked coding.");
			return true;
		case MC_BODY_TOO_BIG:
			conn_refuse(conn, 413, "The request's body is too large: at most 1 MiB.");
			return true;
		}
	}
}

bool
conn_step_body(struct conn *conn)
{
	if (feed_body(conn))
		return true;
	size_t before = conn->exchange->input_len;
	if (!read_more(conn))
		return false;
	earn_time(conn, conn->exchange->input_len - before);
	return true;
}
