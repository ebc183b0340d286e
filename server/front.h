/*
 * front - one loop thread, its listener, and the connections that it owns.
 *
 * All fronts listen on the same address (SO_REUSEPORT); what one accepts is dealt out to all in
 * turn, so that a few long-lived connections cannot all sit on one thread.  What is not said to be
 * for any thread belongs to the front's own.
 */
#ifndef SERVER_FRONT_H
#define SERVER_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/net/addr.h"

struct conn;
struct exchange;
struct front;
struct mc_loop;
struct metrics;
struct server;

/* Listens; `addr` gets the port that was chosen for port 0. Before threads start. */
enum mc_status front_create(struct server *server, struct mc_addr *addr, bool listens,
	struct front **out, struct mc_error *error) MC_MUST_USE;
enum mc_status front_start(struct front *front) MC_MUST_USE;
/* Any thread: closes the listener and what is idle; the thread ends when the last connection does.
 */
void front_stop(struct front *front);
/* Any thread: ends the thread whatever is still open. */
void front_stop_now(struct front *front);
/* Waits until the thread has ended, for `ms` at most; false when it has not. */
bool front_join(struct front *front, int64_t ms);
void front_destroy(struct front *front);

struct mc_loop *front_loop(struct front *front);
struct server *front_server(struct front *front);
struct metrics *front_metrics(struct front *front);
/* "Date: ...\r\n", made once a second. */
struct mc_str front_date(struct front *front);

/* A free exchange, cleared; NULL when memory is out. */
struct exchange *front_take_exchange(struct front *front);
void front_keep_exchange(struct front *front, struct exchange *exchange);

/* The list of connections, for stopping. */
void front_add(struct front *front, struct conn *conn);
void front_remove(struct front *front, struct conn *conn);

#endif
