/*
 * conn - one client's connection on its loop: read, hand over, write, keep alive.
 *
 *	     first byte    head, body whole     reply there      all written
 *	IDLE ──────────► HEAD ─► BODY ──────► WAITING ──────► WRITING ──────────► IDLE or HEAD
 *	                  │ refused                              │ last reply
 *	                  └──────────────────────────────────────┴─► LINGERING ─► closed
 *
 * Everything here belongs to the loop thread of the connection's front.  An idle connection holds
 * this struct and nothing else.  What happens to it is in conn_life.c, what is asked in
 * conn_read.c, who answers in conn_lanes.c, the answers in conn_reply.c.
 */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/net/loop.h"
#include "libminiclass/net/reader.h"
#include "libminiclass/net/stream.h"
#include "libminiclass/net/timer.h"
#include "libminiclass/service/peer.h"

struct exchange;
struct front;

enum conn_state {
	CONN_IDLE,      /* kept alive, nothing read */
	CONN_HEAD,      /* connected, or a request has begun */
	CONN_BODY,      /* the head is whole, the body is not */
	CONN_WAITING,   /* the request is with a lane */
	CONN_WRITING,   /* the reply is on its way */
	CONN_LINGERING, /* nothing more is sent; what still comes is dropped, so that the peer reads
			   our answer */
};

struct conn {
	struct mc_watch watch;
	struct mc_stream stream;
	struct mc_timer timer;
	struct mc_reader reader; /* while writing */
	struct mc_task task;     /* arrival at its front; then: another turn, then: the end */
	struct front *front;
	struct conn *next, **link; /* the front's list */
	struct exchange *exchange; /* NULL while idle */
	int64_t id;                /* for the log */
	int64_t body_started_ms;
	uint64_t body_received;
	uint8_t state;    /* enum conn_state */
	bool readable;    /* there may be more to read */
	bool hung_up;     /* the peer has ended its side: behind what is still to be read */
	bool ending;      /* closed; waits for the end of the turn */
	bool posted;      /* the task is with the loop */
	uint8_t answered; /* requests since other connections had their turn */
	struct mc_peer peer;
};

enum { CONN_STOP_GRACE_MS = 500 }; /* while we stop, for who may be about to ask */

/*
 * Moves between states and sets the deadline; waiting for a lane has none.  The one move that
 * leaves it is in conn_life.
 */
void conn_set_state(struct conn *conn, enum conn_state state);
/* Another one than the state has. */
void conn_set_deadline(struct conn *conn, int64_t in_ms);
void conn_give_exchange_back(struct conn *conn);
/* Ends it whatever it does; it is freed at the end of the turn, or when its request is back. */
void conn_close(struct conn *conn);

#endif
