/*
 * ahead - requests of one round trip, without a worker: the loop asks, and answers when PostgreSQL
 * has.  It saves handing over twice, which is half of what such a request costs.
 */
#ifndef SERVER_AHEAD_H
#define SERVER_AHEAD_H

struct exchange;

enum ahead_result {
	AHEAD_NOT,      /* no connection to the database is free: let a worker wait for one */
	AHEAD_ANSWERED, /* the reply is there */
	AHEAD_WAITS,    /* exchange->done will run on this thread */
};

/* Of a LANE_AHEAD route, on its connection's thread. */
enum ahead_result ahead_begin(struct exchange *exchange);

#endif
