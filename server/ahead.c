#include "server/ahead.h"

#include <stdlib.h>

#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"
#include "libminiclass/model/session.h"
#include "libminiclass/net/loop.h"
#include "libminiclass/net/timer.h"
#include "libminiclass/service/log.h"
#include "server/conn.h"
#include "server/exchange.h"
#include "server/front.h"
#include "server/server.h"

/* A lease that a loop waits for. */
struct ahead {
	struct front *front; /* held */
	struct mc_db *db;
	struct mc_watch watch;
	struct mc_timer patience;
	struct exchange *exchange; /* NULL: only a session's use is being noted */
	struct dispatch dispatch;
};

static bool
wait_for_database(struct ahead *ahead)
{
	ahead->watch.fd = mc_db_fd(ahead->db);
	if (mc_loop_watch_level(ahead->front->loop, &ahead->watch) != MC_OK)
		return false;
	mc_timer_set(ahead->front->loop, &ahead->patience, mc_db_patience_ms(ahead->db));
	return true;
}

static void
end(struct ahead *ahead)
{
	struct front *front = ahead->front;

	mc_pool_release(front->server->pool, ahead->db);
	free(ahead);
	mc_acceptor_let_go(&front->acceptor);
}

/* Fills the reply.  The lease may have one more thing to do; then it ends by itself. */
static void
answer(struct ahead *ahead)
{
	mc_session_id due = dispatch_answer(&ahead->dispatch);

	ahead->exchange = NULL;
	mc_db_forget(ahead->db);
	if (due != 0) {
		/* Only for the eyes of the account page: what comes of it changes nothing. */
		mc_session_touch_ask(ahead->db, due);
		mc_db_send(ahead->db);
	}
	if (due == 0 || !wait_for_database(ahead))
		end(ahead);
}

static void
go_on(struct ahead *ahead)
{
	mc_loop_unwatch(ahead->front->loop, &ahead->watch);
	mc_timer_clear(ahead->front->loop, &ahead->patience);
	struct exchange *exchange = ahead->exchange;
	if (exchange == NULL) {
		end(ahead);
		return;
	}
	answer(ahead);
	exchange->done.run(&exchange->done);
}

static void
on_readable(struct mc_watch *watch, unsigned events)
{
	struct ahead *ahead = MC_CONTAINER(watch, struct ahead, watch);

	(void)events;
	if (mc_db_arrived(ahead->db))
		go_on(ahead);
}

static void
on_patience_over(struct mc_timer *timer)
{
	struct ahead *ahead = MC_CONTAINER(timer, struct ahead, patience);

	mc_db_give_up(ahead->db);
	go_on(ahead);
}

enum ahead_result
ahead_begin(struct exchange *exchange)
{
	struct front *front = exchange->conn->front;
	const struct server *server = front->server;
	struct mc_db *db = mc_pool_try(server->pool);

	if (db == NULL)
		return AHEAD_NOT;
	struct ahead *ahead = calloc(1, sizeof(*ahead));
	if (ahead == NULL) {
		mc_pool_release(server->pool, db);
		return AHEAD_NOT;
	}
	ahead->front = front;
	mc_acceptor_hold(&front->acceptor);
	ahead->db = db;
	ahead->exchange = exchange;
	ahead->watch.ready = on_readable;
	ahead->patience.fire = on_patience_over;
	if (dispatch_ask(&ahead->dispatch, exchange, server, db)) {
		if (wait_for_database(ahead))
			return AHEAD_WAITS;
		/* No more watches: as if the database did not answer. */
		mc_db_give_up(db);
	}
	answer(ahead);
	return AHEAD_ANSWERED;
}
