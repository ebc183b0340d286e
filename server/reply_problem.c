/*
 * reply_problem - what went wrong, or is not allowed: a problem document (RFC 9457), a page, a
 * form again, or the way to log in.
 */

#include <json-c/json.h>

#include "libminiclass/http/head.h"
#include "libminiclass/http/response.h"
#include "libminiclass/http/status.h"
#include "libminiclass/http/url.h"
#include "libminiclass/text/json.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/reply.h"
#include "server/reply_int.h"
#include "server/router.h"
#include "server/server.h"
#include "server/view.h"

/* What a status of the library is in HTTP, and what is said when nobody said it better. */
static const struct {
	int http;
	const char *detail;
} answers[MC_STATUS_COUNT] = {
	[MC_OK] = { 500, "The request was not answered." },
	[MC_FAILED] = { 500, "Something went wrong on our side. It has been noted." },
	[MC_INVALID] = { 400, "The request could not be understood." },
	[MC_NOT_FOUND] = { 404, "There is nothing here, or it is not yours to see." },
	[MC_CONFLICT] = { 409, "This does not fit what is there already." },
	[MC_FORBIDDEN] = { 403, "Your role does not allow this." },
	[MC_UNAUTHENTICATED] = { 401, "Please log in." },
	[MC_TOO_MANY] = { 429, "Too many tries. Please wait a little." },
	[MC_TOO_LARGE] = { 413, "This is too large." },
	[MC_NO_MEMORY] = { 503, "There is not enough memory or disk space for this just now." },
	[MC_UNAVAILABLE] = { 503, "The classroom's database is away. Please try again shortly." },
	[MC_TIMED_OUT] = { 503, "This took too long. Please try again shortly." },
};

enum { RETRY_AFTER_S = 2 };

/* RFC 9110, 11.6.1 and 10.2.3. */
static void
add_needed_fields(struct ctx *ctx, int status)
{
	if (status == 401)
		reply_field(ctx, MC_STR("WWW-Authenticate"), MC_STR("Bearer"));
	if (status == 503 || status == 429)
		mc_response_field_int(&ctx->reply->fields, MC_STR("Retry-After"),
			ctx->error.retry_after_s > 0 ? ctx->error.retry_after_s : RETRY_AFTER_S);
}

static void
start_over(struct ctx *ctx)
{
	json_object_put(ctx->view);
	view_begin();
	ctx->view = view_new();
	mc_buf_clear(&ctx->reply->body);
}

/* `more`: a further member under `key`; NULL: none. */
static enum mc_status
problem_json(
	struct ctx *ctx, int status, const char *detail, const char *key, struct json_object *more)
{
	start_over(ctx);
	view_text(ctx->view, "type", MC_STR("about:blank"));
	view_text(ctx->view, "title", mc_http_reason(status));
	view_int(ctx->view, "status", status);
	view_text(ctx->view, "detail", mc_str_from(detail));
	if (ctx->form.errors != NULL)
		view_share(ctx->view, "errors", ctx->form.errors);
	if (more != NULL)
		view_share(ctx->view, key, more);

	mc_json_write(&ctx->reply->body, ctx->view);
	/* The status has to say it alone. */
	if (!view_is_whole() || !mc_buf_ok(&ctx->reply->body))
		mc_buf_clear(&ctx->reply->body);
	reply_json_fields(ctx, MC_STR("application/problem+json"));
	ctx->reply->status = status;
	return MC_OK;
}

/* What people read instead of HTTP's own phrases. */
static struct mc_str
heading_of(int status)
{
	static const struct {
		int status;
		const char *text;
	} headings[] = {
		{ 403, "Not allowed" },
		{ 404, "Nothing here" },
		{ 405, "Not this way" },
		{ 409, "That does not fit" },
		{ 413, "Too large" },
		{ 422, "Something needs another look" },
		{ 429, "Too many tries" },
		{ 500, "Something went wrong" },
		{ 503, "Back in a moment" },
	};

	for (size_t i = 0; i < MC_COUNT(headings); i++)
		if (headings[i].status == status)
			return mc_str_from(headings[i].text);
	return mc_http_reason(status);
}

/* Back to where somebody can go on: the class that they are in, all of theirs, or the beginning. */
static void
add_way_back(struct ctx *ctx, struct json_object *error)
{
	bool in_class = ctx->has_user && ctx->classroom.id != 0;
	struct mc_str home = ctx->has_user ? MC_STR("/classes") : MC_STR("/");

	if (in_class)
		home = ctx_path_of(ctx, "/classes/%lld", (long long)ctx->classroom.id);
	view_text(error, "home", home);
	view_bool(error, "in_class", in_class);
}

enum mc_status
reply_problem(struct ctx *ctx, int status, const char *detail)
{
	if (ctx->json)
		return problem_json(ctx, status, detail, NULL, NULL);

	start_over(ctx);
	struct json_object *error = view_object(ctx->view, "error");
	view_int(error, "status", status);
	view_text(error, "title", heading_of(status));
	view_text(error, "detail", mc_str_from(detail));
	view_bool(error, "is_missing", status == 404);
	/* The same for each class and room that one is not in, and for those that there are not. */
	bool in_a_class = ctx->path.class_id != 0 || ctx->path.room_id != 0;
	view_bool(error, "is_outside",
		status == 404 && ctx->has_user && ctx->classroom.id == 0 && in_a_class);
	view_bool(error, "is_ours", status >= 500);
	/* A link would not send again what was sent, a reload does.  Behind a fault of ours it
	 * would meet the same: then what browsers keep is its form. */
	bool passing = status == 503;
	bool sent = ctx->head != NULL && ctx->head->method == MC_METHOD_POST;
	view_bool(error, "is_passing", passing && !sent);
	view_bool(error, "is_unsent", passing && sent);
	view_bool(error, "is_kept", status >= 500 && !passing && sent);
	add_way_back(ctx, error);
	if (ctx->form.errors != NULL)
		view_share(error, "errors", ctx->form.errors);
	/* The page of an error must not itself be a reason to fail. */
	if (reply_page(ctx, status, "error.html") != MC_OK)
		return problem_json(ctx, status, detail, NULL, NULL);
	return MC_OK;
}

enum mc_status
reply_conflict(struct ctx *ctx, const char *detail, const char *key, struct mc_str page)
{
	if (!ctx->json)
		return reply_see_other(ctx, page);
	/* It outlives the view that it stands in. */
	struct json_object *there = json_object_get(json_object_object_get(ctx->view, key));
	enum mc_status status = problem_json(ctx, 409, detail, key, there);
	json_object_put(there);
	return status;
}

/* Where a form was sent from, or above it: the nearest page that can be looked at. */
static struct mc_str
page_above(const struct ctx *ctx)
{
	struct mc_str path = ctx->target.path;
	struct ctx_path ids;
	bool known;

	while (path.len > 1 &&
		router_find(ctx->server->router, MC_METHOD_GET, path, &ids, &known) == NULL) {
		do
			path.len--;
		while (path.len > 0 && path.ptr[path.len] != '/');
	}
	return path.len > 1 ? path : MC_STR("/");
}

/* A browser is sent to log in and comes back to where it wanted to be. */
static enum mc_status
reply_log_in(struct ctx *ctx)
{
	bool looks = mc_method_is_safe(ctx->head->method);
	struct mc_buf path;

	mc_buf_init(&path, 4 * MC_HEAD_SIZE_MAX);
	mc_buf_add(&path, MC_STR("/login?next="));
	mc_url_escape(&path, looks ? ctx->head->target : page_above(ctx));
	/* But for a log-out there were words in it. */
	if (!looks && !mc_str_equal(page_above(ctx), MC_STR("/")))
		mc_buf_add(&path, MC_STR("&unsent=1"));
	enum mc_status status = reply_see_other(
		ctx, path.len < REPLY_FIELDS_MAX / 2 ? mc_buf_str(&path) : MC_STR("/login"));
	mc_buf_finish(&path);
	return status;
}

enum mc_status
reply_status(struct ctx *ctx, enum mc_status status)
{
	const char *detail = answers[status].detail;

	if (status == MC_UNAUTHENTICATED && !ctx->json)
		return reply_log_in(ctx);
	/* What our own mistakes say is for the log, not for the world. */
	if (ctx->error.status == status && ctx->error.message[0] != '\0' &&
		answers[status].http < 500)
		detail = ctx->error.message;
	add_needed_fields(ctx, answers[status].http);
	return reply_problem(ctx, answers[status].http, detail);
}

enum mc_status
reply_form_refused(struct ctx *ctx, int status, const char *template_name)
{
	add_needed_fields(ctx, status);
	if (ctx->json)
		return reply_problem(ctx, status,
			ctx->error.message[0] != '\0' ? ctx->error.message
						      : "Some fields need another look.");
	if (ctx->error.message[0] != '\0')
		form_error(ctx, ctx->error.field, "%s", ctx->error.message);
	return reply_page(ctx, status, template_name);
}

enum mc_status
reply_form_again(struct ctx *ctx, const char *template_name)
{
	return reply_form_refused(ctx, form_status(ctx), template_name);
}
