/*
 * reply - how a handler answers: one view, two faces; problems; redirects.
 *
 * Every function here is a whole answer and returns MC_OK, so that a handler ends with
 * `return reply_...`.  A status other than MC_OK from a handler is answered by reply_status.
 */
#ifndef SERVER_REPLY_H
#define SERVER_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

struct ctx;

/* What the connection writes.  Owned by the exchange. */
struct reply {
	int status;                 /* 0: nobody has answered yet */
	struct mc_buf fields;       /* field lines, each with its CRLF */
	struct mc_str fixed_fields; /* field lines that live as long as the program */
	struct mc_buf body;
	struct mc_str fixed_body; /* instead of `body` when ptr is set */
	bool close;               /* the connection ends behind this answer */
	uint8_t share;            /* of server->answer_shares: whom it is held against */
	bool for_worker; /* no answer: a worker has to begin anew, the loop was not to wait */
};

/* Empty again; big buffers give their memory back. */
void reply_clear(struct reply *reply);
struct mc_str reply_body(const struct reply *reply);

/* One more field of this answer. */
void reply_field(struct ctx *ctx, struct mc_str name, struct mc_str value);

/* 200 with ctx->view, as JSON or through the template. */
enum mc_status reply_view(struct ctx *ctx, const char *template_name);
/* 201 with Location and ctx->view in JSON; 303 to `page`, which shows it, in HTML. */
enum mc_status reply_created(struct ctx *ctx, struct mc_str location, struct mc_str page);
/* ctx->view with 200 in JSON; 303 to `path` in HTML. */
enum mc_status reply_done(struct ctx *ctx, struct mc_str path);
/* 204 in JSON; 303 to `path` in HTML. */
enum mc_status reply_no_content(struct ctx *ctx, struct mc_str path);
/* 303 in both faces. */
enum mc_status reply_see_other(struct ctx *ctx, struct mc_str path);
/*
 * The form again, with what was typed and a message at each field: 422, or 400 when the input was
 * no text at all.  JSON: a problem with `errors`.
 */
enum mc_status reply_form_again(struct ctx *ctx, const char *template_name);
/*
 * The same with another status: 401 for a wrong password, 409 for a name that is taken; 429 tells
 * when to try again.
 */
enum mc_status reply_form_refused(struct ctx *ctx, int status, const char *template_name);
/* Any status as a problem document or an error page; `detail` is a sentence for a person. */
enum mc_status reply_problem(struct ctx *ctx, int status, const char *detail);
/*
 * What is there already: 409 with the view's member `key` in JSON; 303 to `page`, which shows it,
 * in HTML.
 */
enum mc_status reply_conflict(
	struct ctx *ctx, const char *detail, const char *key, struct mc_str page);
/* What a status of the library means in HTTP; the words come from ctx->error when it has some. */
enum mc_status reply_status(struct ctx *ctx, enum mc_status status);
/* A body of another type. */
enum mc_status reply_bytes(struct ctx *ctx, struct mc_str type, struct mc_str bytes);

#endif
