#include "server/front.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libminiclass/base/log.h"
#include "libminiclass/base/time.h"
#include "libminiclass/net/loop.h"
#include "libminiclass/net/socket.h"
#include "libminiclass/net/timer.h"
#include "server/conn.h"
#include "server/exchange.h"
#include "server/metrics.h"
#include "server/server.h"

enum {
	ACCEPTS_A_TURN = 64,     /* then what is connected has its turn */
	FREE_EXCHANGES_MAX = 64, /* 48 KiB each: what a busy front uses at once */
	ACCEPT_PAUSE_MS = 200,   /* when descriptors are out */
};

struct front {
	struct server *server;
	struct mc_loop *loop;
	pthread_t thread;
	sem_t ended;              /* posted by the thread as the last thing it does */
	struct mc_watch listener; /* fd -1: none */
	struct mc_timer pause;    /* until the listener is watched again */
	struct mc_task stop, stop_now, nobody_listens;
	bool stopping;
	bool all_dealt; /* nobody listens any more, and what was dealt out has arrived */
	struct conn *conns;
	struct exchange *free_exchanges;
	size_t n_free_exchanges;
	int64_t next_conn_id;
	int64_t date_made_ms;
	char date[sizeof("Date: \r\n") + MC_TIME_HTTP_SIZE];
	struct metrics metrics;
};

struct mc_loop *
front_loop(struct front *front)
{
	return front->loop;
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
	int64_t now = mc_loop_now(front->loop);

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

/* Not while another front may deal a connection out to this one. */
static void
end_if_empty(struct front *front)
{
	if (front->stopping && front->all_dealt && front->conns == NULL)
		mc_loop_stop(front->loop);
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
	end_if_empty(front);
}

static void
deal_out(struct front *front, int fd, const struct mc_addr *peer)
{
	struct server *server = front->server;
	size_t turn = atomic_fetch_add(&server->next_front, 1) % server->n_fronts;

	conn_open(server->fronts[turn], fd, peer, front->next_conn_id);
	front->next_conn_id += (int64_t)server->n_fronts;
}

static void
stop_listening(struct front *front)
{
	if (front->listener.fd < 0)
		return;
	mc_timer_clear(front->loop, &front->pause);
	mc_loop_unwatch(front->loop, &front->listener);
	close(front->listener.fd);
	front->listener.fd = -1;
	/* What was dealt out before stands in front of this in every loop. */
	if (atomic_fetch_sub(&front->server->n_listening, 1) == 1)
		for (size_t i = 0; i < front->server->n_fronts; i++)
			mc_loop_post(front->server->fronts[i]->loop,
				&front->server->fronts[i]->nobody_listens);
}

/* Descriptors are out: the connection waits in the kernel, and asking again at once would only
 * spin. */
static void
pause_accepting(struct front *front)
{
	mc_log(MC_LOG_ERROR, "accept_failed", mc_log_text("why", "out of descriptors"));
	mc_loop_unwatch(front->loop, &front->listener);
	mc_timer_set(front->loop, &front->pause, ACCEPT_PAUSE_MS);
}

static void
on_pause_over(struct mc_timer *timer)
{
	struct front *front = MC_CONTAINER(timer, struct front, pause);

	if (front->listener.fd >= 0 && mc_loop_watch_level(front->loop, &front->listener) != MC_OK)
		mc_timer_set(front->loop, &front->pause, ACCEPT_PAUSE_MS);
}

static void
on_connection(struct mc_watch *watch, unsigned events)
{
	struct front *front = MC_CONTAINER(watch, struct front, listener);
	struct server *server = front->server;

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct mc_addr peer;
		int fd = mc_socket_accept(watch->fd, &peer);

		if (fd == -1)
			return;
		if (fd == -2) {
			pause_accepting(front);
			return;
		}
		if (atomic_load(&server->n_connections) >= (size_t)server->settings.connections) {
			mc_log(MC_LOG_WARN, "connection_refused",
				mc_log_int("connections", server->settings.connections));
			close(fd);
			continue;
		}
		deal_out(front, fd, &peer);
	}
}

static void
on_stop(struct mc_task *task)
{
	struct front *front = MC_CONTAINER(task, struct front, stop);
	struct conn *next;

	front->stopping = true;
	stop_listening(front);
	for (struct conn *conn = front->conns; conn != NULL; conn = next) {
		next = conn->next;
		conn_stop(conn);
	}
	end_if_empty(front);
}

static void
on_nobody_listens(struct mc_task *task)
{
	struct front *front = MC_CONTAINER(task, struct front, nobody_listens);

	front->all_dealt = true;
	end_if_empty(front);
}

static void
on_stop_now(struct mc_task *task)
{
	struct front *front = MC_CONTAINER(task, struct front, stop_now);
	struct conn *next;

	for (struct conn *conn = front->conns; conn != NULL; conn = next) {
		next = conn->next;
		conn_abort(conn);
	}
	end_if_empty(front);
}

enum mc_status
front_create(struct server *server, struct mc_addr *addr, bool listens, struct front **out,
	struct mc_error *error)
{
	struct front *front = calloc(1, sizeof(*front));

	if (front == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	front->server = server;
	sem_init(&front->ended, 0, 0);
	front->listener = (struct mc_watch){ .fd = -1, .ready = on_connection };
	front->pause.fire = on_pause_over;
	front->stop.run = on_stop;
	front->stop_now.run = on_stop_now;
	front->nobody_listens.run = on_nobody_listens;
	front->next_conn_id = (int64_t)server->n_fronts + 1;
	front->loop = mc_loop_create();
	if (front->loop == NULL) {
		front_destroy(front);
		return mc_error_set(
			error, MC_FAILED, NULL, "cannot make an event loop: %s", strerror(errno));
	}
	if (listens) {
		enum mc_status status =
			mc_socket_listen(addr, !mc_addr_is_unix(addr), &front->listener.fd, error);
		if (status == MC_OK)
			status = mc_socket_address(front->listener.fd, addr);
		if (status == MC_OK)
			status = mc_loop_watch_level(front->loop, &front->listener);
		if (status != MC_OK) {
			front_destroy(front);
			return status;
		}
		atomic_fetch_add(&server->n_listening, 1);
	}
	*out = front;
	return MC_OK;
}

static void *
front_main(void *arg)
{
	struct front *front = arg;

	mc_loop_run(front->loop);
	sem_post(&front->ended);
	return NULL;
}

enum mc_status
front_start(struct front *front)
{
	return pthread_create(&front->thread, NULL, front_main, front) == 0 ? MC_OK : MC_FAILED;
}

void
front_stop(struct front *front)
{
	mc_loop_post(front->loop, &front->stop);
}

void
front_stop_now(struct front *front)
{
	mc_loop_post(front->loop, &front->stop_now);
}

bool
front_join(struct front *front, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (sem_clockwait(&front->ended, CLOCK_MONOTONIC, &until) != 0)
		if (errno != EINTR)
			return false;
	pthread_join(front->thread, NULL);
	return true;
}

void
front_destroy(struct front *front)
{
	if (front == NULL)
		return;
	sem_destroy(&front->ended);
	if (front->listener.fd >= 0)
		close(front->listener.fd);
	while (front->free_exchanges != NULL) {
		struct exchange *exchange = front->free_exchanges;
		front->free_exchanges = exchange->next_free;
		exchange_destroy(exchange);
	}
	mc_loop_destroy(front->loop);
	free(front);
}
