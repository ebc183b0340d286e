/*
 * conn_life - what happens to a connection: it arrives, bytes come, time passes, a turn ends.
 */
#ifndef CHATD_CONN_LIFE_H
#define CHATD_CONN_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"

struct conn;
struct front;
struct mc_addr;

/* Takes `fd` (consumed) and lives from then on by itself, on the thread of `front`; any thread.
 * False: it could not. */
bool conn_open(struct front *front, int fd, const struct mc_addr *peer, int64_t id) MC_MUST_USE;
/* The end of a turn: writes what is queued as far as the socket takes it.  May free it. */
void conn_flush(struct conn *conn);

#endif
