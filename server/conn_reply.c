#include "server/conn_reply.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "libminiclass/base/time.h"
#include "libminiclass/http/response.h"
#include "libminiclass/http/status.h"
#include "libminiclass/service/log.h"
#include "libminiclass/service/metric.h"
#include "server/conn.h"
#include "server/exchange.h"
#include "server/front.h"
#include "server/metrics.h"
#include "server/server.h"

enum {
	SMALL_ANSWER_MAX = 64 * 1024, /* is not counted: others get through */
	SHARE_OF_ONE = 8,             /* a person may hold an eighth of what all may */
};

static void
wait_for_reader(struct conn *conn)
{
	mc_reader_begin(&conn->reader);
	conn_set_state(conn, CONN_WRITING);
}

static bool
has_body(const struct exchange *exchange)
{
	return exchange->head.method != MC_METHOD_HEAD && mc_http_has_body(exchange->reply.status);
}

/* "Date: ...\r\n", made once a second. */
static struct mc_str
date_of(struct front *front)
{
	int64_t now = mc_loop_now(front->loop);

	if (front->date_made_ms == 0 || now - front->date_made_ms >= 1000) {
		char text[MC_TIME_HTTP_SIZE];
		mc_time_http(mc_time_now(), text);
		memcpy(front->date, "Date: ", 6);
		memcpy(front->date + 6, text, MC_TIME_HTTP_SIZE - 1);
		memcpy(front->date + 6 + MC_TIME_HTTP_SIZE - 1, "\r\n", 3);
		front->date_made_ms = now;
	}
	return (struct mc_str){ front->date, 6 + MC_TIME_HTTP_SIZE - 1 + 2 };
}

static void
write_head(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;
	struct reply *reply = &exchange->reply;
	struct mc_buf *out = &exchange->out_head;

	if (!exchange->head.keep_alive ||
		atomic_load_explicit(&conn->front->server->stopping, memory_order_relaxed))
		reply->close = true;

	mc_response_begin(out, reply->status);
	mc_buf_add(out, date_of(conn->front));
	mc_buf_add(out, reply->fixed_fields);
	mc_buf_add(out, mc_buf_str(&reply->fields));
	if (mc_http_has_body(reply->status))
		mc_response_field_int(
			out, MC_STR("Content-Length"), (int64_t)reply_body(reply).len);
	if (reply->close)
		mc_buf_add(out, MC_STR("Connection: close\r\n"));
	else if (exchange->head.minor_version == 0)
		mc_buf_add(out, MC_STR("Connection: keep-alive\r\n"));
	mc_response_end(out);
}

/* Counts that much there; false: with others that are there it is more than there may be. */
static bool
charge(atomic_size_t *held, size_t bytes, bool may_refuse, size_t max)
{
	/* One alone is never too much. */
	size_t before = atomic_fetch_add(held, bytes);

	if (!may_refuse || before == 0 || before + bytes <= max)
		return true;
	atomic_fetch_sub(held, bytes);
	return false;
}

/* What has been done must not be called undone: only who reads is refused. */
static bool
charge_answer(struct conn *conn)
{
	struct server *server = conn->front->server;
	struct reply *reply = &conn->exchange->reply;
	size_t max = (size_t)server->settings.answer_memory;
	bool reads = mc_method_is_safe(conn->exchange->head.method);
	size_t bytes = reply->body.size;

	if (bytes <= SMALL_ANSWER_MAX)
		return true;
	if (!charge(&server->answer_shares[reply->share], bytes, reads, max / SHARE_OF_ONE))
		return false;
	if (!charge(&server->answer_memory, bytes, reads, max)) {
		atomic_fetch_sub(&server->answer_shares[reply->share], bytes);
		return false;
	}
	conn->exchange->reply_charged = bytes;
	return true;
}

/* Who reads slowly holds an answer as long as they like. */
static void
answer_busy(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;
	bool close = exchange->reply.close;

	reply_clear(&exchange->reply);
	exchange->reply.close = close;
	exchange->refusal = 503;
	exchange->refusal_detail = "Too much is being read from the classroom just now.";
	dispatch(exchange, conn->front->server);
}

void
conn_begin_reply(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;

	if (!charge_answer(conn))
		answer_busy(conn);
	write_head(conn);
	exchange->sent = 0;
	wait_for_reader(conn);
	/* A field with a line break in it, or no memory: better no answer than a forged one. */
	if (!mc_buf_ok(&exchange->out_head) || !mc_buf_ok(&exchange->reply.fields)) {
		mc_log(MC_LOG_ERROR, "bad_reply_head", mc_log_int("conn", conn->id),
			mc_log_str("path", exchange->head.target));
		conn_close(conn);
	}
}

static void
log_request(const struct conn *conn, const struct exchange *exchange, int64_t duration_ns)
{
	struct mc_str path = exchange->head.target;

	if (!mc_log_is_on(MC_LOG_INFO))
		return;
	/* Without the query: it can hold what somebody searched for. */
	path = mc_str_first(path, mc_str_find(path, '?'));
	mc_log(MC_LOG_INFO, "request", mc_log_int("conn", conn->id),
		mc_log_text("peer", exchange->peer.address),
		mc_log_str("method", path.ptr == NULL ? MC_STR("-") : exchange->head.method_text),
		mc_log_str("path", path.ptr == NULL ? MC_STR("-") : path),
		mc_log_int("status", exchange->reply.status),
		mc_log_int("bytes", (int64_t)reply_body(&exchange->reply).len),
		mc_log_int("us", duration_ns / 1000));
}

/* The reply is out: go on with what was pipelined, wait for more, or end. */
static void
finish_request(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;
	bool close = exchange->reply.close;
	int64_t duration_ns = mc_clock_ns() - exchange->started_ns;

	metrics_request(&conn->front->metrics, exchange->reply.status, duration_ns);
	mc_metric_add(&conn->front->metrics.bytes_out, exchange->sent);
	log_request(conn, exchange, duration_ns);
	if (close) {
		conn_give_exchange_back(conn);
		mc_stream_shutdown(&conn->stream);
		conn->body_received = 0;
		conn->readable = true;
		conn_set_state(conn, CONN_LINGERING);
		return;
	}
	conn->answered++;
	exchange_next(exchange, conn->front->server);
	if (exchange->input_len > 0) {
		exchange->started_ns = mc_clock_ns();
		conn_set_state(conn, CONN_HEAD);
		return;
	}
	/* A busy client keeps its exchange until it falls idle in conn_step_head. */
	if (!conn->readable)
		conn_give_exchange_back(conn);
	conn_set_state(conn, CONN_IDLE);
}

bool
conn_step_reply(struct conn *conn)
{
	struct exchange *exchange = conn->exchange;
	struct mc_str head = mc_buf_str(&exchange->out_head);
	struct mc_str body = has_body(exchange) ? reply_body(&exchange->reply) : MC_STR("");

	while (exchange->sent < head.len + body.len) {
		struct mc_str head_left = mc_str_skip(head, exchange->sent);
		struct mc_str body_left = mc_str_skip(
			body, exchange->sent > head.len ? exchange->sent - head.len : 0);
		struct iovec parts[2];
		int n_parts = 0;
		size_t n = 0;

		if (head_left.len > 0)
			parts[n_parts++] =
				(struct iovec){ (void *)(uintptr_t)head_left.ptr, head_left.len };
		if (body_left.len > 0)
			parts[n_parts++] =
				(struct iovec){ (void *)(uintptr_t)body_left.ptr, body_left.len };
		switch (mc_stream_writev(&conn->stream, parts, n_parts, &n)) {
		case MC_IO_OK: exchange->sent += n; break;
		case MC_IO_AGAIN: wait_for_reader(conn); return false;
		case MC_IO_CLOSED:
		case MC_IO_FAILED: conn_close(conn); return false;
		}
	}
	finish_request(conn);
	return true;
}
