#include "chatd/conn_out.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "chatd/conn.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/quotas.h"
#include "chatd/wire.h"
#include "libminiclass/service/log.h"
#include "libminiclass/service/metric.h"

enum {
	PARTS_MAX = 64,  /* of one writev */
	WEIGHT_MIN = 64, /* of the smallest packet, with what it takes to keep it */
	STRANGERS_QUEUE = 16 * 1024,
	OWN_DEEP = 32 * 1024, /* more answers than that wait for few: 256 acks are less */
};

void
conn_out_init(struct conn *conn)
{
	conn->out = conn->out_inline;
	conn->out_size = CONN_OUT_INLINE;
}

/* What replays hold is counted for all. */
static void
set_step(struct conn *conn, size_t bytes)
{
	if (bytes == conn->out_step)
		return;
	atomic_fetch_add(&conn->front->daemon->replay_held, bytes - conn->out_step);
	conn->out_step = bytes;
}

static void
give_deep_place_back(struct conn *conn)
{
	if (conn->has_deep_place)
		quota_give_back(conn->quota, SHARE_OUTPUT);
	conn->has_deep_place = false;
}

void
conn_out_finish(struct conn *conn)
{
	set_step(conn, 0);
	give_deep_place_back(conn);
	for (; conn->out_n > 0; conn->out_n--) {
		packet_unref(conn->out[conn->out_first]);
		conn->out_first = (conn->out_first + 1) % conn->out_size;
	}
	if (conn->out != conn->out_inline)
		free(conn->out);
}

/* What it counts while it waits: a million pongs of two bytes are not two megabytes. */
static size_t
weight_of(const struct conn *conn, const struct packet *packet)
{
	size_t len = packet_form(packet, conn->wire->form).len;

	return len < WEIGHT_MIN ? WEIGHT_MIN : len;
}

static bool
grow(struct conn *conn)
{
	assert(conn->out_size >= CONN_OUT_INLINE);
	size_t size = conn->out_size * 2;
	struct packet **out = malloc(size * sizeof(struct packet *));

	if (out == NULL)
		return false;
	for (size_t i = 0; i < conn->out_n; i++)
		out[i] = conn->out[(conn->out_first + i) % conn->out_size];
	if (conn->out != conn->out_inline)
		free(conn->out);
	conn->out = out;
	conn->out_size = size;
	conn->out_first = 0;
	return true;
}

/* What is left out would be a gap, or an answer that never comes: who comes back catches up. */
static void
end_for_want_of_memory(struct conn *conn)
{
	mc_log(MC_LOG_ERROR, "out_of_memory", mc_log_int("conn", conn->id));
	conn_end(conn);
}

static bool
add(struct conn *conn, struct packet *packet)
{
	assert(packet_form(packet, conn->wire->form).len > 0);
	if (conn->out_n == conn->out_size && !grow(conn)) {
		packet_unref(packet);
		end_for_want_of_memory(conn);
		return false;
	}
	conn->out[(conn->out_first + conn->out_n) % conn->out_size] = packet;
	conn->out_n++;
	conn->out_bytes += weight_of(conn, packet);
	conn_mark_dirty(conn);
	return true;
}

/* It leaves the queue, written or not. */
static void
let_go(struct conn *conn, struct packet *packet)
{
	size_t weight = weight_of(conn, packet);

	conn->out_bytes -= weight;
	if (packet->counted)
		conn->out_own -= weight;
	if (conn->out_own <= OWN_DEEP)
		give_deep_place_back(conn);
	packet_unref(packet);
}

/* At the front: what is half written, and what TLS has encrypted already. */
static size_t
count_begun(const struct conn *conn)
{
	size_t begun = conn->out_sent + conn->stream.owed, n = 0;

	for (size_t bytes = 0; bytes < begun && n < conn->out_n; n++) {
		const struct packet *packet = conn->out[(conn->out_first + n) % conn->out_size];
		bytes += packet_form(packet, conn->wire->form).len;
	}
	return n;
}

void
conn_drop_slow(struct conn *conn)
{
	conn->is_dropped = true;
	mc_metric_add(&conn->front->metrics.slow, 1);
	mc_log(MC_LOG_INFO, "slow_consumer", mc_log_int("conn", conn->id),
		mc_log_int("bytes", (int64_t)conn->out_bytes));
	for (size_t n = count_begun(conn); conn->out_n > n;) {
		size_t last = (conn->out_first + --conn->out_n) % conn->out_size;
		let_go(conn, conn->out[last]);
	}
	/* What is begun may alone be more than the limit; our last words fit behind it. */
	set_step(conn, conn->out_bytes);
	conn->wire->goodbye(conn, "slow_consumer");
	conn_end(conn);
	/* Who reads slowly may still come to these words: strangers have a time for it. */
	if (conn->quota != NULL)
		conn_follow_reader(conn);
	else
		conn_set_deadline(conn, conn->front->daemon->settings.write_timeout);
}

/* Strangers have nothing to read but answers of a line. */
static size_t
limit_of(const struct conn *conn)
{
	return conn->quota != NULL ? (size_t)conn->front->daemon->settings.out_queue
				   : STRANGERS_QUEUE;
}

/*
 * Answers that one does not read are memory, and each connection may leave a megabyte of them: only
 * so many of a person may.
 */
static void
count_own(struct conn *conn, struct packet *packet)
{
	packet->counted = true;
	conn->out_own += weight_of(conn, packet);
	if (conn->out_own <= OWN_DEEP || conn->has_deep_place || conn->is_dropped ||
		conn->quota == NULL)
		return;
	conn->has_deep_place = quota_take(conn->quota, SHARE_OUTPUT);
	if (!conn->has_deep_place)
		conn_drop_slow(conn);
}

/* One packet alone is never too much: a batch may be larger than the limit. */
static bool
is_too_much(size_t waiting, size_t weight, size_t limit)
{
	return waiting > 0 && (waiting > limit || weight > limit - waiting);
}

void
conn_queue(struct conn *conn, struct packet *packet)
{
	if (conn->closed || conn->state == CONN_ENDING) {
		packet_unref(packet);
		return;
	}
	if (packet == NULL) {
		end_for_want_of_memory(conn);
		return;
	}
	size_t limit = limit_of(conn) + conn->out_step;
	size_t weight = weight_of(conn, packet);
	if (is_too_much(conn->out_bytes, weight, limit)) {
		packet_unref(packet);
		conn_drop_slow(conn);
		return;
	}
	if (add(conn, packet) && packet_is_for_one(packet))
		count_own(conn, packet);
}

bool
conn_hold(struct conn *conn, const struct packet *packet)
{
	size_t weight = weight_of(conn, packet);

	if (conn->closed || conn->state == CONN_ENDING)
		return false;
	if (is_too_much(conn->out_held, weight, limit_of(conn))) {
		conn_drop_slow(conn);
		return false;
	}
	conn->out_held += weight;
	return true;
}

void
conn_unhold(struct conn *conn, const struct packet *packet)
{
	conn->out_held -= weight_of(conn, packet);
}

void
conn_queue_step(struct conn *conn, struct packet *packet)
{
	if (packet == NULL)
		return;
	if (conn->closed || conn->state == CONN_ENDING) {
		packet_unref(packet);
		return;
	}
	set_step(conn, weight_of(conn, packet));
	(void)add(conn, packet);
}

static void
took(struct conn *conn, size_t n)
{
	mc_metric_add(&conn->front->metrics.bytes_out, n);
	conn->out_sent += n;
	while (conn->out_n > 0) {
		struct packet *first = conn->out[conn->out_first];
		size_t len = packet_form(first, conn->wire->form).len;
		if (conn->out_sent < len)
			return;
		conn->out_sent -= len;
		conn->out_first = (conn->out_first + 1) % conn->out_size;
		conn->out_n--;
		let_go(conn, first);
	}
}

int
conn_out_gather(const struct conn *conn, struct iovec *parts, int size)
{
	int n = 0;

	for (size_t i = 0; i < conn->out_n && n < PARTS_MAX && n < size; i++) {
		const struct packet *packet = conn->out[(conn->out_first + i) % conn->out_size];
		struct mc_str bytes = packet_form(packet, conn->wire->form);
		if (i == 0)
			bytes = mc_str_skip(bytes, conn->out_sent);
		parts[n++] = (struct iovec){ (void *)(uintptr_t)bytes.ptr, bytes.len };
	}
	return n;
}

/* A member that is idle again holds no ring. */
static void
shrink(struct conn *conn)
{
	conn->out_first = 0;
	set_step(conn, 0);
	if (conn->out == conn->out_inline)
		return;
	free(conn->out);
	conn_out_init(conn);
}

enum conn_out_result
conn_out_wrote(struct conn *conn, enum mc_io result, size_t n)
{
	struct iovec parts[PARTS_MAX];

	for (;;) {
		switch (result) {
		case MC_IO_OK: break;
		case MC_IO_AGAIN: return CONN_OUT_WAITS;
		case MC_IO_CLOSED:
		case MC_IO_FAILED: return CONN_OUT_BROKEN;
		}
		took(conn, n);
		conn->stalled = false;
		if (conn->out_n == 0)
			break;
		int n_parts = conn_out_gather(conn, parts, PARTS_MAX);
		result = mc_stream_writev(&conn->stream, parts, n_parts, &n);
	}
	shrink(conn);
	return CONN_OUT_EMPTY;
}
