#include "server/reply.h"

#include "libminiclass/http/response.h"
#include "libminiclass/limits.h"
#include "libminiclass/text/json.h"
#include "server/ctx.h"
#include "server/reply_int.h"
#include "server/view.h"

enum { BODY_KEPT_MAX = 64 * 1024 }; /* a larger buffer is not kept for the next request */

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
	reply->fields.limit = REPLY_FIELDS_MAX;
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

void
reply_json_fields(struct ctx *ctx, struct mc_str type)
{
	mc_response_field(&ctx->reply->fields, MC_STR("Content-Type"), type);
	mc_buf_add(&ctx->reply->fields, MC_STR("Cache-Control: no-store\r\nVary: Accept\r\n"
					       "X-Content-Type-Options: nosniff\r\n"));
}

static enum mc_status
print_json(struct ctx *ctx, int status)
{
	if (!view_is_whole())
		return MC_NO_MEMORY;
	mc_json_write(&ctx->reply->body, ctx->view);
	if (!mc_buf_ok(&ctx->reply->body))
		return MC_NO_MEMORY;
	reply_json_fields(ctx, MC_STR("application/json"));
	ctx->reply->status = status;
	return MC_OK;
}

enum mc_status
reply_view(struct ctx *ctx, const char *template_name)
{
	return ctx->json ? print_json(ctx, 200) : reply_page(ctx, 200, template_name);
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
