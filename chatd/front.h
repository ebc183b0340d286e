/*
 * front - one loop thread, its listener, the connections that it owns, and its hub.
 *
 * What is not said to be for any thread belongs to the front's own.
 */
#ifndef CHATD_FRONT_H
#define CHATD_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "chatd/metrics.h"
#include "chatd/packet.h"
#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/model/id.h"
#include "libminiclass/net/addr.h"
#include "libminiclass/net/loop.h"

struct conn;
struct daemon;
struct hub;

enum { FRONT_INPUT_SIZE = 128 * 1024 };

struct front {
	struct daemon *daemon;
	size_t index; /* among daemon->fronts */
	struct mc_loop *loop;
	struct hub *hub;
	struct conn *conns;   /* all of this loop */
	struct conn *dirty;   /* with something to write this turn */
	struct mc_task flush; /* deferred once a turn while `dirty` is not empty */
	bool flushing;        /* it is */
	bool stopping;
	struct mc_arena *arena;        /* of the command under work */
	struct packet_builder builder; /* of the event under work */
	struct metrics metrics;
	char input[FRONT_INPUT_SIZE]; /* what is being read: connections keep only what is left over
				       */
};

/* Listens; `addr` gets the port that was chosen for port 0.  Before threads start. */
enum mc_status front_create(struct daemon *daemon, struct mc_addr *addr, bool listens,
	struct front **out, struct mc_error *error) MC_MUST_USE;
enum mc_status front_start(struct front *front) MC_MUST_USE;
/* Any thread: closes the listener and tells every client; the thread ends when the last connection
 * does. */
void front_stop(struct front *front);
/* Any thread: ends the thread whatever is still open. */
void front_stop_now(struct front *front);
/* Waits until the thread has ended, for `ms` at most; false when it has not. */
bool front_join_thread(struct front *front, int64_t ms);
void front_destroy(struct front *front);

void front_add(struct front *front, struct conn *conn);
void front_remove(struct front *front, struct conn *conn);
/* The connection has something to write: it is written once, at the end of this turn. */
void front_mark_dirty(struct front *front, struct conn *conn);

/* Any thread: session or user (0: any) may have lost something; their connections are checked.
 * `all`: everybody's. */
struct recheck {
	mc_session_id session;
	mc_user_id user;
	bool all;
};
void front_recheck(struct front *front, struct recheck what);

#endif
