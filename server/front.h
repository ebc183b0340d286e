/*
 * front - one loop thread (service/acceptor.h) and the connections that it owns.
 *
 * What is not said to be for any thread belongs to the front's own.
 */
#ifndef SERVER_FRONT_H
#define SERVER_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"

struct conn;
struct exchange;
struct front;
struct mc_acceptor_calls;
struct mc_loop;
struct metrics;
struct server;

/* Of all fronts: what they do with connections. */
extern const struct mc_acceptor_calls front_calls;

/* Adds it to server->acceptors. */
enum mc_status front_create(
	struct server *server, struct front **out, struct mc_error *error) MC_MUST_USE;
/* After its thread has ended. */
void front_destroy(struct front *front);

struct mc_loop *front_loop(struct front *front);
/* Nobody listens any more; what is in hand is finished. */
bool front_is_stopping(const struct front *front);
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
/* The loop does not end while something else of it is under way: between these two. */
void front_hold(struct front *front);
void front_let_go(struct front *front);

#endif
