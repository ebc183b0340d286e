/* assets - static files, out of memory and on the loop: with gzip, entity tags and ranges. */

#include "server/assets.h"
#include "libminiclass/http/accept.h"
#include "libminiclass/http/etag.h"
#include "server/ctx.h"
#include "server/handlers/handlers.h"
#include "server/reply.h"
#include "server/server.h"

static enum mc_status
reply_range(struct ctx *ctx, const struct asset_form *form, uint64_t first, uint64_t last)
{
	reply_field(ctx, MC_STR("Content-Range"),
		mc_arena_printf(ctx->arena, "bytes %llu-%llu/%zu", (unsigned long long)first,
			(unsigned long long)last, form->bytes.len));
	ctx->reply->status = 206;
	ctx->reply->fixed_fields = form->fields;
	ctx->reply->fixed_body =
		(struct mc_str){ form->bytes.ptr + first, (size_t)(last - first + 1) };
	return MC_OK;
}

static enum mc_status
reply_unsatisfiable(struct ctx *ctx, const struct asset_form *form)
{
	reply_field(ctx, MC_STR("Content-Range"),
		mc_arena_printf(ctx->arena, "bytes */%zu", form->bytes.len));
	return reply_problem(ctx, 416, "The file has no such range.");
}

/* RFC 9110, 13.1.5: a range of another version than the one named is of no use. */
static bool
range_is_wanted(struct ctx *ctx, const struct asset_form *form)
{
	struct mc_str condition = ctx_field(ctx, MC_STR("If-Range"));
	return condition.ptr == NULL || mc_str_equal(condition, form->etag);
}

static enum mc_status
asset_show(struct ctx *ctx)
{
	const struct asset *asset = assets_find(ctx->server->assets, ctx->path.file);
	struct mc_str coding = ctx_list(ctx, MC_STR("Accept-Encoding"));
	uint64_t first, last;

	if (asset == NULL)
		return MC_NOT_FOUND;
	bool gzip = asset->gzip.bytes.ptr != NULL &&
		    mc_accept_coding_quality(coding, MC_STR("gzip")) > 0;
	const struct asset_form *form = gzip ? &asset->gzip : &asset->identity;

	/* RFC 9110, 13.2.2: this condition first. */
	struct mc_str if_match = ctx_list(ctx, MC_STR("If-Match"));
	if (if_match.ptr != NULL && !mc_etag_is_same(if_match, form->etag))
		return reply_problem(ctx, 412, "The file is not the one that was asked for.");
	if (mc_etag_matches(ctx_list(ctx, MC_STR("If-None-Match")), form->etag)) {
		ctx->reply->status = 304;
		ctx->reply->fixed_fields = form->fields_304;
		return MC_OK;
	}
	struct mc_str range = ctx_field(ctx, MC_STR("Range"));
	if (range.ptr != NULL && ctx->head->method == MC_METHOD_GET && range_is_wanted(ctx, form)) {
		switch (mc_range_read(range, form->bytes.len, &first, &last)) {
		case MC_RANGE_NONE: break;
		case MC_RANGE_PART: return reply_range(ctx, form, first, last);
		case MC_RANGE_UNSATISFIABLE: return reply_unsatisfiable(ctx, form);
		}
	}
	ctx->reply->status = 200;
	ctx->reply->fixed_fields = form->fields;
	ctx->reply->fixed_body = form->bytes;
	return MC_OK;
}

/* clang-format off */
const struct route asset_routes[] = {
	{ MC_METHOD_GET, "/static/{file}", ACCESS_PUBLIC, LANE_LOOP, NULL, asset_show, "asset" },
	{ 0 },
};
/* clang-format on */
