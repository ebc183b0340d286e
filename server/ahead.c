#include "server/ahead.h"

#include <stdlib.h>

#include "libminiclass/base/queue.h"
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

/* Without a connection that gets free. */
enum { LINE_PATIENCE_MS = 100 };

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
	if (mc_db_is_broken(ahead->db))
		return false;
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
	front->line.n_under_way--;
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

static void serve_line(struct front *front, bool is_overdue);

static void
go_on(struct ahead *ahead)
{
	struct front *front = ahead->front;
	struct exchange *exchange = ahead->exchange;

	mc_loop_unwatch(front->loop, &ahead->watch);
	mc_timer_clear(front->loop, &ahead->patience);
	if (exchange != NULL) {
		answer(ahead);
		exchange->done.run(&exchange->done);
	} else {
		end(ahead);
	}
	if (front->line.patience.at_ms != 0)
		serve_line(front, false);
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

/* AHEAD_NOT: the lease is given back. */
static enum ahead_result
begin(struct exchange *exchange, struct mc_db *db)
{
	struct front *front = exchange->conn->front;
	const struct server *server = front->server;
	struct ahead *ahead = calloc(1, sizeof(*ahead));

	if (ahead == NULL) {
		mc_pool_release(server->pool, db);
		return AHEAD_NOT;
	}
	ahead->front = front;
	mc_acceptor_hold(&front->acceptor);
	front->line.n_under_way++;
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

enum ahead_result
ahead_begin(struct exchange *exchange)
{
	struct front *front = exchange->conn->front;
	struct mc_db *db = NULL;

	/* Nobody passes those who wait. */
	if (front->line.patience.at_ms == 0)
		db = mc_pool_try(front->server->pool);
	return db == NULL ? AHEAD_NOT : begin(exchange, db);
}

/* --- the line --------------------------------------------------------------------------- */

/* Workers wait for a connection as long as it takes, and say so when none comes. */
static void
leave_to_worker(struct exchange *exchange)
{
	exchange->reply.for_worker = true;
	exchange->done.run(&exchange->done);
}

/*
 * What waits when it begins, here and below: an answer may bring the next request of its
 * connection, which waits in turn, until the loop has looked at everybody else.
 */
static void
leave_all_to_workers(struct front *front)
{
	struct ahead_line *line = &front->line;

	for (size_t n = mc_queue_count(line->waiting); n > 0; n--)
		leave_to_worker(mc_queue_try(line->waiting));
}

static void
serve_one(struct exchange *exchange, struct mc_db *db)
{
	switch (begin(exchange, db)) {
	case AHEAD_WAITS: break;
	case AHEAD_ANSWERED: exchange->done.run(&exchange->done); break;
	case AHEAD_NOT: leave_to_worker(exchange); break;
	}
}

/* With the connections that are free.  Only from the loop itself. */
static void
serve_line(struct front *front, bool is_overdue)
{
	struct ahead_line *line = &front->line;
	size_t n_waiting = mc_queue_count(line->waiting), n = n_waiting;
	struct mc_db *db;

	for (; n > 0 && (db = mc_pool_try(front->server->pool)) != NULL; n--)
		serve_one(mc_queue_try(line->waiting), db);
	if (line->n_under_way == 0 || (is_overdue && n == n_waiting))
		leave_all_to_workers(front);
	if (mc_queue_count(line->waiting) > 0)
		mc_timer_set(front->loop, &line->patience, LINE_PATIENCE_MS);
	else
		mc_timer_clear(front->loop, &line->patience);
}

/* Workers and other loops give connections back, too. */
static void
on_line_patience_over(struct mc_timer *timer)
{
	serve_line(MC_CONTAINER(timer, struct front, line.patience), true);
}

bool
ahead_wait(struct exchange *exchange, uint64_t owner)
{
	struct front *front = exchange->conn->front;
	struct ahead_line *line = &front->line;

	if (line->n_under_way == 0 || !mc_queue_push(line->waiting, owner, exchange))
		return false;
	if (line->patience.at_ms == 0)
		mc_timer_set(front->loop, &line->patience, LINE_PATIENCE_MS);
	return true;
}

bool
ahead_line_init(struct ahead_line *line, size_t capacity)
{
	*line = (struct ahead_line){ .patience = { .fire = on_line_patience_over } };
	line->waiting = mc_queue_create("line", capacity);
	return line->waiting != NULL;
}

void
ahead_line_finish(struct ahead_line *line)
{
	mc_queue_destroy(line->waiting);
}
