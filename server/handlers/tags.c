/* tags - the words that a class's posts carry; its page has the posts under each. */

#include "libminiclass/base/utf8.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/tag.h"
#include "libminiclass/text/markdown.h"
#include "server/ctx.h"
#include "server/handlers/handlers.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

enum { EXCERPT_MAX = 160 /* bytes: two lines on a desktop */ };

static enum mc_status
tags_ask(struct ctx *ctx)
{
	if (ctx->json)
		mc_tag_list_ask(ctx->db, &ctx->token, ctx->path.class_id);
	else
		mc_tag_groups_ask(ctx->db, &ctx->token, ctx->path.class_id);
	return MC_OK;
}

static struct json_object *
view_tag(struct json_object *list, const struct mc_tag *tag)
{
	struct json_object *object = view_item(list);

	view_text(object, "name", tag->name);
	view_int(object, "posts", tag->n_posts);
	return object;
}

static enum mc_status
view_excerpt(struct json_object *object, struct mc_str beginning)
{
	struct mc_buf text;

	mc_buf_init(&text, MC_POST_BODY_MAX);
	enum mc_status status = mc_markdown_text(&text, beginning);
	/* Of what was taken before there was that bound: as it was written. */
	struct mc_str words = mc_str_trim(status == MC_TOO_LARGE ? beginning : mc_buf_str(&text));
	struct mc_str shown = mc_utf8_cut(words, EXCERPT_MAX);
	view_text(object, "excerpt", shown);
	view_bool(object, "cut", shown.len < words.len);
	mc_buf_finish(&text);
	return status == MC_TOO_LARGE ? MC_OK : status;
}

static enum mc_status
view_group(struct json_object *list, const struct mc_tag_group *group)
{
	struct json_object *object = view_tag(list, &group->tag);
	struct json_object *items = view_array(object, "items");

	view_query(object, "query", group->tag.name);
	view_bool(object, "more", (int64_t)group->n_shown < group->tag.n_posts);
	for (size_t i = 0; i < group->n_shown; i++) {
		const struct mc_tag_post *post = &group->posts[i];
		struct json_object *item = view_item(items);
		view_int(item, "id", post->id);
		view_text(item, "author_name", post->author_name);
		view_time(item, "created_at", post->created_at);
		view_time_text(item, "created_text", post->created_at);
		enum mc_status status = view_excerpt(item, post->beginning);
		if (status != MC_OK)
			return status;
	}
	return MC_OK;
}

static enum mc_status
view_groups(struct ctx *ctx, struct json_object *list)
{
	struct mc_tag_group *groups;
	size_t n;
	enum mc_status status = mc_tag_groups_take(ctx->db, ctx->arena, &groups, &n);

	for (size_t i = 0; status == MC_OK && i < n; i++)
		status = view_group(list, &groups[i]);
	view_this_class(ctx);
	view_tab(ctx, "tags");
	return status;
}

static enum mc_status
view_tags(struct ctx *ctx, struct json_object *list)
{
	struct mc_tag *tags;
	size_t n;
	enum mc_status status = mc_tag_list_take(ctx->db, ctx->arena, &tags, &n);

	for (size_t i = 0; status == MC_OK && i < n; i++)
		(void)view_tag(list, &tags[i]);
	return status;
}

static enum mc_status
tags_list(struct ctx *ctx)
{
	struct json_object *list = view_array(ctx->view, "tags");
	enum mc_status status = ctx->json ? view_tags(ctx, list) : view_groups(ctx, list);

	return status == MC_OK ? reply_view(ctx, "tags.html") : status;
}

/* clang-format off */
const struct route tag_routes[] = {
	{ MC_METHOD_GET, "/classes/{class}/tags", ACCESS_MEMBER, LANE_AHEAD, tags_ask, tags_list, "tags" },
	{ 0 },
};
/* clang-format on */
