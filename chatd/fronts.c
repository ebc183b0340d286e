#include "chatd/fronts.h"

#include <stdlib.h>

#include "chatd/burst.h"
#include "chatd/conn.h"
#include "chatd/conn_life.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/hub.h"
#include "chatd/rights.h"
#include "chatd/session.h"
#include "libminiclass/base/time.h"
#include "libminiclass/service/log.h"

enum {
	EXPIRY_MS = 2000, /* between looks at whose session has expired */
	ARENA_BLOCK = 64 * 1024,
	ARENA_MAX = 16 * 1024 * 1024, /* one command, or the list of ten thousand members */
};

static void
on_flush(struct mc_task *task)
{
	struct front *front = MC_CONTAINER(task, struct front, flush);

	front->flushing = false;
	conn_flush_all(front);
}

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
	struct front *front = front_of(acceptor);
	struct conn *next;

	mc_timer_clear(front->loop, &front->expiry);
	for (struct conn *conn = front->conns; conn != NULL; conn = next) {
		next = conn->next;
		conn_say_goodbye(conn);
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

/* Nobody says so when a session expires. */
static void
on_expiry(struct mc_timer *timer)
{
	struct front *front = MC_CONTAINER(timer, struct front, expiry);
	int64_t now = mc_time_now().us;

	for (struct conn *conn = front->conns; conn != NULL; conn = conn->next)
		if (conn->user != 0 && conn->expires_us <= now)
			session_recheck(conn);
	mc_timer_set(front->loop, timer, EXPIRY_MS);
}

static void
recheck(struct front *front, const struct recheck *what)
{
	for (struct conn *conn = front->conns; conn != NULL; conn = conn->next)
		if (conn->state == CONN_ASKING ||
			(conn->user != 0 && (what->all || conn->session == what->session ||
						    conn->user == what->user)))
			session_recheck(conn);
}

static enum mc_status
create(struct daemon *daemon, struct mc_error *error)
{
	struct front *front = calloc(1, sizeof(*front));

	if (front == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	front->daemon = daemon;
	front->index = daemon->n_fronts;
	daemon->fronts[daemon->n_fronts++] = front;
	front->flush.run = on_flush;
	front->expiry.fire = on_expiry;
	front->recheck = recheck;
	packet_builder_init(&front->builder);
	front->hub = hub_create(front);
	front->burst = burst_create();
	front->arena = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	if (front->arena == NULL || front->burst == NULL || front->hub == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	enum mc_status status = mc_acceptor_init(&front->acceptor, &daemon->acceptors, error);
	if (status != MC_OK)
		return status;
	front->loop = front->acceptor.loop;
	mc_timer_set(front->loop, &front->expiry, EXPIRY_MS);
	return MC_OK;
}

enum mc_status
fronts_create(struct daemon *daemon, struct mc_error *error)
{
	size_t n = (size_t)daemon->settings.loops;
	enum mc_status status = MC_OK;

	daemon->fronts = calloc(n, sizeof(struct front *));
	if (daemon->fronts == NULL || !mc_acceptors_init(&daemon->acceptors, &calls, n,
					      (size_t)daemon->settings.connections))
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	while (status == MC_OK && daemon->n_fronts < n)
		status = create(daemon, error);
	return status;
}

bool
fronts_have_rings(const struct daemon *daemon)
{
	bool all = true;

	for (size_t i = 0; i < daemon->n_fronts; i++)
		all = all && burst_has_ring(daemon->fronts[i]->burst);
	return all;
}

void
fronts_destroy(struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->n_fronts; i++) {
		struct front *front = daemon->fronts[i];
		mc_acceptor_finish(&front->acceptor);
		hub_destroy(front->hub);
		burst_destroy(front->burst);
		mc_arena_destroy(front->arena);
		packet_builder_finish(&front->builder);
		free(front);
	}
	free(daemon->fronts);
	mc_acceptors_finish(&daemon->acceptors);
}
