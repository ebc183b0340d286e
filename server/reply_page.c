/* reply_page - an answer as a page: its frame, the forms in it, what a browser may do with it. */

#include <string.h>

#include <json-c/json.h>

#include "libminiclass/crypt/token.h"
#include "libminiclass/http/head.h"
#include "libminiclass/http/url.h"
#include "server/assets.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/reply.h"
#include "server/reply_int.h"
#include "server/server.h"
#include "server/template.h"
#include "server/view.h"

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

enum mc_status
reply_page(struct ctx *ctx, int status, const char *template_name)
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
