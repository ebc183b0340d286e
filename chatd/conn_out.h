/*
 * conn_out - what waits for one reader: queued within bounds, written once a turn.  Loop
 * thread of the connection's front.
 */
#ifndef CHATD_CONN_OUT_H
#define CHATD_CONN_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/net/stream.h"

struct conn;
struct packet;

/* Of a zeroed connection. */
void conn_out_init(struct conn *conn);

/*
 * Queues a packet (consumes one reference).  A reader that is too slow is dropped here; so is one
 * for whom there is no memory, NULL too.
 */
void conn_queue(struct conn *conn, struct packet *packet);
/*
 * For who must not be told yet: counts the packet, which the caller keeps until conn_unhold; false:
 * the reader has been dropped, as in conn_queue.
 */
bool conn_hold(struct conn *conn, const struct packet *packet) MC_MUST_USE;
void conn_unhold(struct conn *conn, const struct packet *packet);
/*
 * A step of a replay, NULL: it was empty.  It may be larger than what else may wait.  One at a
 * time.
 */
void conn_queue_step(struct conn *conn, struct packet *packet);
/* Reads too slowly: keeps what is begun, drops the rest, says why behind it, and ends. */
void conn_drop_slow(struct conn *conn);

enum conn_out_result {
	CONN_OUT_EMPTY,  /* all is written */
	CONN_OUT_WAITS,  /* the socket is full; an event will come */
	CONN_OUT_BROKEN, /* close it */
};
/* What is to be written next, up to `size` parts; it must be written before anything is queued. */
int conn_out_gather(const struct conn *conn, struct iovec *parts, int size);
/*
 * What came of it; then writes the rest, as far as the socket takes it.  What it took is no stall
 * any more.
 */
enum conn_out_result conn_out_wrote(struct conn *conn, enum mc_io result, size_t n) MC_MUST_USE;
/* Drops what still waits. */
void conn_out_finish(struct conn *conn);

#endif
