#include "server/conn_lanes.h"

#include "libminiclass/base/queue.h"
#include "libminiclass/http/credentials.h"
#include "libminiclass/service/metric.h"
#include "server/ahead.h"
#include "server/conn.h"
#include "server/conn_reply.h"
#include "server/exchange.h"
#include "server/front.h"
#include "server/router.h"
#include "server/server.h"

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
	struct mc_str token = mc_credentials_token(&exchange->head, exchange->peer.is_secure, NULL);

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
	mc_metric_add(&conn->front->metrics.refused_queue, 1);
	exchange->refusal = 503;
	exchange->refusal_detail = "The classroom is busy just now. Please try again in a moment.";
	dispatch(exchange, conn->front->server);
	return false;
}

/* Answers on the loop: what needs no lane, and what is refused. */
static void
answer_here(struct conn *conn)
{
	dispatch(conn->exchange, conn->front->server);
	conn_begin_reply(conn);
}

void
conn_refuse(struct conn *conn, int status, const char *detail)
{
	struct exchange *exchange = conn->exchange;

	exchange->peer = conn->peer;
	exchange->refusal = status;
	exchange->refusal_detail = detail;
	exchange->reply.close = true;
	exchange->input_used = exchange->input_len;
	answer_here(conn);
}

void
conn_submit(struct conn *conn)
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

void
conn_submit_again(struct conn *conn)
{
	if (!queue_up(conn, conn->front->server->work))
		conn_begin_reply(conn);
}
