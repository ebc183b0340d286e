/*
 * front - one loop thread (service/acceptor.h), the connections that it owns, and its hub.
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
#include "libminiclass/service/acceptor.h"

struct conn;
struct daemon;
struct hub;

enum { FRONT_INPUT_SIZE = 128 * 1024 };

struct front {
	struct mc_acceptor acceptor;
	struct daemon *daemon;
	size_t index;         /* among daemon->fronts */
	struct mc_loop *loop; /* the acceptor's */
	struct hub *hub;
	void (*take_mail)(struct mc_task *task); /* the hub's: of struct mail */
	struct conn *conns;                      /* all of this loop */
	struct conn *dirty;                      /* with something to write this turn */
	struct mc_task flush;          /* deferred once a turn while `dirty` is not empty */
	bool flushing;                 /* it is */
	struct mc_timer expiry;        /* until the next look at whose session has expired */
	struct mc_arena *arena;        /* of the command under work */
	struct packet_builder builder; /* of the event under work */
	struct metrics metrics;
	char input[FRONT_INPUT_SIZE]; /* what is being read: connections keep only what is left over
				       */
};

/* Of all fronts: what they do with connections. */
extern const struct mc_acceptor_calls front_calls;

/* Adds it to daemon->acceptors. */
enum mc_status front_create(
	struct daemon *daemon, struct front **out, struct mc_error *error) MC_MUST_USE;
/* After its thread has ended. */
void front_destroy(struct front *front);

/* Any thread: session or user (0: any) may have lost something; their connections are checked.
 * `all`: everybody's. */
struct recheck {
	mc_session_id session;
	mc_user_id user;
	bool all;
};
void front_recheck(struct front *front, struct recheck what);

#endif
