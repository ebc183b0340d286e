/* tags - the words that a class's posts carry. */

#include "libminiclass/model/tag.h"
#include "server/ctx.h"
#include "server/handlers/handlers.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

static enum mc_status
tags_ask(struct ctx *ctx)
{
	mc_tag_list_ask(ctx->db, ctx->path.class_id);
	return MC_OK;
}

static enum mc_status
tags_list(struct ctx *ctx)
{
	struct mc_tag *tags;
	size_t n_tags;
	enum mc_status status = mc_tag_list_take(ctx->db, ctx->arena, &tags, &n_tags);

	if (status != MC_OK)
		return status;
	struct json_object *list = view_array(ctx->view, "tags");
	for (size_t i = 0; i < n_tags; i++) {
		struct json_object *tag = view_item(list);
		view_text(tag, "name", tags[i].name);
		view_int(tag, "posts", tags[i].n_posts);
		if (!ctx->json)
			view_query(tag, "query", tags[i].name);
	}
	if (!ctx->json)
		view_this_class(ctx);
	return reply_view(ctx, "tags.html");
}

/* clang-format off */
const struct route tag_routes[] = {
	{ MC_METHOD_GET, "/classes/{class}/tags", ACCESS_MEMBER, LANE_WORKER, tags_ask, tags_list, "tags" },
	{ 0 },
};
/* clang-format on */
