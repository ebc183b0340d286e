/* dispatch - the life around a handler: context, access, lease, form, handler, reply. */

#include <json-c/json.h>

#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"
#include "libminiclass/http/accept.h"
#include "libminiclass/model/session.h"
#include "libminiclass/service/log.h"
#include "server/access.h"
#include "server/exchange.h"
#include "server/form.h"
#include "server/router.h"
#include "server/server.h"
#include "server/view.h"

static enum mc_status
no_route(struct ctx *ctx, const struct exchange *exchange)
{
	/* RFC 9110, 9.3.7: OPTIONS for the server as a whole; no other method comes with it. */
	bool everything = mc_str_equal(ctx->head->target, MC_STR("*"));

	if (!exchange->path_known && !everything)
		return reply_problem(ctx, 404, "There is nothing at this address.");

	struct mc_buf allow;
	mc_buf_init(&allow, 128);
	router_allow(
		ctx->server->router, everything ? ctx->head->target : ctx->target.path, &allow);
	reply_field(ctx, MC_STR("Allow"), mc_buf_str(&allow));
	mc_buf_finish(&allow);
	if (ctx->head->method == MC_METHOD_OPTIONS) {
		ctx->reply->status = 204;
		return MC_OK;
	}
	return reply_problem(ctx, 405, "This address does not answer that method.");
}

static enum mc_status
no_form(struct ctx *ctx)
{
	reply_field(ctx, MC_STR("Accept-Post"),
		MC_STR("application/x-www-form-urlencoded, application/json"));
	return reply_problem(ctx, 415,
		"Send the fields as application/x-www-form-urlencoded or application/json.");
}

static enum mc_status
refuse(struct ctx *ctx, const struct exchange *exchange)
{
	if (exchange->refusal == 503)
		reply_field(ctx, MC_STR("Retry-After"), MC_STR("1"));
	return reply_problem(ctx, exchange->refusal, exchange->refusal_detail);
}

static enum mc_status
read_query(struct ctx *ctx)
{
	if (ctx->target.query.ptr == NULL)
		return MC_OK;
	enum mc_status status =
		mc_form_read(ctx->arena, ctx->target.query, &ctx->query, &ctx->n_query);
	if (status == MC_INVALID)
		return mc_error_set(
			&ctx->error, status, NULL, "The query of this address is not coded right.");
	if (status == MC_TOO_LARGE)
		return mc_error_set(&ctx->error, MC_INVALID, NULL,
			"The query of this address has too many fields: at most %d.",
			MC_FORM_PAIRS_MAX);
	return status;
}

/* Everything up to the round trip.  What is wrong with the input is said behind it. */
static enum mc_status
ask(struct dispatch *dispatch)
{
	struct ctx *ctx = &dispatch->ctx;
	enum mc_status status = access_begin(ctx);

	if (status == MC_OK)
		status = access_ask(ctx);
	if (status != MC_OK)
		return status;
	dispatch->input = read_query(ctx);
	if (dispatch->input == MC_OK && ctx->route->ask != NULL)
		dispatch->input = ctx->route->ask(ctx);
	return MC_OK;
}

/* The order of refusals: another site, no session, not yours, your role; and only then the input.
 */
static enum mc_status
answer(struct dispatch *dispatch)
{
	struct ctx *ctx = &dispatch->ctx;
	enum mc_status status = access_take(ctx);

	if (status != MC_OK)
		return status;
	if (!form_is_valid(ctx))
		return reply_problem(
			ctx, form_status(ctx), "Some parts of this address need another look.");
	if (dispatch->input != MC_OK)
		return dispatch->input;

	if (!mc_method_is_safe(ctx->head->method)) {
		bool is_form;
		status = form_read(ctx, &is_form);
		if (status != MC_OK)
			return status;
		if (!is_form)
			return no_form(ctx);
	}
	return ctx->route->handle(ctx);
}

static void
log_failure(struct ctx *ctx, enum mc_status status)
{
	enum mc_log_level level =
		status == MC_FAILED || status == MC_NO_MEMORY ? MC_LOG_ERROR : MC_LOG_WARN;

	mc_log(level, "handler_failed", mc_log_text("route", ctx->route->name),
		mc_log_text("status", mc_status_name(status)),
		mc_log_text("why", ctx->error.message),
		mc_log_text("database", ctx->db == NULL ? "" : mc_db_message(ctx->db)));
}

/* The session whose use is to be noted; 0: none is. */
static mc_session_id
session_due(const struct ctx *ctx)
{
	if (!ctx->has_user || ctx->db == NULL)
		return 0;
	int64_t unused_us = mc_time_now().us - ctx->session.used_at.us;
	return unused_us >= MC_SESSION_USED_S * INT64_C(1000000) ? ctx->session.id : 0;
}

static void
begin(struct ctx *ctx, struct exchange *exchange, const struct server *server)
{
	view_begin();
	*ctx = (struct ctx){
		.server = server,
		.head = &exchange->head,
		.body = exchange->body,
		.peer = mc_str_from(exchange->peer.address),
		.peer_is_loopback = exchange->peer.is_loopback,
		.secure = exchange->peer.is_secure,
		.arena = exchange->arena,
		.route = exchange->route,
		.path = exchange->path,
		.view = view_new(),
		.title = MC_STR(""),
		.reply = &exchange->reply,
	};
	/* A head that could not be read has no Accept: programs send such things, people do not. */
	ctx->json = exchange->head.target.ptr == NULL ||
		    mc_accept_prefers_json(ctx_list(ctx, MC_STR("Accept")));
	if (!mc_target_split(exchange->head.target, &ctx->target))
		ctx->target = (struct mc_target){ .path = MC_STR("/") };
}

/* Who holds the answer for as long as they like to read. */
static uint8_t
share_of(const struct ctx *ctx)
{
	return ctx->has_user ? (uint8_t)((uint64_t)ctx->user.id % ANSWER_SHARES) : 0;
}

/* Fills the reply where the handler has not. */
static void
settle(struct ctx *ctx, enum mc_status status)
{
	ctx->reply->share = share_of(ctx);
	if (status == MC_OK)
		return;
	if (status == MC_FAILED || status == MC_NO_MEMORY || status == MC_UNAVAILABLE ||
		status == MC_TIMED_OUT)
		log_failure(ctx, status);
	mc_buf_clear(&ctx->reply->fields);
	reply_status(ctx, status);
}

static void
finish(struct ctx *ctx)
{
	json_object_put(ctx->view);
	json_object_put(ctx->form.json);
	json_object_put(ctx->form.errors);
	json_object_put(ctx->form.values);
}

bool
dispatch_ask(struct dispatch *dispatch, struct exchange *exchange, const struct server *server,
	struct mc_db *db)
{
	begin(&dispatch->ctx, exchange, server);
	dispatch->ctx.on_loop = true;
	dispatch->ctx.db = db;
	dispatch->asked = ask(dispatch);
	dispatch->whole = view_is_whole();
	if (dispatch->asked == MC_OK)
		mc_db_send(db);
	return dispatch->asked == MC_OK;
}

mc_session_id
dispatch_answer(struct dispatch *dispatch)
{
	struct ctx *ctx = &dispatch->ctx;

	view_begin();
	enum mc_status status = dispatch->whole ? dispatch->asked : MC_NO_MEMORY;
	if (status == MC_OK)
		status = answer(dispatch);
	if (ctx->reply->for_worker)
		mc_buf_clear(&ctx->reply->fields);
	else
		settle(ctx, status);
	mc_session_id due = ctx->reply->for_worker ? 0 : session_due(ctx);
	finish(ctx);
	return due;
}

static enum mc_status
run(struct dispatch *dispatch)
{
	enum mc_status status = ask(dispatch);

	return status == MC_OK ? answer(dispatch) : status;
}

void
dispatch(struct exchange *exchange, const struct server *server)
{
	struct dispatch both;
	struct ctx *ctx = &both.ctx;

	begin(ctx, exchange, server);
	if (exchange->refusal != 0)
		settle(ctx, refuse(ctx, exchange));
	else if (exchange->route == NULL)
		settle(ctx, no_route(ctx, exchange));
	else
		settle(ctx, run(&both));

	mc_session_id due = session_due(ctx);
	if (due != 0) {
		mc_db_forget(ctx->db);
		/* Only for the eyes of the account page: a failure changes nothing here. */
		if (mc_session_touch(ctx->db, due) != MC_OK)
			mc_log(MC_LOG_WARN, "session_touch_failed", mc_log_int("session", due));
	}
	mc_pool_release(server->pool, ctx->db);
	finish(ctx);
}
