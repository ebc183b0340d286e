#include "chatd/conn.h"

#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/wire.h"

enum {
	ENDING_GRACE_MS = 2000, /* for the last words */
	DROPPED_PATIENCE = 4,   /* write time-outs without a move */
};

void
conn_set_deadline(struct conn *conn, int64_t in_ms)
{
	mc_timer_set(conn->front->loop, &conn->timer, in_ms);
}

/* A reader for whom something waits has a deadline of its own, set where the socket was full. */
void
conn_set_state(struct conn *conn, enum conn_state state)
{
	const struct settings *settings = &conn->front->daemon->settings;

	conn->state = (uint8_t)state;
	switch (state) {
	case CONN_SNIFFING:
	case CONN_UPGRADE:
	case CONN_NEW: conn_set_deadline(conn, settings->head_timeout); break;
	case CONN_ASKING: mc_timer_clear(conn->front->loop, &conn->timer); break;
	case CONN_READY: conn_set_deadline(conn, settings->ping_interval); break;
	case CONN_ENDING: conn_set_deadline(conn, ENDING_GRACE_MS); break;
	}
}

void
conn_await_reader(struct conn *conn)
{
	int64_t patience = conn->front->daemon->settings.write_timeout;

	conn_set_deadline(
		conn, mc_reader_next_ms(conn->is_dropped ? DROPPED_PATIENCE * patience : patience));
}

void
conn_follow_reader(struct conn *conn)
{
	mc_reader_begin(&conn->reader);
	conn_await_reader(conn);
}

bool
conn_reader_moves(struct conn *conn)
{
	return mc_reader_moves(&conn->reader, conn->stream.fd) &&
	       (conn->state == CONN_READY || conn->out_n > 0 || conn->reader.unsent > 0);
}

void
conn_mark_dirty(struct conn *conn)
{
	struct front *front = conn->front;

	if (conn->dirty)
		return;
	conn->dirty = true;
	conn->next_dirty = front->dirty;
	front->dirty = conn;
	if (!front->flushing) {
		front->flushing = true;
		mc_loop_defer(front->loop, &front->flush);
	}
}

void
conn_close(struct conn *conn)
{
	if (conn->closed)
		return;
	conn->closed = true;
	mc_timer_clear(conn->front->loop, &conn->timer);
	mc_loop_unwatch(conn->front->loop, &conn->watch);
	mc_stream_close(&conn->stream);
	conn_mark_dirty(conn);
}

void
conn_end(struct conn *conn)
{
	if (conn->closed || conn->state == CONN_ENDING)
		return;
	mc_buf_finish(&conn->in);
	conn_set_state(conn, CONN_ENDING);
	conn_mark_dirty(conn);
}

void
conn_read_on(struct conn *conn)
{
	if (conn->posted)
		return;
	conn->posted = true;
	mc_loop_defer(conn->front->loop, &conn->task);
}

bool
conn_reads_now(const struct conn *conn)
{
	/* After our last words only the peer's end is waited for. */
	return !conn->closed && conn->state != CONN_ASKING &&
	       conn->in_flight < CONN_IN_FLIGHT_MAX && conn->held < CONN_HELD_MAX &&
	       (!conn->leaving || conn->state == CONN_ENDING);
}

void
conn_say_goodbye(struct conn *conn)
{
	if (conn->closed)
		return;
	if (conn->state == CONN_ENDING) {
		/* Nobody is waited for as long as who was dropped is. */
		if (conn->is_dropped)
			conn_set_deadline(conn, ENDING_GRACE_MS);
		conn->is_dropped = false;
		return;
	}
	conn->leaving = true;
	if (conn->wire == NULL) {
		conn_close(conn);
		return;
	}
	if (conn->state != CONN_UPGRADE)
		conn->wire->goodbye(conn, "going_away");
	if (conn->in_flight == 0)
		conn_end(conn);
}
