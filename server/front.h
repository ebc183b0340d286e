/*
 * front - what one loop thread has (service/acceptor.h): the connections that it owns, and free
 * exchanges for what they ask.
 */
#ifndef SERVER_FRONT_H
#define SERVER_FRONT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/time.h"
#include "libminiclass/net/timer.h"
#include "libminiclass/service/acceptor.h"

struct conn;
struct exchange;
struct mc_queue;
struct server;

enum { METRICS_BUCKETS = 12 };

/* Counters, summed when somebody asks. */
struct metrics {
	_Atomic uint64_t accepted, closed;
	_Atomic uint64_t requests[6]; /* by first digit of the status */
	_Atomic uint64_t bytes_in, bytes_out;
	_Atomic uint64_t refused_head;  /* 4xx before there was a route */
	_Atomic uint64_t refused_queue; /* 503 for a full queue */
	_Atomic uint64_t deadlines;     /* connections ended by one */
	_Atomic uint64_t duration_buckets[METRICS_BUCKETS + 1];
	_Atomic uint64_t duration_sum_us;
};

/* Requests that are asked ahead (ahead.h), and those that wait for the connection of one. */
struct ahead_line {
	struct mc_queue *waiting; /* exchanges; owned */
	struct mc_timer patience; /* set while there are any */
	size_t n_under_way;       /* with a connection */
};

struct front {
	/* Set before threads start. */
	struct server *server;
	struct mc_loop *loop; /* the acceptor's */
	/* The thread's own from here on. */
	struct mc_acceptor acceptor;
	struct ahead_line line;
	struct conn *conns;
	struct exchange *free_exchanges;
	size_t n_free_exchanges;
	int64_t date_made_ms;
	char date[sizeof("Date: \r\n") + MC_TIME_HTTP_SIZE];
	struct metrics metrics;
};

#endif
