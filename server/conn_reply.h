/* conn_reply - an answer on its way out: its head, the writing, and what comes behind it. */
#ifndef SERVER_CONN_REPLY_H
#define SERVER_CONN_REPLY_H

#include <stdbool.h>

#include "libminiclass/base/attr.h"

struct conn;

/* exchange->reply is there: WRITING, or closed when it cannot be sent. */
void conn_begin_reply(struct conn *conn);
/* True when it got anywhere: all is out, and the next state entered. */
bool conn_step_reply(struct conn *conn) MC_MUST_USE;

#endif
