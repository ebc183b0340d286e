#include "chatd/front.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "chatd/conn.h"
#include "chatd/daemon.h"
#include "chatd/hub.h"
#include "libminiclass/base/log.h"
#include "libminiclass/base/time.h"
#include "libminiclass/net/socket.h"
#include "libminiclass/net/timer.h"

enum {
	ACCEPTS_A_TURN = 64,   /* then what is connected has its turn */
	ACCEPT_PAUSE_MS = 200, /* when descriptors are out */
	EXPIRY_MS = 2000,      /* between looks at whose session has expired */
	ARENA_BLOCK = 64 * 1024,
	ARENA_MAX = 16 * 1024 * 1024, /* one command, or the list of ten thousand members */
};

/* What is not for the rest of the program to see. */
struct own_front {
	struct front front;
	pthread_t thread;
	sem_t ended;              /* posted by the thread as the last thing it does */
	struct mc_watch listener; /* fd -1: none */
	struct mc_timer pause;    /* until the listener is watched again */
	struct mc_timer expiry;
	struct mc_task stop, stop_now, nobody_listens;
	bool all_dealt; /* nobody listens any more, and what was dealt out has arrived */
	int64_t next_conn_id;
};

static struct own_front *
own(struct front *front)
{
	return MC_CONTAINER(front, struct own_front, front);
}

/* Not while another front may deal a connection out to this one. */
static void
end_if_empty(struct front *front)
{
	if (front->stopping && own(front)->all_dealt && front->conns == NULL)
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
on_flush(struct mc_task *task)
{
	struct front *front = MC_CONTAINER(task, struct front, flush);

	front->flushing = false;
	while (front->dirty != NULL) {
		struct conn *conn = front->dirty;
		front->dirty = conn->next_dirty;
		conn->dirty = false;
		conn_flush(conn);
	}
}

void
front_mark_dirty(struct front *front, struct conn *conn)
{
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

static void
deal_out(struct own_front *own_front, int fd, const struct mc_addr *peer)
{
	struct daemon *daemon = own_front->front.daemon;
	size_t turn = atomic_fetch_add(&daemon->next_front, 1) % daemon->n_fronts;

	conn_open(daemon->fronts[turn], fd, peer, own_front->next_conn_id);
	own_front->next_conn_id += (int64_t)daemon->n_fronts;
}

/* Descriptors are out: the connection waits in the kernel, and asking again at once would only
 * spin. */
static void
pause_accepting(struct own_front *own_front)
{
	mc_log(MC_LOG_ERROR, "accept_failed", mc_log_text("why", "out of descriptors"));
	mc_loop_unwatch(own_front->front.loop, &own_front->listener);
	mc_timer_set(own_front->front.loop, &own_front->pause, ACCEPT_PAUSE_MS);
}

static void
on_pause_over(struct mc_timer *timer)
{
	struct own_front *own_front = MC_CONTAINER(timer, struct own_front, pause);

	if (own_front->listener.fd >= 0 &&
		mc_loop_watch_level(own_front->front.loop, &own_front->listener) != MC_OK)
		mc_timer_set(own_front->front.loop, &own_front->pause, ACCEPT_PAUSE_MS);
}

static void
on_connection(struct mc_watch *watch, unsigned events)
{
	struct own_front *own_front = MC_CONTAINER(watch, struct own_front, listener);
	struct daemon *daemon = own_front->front.daemon;

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct mc_addr peer;
		int fd = mc_socket_accept(watch->fd, &peer);

		if (fd == -1)
			return;
		if (fd == -2) {
			pause_accepting(own_front);
			return;
		}
		if (atomic_load(&daemon->n_connections) >= (size_t)daemon->settings.connections) {
			mc_log(MC_LOG_WARN, "connection_refused",
				mc_log_int("connections", daemon->settings.connections));
			close(fd);
			continue;
		}
		deal_out(own_front, fd, &peer);
	}
}

static void
stop_listening(struct own_front *own_front)
{
	struct daemon *daemon = own_front->front.daemon;

	if (own_front->listener.fd < 0)
		return;
	mc_timer_clear(own_front->front.loop, &own_front->pause);
	mc_loop_unwatch(own_front->front.loop, &own_front->listener);
	close(own_front->listener.fd);
	own_front->listener.fd = -1;
	/* What was dealt out before stands in front of this in every loop. */
	if (atomic_fetch_sub(&daemon->n_listening, 1) == 1)
		for (size_t i = 0; i < daemon->n_fronts; i++)
			mc_loop_post(
				daemon->fronts[i]->loop, &own(daemon->fronts[i])->nobody_listens);
}

static void
on_nobody_listens(struct mc_task *task)
{
	struct own_front *own_front = MC_CONTAINER(task, struct own_front, nobody_listens);

	own_front->all_dealt = true;
	end_if_empty(&own_front->front);
}

static void
on_stop(struct mc_task *task)
{
	struct own_front *own_front = MC_CONTAINER(task, struct own_front, stop);
	struct front *front = &own_front->front;
	struct conn *next;

	front->stopping = true;
	stop_listening(own_front);
	for (struct conn *conn = front->conns; conn != NULL; conn = next) {
		next = conn->next;
		conn_say_goodbye(conn);
	}
	end_if_empty(front);
}

static void
on_stop_now(struct mc_task *task)
{
	struct front *front = &MC_CONTAINER(task, struct own_front, stop_now)->front;
	struct conn *next;

	for (struct conn *conn = front->conns; conn != NULL; conn = next) {
		next = conn->next;
		conn_close(conn);
	}
	end_if_empty(front);
}

/* Nobody says so when a session expires. */
static void
on_expiry(struct mc_timer *timer)
{
	struct front *front = &MC_CONTAINER(timer, struct own_front, expiry)->front;
	int64_t now = mc_time_now().us;

	for (struct conn *conn = front->conns; conn != NULL; conn = conn->next)
		if (conn->user != 0 && conn->expires_us <= now)
			conn_recheck(conn);
	mc_timer_set(front->loop, timer, EXPIRY_MS);
}

static enum mc_status
listen_on(struct own_front *own_front, struct mc_addr *addr, struct mc_error *error)
{
	enum mc_status status =
		mc_socket_listen(addr, !mc_addr_is_unix(addr), &own_front->listener.fd, error);

	if (status == MC_OK)
		status = mc_socket_address(own_front->listener.fd, addr);
	if (status == MC_OK)
		status = mc_loop_watch_level(own_front->front.loop, &own_front->listener);
	if (status == MC_OK)
		atomic_fetch_add(&own_front->front.daemon->n_listening, 1);
	return status;
}

enum mc_status
front_create(struct daemon *daemon, struct mc_addr *addr, bool listens, struct front **out,
	struct mc_error *error)
{
	struct own_front *own_front = calloc(1, sizeof(*own_front));

	if (own_front == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	struct front *front = &own_front->front;
	front->daemon = daemon;
	front->index = daemon->n_fronts;
	front->flush.run = on_flush;
	packet_builder_init(&front->builder);
	own_front->listener = (struct mc_watch){ .fd = -1, .ready = on_connection };
	own_front->pause.fire = on_pause_over;
	own_front->expiry.fire = on_expiry;
	own_front->stop.run = on_stop;
	own_front->stop_now.run = on_stop_now;
	own_front->nobody_listens.run = on_nobody_listens;
	sem_init(&own_front->ended, 0, 0);
	own_front->next_conn_id = (int64_t)daemon->n_fronts + 1;
	front->hub = hub_create(front);
	front->arena = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	front->loop = mc_loop_create();
	enum mc_status status = MC_OK;
	if (front->loop == NULL || front->arena == NULL || front->hub == NULL)
		status = mc_error_set(
			error, MC_FAILED, NULL, "cannot make an event loop: %s", strerror(errno));
	if (status == MC_OK && listens)
		status = listen_on(own_front, addr, error);
	if (status != MC_OK) {
		front_destroy(front);
		return status;
	}
	*out = front;
	return MC_OK;
}

static void *
front_main(void *arg)
{
	struct front *front = arg;

	mc_timer_set(front->loop, &own(front)->expiry, EXPIRY_MS);
	mc_loop_run(front->loop);
	mc_timer_clear(front->loop, &own(front)->expiry);
	sem_post(&own(front)->ended);
	return NULL;
}

enum mc_status
front_start(struct front *front)
{
	return pthread_create(&own(front)->thread, NULL, front_main, front) == 0 ? MC_OK
										 : MC_FAILED;
}

void
front_stop(struct front *front)
{
	mc_loop_post(front->loop, &own(front)->stop);
}

void
front_stop_now(struct front *front)
{
	mc_loop_post(front->loop, &own(front)->stop_now);
}

bool
front_join_thread(struct front *front, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (sem_clockwait(&own(front)->ended, CLOCK_MONOTONIC, &until) != 0)
		if (errno != EINTR)
			return false;
	pthread_join(own(front)->thread, NULL);
	return true;
}

void
front_destroy(struct front *front)
{
	if (front == NULL)
		return;
	sem_destroy(&own(front)->ended);
	if (own(front)->listener.fd >= 0)
		close(own(front)->listener.fd);
	mc_loop_destroy(front->loop);
	hub_destroy(front->hub);
	mc_arena_destroy(front->arena);
	packet_builder_finish(&front->builder);
	free(own(front));
}

struct recheck_task {
	struct mc_task task;
	struct front *front;
	struct recheck what;
};

static void
on_recheck(struct mc_task *task)
{
	struct recheck_task *recheck = MC_CONTAINER(task, struct recheck_task, task);
	const struct recheck *what = &recheck->what;

	for (struct conn *conn = recheck->front->conns; conn != NULL; conn = conn->next)
		if (conn->state == CONN_ASKING ||
			(conn->user != 0 && (what->all || conn->session == what->session ||
						    conn->user == what->user)))
			conn_recheck(conn);
	free(recheck);
}

void
front_recheck(struct front *front, struct recheck what)
{
	struct recheck_task *recheck = calloc(1, sizeof(*recheck));

	if (recheck == NULL) {
		/* A right that is gone must not be kept for want of memory. */
		mc_log(MC_LOG_ERROR, "out_of_memory", mc_log_text("for", "recheck"));
		abort();
	}
	recheck->task.run = on_recheck;
	recheck->front = front;
	recheck->what = what;
	mc_loop_post(front->loop, &recheck->task);
}
