#include "server/conn.h"

#include "server/exchange.h"
#include "server/front.h"
#include "server/server.h"

enum { LINGER_MS = 2000 }; /* for a peer to read our last answer before we close */

void
conn_set_deadline(struct conn *conn, int64_t in_ms)
{
	mc_timer_set(conn->front->loop, &conn->timer, in_ms);
}

void
conn_set_state(struct conn *conn, enum conn_state state)
{
	const struct settings *settings = &conn->front->server->settings;
	bool stopping = conn->front->acceptor.stopping;

	conn->state = (uint8_t)state;
	switch (state) {
	case CONN_IDLE:
		/* One whose answer had begun was not told that we stop. */
		conn_set_deadline(conn, stopping ? CONN_STOP_GRACE_MS : settings->idle_timeout);
		break;
	case CONN_HEAD: conn_set_deadline(conn, settings->head_timeout); break;
	case CONN_BODY: conn_set_deadline(conn, settings->body_timeout); break;
	case CONN_WAITING: mc_timer_clear(conn->front->loop, &conn->timer); break;
	case CONN_WRITING:
		conn_set_deadline(conn, mc_reader_next_ms(settings->write_timeout));
		break;
	case CONN_LINGERING: conn_set_deadline(conn, LINGER_MS); break;
	}
}

void
conn_give_exchange_back(struct conn *conn)
{
	exchange_release(conn->exchange, conn->front);
	conn->exchange = NULL;
}

void
conn_close(struct conn *conn)
{
	if (conn->ending)
		return;
	struct mc_loop *loop = conn->front->loop;

	conn->ending = true;
	mc_timer_clear(loop, &conn->timer);
	mc_loop_unwatch(loop, &conn->watch);
	mc_stream_close(&conn->stream);
	/* A request that is with a lane comes back, and ends us then. */
	if (conn->state == CONN_WAITING)
		return;
	conn_give_exchange_back(conn);
	if (!conn->posted) {
		conn->posted = true;
		mc_loop_defer(loop, &conn->task);
	}
}
