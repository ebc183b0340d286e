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
/*
 * The end of a turn: to each connection that is dirty, what is queued is written, as far as its
 * socket takes it.  Those that are closed are freed.
 */
void conn_flush_all(struct front *front);

#endif
