/* command - what a client may say, in which state, and who runs it: one table. */
#ifndef CHATD_COMMAND_H
#define CHATD_COMMAND_H

#include "libminiclass/base/str.h"

struct conn;

/* Runs one command; `json` is borrowed for the call. */
void command_run(struct conn *conn, struct mc_str json);

#endif
