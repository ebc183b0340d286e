/*
 * wire_upgrade - the HTTP request that a WebSocket begins with, GET /chat; and the few plain pages
 * that monitoring asks for.
 */

#include <stdatomic.h>
#include <string.h>

#include "chatd/conn.h"
#include "chatd/conn_out.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/metrics.h"
#include "chatd/session.h"
#include "chatd/wire.h"
#include "libminiclass/base/time.h"
#include "libminiclass/crypt/token.h"
#include "libminiclass/http/credentials.h"
#include "libminiclass/http/head.h"
#include "libminiclass/http/origin.h"
#include "libminiclass/http/response.h"
#include "libminiclass/http/url.h"
#include "libminiclass/service/log.h"
#include "libminiclass/service/metric.h"
#include "libminiclass/ws/handshake.h"

enum { ANSWER_SIZE_MAX = 64 * 1024 };

#define SUBPROTOCOL MC_STR("miniclass.v1")

static const struct mc_str text_plain = MC_STR_INIT("text/plain; charset=utf-8");

/* `allow`: with 405, the methods that there are. */
static void
answer(struct conn *conn, int status, struct mc_str allow, struct mc_str type, struct mc_str body)
{
	char date[MC_TIME_HTTP_SIZE];
	struct mc_buf out;

	mc_time_http(mc_time_now(), date);
	mc_buf_init(&out, ANSWER_SIZE_MAX);
	mc_response_begin(&out, status);
	mc_response_field(&out, MC_STR("Date"), mc_str_from(date));
	mc_response_field(&out, MC_STR("Content-Type"), type);
	/* RFC 9110, 15.5.22: a 426 names the protocol; 7.8: and Connection the field. */
	if (status == 426) {
		mc_response_field(&out, MC_STR("Upgrade"), MC_STR("websocket"));
		mc_response_field(&out, MC_STR("Sec-WebSocket-Version"), MC_STR("13"));
	}
	if (status == 405)
		mc_response_field(&out, MC_STR("Allow"), allow);
	mc_response_field(&out, MC_STR("Cache-Control"), MC_STR("no-store"));
	mc_response_field_int(&out, MC_STR("Content-Length"), (int64_t)body.len);
	mc_response_field(&out, MC_STR("Connection"),
		status == 426 ? MC_STR("close, Upgrade") : MC_STR("close"));
	mc_response_end(&out);
	if (!conn->asks_head)
		mc_buf_add(&out, body);
	if (mc_buf_ok(&out))
		conn_queue(conn, packet_create_raw(WIRE_WS, mc_buf_str(&out)));
	mc_buf_finish(&out);
	conn_end(conn);
}

/* What opens a WebSocket is the only thing here that HEAD is no method of. */
static void
refuse(struct conn *conn, int status, const char *why)
{
	mc_log(MC_LOG_INFO, "upgrade_refused", mc_log_int("conn", conn->id),
		mc_log_text("peer", conn->peer.address), mc_log_int("status", status),
		mc_log_text("why", why));
	answer(conn, status, MC_STR("GET"), text_plain, mc_str_from(why));
}

/* --- the handshake ---------------------------------------------------------------------- */

/*
 * Pages of the same host are ours, whatever the port: mc-server's is another one.  Over TLS only
 * those that came over TLS themselves: what a page in clear says, anybody on its way may have
 * written.
 */
static bool
is_of_host(const struct conn *conn, struct mc_str origin, struct mc_str own_host)
{
	struct mc_str scheme, authority;

	if (!mc_origin_split(origin, &scheme, &authority))
		return false;
	if (conn->peer.is_secure && !mc_str_equal_nocase(scheme, MC_STR("https")))
		return false;
	return mc_str_equal_nocase(mc_authority_host(authority), mc_authority_host(own_host));
}

/* A browser says which page opens the socket; its cookie would come along from any page. */
static bool
is_allowed(const struct conn *conn, struct mc_str origin, struct mc_str own_host)
{
	struct mc_str allowed = mc_str_from(conn->front->daemon->settings.chat_origins);
	struct mc_str item;

	if (allowed.ptr == NULL)
		return is_of_host(conn, origin, own_host);
	while (mc_str_next(&allowed, ' ', &item))
		if (item.len > 0 && mc_str_equal_nocase(item, origin))
			return true;
	return false;
}

/* When several are named, each must be; the order of the fields must not matter. */
static bool
origin_is_allowed(const struct conn *conn, const struct mc_request_head *head)
{
	bool named = false;

	for (size_t i = 0; i < head->n_fields; i++) {
		if (!mc_str_equal_nocase(head->fields[i].name, MC_STR("Origin")))
			continue;
		if (!is_allowed(conn, head->fields[i].value, head->host))
			return false;
		named = true;
	}
	return named;
}

/* RFC 6455, 4.2.2: exactly one of those offered, letter for letter. */
static bool
offers_subprotocol(const struct mc_request_head *head)
{
	for (size_t i = 0; i < head->n_fields; i++) {
		struct mc_str rest = head->fields[i].value, offer;
		if (!mc_str_equal_nocase(head->fields[i].name, MC_STR("Sec-WebSocket-Protocol")))
			continue;
		while (mc_str_next(&rest, ',', &offer))
			if (mc_str_equal(mc_str_trim(offer), SUBPROTOCOL))
				return true;
	}
	return false;
}

static void
upgrade(struct conn *conn, const struct mc_request_head *head)
{
	bool has_origin = mc_field_find(head->fields, head->n_fields, MC_STR("Origin")).ptr != NULL;
	char accept[MC_WS_ACCEPT_LENGTH];
	struct mc_error error = { 0 };
	struct mc_digest digest;
	bool from_cookie;
	int status;

	if (mc_ws_server_check(head, accept, &status, &error) != MC_OK) {
		refuse(conn, status, error.message);
		return;
	}
	struct mc_str token = mc_credentials_token(head, conn->peer.is_secure, &from_cookie);
	bool has_token = token.ptr != NULL && mc_token_digest(token, &digest);
	/* A program sends no Origin and shows its token here or in hello; a cookie without Origin
	 * is no browser's. */
	if ((has_origin || (has_token && from_cookie)) && !origin_is_allowed(conn, head)) {
		refuse(conn, 403, "This page may not open the classroom's chat.");
		return;
	}
	bool agreed = offers_subprotocol(head);
	struct mc_buf out;
	mc_buf_init(&out, 1024);
	mc_ws_server_write(&out, accept, agreed ? SUBPROTOCOL : MC_STR(""));
	conn_set_state(conn, CONN_NEW);
	conn_queue(conn, mc_buf_ok(&out) ? packet_create_raw(WIRE_WS, mc_buf_str(&out)) : NULL);
	mc_buf_finish(&out);
	if (has_token && conn->state == CONN_NEW)
		session_authenticate(conn, &digest);
}

/* --- what is only read ------------------------------------------------------------------ */

static void
refuse_path(struct conn *conn)
{
	refuse(conn, 404, "There is nothing at this address.");
}

static void
answer_ok(struct conn *conn, struct mc_str type, struct mc_str body)
{
	answer(conn, 200, MC_STR(""), type, body);
}

static void
answer_health(struct conn *conn)
{
	answer_ok(conn, text_plain, MC_STR("ok"));
}

static void
answer_metrics(struct conn *conn)
{
	struct mc_buf text;

	if (!conn->peer.is_loopback && !conn->front->daemon->settings.metrics_open) {
		refuse_path(conn);
		return;
	}
	mc_buf_init(&text, ANSWER_SIZE_MAX / 2);
	metrics_print(&text, conn->front->daemon);
	answer_ok(conn, MC_STR("text/plain; version=0.0.4; charset=utf-8"), mc_buf_str(&text));
	mc_buf_finish(&text);
}

static void
answer_readiness(struct conn *conn)
{
	if (atomic_load(&conn->front->daemon->leaving))
		answer(conn, 503, MC_STR(""), text_plain, MC_STR("stopping\n"));
	else
		answer_health(conn);
}

/* What is read, and nothing else, beside the chat. */
static const struct {
	struct mc_str path;
	void (*answer)(struct conn *conn);
} resources[] = {
	{ MC_STR_INIT("/healthz"), answer_health },
	{ MC_STR_INIT("/readyz"), answer_readiness },
	{ MC_STR_INIT("/metrics"), answer_metrics },
};

static void
read_resource(struct conn *conn, enum mc_method method, struct mc_str path)
{
	for (size_t i = 0; i < MC_COUNT(resources); i++) {
		if (!mc_str_equal(path, resources[i].path))
			continue;
		if (method == MC_METHOD_GET || method == MC_METHOD_HEAD)
			resources[i].answer(conn);
		else
			answer(conn, 405, MC_STR("GET, HEAD"), text_plain,
				MC_STR("This is only read, with GET."));
		return;
	}
	refuse_path(conn);
}

/* --- the request ------------------------------------------------------------------------ */

static void
route(struct conn *conn, const struct mc_request_head *head)
{
	struct mc_target target;

	conn->asks_head = head->method == MC_METHOD_HEAD;
	mc_peer_forwarded(&conn->peer, &conn->front->daemon->proxies, head);
	if (!mc_target_split(head->target, &target))
		refuse(conn, 400, "This is not a path.");
	else if (mc_str_equal(target.path, MC_STR("/chat")))
		upgrade(conn, head);
	else
		read_resource(conn, head->method, target.path);
}

bool
wire_upgrade(struct conn *conn, struct mc_str *in)
{
	/* Parsed from its beginning each time: a head comes in one piece, or is bounded by its
	 * deadline. */
	struct mc_head_parser parser;
	struct mc_request_head head;

	memset(&parser, 0, offsetof(struct mc_head_parser, fields));
	switch (mc_request_head_parse(&parser, *in, &head)) {
	case MC_HEAD_MORE: return false;
	case MC_HEAD_BAD:
		mc_metric_add(&conn->front->metrics.malformed, 1);
		refuse(conn, parser.refusal_status, parser.refusal);
		return false;
	case MC_HEAD_OK: break;
	}
	*in = mc_str_skip(*in, head.size);
	route(conn, &head);
	return conn->state == CONN_NEW;
}

void
wire_upgrade_late(struct conn *conn)
{
	refuse(conn, 408, "The request did not come in time.");
}
