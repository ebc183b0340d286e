/*
 * conn_in - what one client says: read a piece a turn, run as far as it is whole, the rest kept
 * within bounds.  Loop thread of the connection's front.
 */
#ifndef CHATD_CONN_IN_H
#define CHATD_CONN_IN_H

struct conn;

/* Of a zeroed connection. */
void conn_in_init(struct conn *conn);
/* Runs what is kept, and reads once; when there is more, others have their turn before. */
void conn_in_run(struct conn *conn);
/* Drops what is kept; before the quota may go. */
void conn_in_finish(struct conn *conn);

#endif
