/*
 * login - sign up, log in with a password or a code, log out.
 *
 * Hashing takes tens of milliseconds: it happens on the hashing lane, and never with a database
 * lease in hand.
 */

#include "libminiclass/base/utf8.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/crypt/password.h"
#include "libminiclass/crypt/token.h"
#include "libminiclass/http/cookie.h"
#include "libminiclass/http/url.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/session.h"
#include "libminiclass/model/throttle.h"
#include "libminiclass/model/user.h"
#include "server/access.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/handlers.h"
#include "server/handlers/password.h"
#include "server/reply.h"
#include "server/server.h"
#include "server/view.h"

enum {
	COOKIE_SIZE_MAX = 512,
	DAY_S = 24 * 60 * 60,
	CODE_TYPED_MAX = 100, /* a code, and as many blanks as somebody may put between */
};

static void
set_cookie(struct ctx *ctx, struct mc_str token, int64_t max_age_s)
{
	struct mc_buf cookie;

	mc_buf_init(&cookie, COOKIE_SIZE_MAX);
	mc_cookie_write(
		&cookie, mc_cookie_session_name(ctx->secure), token, max_age_s, ctx->secure);
	if (mc_buf_ok(&cookie))
		reply_field(ctx, MC_STR("Set-Cookie"), mc_buf_str(&cookie));
	mc_wipe(cookie.ptr, cookie.size);
	mc_buf_finish(&cookie);
}

/* Where the browser goes from here: only ever to a path of this site. */
static struct mc_str
next_path(struct ctx *ctx)
{
	struct mc_str next = form_line(ctx, "next", 0, MC_HEAD_SIZE_MAX);
	return mc_url_is_local_path(next) ? next : MC_STR("/classes");
}

/* A new session for the user: cookie, and in JSON the token. */
static enum mc_status
open_session(struct ctx *ctx, const struct mc_user *user, struct mc_str password_hash)
{
	struct mc_session_new wanted = {
		.user = user->id,
		.agent = mc_utf8_cut(ctx_field(ctx, MC_STR("User-Agent")), MC_USER_AGENT_MAX),
		.address = ctx->peer,
		.password_hash = password_hash,
	};
	struct mc_session session;
	struct mc_token token;

	if (!mc_utf8_is_valid(wanted.agent))
		wanted.agent = MC_STR("");
	mc_token_make(&token);
	struct mc_str token_text = { token.text, sizeof(token.text) };
	enum mc_status status = MC_FAILED;
	if (mc_token_digest(token_text, &wanted.digest))
		status = mc_session_create(ctx->db, &wanted, &session);
	if (status == MC_OK) {
		set_cookie(ctx, token_text, MC_SESSION_DAYS * DAY_S);
		struct json_object *person = view_object(ctx->view, "user");
		view_int(person, "id", user->id);
		view_text(person, "name", user->name);
		view_text(person, "email", user->email);
		view_text(ctx->view, "token", token_text);
		view_time(ctx->view, "expires_at", session.expires_at);
	}
	mc_wipe(&token, sizeof(token));
	return status;
}

/* What the address says; ptr NULL: nowhere, or no path of this site. */
static struct mc_str
asked_next(struct ctx *ctx)
{
	struct mc_str next = ctx_query(ctx, "next");
	return mc_url_is_local_path(next) ? next : (struct mc_str){ 0 };
}

/* Who is logged in, in another tab perhaps, has come to where the log-in would have led. */
static enum mc_status
entrance(struct ctx *ctx, const char *template_name)
{
	struct mc_str next = asked_next(ctx);

	if (ctx->has_user && !ctx->json)
		return reply_see_other(ctx, next.ptr != NULL ? next : MC_STR("/classes"));
	form_value(ctx, "next", next);
	form_value(ctx, "unsent", ctx_query(ctx, "unsent"));
	return reply_view(ctx, template_name);
}

static enum mc_status
login_page(struct ctx *ctx)
{
	return entrance(ctx, "login.html");
}

static enum mc_status
login(struct ctx *ctx)
{
	struct mc_str email = form_line(ctx, "email", 1, MC_EMAIL_MAX);
	struct mc_str password = form_secret(ctx, "password", 1, MC_PASSWORD_SIZE_MAX);
	struct mc_str next = next_path(ctx);
	struct mc_str hash = MC_STR("");
	struct mc_user user;

	if (!form_is_valid(ctx))
		return reply_form_again(ctx, "login.html");
	enum mc_status status = password_check(ctx, email, password, &user, &hash);
	if (status == MC_OK)
		status = open_session(ctx, &user, hash);
	/* Not found: disabled, or given another password, between our look and the session. */
	if (status == MC_UNAUTHENTICATED || status == MC_NOT_FOUND) {
		mc_error_set(&ctx->error, status, "password", "E-mail or password is wrong.");
		return reply_form_refused(ctx, 401, "login.html");
	}
	if (status == MC_TOO_MANY)
		return reply_form_refused(ctx, 429, "login.html");
	return status == MC_OK ? reply_done(ctx, next) : status;
}

/* Also for who is logged in, and wants another password without knowing the current one. */
static enum mc_status
reset_page(struct ctx *ctx)
{
	form_value(ctx, "next", asked_next(ctx));
	return reply_view(ctx, "reset.html");
}

static enum mc_status
reset(struct ctx *ctx)
{
	struct mc_str email = form_line(ctx, "email", 1, MC_EMAIL_MAX);
	struct mc_str code = form_secret(ctx, "code", 1, CODE_TYPED_MAX);
	struct mc_str new = form_secret(ctx, "new", MC_PASSWORD_SIZE_MIN, MC_PASSWORD_SIZE_MAX);
	struct mc_str next = next_path(ctx);
	struct mc_str hash = MC_STR("");
	struct mc_user user;

	if (!form_is_valid(ctx))
		return reply_form_again(ctx, "reset.html");
	enum mc_status status = password_set_by_code(ctx, email, code, new, &user, &hash);
	if (status == MC_OK)
		status = open_session(ctx, &user, hash);
	/* Not found: disabled between the code and the session. */
	if (status == MC_UNAUTHENTICATED || status == MC_NOT_FOUND) {
		mc_error_set(&ctx->error, status, "code",
			"E-mail or code is wrong, or the code cannot be used any more.");
		return reply_form_refused(ctx, 401, "reset.html");
	}
	if (status == MC_TOO_MANY)
		return reply_form_refused(ctx, 429, "reset.html");
	return status == MC_OK ? reply_done(ctx, next) : status;
}

static enum mc_status
signup_page(struct ctx *ctx)
{
	return entrance(ctx, "signup.html");
}

/* Before a password is hashed in vain: MC_CONFLICT when there is one, else without a lease. */
static enum mc_status
look_for_account(struct ctx *ctx, struct mc_str email)
{
	struct mc_user found;
	struct mc_str hash;
	enum mc_status status = ctx_db(ctx);

	if (status == MC_OK)
		status = mc_user_find_by_email(ctx->db, email, &found, &hash);
	if (status == MC_NOT_FOUND)
		return ctx_db_release(ctx);
	return status == MC_OK ? MC_CONFLICT : status;
}

static enum mc_status
signup(struct ctx *ctx)
{
	struct mc_str name = form_person_name(ctx, "name");
	struct mc_str email = form_email(ctx, "email");
	struct mc_str password =
		form_secret(ctx, "password", MC_PASSWORD_SIZE_MIN, MC_PASSWORD_SIZE_MAX);
	struct mc_str next = next_path(ctx);
	char hash[MC_PASSWORD_HASH_SIZE];
	struct mc_user user;

	if (!form_is_valid(ctx))
		return reply_form_again(ctx, "signup.html");
	enum mc_status status = look_for_account(ctx, email);
	if (status == MC_OK)
		status = mc_password_hash(&ctx->server->password_cost, password, hash);
	if (status == MC_OK)
		status = ctx_db(ctx);
	if (status == MC_OK) {
		struct mc_user_new wanted = {
			.name = name, .email = email, .password_hash = mc_str_from(hash)
		};
		status = mc_user_create(ctx->db, &wanted, &user);
	}
	if (status == MC_CONFLICT) {
		mc_error_set(&ctx->error, status, "email",
			"There is an account with this e-mail already. Log in instead?");
		return reply_form_refused(ctx, 409, "signup.html");
	}
	if (status == MC_OK)
		status = open_session(ctx, &user, mc_str_from(hash));
	return status == MC_OK ? reply_created(ctx, MC_STR("/account"), next) : status;
}

static enum mc_status
logout(struct ctx *ctx)
{
	enum mc_status status = mc_session_end(ctx->db, ctx->user.id, ctx->session.id);

	/* Somebody else ended it in this moment: it has ended all the same. */
	if (status != MC_OK && status != MC_NOT_FOUND)
		return status;
	set_cookie(ctx, MC_STR(""), 0);
	return reply_no_content(ctx, MC_STR("/"));
}

/* clang-format off */
const struct route login_routes[] = {
	{ MC_METHOD_GET,  "/login",  ACCESS_ANYONE, LANE_WORKER, NULL, login_page,  "login_page" },
	{ MC_METHOD_POST, "/login",  ACCESS_PUBLIC, LANE_HASHER, NULL, login,       "login" },
	{ MC_METHOD_GET,  "/reset",  ACCESS_ANYONE, LANE_WORKER, NULL, reset_page,  "reset_page" },
	{ MC_METHOD_POST, "/reset",  ACCESS_PUBLIC, LANE_HASHER, NULL, reset,       "reset" },
	{ MC_METHOD_GET,  "/signup", ACCESS_ANYONE, LANE_WORKER, NULL, signup_page, "signup_page" },
	{ MC_METHOD_POST, "/signup", ACCESS_PUBLIC, LANE_HASHER, NULL, signup,      "signup" },
	{ MC_METHOD_POST, "/logout", ACCESS_USER,   LANE_WORKER, NULL, logout,      "logout" },
	{ 0 },
};
/* clang-format on */
