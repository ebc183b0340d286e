/*
 * conn - one client: how it speaks, who it is, what it waits for, what waits for it.
 *
 *	SNIFFING ─► UPGRADE (WebSocket) ─► NEW ─ hello ─► ASKING ─ known ─► READY ─► ENDING
 *	      └───► (framed) ────────────► NEW                 └ refused ───────────► ENDING
 *
 * Everything here belongs to the loop thread of the connection's front.  An idle member holds this
 * struct and its memberships, and no buffer.  What it says is in conn_in.c, what it is told in
 * conn_say.c, what waits for it in conn_out.c, what it waits for in conn_ask.c, what happens to it
 * in conn_life.c.
 */
#ifndef CHATD_CONN_H
#define CHATD_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chatd/jobs.h"
#include "chatd/packet.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/model/id.h"
#include "libminiclass/net/loop.h"
#include "libminiclass/net/reader.h"
#include "libminiclass/net/stream.h"
#include "libminiclass/net/timer.h"
#include "libminiclass/service/peer.h"

struct front;
struct member;
struct mc_ws_receiver;
struct quota;
struct wire;

enum conn_state {
	CONN_SNIFFING, /* the first bytes tell which wire form */
	CONN_UPGRADE,  /* an HTTP head is being read */
	CONN_NEW,      /* waits for hello */
	CONN_ASKING,   /* hello is with auth; nothing is read meanwhile */
	CONN_READY,    /* known */
	CONN_ENDING,   /* what is queued is written, then it is closed; input is dropped */
};

enum {
	CONN_IN_FLIGHT_MAX = 256, /* sends without ack: more are not read until some are acked */
	CONN_RESUME_AT = 128,     /* sends without ack: reading goes on */
	CONN_HELD_MAX = 512,      /* jobs of any kind that are away: the same */
	CONN_ROOMS_MAX = 64,      /* joined at once: nobody looks at more */
	CONN_OUT_INLINE = 4,      /* packets that wait without an allocation */
};

struct conn {
	struct mc_watch watch;
	struct mc_stream stream;
	struct mc_timer timer;
	struct mc_reader reader; /* while stalled */
	struct mc_task task;     /* arrival at its front; then: reads on */
	struct front *front;
	struct conn *next, **link; /* the front's list */
	struct conn *next_dirty;
	const struct wire *wire;         /* NULL while sniffing */
	struct mc_ws_receiver *receiver; /* of a WebSocket, while a message is under way */
	struct mc_buf in;                /* what is left of the last read */

	struct packet **out; /* a ring; `out_inline` while few */
	struct packet *out_inline[CONN_OUT_INLINE];
	size_t out_first, out_n, out_size;
	size_t out_bytes; /* that wait; small packets count as more */
	size_t out_own;   /* the same of what is for nobody else: what is shared costs little */
	size_t out_sent;  /* of the first */
	size_t out_held;  /* bytes that wait in front of it, until rights are known (hub) */
	size_t out_step;  /* bytes among them that are not held against the reader: a replay's, or
			     what our last words stand behind */

	struct member *members; /* the rooms that it is in */
	size_t n_members;
	struct job_list replays; /* joins, or their next steps, that wait for their turn */
	size_t in_flight;        /* sends at the store */
	size_t held;             /* jobs that are away */

	int64_t id;
	struct quota *quota; /* of who it is; NULL before it is known */
	mc_user_id user;
	mc_session_id session;
	int64_t expires_us; /* the session, by the wall clock */
	char *name;         /* owned; NULL before READY */
	uint8_t state;      /* enum conn_state */
	bool said_hello;
	bool recheck_due;    /* rights changed while hello or an earlier check was under way */
	bool checking;       /* what is still theirs is being asked */
	bool has_place;      /* for a long message that has begun, */
	bool is_theirs;      /* of that quota; else of the strangers' */
	bool has_deep_place; /* of those who leave many answers unread */
	bool is_dropped;     /* for slowness: our last words are not counted */
	bool replaying;      /* one is at the store */
	bool leaving;   /* the daemon stops, or the peer has said all: ends with the last ack */
	bool readable;  /* there may be more to read */
	bool hung_up;   /* the peer has ended its side: behind what is still to be read */
	bool stalled;   /* the socket is full and has its deadline */
	bool dirty;     /* in the front's list */
	bool closed;    /* waits until nothing holds it */
	bool posted;    /* the task is with the loop */
	bool pinged;    /* and has not answered yet */
	bool asks_head; /* HEAD: the answer has no body */
	struct mc_peer peer;
};

/* Ends it at once; it leaves its rooms and is freed at the end of a turn. */
void conn_close(struct conn *conn);
/* Ends it behind what is queued. */
void conn_end(struct conn *conn);
/* Moves between states and sets the deadline; the one move that leaves it is in conn_in. */
void conn_set_state(struct conn *conn, enum conn_state state);
/* Another one than the state has. */
void conn_set_deadline(struct conn *conn, int64_t in_ms);
/* The deadline of who has something to read: it goes on while they move. */
void conn_follow_reader(struct conn *conn);
/* Sets it again.  Little is kept for who was dropped, so they may take longer to come to our last
 * words. */
void conn_await_reader(struct conn *conn);
/* They still read what is there for them. */
bool conn_reader_moves(struct conn *conn);
/* It has something to write, or has ended: it is flushed once, at the end of this turn. */
void conn_mark_dirty(struct conn *conn);

/* True while commands are taken: not while a hello is asked for, nor when too much is in flight. */
bool conn_reads_now(const struct conn *conn);
/* Goes on reading at the end of the turn, e.g. after a state in which nothing was read. */
void conn_read_on(struct conn *conn);

/* The daemon stops: nothing more is read; it ends when what it has sent is answered. */
void conn_say_goodbye(struct conn *conn);

#endif
