/*
 * session - who a connection is, and what of it is still theirs: both are asked of auth.  Loop
 * thread of the connection's front.
 */
#ifndef CHATD_SESSION_H
#define CHATD_SESSION_H

#include "libminiclass/crypt/digest.h"

struct conn;
struct mc_chat_command;

/* Runs the command `hello`. */
void session_hello(struct conn *conn, const struct mc_chat_command *command);
/* Begins to find out who it is. */
void session_authenticate(struct conn *conn, const struct mc_digest *token);
/* Asks whether session and rooms still hold; what does not is taken away when the answer is there.
 */
void session_recheck(struct conn *conn);

#endif
