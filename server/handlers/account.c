/* account - one's own name and address, password, and the sessions that are open. */

#include <string.h>

#include "libminiclass/crypt/password.h"
#include "libminiclass/model/session.h"
#include "libminiclass/model/user.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/handlers.h"
#include "server/handlers/password.h"
#include "server/reply.h"
#include "server/server.h"
#include "server/view.h"

struct mark {
	struct mc_str in_agent, name;
};

/* The first that the agent contains: browsers name those that they descend from, too. */
static struct mc_str
first_mark(struct mc_str agent, const struct mark *marks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (memmem(agent.ptr, agent.len, marks[i].in_agent.ptr, marks[i].in_agent.len) !=
			NULL)
			return marks[i].name;
	return (struct mc_str){ 0 };
}

/* "Firefox on Windows" for what browsers send; the tools' own names stay as they are. */
static struct mc_str
device_of(struct ctx *ctx, struct mc_str agent)
{
	static const struct mark browsers[] = {
		{ MC_STR_INIT("Edg"), MC_STR_INIT("Edge") },
		{ MC_STR_INIT("OPR/"), MC_STR_INIT("Opera") },
		{ MC_STR_INIT("SamsungBrowser/"), MC_STR_INIT("Samsung Internet") },
		{ MC_STR_INIT("Firefox/"), MC_STR_INIT("Firefox") },
		{ MC_STR_INIT("FxiOS/"), MC_STR_INIT("Firefox") },
		{ MC_STR_INIT("CriOS/"), MC_STR_INIT("Chrome") },
		{ MC_STR_INIT("Chrome/"), MC_STR_INIT("Chrome") },
		{ MC_STR_INIT("Safari/"), MC_STR_INIT("Safari") },
	};
	static const struct mark systems[] = {
		{ MC_STR_INIT("Android"), MC_STR_INIT("Android") },
		{ MC_STR_INIT("iPhone"), MC_STR_INIT("an iPhone") },
		{ MC_STR_INIT("iPad"), MC_STR_INIT("an iPad") },
		{ MC_STR_INIT("Windows"), MC_STR_INIT("Windows") },
		{ MC_STR_INIT("CrOS"), MC_STR_INIT("a Chromebook") },
		{ MC_STR_INIT("Mac OS X"), MC_STR_INIT("a Mac") },
		{ MC_STR_INIT("Linux"), MC_STR_INIT("Linux") },
	};

	if (agent.len == 0)
		return MC_STR("Unknown device");
	struct mc_str browser = first_mark(agent, browsers, MC_COUNT(browsers));
	struct mc_str system = first_mark(agent, systems, MC_COUNT(systems));
	if (browser.len == 0 || system.len == 0)
		return agent;
	return mc_arena_printf(
		ctx->arena, "%.*s on %.*s", MC_STR_ARGS(browser), MC_STR_ARGS(system));
}

static void
view_session(struct ctx *ctx, struct json_object *object, const struct mc_session *session)
{
	view_int(object, "id", session->id);
	view_bool(object, "current", session->id == ctx->session.id);
	view_text(object, "agent", session->agent);
	view_text(object, "address", session->address);
	view_time(object, "created_at", session->created_at);
	view_time(object, "used_at", session->used_at);
	view_time(object, "expires_at", session->expires_at);
	if (ctx->json)
		return;
	view_text(object, "device", device_of(ctx, session->agent));
	view_time_text(object, "created_text", session->created_at);
	view_time_text(object, "used_text", session->used_at);
	view_time_text(object, "expires_text", session->expires_at);
}

static enum mc_status
fill_account(struct ctx *ctx)
{
	struct mc_session *sessions;
	size_t n_sessions;
	enum mc_status status =
		mc_session_list(ctx->db, ctx->arena, ctx->user.id, &sessions, &n_sessions);

	if (status != MC_OK)
		return status;
	struct json_object *user = view_object(ctx->view, "user");
	view_int(user, "id", ctx->user.id);
	view_text(user, "name", ctx->user.name);
	view_text(user, "email", ctx->user.email);
	struct json_object *list = view_array(ctx->view, "sessions");
	for (size_t i = 0; i < n_sessions; i++)
		view_session(ctx, view_item(list), &sessions[i]);
	return MC_OK;
}

static enum mc_status
account_show(struct ctx *ctx)
{
	enum mc_status status = fill_account(ctx);
	return status == MC_OK ? reply_view(ctx, "account.html") : status;
}

/* The form again, on the page that it came from. */
static enum mc_status
refuse_password(struct ctx *ctx, int http)
{
	enum mc_status status = ctx_db(ctx);

	if (status == MC_OK && !ctx->json)
		status = fill_account(ctx);
	return status == MC_OK ? reply_form_refused(ctx, http, "account.html") : status;
}

static enum mc_status
account_password(struct ctx *ctx)
{
	struct mc_str current = form_secret(ctx, "current", 1, MC_PASSWORD_SIZE_MAX);
	struct mc_str new = form_secret(ctx, "new", MC_PASSWORD_SIZE_MIN, MC_PASSWORD_SIZE_MAX);
	char hash[MC_PASSWORD_HASH_SIZE];
	struct mc_str old_hash = MC_STR("");
	struct mc_user user;

	if (!form_is_valid(ctx))
		return refuse_password(ctx, form_status(ctx));
	enum mc_status status = ctx_db_release(ctx);
	if (status == MC_OK)
		status = password_confirm(ctx, current, &user, &old_hash);
	if (status == MC_UNAUTHENTICATED) {
		form_error(ctx, "current", "This is not your current password.");
		return refuse_password(ctx, 422);
	}
	if (status == MC_TOO_MANY)
		return refuse_password(ctx, 429);
	if (status == MC_OK)
		status = ctx_db_release(ctx);
	if (status == MC_OK)
		status = mc_password_hash(&ctx->server->password_cost, new, hash);
	if (status == MC_OK)
		status = ctx_db(ctx);
	if (status == MC_OK)
		status = mc_user_set_password(
			ctx->db, ctx->user.id, old_hash, mc_str_from(hash), ctx->session.id);
	return status == MC_OK ? reply_no_content(ctx, MC_STR("/account?done=password")) : status;
}

static enum mc_status
account_session_end(struct ctx *ctx)
{
	enum mc_status status = mc_session_end(ctx->db, ctx->user.id, ctx->path.session_id);
	return status == MC_OK ? reply_no_content(ctx, MC_STR("/account?done=session")) : status;
}

/* clang-format off */
const struct route account_routes[] = {
	{ MC_METHOD_GET,  "/account", ACCESS_USER, LANE_WORKER, NULL, account_show, "account" },
	{ MC_METHOD_POST, "/account/password", ACCESS_USER, LANE_HASHER, NULL, account_password,
		"account_password" },
	{ MC_METHOD_POST, "/account/sessions/{session}/end", ACCESS_USER, LANE_WORKER, NULL,
		account_session_end, "account_session_end" },
	{ 0 },
};
/* clang-format on */
