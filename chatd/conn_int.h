/* conn_int - what the files of a connection share.  Loop thread of its front. */
#ifndef CHATD_CONN_INT_H
#define CHATD_CONN_INT_H

#include "chatd/conn.h"

/* Of a zeroed connection. */
void conn_out_init(struct conn *conn);
/* Drops what still waits. */
void conn_out_finish(struct conn *conn);

enum conn_out_result {
	CONN_OUT_EMPTY,  /* all is written */
	CONN_OUT_WAITS,  /* the socket is full; an event will come */
	CONN_OUT_BROKEN, /* close it */
};
/* As far as the socket takes it; what it took is no stall any more. */
enum conn_out_result conn_out_write(struct conn *conn) MC_MUST_USE;

void conn_set_deadline(struct conn *conn, int64_t in_ms);

#endif
