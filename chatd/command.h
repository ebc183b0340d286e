/* command - what a client may say, in which state, and who answers it: one table. */
#ifndef CHATD_COMMAND_H
#define CHATD_COMMAND_H

#include "libminiclass/base/str.h"
#include "libminiclass/crypt/digest.h"

struct conn;

/* Runs one command; `json` is borrowed for the call. */
void command_run(struct conn *conn, struct mc_str json);
/* Begins to find out who it is. */
void command_authenticate(struct conn *conn, const struct mc_digest *token);
/* Asks the door whether session and rooms still hold; what does not is taken away when the answer
 * is there. */
void command_recheck(struct conn *conn);

/*
 * Goes on with the joins that wait, one step at a time and each when everything before it is
 * written: whoever reads, however slowly, gets a replay of any length.
 */
void command_replay(struct conn *conn);

#endif
