/*
 * exchange - one request and its reply, from the first byte read to the last byte written.
 *
 * It belongs to its connection's loop thread, except between handing it to a lane and getting it
 * back, when it belongs to that worker.  A front keeps a few that are free, so an idle connection
 * has none and a busy one allocates nothing.
 */
#ifndef SERVER_EXCHANGE_H
#define SERVER_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/http/body.h"
#include "libminiclass/http/head.h"
#include "libminiclass/net/loop.h"
#include "libminiclass/service/peer.h"
#include "server/ctx.h"
#include "server/reply.h"

struct conn;
struct front;
struct mc_arena;
struct mc_db;
struct route;
struct server;

/* A whole head fits, and behind it there is always as much again for reading a body. */
enum { EXCHANGE_INPUT_SIZE = 2 * MC_HEAD_SIZE_MAX };

struct exchange {
	struct exchange *next_free;
	struct conn *conn;
	struct mc_task done; /* brings it back to the loop thread */

	struct mc_head_parser parser;
	struct mc_request_head head; /* borrows `input` */
	struct mc_body framing;
	struct mc_buf body_buf; /* a body that did not come with its head */
	size_t body_charged;    /* bytes of it counted in server->body_memory */
	struct mc_str body;     /* borrows `input` or body_buf */
	struct mc_peer peer;

	const struct route *route;
	struct ctx_path path;
	bool path_known; /* another method would have been answered */
	int refusal;     /* 0, or the status with which the loop refuses what was read so far */
	const char *refusal_detail;

	struct mc_arena *arena;
	struct reply reply;
	size_t reply_charged;   /* bytes of it counted in server->answer_memory */
	struct mc_buf out_head; /* the reply's head, written by the loop */
	size_t sent;            /* bytes of head and body written so far */
	int64_t started_ns;
	size_t input_len;  /* bytes in `input` */
	size_t input_used; /* of these, what this request has taken */
	char input[EXCHANGE_INPUT_SIZE];
};

/* One of the front's that is free, or a new one; cleared.  NULL when memory is out. */
struct exchange *exchange_acquire(struct front *front) MC_MUST_USE;
/*
 * Forgets this request, keeps what was read behind it (pipelining), and is ready to parse that.
 */
void exchange_next(struct exchange *exchange, struct server *server);
/* Forgets that, too; the front keeps a few. */
void exchange_release(struct exchange *exchange, struct front *front);
void exchange_destroy(struct exchange *exchange);

/* The two halves of a dispatch, for who must not wait in between. */
struct dispatch {
	struct ctx ctx;
	enum mc_status asked; /* what came of asking */
	bool whole;           /* nothing of what asking made found no memory */
	enum mc_status input; /* what the handler's own asking found wrong with the input */
};
/* Asks with that lease, which stays the caller's.  False: there is nothing to wait for. */
bool dispatch_ask(struct dispatch *dispatch, struct exchange *exchange, const struct server *server,
	struct mc_db *db);
/*
 * Fills exchange->reply, or sets for_worker in it.  Returns the session whose use is to be noted
 * now; 0: none.
 */
mc_session_id dispatch_answer(struct dispatch *dispatch);

/* dispatch.c: fills exchange->reply, always. On a worker, or on the loop for LANE_LOOP and
 * refusals. */
void dispatch(struct exchange *exchange, const struct server *server);

#endif
