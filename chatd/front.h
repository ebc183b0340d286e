/*
 * front - what one loop thread has (service/acceptor.h): the connections that it owns, and its hub.
 */
#ifndef CHATD_FRONT_H
#define CHATD_FRONT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chatd/packet.h"
#include "libminiclass/base/arena.h"
#include "libminiclass/net/loop.h"
#include "libminiclass/net/timer.h"
#include "libminiclass/service/acceptor.h"

struct burst;
struct conn;
struct daemon;
struct hub;
struct recheck;

enum { FRONT_INPUT_SIZE = 128 * 1024 };

/* Counters, summed when somebody asks. */
struct metrics {
	_Atomic uint64_t accepted, closed;
	_Atomic uint64_t commands;   /* from clients */
	_Atomic uint64_t deliveries; /* messages queued to members */
	_Atomic uint64_t bytes_in, bytes_out;
	_Atomic uint64_t slow;      /* connections dropped as too slow */
	_Atomic uint64_t malformed; /* connections ended as conn_note_malformed says */
	_Atomic uint64_t refused;   /* errors sent */
	_Atomic uint64_t checks;    /* connections whose rights were asked about again */
};

struct front {
	/* Set before threads start. */
	struct daemon *daemon;
	size_t index;                                /* among daemon->fronts */
	struct mc_loop *loop;                        /* the acceptor's */
	void (*take_delivery)(struct mc_task *task); /* of struct delivery: the hub's */
	/* On the loop: the connections that are meant are asked about. */
	void (*recheck)(struct front *front, const struct recheck *what);
	/* The thread's own from here on. */
	struct mc_acceptor acceptor;
	struct hub *hub;
	struct conn *conns;   /* all of this loop */
	struct conn *dirty;   /* with something to write this turn */
	struct mc_task flush; /* deferred once a turn while `dirty` is not empty */
	bool flushing;        /* it is */
	struct burst *burst;
	struct mc_timer expiry;        /* until the next look at whose session has expired */
	struct mc_arena *arena;        /* of the command under work */
	struct packet_builder builder; /* of the event under work */
	struct metrics metrics;
	char input[FRONT_INPUT_SIZE]; /* what is being read: connections keep only what is left over
				       */
};

#endif
