#include "server/reply.h"

#include <string.h>

#include <json-c/json.h>

#include "libminiclass/crypt/token.h"
#include "libminiclass/http/response.h"
#include "libminiclass/http/status.h"
#include "libminiclass/http/url.h"
#include "libminiclass/limits.h"
#include "libminiclass/text/json.h"
#include "server/assets.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/router.h"
#include "server/server.h"
#include "server/template.h"
#include "server/view.h"

enum {
	FIELDS_SIZE_MAX = 8 * 1024, /* our own fields; the longest is a Location with `next` */
	BODY_KEPT_MAX = 64 * 1024,  /* a larger buffer is not kept for the next request */
};

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

/*
 * What a browser may do with a page: nothing inline, nothing from elsewhere, in nobody's frame.
 * Chat is on another port, so a page with a room names that one address.
 */
static void
page_fields(struct ctx *ctx)
{
	struct mc_buf *fields = &ctx->reply->fields;

	mc_buf_add(fields, MC_STR("Content-Type: text/html; charset=utf-8\r\n"
				  "Cache-Control: no-store\r\n"
				  "Vary: Accept\r\n"
				  "X-Content-Type-Options: nosniff\r\n"
				  "Referrer-Policy: same-origin\r\n"
				  "Cross-Origin-Opener-Policy: same-origin\r\n"
				  "Content-Security-Policy: default-src 'none'; style-src 'self'; "
				  "script-src 'self'; img-src 'self' data:; connect-src 'self'"));
	if (ctx->chat_url.len > 0) {
		mc_buf_add_char(fields, ' ');
		mc_buf_add(fields, ctx->chat_url);
	}
	mc_buf_add(fields,
		MC_STR("; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"));
}

void
reply_clear(struct reply *reply)
{
	reply->status = 0;
	reply->close = false;
	reply->for_worker = false;
	reply->fixed_fields = (struct mc_str){ 0 };
	reply->fixed_body = (struct mc_str){ 0 };
	if (reply->body.size > BODY_KEPT_MAX)
		mc_buf_finish(&reply->body);
	mc_buf_clear(&reply->body);
	mc_buf_clear(&reply->fields);
	reply->body.limit = MC_REPLY_SIZE_MAX;
	reply->fields.limit = FIELDS_SIZE_MAX;
}

struct mc_str
reply_body(const struct reply *reply)
{
	return reply->fixed_body.ptr != NULL ? reply->fixed_body : mc_buf_str(&reply->body);
}

void
reply_field(struct ctx *ctx, struct mc_str name, struct mc_str value)
{
	mc_response_field(&ctx->reply->fields, name, value);
}

static void
json_fields(struct ctx *ctx, struct mc_str type)
{
	mc_response_field(&ctx->reply->fields, MC_STR("Content-Type"), type);
	mc_buf_add(&ctx->reply->fields, MC_STR("Cache-Control: no-store\r\nVary: Accept\r\n"
					       "X-Content-Type-Options: nosniff\r\n"));
}

/* What a page that was redirected to may say was done: `?done=NAME`, so that no text comes from
 * outside. */
static const struct {
	const char *name, *text;
} notices[] = {
	{ "password", "Your password is changed. Everywhere else you are logged out." },
	{ "session", "That log-in has ended." },
	{ "class", "The class is changed." },
	{ "code", "The class has a new code. The old one does not work any more." },
	{ "joined", "You are in this class." },
	{ "left", "You have left the class." },
	{ "posted", "Your post is there, for everyone in the class." },
	{ "saved", "The post is changed." },
	{ "removed", "Removed." },
	{ "role", "The role is changed." },
	{ "corrected", "The attendance is corrected." },
	{ "left-out", "This live class does not count any more." },
	{ "taken-in", "This live class counts again." },
	{ "topic", "The topic is changed." },
	{ "closed", "The discussion is closed: it can be read, and nobody writes in it." },
	{ "reopened", "The discussion is open again." },
	{ "ended", "The live class has ended. This is who was there." },
};

static void
add_notice(struct ctx *ctx, struct json_object *page)
{
	struct mc_str done = ctx_query(ctx, "done");

	for (size_t i = 0; done.len > 0 && i < MC_COUNT(notices); i++)
		if (mc_str_equal(done, mc_str_from(notices[i].name)))
			view_text(page, "notice", mc_str_from(notices[i].text));
}

/* Who is logged in and where: what the frame of every page shows. */
static void
add_page(struct ctx *ctx, struct json_object *view)
{
	struct json_object *page = view_object(view, "page");

	if (ctx->title.len > 0)
		view_text(page, "title", ctx->title);
	view_text(page, "path", ctx->target.path);
	add_notice(ctx, page);
	if (ctx->has_user) {
		struct json_object *user = view_object(page, "user");
		view_int(user, "id", ctx->user.id);
		view_text(user, "name", ctx->user.name);
		view_text(user, "email", ctx->user.email);
	}
}

/* A form sent twice (a double click, a reload) carries the same client_id and is done once. */
static void
add_client_id(struct json_object *form)
{
	static const char prefix[] = FORM_PAGE_ID;
	enum { PREFIX_LENGTH = sizeof(prefix) - 1 };
	char text[PREFIX_LENGTH + MC_CLIENT_ID_LENGTH];

	memcpy(text, prefix, PREFIX_LENGTH);
	mc_client_id_make(text + PREFIX_LENGTH);
	view_text(form, "client_id", (struct mc_str){ text, sizeof(text) });
}

/* "?next=…" for the links between log-in and sign-up, which both lead to where one was going. */
static void
add_next_query(struct json_object *form, struct json_object *values)
{
	struct json_object *next = json_object_object_get(values, "next");
	struct mc_buf query;

	if (next == NULL)
		return;
	mc_buf_init(&query, MC_HEAD_SIZE_MAX * 3 + 16);
	mc_buf_add(&query, MC_STR("?next="));
	mc_url_escape(&query, mc_str_from(json_object_get_string(next)));
	if (mc_buf_ok(&query))
		view_text(form, "next_query", mc_buf_str(&query));
	mc_buf_finish(&query);
}

static void
add_form(struct ctx *ctx, struct json_object *view)
{
	struct json_object *form = view_object(view, "form");
	struct json_object *by_field = view_object(form, "error");

	add_client_id(form);
	if (ctx->form.values != NULL) {
		view_share(form, "values", ctx->form.values);
		add_next_query(form, ctx->form.values);
	}
	if (ctx->form.errors == NULL)
		return;
	view_share(form, "errors", ctx->form.errors);
	for (size_t i = 0; i < json_object_array_length(ctx->form.errors); i++) {
		struct json_object *error = json_object_array_get_idx(ctx->form.errors, i);
		struct json_object *field, *message;
		if (json_object_object_get_ex(error, "field", &field) &&
			json_object_object_get_ex(error, "message", &message))
			view_share(by_field, json_object_get_string(field), message);
	}
}

static enum mc_status
render_page(struct ctx *ctx, int status, const char *template_name)
{
	const struct template *template =
		template_find(assets_templates(ctx->server->assets), mc_str_from(template_name));

	if (template == NULL)
		return mc_error_set(&ctx->error, MC_FAILED, NULL, "no template %s", template_name);
	add_page(ctx, ctx->view);
	add_form(ctx, ctx->view);
	if (!view_is_whole())
		return MC_NO_MEMORY;
	mc_buf_clear(&ctx->reply->body);
	enum mc_status rendered = template_render(template, ctx->view, &ctx->reply->body);
	if (rendered != MC_OK)
		return rendered;
	if (!mc_buf_ok(&ctx->reply->body))
		return MC_NO_MEMORY;
	page_fields(ctx);
	ctx->reply->status = status;
	return MC_OK;
}

static enum mc_status
print_json(struct ctx *ctx, int status)
{
	if (!view_is_whole())
		return MC_NO_MEMORY;
	mc_json_write(&ctx->reply->body, ctx->view);
	if (!mc_buf_ok(&ctx->reply->body))
		return MC_NO_MEMORY;
	json_fields(ctx, MC_STR("application/json"));
	ctx->reply->status = status;
	return MC_OK;
}

enum mc_status
reply_view(struct ctx *ctx, const char *template_name)
{
	return ctx->json ? print_json(ctx, 200) : render_page(ctx, 200, template_name);
}

enum mc_status
reply_see_other(struct ctx *ctx, struct mc_str path)
{
	reply_field(ctx, MC_STR("Location"), path);
	mc_buf_add(&ctx->reply->fields, MC_STR("Cache-Control: no-store\r\n"));
	ctx->reply->status = 303;
	return MC_OK;
}

enum mc_status
reply_created(struct ctx *ctx, struct mc_str location, struct mc_str page)
{
	if (!ctx->json)
		return reply_see_other(ctx, page);
	reply_field(ctx, MC_STR("Location"), location);
	return print_json(ctx, 201);
}

enum mc_status
reply_done(struct ctx *ctx, struct mc_str path)
{
	return ctx->json ? print_json(ctx, 200) : reply_see_other(ctx, path);
}

enum mc_status
reply_no_content(struct ctx *ctx, struct mc_str path)
{
	if (!ctx->json)
		return reply_see_other(ctx, path);
	mc_buf_add(&ctx->reply->fields, MC_STR("Cache-Control: no-store\r\n"));
	ctx->reply->status = 204;
	return MC_OK;
}

/* RFC 9110, 11.6.1 and 10.2.3. */
static void
needed_fields(struct ctx *ctx, int status)
{
	if (status == 401)
		reply_field(ctx, MC_STR("WWW-Authenticate"), MC_STR("Bearer"));
	if (status == 503 || status == 429)
		mc_response_field_int(&ctx->reply->fields, MC_STR("Retry-After"),
			ctx->error.retry_after_s > 0 ? ctx->error.retry_after_s : RETRY_AFTER_S);
}

enum mc_status
reply_form_refused(struct ctx *ctx, int status, const char *template_name)
{
	needed_fields(ctx, status);
	if (ctx->json)
		return reply_problem(ctx, status,
			ctx->error.message[0] != '\0' ? ctx->error.message
						      : "Some fields need another look.");
	if (ctx->error.message[0] != '\0')
		form_error(ctx, ctx->error.field, "%s", ctx->error.message);
	return render_page(ctx, status, template_name);
}

enum mc_status
reply_form_again(struct ctx *ctx, const char *template_name)
{
	return reply_form_refused(ctx, form_status(ctx), template_name);
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
	json_fields(ctx, MC_STR("application/problem+json"));
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
	view_bool(error, "is_ours", status >= 500);
	/* What was sent is not sent again by a link, but browsers keep it in its form. */
	bool sent = ctx->head != NULL && ctx->head->method == MC_METHOD_POST;
	view_bool(error, "is_passing", status == 503 && !sent);
	view_bool(error, "is_unsent", status >= 500 && sent);
	add_way_back(ctx, error);
	if (ctx->form.errors != NULL)
		view_share(error, "errors", ctx->form.errors);
	/* The page of an error must not itself be a reason to fail. */
	if (render_page(ctx, status, "error.html") != MC_OK)
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
		ctx, path.len < FIELDS_SIZE_MAX / 2 ? mc_buf_str(&path) : MC_STR("/login"));
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
	needed_fields(ctx, answers[status].http);
	return reply_problem(ctx, answers[status].http, detail);
}

enum mc_status
reply_bytes(struct ctx *ctx, struct mc_str type, struct mc_str bytes)
{
	reply_field(ctx, MC_STR("Content-Type"), type);
	mc_buf_add(&ctx->reply->fields,
		MC_STR("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"));
	mc_buf_add(&ctx->reply->body, bytes);
	ctx->reply->status = 200;
	return MC_OK;
}
