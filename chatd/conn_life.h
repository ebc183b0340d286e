/*
 * conn_life - what happens to a connection: it arrives, bytes come, time passes, a turn ends.
 */
#ifndef CHATD_CONN_LIFE_H
#define CHATD_CONN_LIFE_H

#include <stdint.h>

struct conn;
struct front;
struct mc_addr;

/* Takes `fd` (consumed) and lives from then on by itself, on the thread of `front`; any thread. */
void conn_open(struct front *front, int fd, const struct mc_addr *peer, int64_t id);
/* The end of a turn: writes what is queued as far as the socket takes it.  May free it. */
void conn_flush(struct conn *conn);

#endif
