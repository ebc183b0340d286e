/* conn_lanes - who answers what a connection has read: its loop, or a lane. */
#ifndef SERVER_CONN_LANES_H
#define SERVER_CONN_LANES_H

struct conn;

/*
 * The request is whole, and its route found.  Behind it the connection is WAITING and
 * exchange->done will run on its thread, or is WRITING.
 */
void conn_submit(struct conn *conn);
/* The loop was not to wait for it (reply.for_worker): a worker begins it anew. */
void conn_submit_again(struct conn *conn);
/* What was read makes no sense from here on, or we will not read it: answers that and ends. */
void conn_refuse(struct conn *conn, int status, const char *detail);

#endif
