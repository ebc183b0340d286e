/*
 * acceptor - the loop threads of a server: they listen on one address together, each owns the
 * connections that were dealt out to it, and they end in good order.
 *
 * All listen on the same address (SO_REUSEPORT); what one accepts is dealt out to all in turn, so
 * that a few long-lived connections cannot all sit on one thread.  Of a Unix socket, and of one
 * that was handed over, the first accepts for all.  What says no other thread is for the one that
 * starts them.
 */
#ifndef LIBMINICLASS_SERVICE_ACCEPTOR_H
#define LIBMINICLASS_SERVICE_ACCEPTOR_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/net/addr.h"
#include "libminiclass/net/loop.h"
#include "libminiclass/net/timer.h"

struct mc_acceptor;

/* What the program does with them; all but `open` on the thread of the acceptor. */
struct mc_acceptor_calls {
	/*
	 * Takes the descriptor, also when it fails.  Any acceptor's thread: what it opens arrives
	 * on the thread of `acceptor`, calls mc_acceptor_hold there, and in the end
	 * mc_acceptor_closed.
	 */
	bool (*open)(struct mc_acceptor *acceptor, int fd, const struct mc_addr *peer, int64_t id);
	/* Tells the connections to finish; the thread ends when nothing is held any more. */
	void (*stop)(struct mc_acceptor *acceptor);
	/* Closes what is still open. */
	void (*stop_now)(struct mc_acceptor *acceptor);
};

/* All of a server; before threads start, and after they have ended, for one thread. */
struct mc_acceptors {
	const struct mc_acceptor_calls *calls;
	struct mc_acceptor **members;
	size_t n, size;
	size_t limit;                /* of connections; further ones are closed */
	atomic_size_t n_connections; /* open, on all threads */
	atomic_size_t n_listening;
	atomic_size_t turn;
};

/* Part of what the program has for each thread; `loop` is for it, the rest is not. */
struct mc_acceptor {
	struct mc_loop *loop;
	struct mc_acceptors *all;
	pthread_t thread;
	sem_t ended;              /* posted by the thread as the last thing it does */
	struct mc_watch listener; /* fd -1: none */
	struct mc_timer pause;    /* until the listener is watched again */
	struct mc_task stop, stop_now, nobody_listens;
	size_t n_held; /* connections, and what else is to come to its end before the thread does */
	bool stopping;
	bool all_dealt; /* nobody listens any more, and what was dealt out has arrived */
	int64_t next_id;
};

/* For `size` threads and up to `limit` connections.  False when memory is out. */
bool mc_acceptors_init(struct mc_acceptors *all, const struct mc_acceptor_calls *calls, size_t size,
	size_t limit) MC_MUST_USE;
void mc_acceptors_finish(struct mc_acceptors *all);
/*
 * Listens on the socket that a supervisor has handed over (service/supervisor.h), or else at
 * `text`, an address (net/addr.h); `addr` gets where it is bound, with the port that was chosen for
 * port 0.  The acceptors share the port with each other, and with other programs only if it is
 * `shared` (not for unix): else MC_CONFLICT when somebody is there already.  MC_INVALID names
 * `setting`, where the text is from.
 */
enum mc_status mc_acceptors_listen(struct mc_acceptors *all, const char *setting, const char *text,
	bool shared, struct mc_addr *addr, struct mc_error *error) MC_MUST_USE;
enum mc_status mc_acceptors_start(struct mc_acceptors *all) MC_MUST_USE;
/*
 * Accepts what has connected already and nothing more, lets connections finish for ms, then closes
 * them; returns when all threads have ended.  `overdue` is called then, again and again: it takes
 * away what a thread may be waiting for.
 */
void mc_acceptors_stop(
	struct mc_acceptors *all, int64_t ms, void (*overdue)(void *user), void *user);
/*
 * Between mc_acceptors_stop and mc_acceptor_finish, when nobody can post to the loops any more:
 * does here what was posted to them after their threads had ended, so that it frees itself.
 */
void mc_acceptors_drain(struct mc_acceptors *all);

/* Zeroed before; adds it to all.  MC_FAILED: no loop could be made. */
enum mc_status mc_acceptor_init(
	struct mc_acceptor *acceptor, struct mc_acceptors *all, struct mc_error *error) MC_MUST_USE;
/* After its thread has ended, or was never started.  Once for each that was zeroed. */
void mc_acceptor_finish(struct mc_acceptor *acceptor);
/* Its own thread: it does not end before what is held is let go. */
void mc_acceptor_hold(struct mc_acceptor *acceptor);
void mc_acceptor_let_go(struct mc_acceptor *acceptor);
/* Its own thread: a connection is gone, which is let go and no longer counted. */
void mc_acceptor_closed(struct mc_acceptor *acceptor);

#endif
