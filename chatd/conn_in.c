#include "chatd/conn_in.h"

#include <string.h>

#include "chatd/conn.h"
#include "chatd/conn_say.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/hub.h"
#include "chatd/quotas.h"
#include "chatd/wire.h"
#include "libminiclass/http/head.h"
#include "libminiclass/service/metric.h"
#include "libminiclass/ws/message.h"

enum {
	LEFT_OVER_MAX = FRONT_INPUT_SIZE, /* of one read: a command is at most half of it */
	LONG_INPUT = MC_HEAD_SIZE_MAX, /* bytes kept of what is not whole: beyond it they count */
	READ_MAX = LONG_INPUT,         /* in one turn: a millisecond or two of commands */
};

/*
 * Methods of HTTP begin with a capital (RFC 9110, 16.1), a size with a digit.  A to F is rather a
 * size that somebody writes in hexadecimal: DELETE and CONNECT mean nothing here anyway.
 */
static void
sniff(struct conn *conn, struct mc_str in)
{
	if (in.ptr[0] >= 'G' && in.ptr[0] <= 'Z') {
		conn->wire = &wire_ws;
		conn_set_state(conn, CONN_UPGRADE);
	} else {
		conn->wire = &wire_framed;
		/* The deadline of hello counts from connecting: it goes on. */
		conn->state = CONN_NEW;
	}
}

/* As far as the bytes go; what is left stays in *in. */
static void
feed(struct conn *conn, struct mc_str *in)
{
	while (in->len > 0 && conn_reads_now(conn) && conn->state != CONN_ENDING) {
		bool goes_on = conn->state == CONN_SNIFFING;
		switch ((enum conn_state)conn->state) {
		case CONN_SNIFFING: sniff(conn, *in); break;
		case CONN_UPGRADE: goes_on = wire_upgrade(conn, in); break;
		case CONN_NEW:
		case CONN_READY: conn->wire->feed(conn, in); break;
		case CONN_ASKING:
		case CONN_ENDING: break;
		}
		if (!goes_on)
			return;
	}
}

static void
keep_left_over(struct conn *conn, struct mc_str left)
{
	if (left.len == 0 || conn->closed || conn->state == CONN_ENDING) {
		if (conn->in.size > 0)
			mc_buf_finish(&conn->in);
		return;
	}
	mc_buf_clear(&conn->in);
	mc_buf_add(&conn->in, left);
	if (!mc_buf_ok(&conn->in))
		conn_close(conn);
}

static struct quota *
owner_of_place(const struct conn *conn)
{
	return conn->is_theirs ? conn->quota : quotas_strangers(conn->front->daemon->quotas);
}

static void
give_place_back(struct conn *conn)
{
	if (conn->has_place)
		quota_give_back(owner_of_place(conn), SHARE_INPUT);
	conn->has_place = false;
}

static void
drop_receiver(struct conn *conn)
{
	mc_ws_receiver_destroy(conn->receiver);
	conn->receiver = NULL;
}

/*
 * Only so many may keep that much for one person, and for all strangers together: else they could
 * keep as much as there is.  What waits here because too many acks are owed counts as well.
 */
static void
count_input(struct conn *conn)
{
	bool is_known = conn->quota != NULL;
	size_t kept = conn->in.size;

	if (conn->receiver != NULL)
		kept += mc_ws_receiver_size(conn->receiver);
	if (kept <= LONG_INPUT || conn->is_theirs != is_known)
		give_place_back(conn);
	if (kept <= LONG_INPUT || conn->has_place || conn->closed || conn->state == CONN_ENDING)
		return;
	conn->is_theirs = is_known;
	conn->has_place = quota_take(owner_of_place(conn), SHARE_INPUT);
	if (conn->has_place)
		return;
	conn_reject(conn, "too_many",
		"You have begun too many long messages at once: finish some of them first.");
	drop_receiver(conn);
}

/* Runs what is whole, and keeps the rest. */
static void
take_input(struct conn *conn, struct mc_str in)
{
	mc_buf_clear(&conn->in);
	feed(conn, &in);
	keep_left_over(conn, in);
	count_input(conn);
}

/* The peer says no more, but may still read: acks, and what else was in hand.  It is not here any
 * longer. */
static void
end_input(struct conn *conn)
{
	conn->readable = false;
	if (conn->out_n == 0 && (conn->in_flight == 0 || conn->state == CONN_ENDING)) {
		conn_close(conn);
		return;
	}
	hub_leave_all(conn);
	conn->leaving = true;
	if (conn->in_flight == 0)
		conn_end(conn);
}

/* What was left over, and what there is to read behind it, through the front's one buffer. */
static bool
read_once(struct conn *conn)
{
	char *input = conn->front->input;
	size_t have = conn->in.len;
	size_t room = FRONT_INPUT_SIZE - have < READ_MAX ? FRONT_INPUT_SIZE - have : READ_MAX;
	size_t n = 0;

	if (have > 0)
		memcpy(input, conn->in.ptr, have);
	switch (mc_stream_read(&conn->stream, input + have, room, &n)) {
	case MC_IO_OK: break;
	case MC_IO_AGAIN: conn->readable = false; return false;
	case MC_IO_CLOSED: end_input(conn); return false;
	case MC_IO_FAILED: conn_close(conn); return false;
	}
	if (n < room && !conn->hung_up && !conn->stream.ended)
		conn->readable = false;
	mc_metric_add(&conn->front->metrics.bytes_in, n);
	conn->pinged = false;
	/* By what it says, not by what it is told, can be seen that it is there. */
	if (conn->state == CONN_READY && !conn->stalled)
		conn_set_deadline(conn, conn->front->daemon->settings.ping_interval);
	/* Ending: it is only read so that the peer can read our last words. */
	struct mc_str in = { input, conn->state == CONN_ENDING ? 0 : have + n };
	take_input(conn, in);
	return true;
}

/* False: not yet, or it is over. */
static bool
take_proxy_header(struct conn *conn)
{
	enum mc_proxy_result result = mc_peer_proxy(
		&conn->peer, &conn->front->daemon->proxies, conn->stream.fd, conn->id);

	if (result == MC_PROXY_BAD)
		conn_close(conn);
	return result == MC_PROXY_OK;
}

void
conn_in_run(struct conn *conn)
{
	if (!conn->closed && conn->peer.awaits_proxy && !take_proxy_header(conn))
		return;
	if (conn->in.len > 0 && conn_reads_now(conn) && conn->state != CONN_ENDING) {
		struct mc_str in = mc_buf_str(&conn->in);
		memcpy(conn->front->input, in.ptr, in.len);
		in.ptr = conn->front->input;
		take_input(conn, in);
	}
	/* One read a turn: others have theirs. */
	if (conn->readable && conn_reads_now(conn) && !read_once(conn))
		return;
	if (conn->readable && conn_reads_now(conn))
		conn_read_on(conn);
}

void
conn_in_init(struct conn *conn)
{
	mc_buf_init(&conn->in, LEFT_OVER_MAX);
}

void
conn_in_finish(struct conn *conn)
{
	give_place_back(conn);
	drop_receiver(conn);
	mc_buf_finish(&conn->in);
}
