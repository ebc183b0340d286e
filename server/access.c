#include "server/access.h"

#include "libminiclass/crypt/token.h"
#include "libminiclass/http/credentials.h"
#include "libminiclass/http/origin.h"
#include "libminiclass/model/membership.h"
#include "libminiclass/model/room.h"
#include "libminiclass/service/log.h"
#include "server/ctx.h"
#include "server/router.h"
#include "server/server.h"

static enum mc_status
refuse_cross_site(struct ctx *ctx)
{
	mc_log(MC_LOG_INFO, "cross_site_refused", mc_log_str("path", ctx->target.path),
		mc_log_str("origin", ctx_field(ctx, MC_STR("Origin"))));
	return mc_error_set(&ctx->error, MC_FORBIDDEN, NULL,
		"This request does not come from the classroom's own pages.");
}

enum mc_status
access_begin(struct ctx *ctx)
{
	const struct mc_request_head *head = ctx->head;
	struct mc_str token = mc_credentials_token(head, ctx->secure, &ctx->token_from_cookie);

	if (!mc_method_is_safe(head->method)) {
		enum mc_origin origin = mc_origin_of(head->fields, head->n_fields,
			ctx->secure ? MC_STR("https") : MC_STR("http"), head->host);
		if (origin == MC_ORIGIN_FOREIGN ||
			(origin == MC_ORIGIN_UNSAID && ctx->token_from_cookie))
			return refuse_cross_site(ctx);
	}
	if (ctx->route->access != ACCESS_PUBLIC && token.ptr != NULL)
		ctx->has_token = mc_token_digest(token, &ctx->token);
	return MC_OK;
}

enum mc_status
access_ask(struct ctx *ctx)
{
	switch (ctx->route->access) {
	case ACCESS_UNSAID:
	case ACCESS_PUBLIC:
	case ACCESS_LOOPBACK: return MC_OK;
	case ACCESS_ANYONE:
		if (!ctx->has_token)
			return MC_OK;
		break;
	case ACCESS_USER:
	case ACCESS_MEMBER:
	case ACCESS_INSTRUCTOR:
	case ACCESS_ROOM:
	case ACCESS_ROOM_INSTRUCTOR:
		if (!ctx->has_token)
			return MC_UNAUTHENTICATED;
		break;
	}

	enum mc_status status = ctx_db(ctx);
	if (status != MC_OK)
		return status;
	if (ctx->route->access == ACCESS_MEMBER || ctx->route->access == ACCESS_INSTRUCTOR)
		mc_membership_find_ask(ctx->db, &ctx->token, ctx->path.class_id);
	else if (ctx->route->access == ACCESS_ROOM || ctx->route->access == ACCESS_ROOM_INSTRUCTOR)
		mc_room_find_ask(ctx->db, &ctx->token, ctx->path.room_id);
	else
		mc_session_find_ask(ctx->db, &ctx->token);
	return MC_OK;
}

static enum mc_status
refuse_student(struct ctx *ctx)
{
	return mc_error_set(
		&ctx->error, MC_FORBIDDEN, NULL, "Only the teachers of this class may do this.");
}

static enum mc_status
take_user(struct ctx *ctx)
{
	enum mc_status status = mc_session_find_take(ctx->db, &ctx->session, &ctx->user);
	ctx->has_user = status == MC_OK;
	return status;
}

static enum mc_status
take_member(struct ctx *ctx)
{
	enum mc_status status =
		mc_membership_find_take(ctx->db, &ctx->session, &ctx->user, &ctx->classroom);

	ctx->has_user = status == MC_OK || status == MC_NOT_FOUND;
	if (status == MC_OK && ctx->route->access == ACCESS_INSTRUCTOR &&
		ctx->classroom.role != MC_ROLE_INSTRUCTOR)
		return refuse_student(ctx);
	return status;
}

static enum mc_status
take_room(struct ctx *ctx)
{
	enum mc_status status =
		mc_room_find_take(ctx->db, &ctx->session, &ctx->user, &ctx->classroom, &ctx->room);

	ctx->has_user = status == MC_OK || status == MC_NOT_FOUND;
	if (status == MC_OK && ctx->route->access == ACCESS_ROOM_INSTRUCTOR &&
		ctx->room.role != MC_ROLE_INSTRUCTOR)
		return refuse_student(ctx);
	return status;
}

enum mc_status
access_take(struct ctx *ctx)
{
	enum mc_status status;

	switch (ctx->route->access) {
	case ACCESS_PUBLIC: return MC_OK;
	case ACCESS_LOOPBACK:
		return ctx->peer_is_loopback || ctx->server->settings.metrics_open ? MC_OK
										   : MC_NOT_FOUND;
	case ACCESS_ANYONE:
		if (!ctx->has_token)
			return MC_OK;
		status = take_user(ctx);
		return status == MC_UNAUTHENTICATED ? MC_OK : status;
	case ACCESS_USER: return take_user(ctx);
	case ACCESS_MEMBER:
	case ACCESS_INSTRUCTOR: return take_member(ctx);
	case ACCESS_ROOM:
	case ACCESS_ROOM_INSTRUCTOR: return take_room(ctx);
	case ACCESS_UNSAID: break;
	}
	return MC_FORBIDDEN;
}
