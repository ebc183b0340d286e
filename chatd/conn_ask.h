/*
 * conn_ask - a connection asks a database thread: the job holds it, and is counted, until its
 * answer is there.  Loop thread of the connection's front.
 */
#ifndef CHATD_CONN_ASK_H
#define CHATD_CONN_ASK_H

#include <stdbool.h>

#include "chatd/jobs.h"
#include "libminiclass/base/attr.h"

/*
 * Sends a job (consumed) to a thread's list.  When it is back, and the connection has not ended
 * meanwhile, `answer` uses it.  False: too many wait.
 */
bool conn_ask(struct conn *conn, struct jobs *thread, struct job *job,
	void (*answer)(struct conn *conn, struct job *job)) MC_MUST_USE;

#endif
