/*
 * ahead - requests of one round trip, without a worker: the loop asks, and answers when PostgreSQL
 * has.  It saves handing over twice, which is half of what such a request costs.
 *
 * When no connection to the database is free, what the loop has under way ends within a moment, and
 * its connection is the next one's: that is sooner than a worker would come by one.
 */
#ifndef SERVER_AHEAD_H
#define SERVER_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"

struct ahead_line;
struct exchange;

/* Of a front, for up to `capacity` that wait.  False when memory is out. */
bool ahead_line_init(struct ahead_line *line, size_t capacity) MC_MUST_USE;
void ahead_line_finish(struct ahead_line *line);

enum ahead_result {
	AHEAD_NOT,      /* no connection to the database is free */
	AHEAD_ANSWERED, /* the reply is there */
	AHEAD_WAITS,    /* exchange->done will run on this thread */
};

/* Of a LANE_AHEAD route, on its connection's thread. */
enum ahead_result ahead_begin(struct exchange *exchange);
/*
 * After AHEAD_NOT: waits for the connection of one that is under way; owners take turns
 * (base/queue.h).  exchange->done will run on this thread, with reply.for_worker set when it was in
 * vain.  False: there is nothing to wait for, or too many wait.
 */
bool ahead_wait(struct exchange *exchange, uint64_t owner) MC_MUST_USE;

#endif
