#include "server/front.h"

#include <stdlib.h>
#include <string.h>

#include "libminiclass/base/time.h"
#include "libminiclass/net/loop.h"
#include "libminiclass/service/log.h"
#include "server/conn.h"
#include "server/exchange.h"
#include "server/metrics.h"
#include "server/server.h"

enum {
	FREE_EXCHANGES_MAX = 64, /* 48 KiB each: what a busy front uses at once */
};

struct front {
	struct mc_acceptor acceptor;
	struct server *server;
	struct conn *conns;
	size_t n_holds; /* of what is under way beside them */
	struct exchange *free_exchanges;
	size_t n_free_exchanges;
	int64_t date_made_ms;
	char date[sizeof("Date: \r\n") + MC_TIME_HTTP_SIZE];
	struct metrics metrics;
};

struct mc_loop *
front_loop(struct front *front)
{
	return front->acceptor.loop;
}

bool
front_is_stopping(const struct front *front)
{
	return front->acceptor.stopping;
}

struct server *
front_server(struct front *front)
{
	return front->server;
}

struct metrics *
front_metrics(struct front *front)
{
	return &front->metrics;
}

struct mc_str
front_date(struct front *front)
{
	int64_t now = mc_loop_now(front->acceptor.loop);

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

struct exchange *
front_take_exchange(struct front *front)
{
	struct exchange *exchange = front->free_exchanges;

	if (exchange == NULL)
		return exchange_create();
	front->free_exchanges = exchange->next_free;
	front->n_free_exchanges--;
	return exchange;
}

void
front_keep_exchange(struct front *front, struct exchange *exchange)
{
	if (front->n_free_exchanges == FREE_EXCHANGES_MAX) {
		exchange_destroy(exchange);
		return;
	}
	exchange->input_len = exchange->input_used = 0;
	exchange->next_free = front->free_exchanges;
	front->free_exchanges = exchange;
	front->n_free_exchanges++;
}

void
front_add(struct front *front, struct conn *conn)
{
	conn->next = front->conns;
	conn->link = &front->conns;
	if (front->conns != NULL)
		front->conns->link = &conn->next;
	front->conns = conn;
}

void
front_remove(struct front *front, struct conn *conn)
{
	*conn->link = conn->next;
	if (conn->next != NULL)
		conn->next->link = conn->link;
	mc_acceptor_closed(&front->acceptor);
}

void
front_hold(struct front *front)
{
	front->n_holds++;
}

void
front_let_go(struct front *front)
{
	front->n_holds--;
	mc_acceptor_closed(&front->acceptor);
}

static struct front *
front_of(struct mc_acceptor *acceptor)
{
	return MC_CONTAINER(acceptor, struct front, acceptor);
}

static bool
has_room(struct mc_acceptor *acceptor)
{
	struct server *server = front_of(acceptor)->server;

	if (atomic_load(&server->n_connections) < (size_t)server->settings.connections)
		return true;
	mc_log(MC_LOG_WARN, "connection_refused",
		mc_log_int("connections", server->settings.connections));
	return false;
}

static void
on_open(struct mc_acceptor *acceptor, int fd, const struct mc_addr *peer, int64_t id)
{
	conn_open(front_of(acceptor), fd, peer, id);
}

static bool
is_empty(struct mc_acceptor *acceptor)
{
	const struct front *front = front_of(acceptor);

	return front->conns == NULL && front->n_holds == 0;
}

static void
on_stop(struct mc_acceptor *acceptor)
{
	struct conn *next;

	for (struct conn *conn = front_of(acceptor)->conns; conn != NULL; conn = next) {
		next = conn->next;
		conn_stop(conn);
	}
}

static void
on_stop_now(struct mc_acceptor *acceptor)
{
	struct conn *next;

	for (struct conn *conn = front_of(acceptor)->conns; conn != NULL; conn = next) {
		next = conn->next;
		conn_abort(conn);
	}
}

const struct mc_acceptor_calls front_calls = {
	.has_room = has_room,
	.open = on_open,
	.is_empty = is_empty,
	.stop = on_stop,
	.stop_now = on_stop_now,
};

enum mc_status
front_create(struct server *server, struct front **out, struct mc_error *error)
{
	struct front *front = calloc(1, sizeof(*front));

	if (front == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	front->server = server;
	enum mc_status status = mc_acceptor_init(&front->acceptor, &server->acceptors, error);
	if (status != MC_OK) {
		front_destroy(front);
		return status;
	}
	*out = front;
	return MC_OK;
}

void
front_destroy(struct front *front)
{
	if (front == NULL)
		return;
	while (front->free_exchanges != NULL) {
		struct exchange *exchange = front->free_exchanges;
		front->free_exchanges = exchange->next_free;
		exchange_destroy(exchange);
	}
	mc_acceptor_finish(&front->acceptor);
	free(front);
}
