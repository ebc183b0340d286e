/* conn_read - a request on its way in: its head, its body, and the time that they take. */
#ifndef SERVER_CONN_READ_H
#define SERVER_CONN_READ_H

#include <stdbool.h>

#include "libminiclass/base/attr.h"

struct conn;

/* IDLE or HEAD, with an exchange; BODY.  True when it got anywhere; false when it waits for bytes,
 * or is over. */
bool conn_step_head(struct conn *conn) MC_MUST_USE;
bool conn_step_body(struct conn *conn) MC_MUST_USE;

#endif
