/*
 * conn_life - what happens to a connection: it arrives, bytes come, time passes, the server stops.
 */
#ifndef SERVER_CONN_LIFE_H
#define SERVER_CONN_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"

struct conn;
struct front;
struct mc_addr;

/* Takes `fd` (consumed) and lives from then on by itself, on the thread of `front`; any thread.
 * False: it could not. */
bool conn_open(struct front *front, int fd, const struct mc_addr *peer, int64_t id) MC_MUST_USE;
/* Ends it when it is idle; a busy one ends behind its reply (server->stopping is set). */
void conn_stop(struct conn *conn);

#endif
