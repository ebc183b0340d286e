/*
 * ctx - what a handler borrows until it returns.
 *
 * Everything in it belongs to the dispatcher (server/dispatch.c): the arena, the database lease,
 * the view. A handler frees nothing.
 */
#ifndef SERVER_CTX_H
#define SERVER_CTX_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/http/form.h"
#include "libminiclass/http/head.h"
#include "libminiclass/http/url.h"
#include "libminiclass/model/classroom.h"
#include "libminiclass/model/id.h"
#include "libminiclass/model/room.h"
#include "libminiclass/model/session.h"
#include "libminiclass/model/user.h"

struct json_object;
struct mc_db;
struct reply;
struct route;
struct server;

/* Ids and names out of the path, by the placeholders of the route. */
struct ctx_path {
	mc_class_id class_id;
	mc_user_id user_id;
	mc_session_id session_id;
	mc_post_id post_id;
	mc_live_id live_id;
	mc_discussion_id discussion_id;
	mc_room_id room_id;
	int64_t seq;
	struct mc_str file;
};

/* A body, read (server/form.h). */
struct form {
	struct mc_pair *pairs; /* urlencoded */
	size_t n_pairs;
	struct json_object *json;   /* or JSON; owned, the dispatcher puts it */
	struct json_object *errors; /* array of {"field","message"}; owned likewise; NULL: none */
	struct json_object *values; /* what was typed; owned likewise; only for HTML */
	size_t n_errors;            /* also those that found no room there */
	bool not_text;              /* invalid UTF-8: 400 rather than 422 */
};

struct ctx {
	const struct server *server;
	const struct mc_request_head *head;
	struct mc_target target;
	struct mc_str body;
	struct mc_str peer; /* the client's host, as throttles know it */
	bool peer_is_loopback;
	bool secure; /* the request came through TLS */

	struct mc_arena *arena;
	const struct route *route; /* NULL when there is none */
	struct ctx_path path;
	bool json; /* the face: JSON or HTML */

	bool on_loop;     /* others wait for this thread: what may take long is for a worker */
	struct mc_db *db; /* lease; NULL until ctx_db */
	bool has_token, token_from_cookie;
	struct mc_digest token; /* of the session's token */

	bool has_user;             /* session and user are set */
	struct mc_session session; /* borrowed from the lease or copied to the arena */
	struct mc_user user;
	struct mc_classroom classroom; /* of {class}: set for ACCESS_MEMBER and above; of {room} */
	struct mc_room room;           /* of {room}: set for ACCESS_ROOM */

	struct mc_pair *query; /* of the query string, decoded; see ctx_query */
	size_t n_query;
	struct form form; /* of the body, for unsafe methods */

	struct json_object *view; /* the model of the answer; the dispatcher puts it */
	struct mc_str title;      /* of the page; "": the template's own */
	struct mc_str chat_url;   /* what the page may open a WebSocket to; "": none */
	struct mc_error error;
	struct reply *reply;
};

/*
 * The lease, taken at the first call.  ctx->db is then set.  ctx_db_release gives it back before
 * slow work that needs no database; ctx->user and ctx->session are copied to the arena first, other
 * rows are gone.
 */
enum mc_status ctx_db(struct ctx *ctx) MC_MUST_USE;
enum mc_status ctx_db_release(struct ctx *ctx) MC_MUST_USE;

/* A field of the query string; ptr NULL without it. */
struct mc_str ctx_query(const struct ctx *ctx, const char *name);
/* A field of the request head; ptr NULL without it. */
struct mc_str ctx_field(const struct ctx *ctx, struct mc_str name);
/* A field that is a list, which may come in several lines (RFC 9110, 5.3); ptr NULL without it. */
struct mc_str ctx_list(const struct ctx *ctx, struct mc_str name);
/* A path on this site, printf-like, in the arena. */
struct mc_str ctx_path_of(struct ctx *ctx, const char *format, ...) MC_PRINTF(2, 3);

#endif
