/* conn_int - what conn.c and conn_reply.c share.  Loop thread of the connection's front. */
#ifndef SERVER_CONN_INT_H
#define SERVER_CONN_INT_H

#include "libminiclass/base/attr.h"
#include "server/conn.h"

/* The only place where a state changes; it sets the state's deadline. */
void conn_set_state(struct conn *conn, enum conn_state state);
void conn_give_exchange_back(struct conn *conn);
/* The connection is freed later: at the end of the turn, or when its request is back. */
void conn_close(struct conn *conn);

/* exchange->reply is there: WRITING, or closed when it cannot be sent. */
void conn_begin_reply(struct conn *conn);
/* True when it got anywhere: all is out, and the next state entered. */
bool conn_step_reply(struct conn *conn) MC_MUST_USE;
/* The socket is full: gives the reader the time that a reader has. */
void conn_wait_for_reader(struct conn *conn);

#endif
