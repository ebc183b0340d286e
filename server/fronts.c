#include "server/fronts.h"

#include <stdlib.h>

#include "libminiclass/service/log.h"
#include "server/ahead.h"
#include "server/conn.h"
#include "server/conn_life.h"
#include "server/exchange.h"
#include "server/front.h"
#include "server/server.h"

static struct front *
front_of(struct mc_acceptor *acceptor)
{
	return MC_CONTAINER(acceptor, struct front, acceptor);
}

static bool
on_open(struct mc_acceptor *acceptor, int fd, const struct mc_addr *peer, int64_t id)
{
	return conn_open(front_of(acceptor), fd, peer, id);
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
		conn_close(conn);
	}
}

static const struct mc_acceptor_calls calls = {
	.open = on_open,
	.stop = on_stop,
	.stop_now = on_stop_now,
};

static enum mc_status
create(struct server *server, struct mc_error *error)
{
	struct front *front = calloc(1, sizeof(*front));

	if (front == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	front->server = server;
	server->fronts[server->n_fronts++] = front;
	if (!ahead_line_init(&front->line, (size_t)server->settings.queue))
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	enum mc_status status = mc_acceptor_init(&front->acceptor, &server->acceptors, error);
	front->loop = front->acceptor.loop;
	return status;
}

enum mc_status
fronts_create(struct server *server, struct mc_error *error)
{
	size_t n = (size_t)server->settings.loops;
	enum mc_status status = MC_OK;

	server->fronts = calloc(n, sizeof(struct front *));
	if (server->fronts == NULL || !mc_acceptors_init(&server->acceptors, &calls, n,
					      (size_t)server->settings.connections))
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	while (status == MC_OK && server->n_fronts < n)
		status = create(server, error);
	return status;
}

void
fronts_destroy(struct server *server)
{
	for (size_t i = 0; i < server->n_fronts; i++) {
		struct front *front = server->fronts[i];
		while (front->free_exchanges != NULL) {
			struct exchange *exchange = front->free_exchanges;
			front->free_exchanges = exchange->next_free;
			exchange_destroy(exchange);
		}
		ahead_line_finish(&front->line);
		mc_acceptor_finish(&front->acceptor);
		free(front);
	}
	free(server->fronts);
	mc_acceptors_finish(&server->acceptors);
}
