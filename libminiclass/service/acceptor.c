#include "libminiclass/service/acceptor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libminiclass/base/time.h"
#include "libminiclass/net/socket.h"
#include "libminiclass/service/log.h"
#include "libminiclass/service/supervisor.h"

enum {
	ACCEPTS_A_TURN = 64,    /* then what is connected has its turn */
	LAST_TURNS = 64,        /* at a stop: all that may wait in a socket */
	ACCEPT_PAUSE_MS = 200,  /* when descriptors are out */
	OVERDUE_AGAIN_MS = 200, /* a thread may wait for the next thing after the first is taken */
	OVERDUES_MAX = 150,     /* half a minute: only a bug lasts longer */
};

/* Not while another acceptor may deal a connection out to this one. */
static void
end_if_empty(struct mc_acceptor *acceptor)
{
	if (acceptor->stopping && acceptor->all_dealt && acceptor->n_held == 0)
		mc_loop_stop(acceptor->loop);
}

void
mc_acceptor_hold(struct mc_acceptor *acceptor)
{
	acceptor->n_held++;
}

void
mc_acceptor_let_go(struct mc_acceptor *acceptor)
{
	acceptor->n_held--;
	end_if_empty(acceptor);
}

void
mc_acceptor_closed(struct mc_acceptor *acceptor)
{
	atomic_fetch_sub(&acceptor->all->n_connections, 1);
	mc_acceptor_let_go(acceptor);
}

/* --- accepting -------------------------------------------------------------------------- */

static bool
has_room(const struct mc_acceptors *all)
{
	if (atomic_load(&all->n_connections) < all->limit)
		return true;
	mc_log(MC_LOG_WARN, "connection_refused", mc_log_int("connections", (int64_t)all->limit));
	return false;
}

static void
deal_out(struct mc_acceptor *acceptor, int fd, const struct mc_addr *peer)
{
	struct mc_acceptors *all = acceptor->all;
	size_t turn = atomic_fetch_add(&all->turn, 1) % all->n;

	/* Before: it may be closed when `open` returns. */
	atomic_fetch_add(&all->n_connections, 1);
	if (!all->calls->open(all->members[turn], fd, peer, acceptor->next_id))
		atomic_fetch_sub(&all->n_connections, 1);
	acceptor->next_id += (int64_t)all->n;
}

/* Descriptors are out: the connection waits in the kernel, and asking again at once would only
 * spin. */
static void
pause_accepting(struct mc_acceptor *acceptor)
{
	mc_log(MC_LOG_ERROR, "accept_failed", mc_log_text("why", "out of descriptors"));
	mc_loop_unwatch(acceptor->loop, &acceptor->listener);
	mc_timer_set(acceptor->loop, &acceptor->pause, ACCEPT_PAUSE_MS);
}

static void
on_pause_over(struct mc_timer *timer)
{
	struct mc_acceptor *acceptor = MC_CONTAINER(timer, struct mc_acceptor, pause);

	if (acceptor->listener.fd >= 0 &&
		mc_loop_watch_level(acceptor->loop, &acceptor->listener) != MC_OK)
		mc_timer_set(acceptor->loop, &acceptor->pause, ACCEPT_PAUSE_MS);
}

/* False: no more wait, or none can be taken just now. */
static bool
accept_some(struct mc_acceptor *acceptor)
{
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct mc_addr peer;
		int fd = mc_socket_accept(acceptor->listener.fd, &peer);

		if (fd == -1)
			return false;
		if (fd == -2) {
			pause_accepting(acceptor);
			return false;
		}
		if (has_room(acceptor->all))
			deal_out(acceptor, fd, &peer);
		else
			close(fd);
	}
	return true;
}

static void
on_connection(struct mc_watch *watch, unsigned events)
{
	(void)events;
	(void)accept_some(MC_CONTAINER(watch, struct mc_acceptor, listener));
}

/* Consumes the socket. */
static enum mc_status
listen_on(struct mc_acceptor *acceptor, int fd, struct mc_addr *addr, struct mc_error *error)
{
	acceptor->listener.fd = fd;
	enum mc_status status = mc_socket_address(fd, addr);
	if (status == MC_OK)
		status = mc_loop_watch_level(acceptor->loop, &acceptor->listener);
	if (status != MC_OK)
		return mc_error_set(
			error, status, NULL, "cannot watch a listener: %s", strerror(errno));
	atomic_fetch_add(&acceptor->all->n_listening, 1);
	return MC_OK;
}

enum mc_status
mc_acceptors_listen(struct mc_acceptors *all, const char *setting, const char *text, bool shared,
	struct mc_addr *addr, struct mc_error *error)
{
	struct mc_error why;
	int handed = -1;

	enum mc_status status = mc_addr_parse(mc_str_from(text), addr, &why);
	if (status != MC_OK)
		return mc_error_set(error, status, setting, "%s", why.message);
	status = mc_supervisor_listener(&handed, error);
	if (status == MC_OK && handed >= 0)
		return listen_on(all->members[0], handed, addr, error);
	/* Not unnoticed with another program. */
	if (status == MC_OK && !shared)
		status = mc_socket_probe(addr, error);
	bool is_unix = mc_addr_is_unix(addr);

	for (size_t i = 0; status == MC_OK && i < (is_unix ? 1 : all->n); i++) {
		int fd = -1;
		status = mc_socket_listen(addr, !is_unix, &fd, error);
		if (status == MC_OK)
			status = listen_on(all->members[i], fd, addr, error);
	}
	return status;
}

/* --- stopping --------------------------------------------------------------------------- */

static void
stop_listening(struct mc_acceptor *acceptor)
{
	struct mc_acceptors *all = acceptor->all;

	if (acceptor->listener.fd < 0)
		return;
	/* Who waits in the socket would be reset with it. */
	for (int turns = 0; turns < LAST_TURNS && accept_some(acceptor); turns++)
		continue;
	mc_timer_clear(acceptor->loop, &acceptor->pause);
	mc_loop_unwatch(acceptor->loop, &acceptor->listener);
	close(acceptor->listener.fd);
	acceptor->listener.fd = -1;
	/* What was dealt out before stands in front of this in every loop. */
	if (atomic_fetch_sub(&all->n_listening, 1) == 1)
		for (size_t i = 0; i < all->n; i++)
			mc_loop_post(all->members[i]->loop, &all->members[i]->nobody_listens);
}

static void
on_nobody_listens(struct mc_task *task)
{
	struct mc_acceptor *acceptor = MC_CONTAINER(task, struct mc_acceptor, nobody_listens);

	acceptor->all_dealt = true;
	end_if_empty(acceptor);
}

static void
on_stop(struct mc_task *task)
{
	struct mc_acceptor *acceptor = MC_CONTAINER(task, struct mc_acceptor, stop);

	acceptor->stopping = true;
	stop_listening(acceptor);
	acceptor->all->calls->stop(acceptor);
	end_if_empty(acceptor);
}

static void
on_stop_now(struct mc_task *task)
{
	struct mc_acceptor *acceptor = MC_CONTAINER(task, struct mc_acceptor, stop_now);

	acceptor->all->calls->stop_now(acceptor);
	end_if_empty(acceptor);
}

/* False when the thread has not ended within ms. */
static bool
join(struct mc_acceptor *acceptor, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (sem_clockwait(&acceptor->ended, CLOCK_MONOTONIC, &until) != 0)
		if (errno != EINTR)
			return false;
	pthread_join(acceptor->thread, NULL);
	return true;
}

void
mc_acceptors_stop(struct mc_acceptors *all, int64_t ms, void (*overdue)(void *user), void *user)
{
	struct mc_deadline deadline = mc_deadline_in(ms);

	for (size_t i = 0; i < all->n; i++)
		mc_loop_post(all->members[i]->loop, &all->members[i]->stop);
	for (size_t i = 0; i < all->n; i++) {
		if (join(all->members[i], mc_deadline_left(deadline)))
			continue;
		mc_log(MC_LOG_WARN, "stop_timeout", mc_log_int("loop", (int64_t)i));
		mc_loop_post(all->members[i]->loop, &all->members[i]->stop_now);
		overdue(user);
		for (int tries = 0; !join(all->members[i], OVERDUE_AGAIN_MS); tries++) {
			if (tries == OVERDUES_MAX)
				abort();
			overdue(user);
		}
	}
}

void
mc_acceptors_drain(struct mc_acceptors *all)
{
	for (size_t i = 0; i < all->n; i++) {
		mc_loop_stop(all->members[i]->loop);
		mc_loop_run(all->members[i]->loop);
	}
}

/* --- beginning and end ------------------------------------------------------------------ */

bool
mc_acceptors_init(
	struct mc_acceptors *all, const struct mc_acceptor_calls *calls, size_t size, size_t limit)
{
	*all = (struct mc_acceptors){ .calls = calls, .size = size, .limit = limit };
	all->members = calloc(size, sizeof(struct mc_acceptor *));
	return all->members != NULL;
}

void
mc_acceptors_finish(struct mc_acceptors *all)
{
	free(all->members);
}

enum mc_status
mc_acceptor_init(struct mc_acceptor *acceptor, struct mc_acceptors *all, struct mc_error *error)
{
	acceptor->all = all;
	acceptor->listener = (struct mc_watch){ .fd = -1, .ready = on_connection };
	acceptor->pause.fire = on_pause_over;
	acceptor->stop.run = on_stop;
	acceptor->stop_now.run = on_stop_now;
	acceptor->nobody_listens.run = on_nobody_listens;
	acceptor->next_id = (int64_t)all->n + 1;
	sem_init(&acceptor->ended, 0, 0);
	acceptor->loop = mc_loop_create();
	if (acceptor->loop == NULL)
		return mc_error_set(
			error, MC_FAILED, NULL, "cannot make an event loop: %s", strerror(errno));
	all->members[all->n++] = acceptor;
	return MC_OK;
}

void
mc_acceptor_finish(struct mc_acceptor *acceptor)
{
	if (acceptor->all == NULL)
		return;
	sem_destroy(&acceptor->ended);
	if (acceptor->listener.fd >= 0)
		close(acceptor->listener.fd);
	mc_loop_destroy(acceptor->loop);
}

static void *
acceptor_main(void *arg)
{
	struct mc_acceptor *acceptor = arg;

	mc_loop_run(acceptor->loop);
	sem_post(&acceptor->ended);
	return NULL;
}

enum mc_status
mc_acceptors_start(struct mc_acceptors *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (pthread_create(
			    &all->members[i]->thread, NULL, acceptor_main, all->members[i]) != 0)
			return MC_FAILED;
	return MC_OK;
}
