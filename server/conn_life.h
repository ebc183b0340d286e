/*
 * conn_life - what happens to a connection: it arrives, bytes come, time passes, the server stops.
 */
#ifndef SERVER_CONN_LIFE_H
#define SERVER_CONN_LIFE_H

#include <stdint.h>

struct conn;
struct front;
struct mc_addr;

/* Takes `fd` (consumed) and lives from then on by itself, on the thread of `front`; any thread. */
void conn_open(struct front *front, int fd, const struct mc_addr *peer, int64_t id);
/* Ends it when it is idle; a busy one ends behind its reply (server->stopping is set). */
void conn_stop(struct conn *conn);

#endif
