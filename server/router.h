/*
 * router - from method and path to a route, and the rule that guards it.
 *
 * Routes are constant tables (handlers/handlers.h); a row without an access rule, or two rows that
 * answer the same, end the program at start.
 */
#ifndef SERVER_ROUTER_H
#define SERVER_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/http/head.h"

struct ctx;
struct ctx_path;

enum access {
	ACCESS_UNSAID,     /* a row that forgot: the program does not start */
	ACCESS_PUBLIC,     /* anyone, and it is never asked who */
	ACCESS_ANYONE,     /* anyone; who is logged in is known to the handler */
	ACCESS_USER,       /* whoever is logged in; else 401 */
	ACCESS_MEMBER,     /* who is in {class}; else 404 */
	ACCESS_INSTRUCTOR, /* an instructor of {class}; members with a lesser role get 403, others
			      404 */
	ACCESS_ROOM,       /* who may read {room}; else 404 */
	ACCESS_ROOM_INSTRUCTOR, /* of these the instructors; others of them get 403 */
	ACCESS_LOOPBACK,        /* loopback peers, unless configured otherwise; else 404 */
};

enum lane {
	LANE_WORKER, /* may use the database */
	LANE_AHEAD,  /* one round trip and nothing slow: the connection's own thread asks, and
			answers  when PostgreSQL has; a worker's when no connection to it is free */
	LANE_LOOP,   /* never waits: answered on the connection's own thread */
	LANE_HASHER, /* hashes a password */
};

struct route {
	enum mc_method method; /* GET answers HEAD too */
	/* "/classes/{class}/posts"; {class} {user} {session} {post} {live} {discussion} {room}
	 * {seq} {file} */
	const char *path;
	enum access access;
	enum lane lane;
	/*
	 * May ask for what the handler will take (db/query.h), so that it travels with the access
	 * statement in one round trip.  It runs before the access is known, so it only asks.  NULL:
	 * nothing.
	 */
	enum mc_status (*ask)(struct ctx *ctx);
	enum mc_status (*handle)(struct ctx *ctx);
	const char *name; /* for logs and metrics: "class_show" */
};

struct router;

/* `tables` is NULL-ended, each table ends with a row without path.  Ends the program over a bad
 * row. */
struct router *router_create(const struct route *const *tables);
void router_destroy(struct router *router);

/*
 * The route for a method and an undecoded path; *out is filled from the path.  NULL when there is
 * none: *known then says whether another method would have been answered.
 */
const struct route *router_find(const struct router *router, enum mc_method method,
	struct mc_str path, struct ctx_path *out, bool *known);
/* Appends "GET, HEAD, POST": what Allow says for that path; "*": for all of them together. */
void router_allow(const struct router *router, struct mc_str path, struct mc_buf *out);

#endif
