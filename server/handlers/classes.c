/* classes - the list of one's classes; creating, joining, reading and leaving one. */

#include "libminiclass/limits.h"
#include "libminiclass/model/classroom.h"
#include "libminiclass/model/membership.h"
#include "libminiclass/model/post.h"
#include "libminiclass/model/throttle.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/handlers.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

static struct mc_str
class_path(struct ctx *ctx, mc_class_id id)
{
	return ctx_path_of(ctx, "/classes/%lld", (long long)id);
}

/* The class's page, saying what was done (reply_page.c knows the words). */
static struct mc_str
done_path(struct ctx *ctx, const char *done)
{
	return ctx_path_of(ctx, "/classes/%lld?done=%s", (long long)ctx->classroom.id, done);
}

static enum mc_status
classes_ask(struct ctx *ctx)
{
	mc_classroom_list_ask(ctx->db, &ctx->token);
	return MC_OK;
}

static enum mc_status
classes_list(struct ctx *ctx)
{
	struct mc_classroom *classes;
	size_t n_classes;
	enum mc_status status = mc_classroom_list_take(ctx->db, ctx->arena, &classes, &n_classes);

	if (status != MC_OK)
		return status;
	struct json_object *list = view_array(ctx->view, "classes");
	for (size_t i = 0; i < n_classes; i++)
		view_class(ctx, list, NULL, &classes[i], false);
	return reply_view(ctx, "classes.html");
}

static enum mc_status
class_new_page(struct ctx *ctx)
{
	return reply_view(ctx, "class_new.html");
}

static enum mc_status
class_create(struct ctx *ctx)
{
	struct mc_str name = form_line(ctx, "name", 1, MC_NAME_MAX);
	struct mc_str description = form_paragraphs(ctx, "description", 0, MC_DESCRIPTION_MAX);
	struct mc_str client_id = form_client_id(ctx);

	if (!form_is_valid(ctx))
		return reply_form_again(ctx, "class_new.html");
	enum mc_status status = mc_classroom_create(
		ctx->db, ctx->user.id, name, description, client_id, &ctx->classroom);
	if (status != MC_OK)
		return status;
	view_class(ctx, ctx->view, "class", &ctx->classroom, true);
	struct mc_str path = class_path(ctx, ctx->classroom.id);
	return reply_created(ctx, path, path);
}

static enum mc_status
class_join_page(struct ctx *ctx)
{
	struct mc_str code;

	enum mc_status status = query_line(ctx, "code", &code);
	if (status != MC_OK)
		return status;
	form_value(ctx, "code", code);
	return form_is_valid(ctx) ? reply_view(ctx, "class_join.html")
				  : reply_form_again(ctx, "class_join.html");
}

/* A code that nobody handed out: counted, so that codes cannot be tried one after the other. */
static enum mc_status
refuse_code(struct ctx *ctx, const struct mc_throttle *throttle)
{
	enum mc_status status = mc_throttle_count(ctx->db, throttle, 1);

	if (status != MC_OK)
		return status;
	mc_error_set(&ctx->error, MC_NOT_FOUND, "code",
		"No class has this code. Ask your teacher for the current one.");
	return reply_form_refused(ctx, 404, "class_join.html");
}

static enum mc_status
class_join(struct ctx *ctx)
{
	struct mc_str typed = form_line(ctx, "code", 1, MC_NAME_MAX);
	struct mc_throttle throttle = { MC_THROTTLE_JOIN_CODE,
		mc_arena_printf(ctx->arena, "%lld", (long long)ctx->user.id) };
	struct mc_join_code code;

	if (!form_is_valid(ctx))
		return reply_form_again(ctx, "class_join.html");
	enum mc_status status = mc_throttle_check(ctx->db, &throttle, 1, &ctx->error);
	if (status == MC_TOO_MANY)
		return reply_form_refused(ctx, 429, "class_join.html");
	if (status != MC_OK)
		return status;
	status = mc_join_code_read(typed, &code)
			 ? mc_classroom_join(ctx->db, ctx->user.id, &code, &ctx->classroom)
			 : MC_NOT_FOUND;
	if (status == MC_NOT_FOUND)
		return refuse_code(ctx, &throttle);
	if (status != MC_OK)
		return status;
	view_class(ctx, ctx->view, "class", &ctx->classroom, true);
	return reply_done(ctx, done_path(ctx, "joined"));
}

static enum mc_status
class_ask(struct ctx *ctx)
{
	int64_t before = query_number(ctx, "before", 1, INT64_MAX, 0);

	if (form_is_valid(ctx))
		mc_post_page_ask(ctx->db, &ctx->token, ctx->path.class_id, before,
			(struct mc_str){ 0 }, MC_PAGE_POSTS);
	return MC_OK;
}

static enum mc_status
class_show(struct ctx *ctx)
{
	bool is_older = ctx_query(ctx, "before").len > 0;
	struct mc_post_page page;
	enum mc_status status = mc_post_page_take(ctx->db, ctx->arena, MC_PAGE_POSTS, &page);

	if (status != MC_OK)
		return status;
	view_this_class(ctx);
	if (!ctx->json)
		view_bool(ctx->view, "is_older", is_older);
	view_tab(ctx, "posts");
	status = view_posts(ctx, &page,
		ctx_path_of(ctx, "/classes/%lld?before=", (long long)ctx->classroom.id));
	return status == MC_OK ? reply_view(ctx, is_older ? "posts.html" : "class.html") : status;
}

static void
view_settings(struct ctx *ctx)
{
	view_this_class(ctx);
	view_tab(ctx, "settings");
	/* The last one is not shown a way out that there is not. */
	if (!ctx->json)
		view_bool(ctx->view, "has_other_teachers", ctx->classroom.n_instructors > 1);
}

static enum mc_status
class_edit_page(struct ctx *ctx)
{
	view_settings(ctx);
	form_value(ctx, "name", ctx->classroom.name);
	form_value(ctx, "description", ctx->classroom.description);
	return reply_view(ctx, "class_edit.html");
}

static enum mc_status
class_edit(struct ctx *ctx)
{
	struct mc_str name = form_line(ctx, "name", 1, MC_NAME_MAX);
	struct mc_str description = form_paragraphs(ctx, "description", 0, MC_DESCRIPTION_MAX);

	if (!form_is_valid(ctx)) {
		view_settings(ctx);
		return reply_form_again(ctx, "class_edit.html");
	}
	enum mc_status status =
		mc_classroom_edit(ctx->db, ctx->classroom.id, ctx->user.id, name, description);
	if (status != MC_OK)
		return status;
	ctx->classroom.name = name;
	ctx->classroom.description = description;
	view_this_class(ctx);
	return reply_done(ctx, done_path(ctx, "class"));
}

static enum mc_status
class_code_page(struct ctx *ctx)
{
	view_this_class(ctx);
	return reply_confirm(ctx,
		&(struct confirmation){
			.title = "New class code",
			.text = MC_STR(
				"The current code stops working at once. Everyone who has joined "
				"stays."),
			.label = "Make a new code",
			.action = ctx->target.path,
			.cancel = class_path(ctx, ctx->classroom.id),
		});
}

static enum mc_status
class_code(struct ctx *ctx)
{
	struct mc_join_code code;
	enum mc_status status =
		mc_classroom_renew_code(ctx->db, ctx->classroom.id, ctx->user.id, &code);

	if (status != MC_OK)
		return status;
	ctx->classroom.join_code = (struct mc_str){ code.text, sizeof(code.text) };
	view_this_class(ctx);
	return reply_done(ctx, done_path(ctx, "code"));
}

static enum mc_status
class_leave_page(struct ctx *ctx)
{
	static const char teacher[] = ", and are a student then. Its last teacher cannot leave: "
				      "make somebody else one first.";

	view_this_class(ctx);
	return reply_confirm(ctx,
		&(struct confirmation){
			.title = "Leave this class",
			.text = mc_arena_printf(ctx->arena,
				"You will not see it any more. To come back you need its code%s",
				ctx->classroom.role == MC_ROLE_INSTRUCTOR ? teacher : "."),
			.label = "Leave",
			.action = ctx->target.path,
			.cancel = class_path(ctx, ctx->classroom.id),
		});
}

static enum mc_status
class_leave(struct ctx *ctx)
{
	enum mc_status status = mc_membership_leave(ctx->db, ctx->classroom.id, ctx->user.id);

	if (status == MC_CONFLICT)
		return mc_error_set(&ctx->error, status, NULL,
			"You are its last teacher: make somebody else one, under People, before "
			"you leave.");
	return status == MC_OK ? reply_no_content(ctx, MC_STR("/classes?done=left")) : status;
}

/* clang-format off */
const struct route class_routes[] = {
	{ MC_METHOD_GET,  "/classes",       ACCESS_USER, LANE_AHEAD, classes_ask, classes_list, "classes" },
	{ MC_METHOD_POST, "/classes",       ACCESS_USER, LANE_WORKER, NULL, class_create, "class_create" },
	{ MC_METHOD_GET,  "/classes/new",   ACCESS_USER, LANE_WORKER, NULL, class_new_page, "class_new_page" },
	{ MC_METHOD_GET,  "/classes/join",  ACCESS_USER, LANE_WORKER, NULL, class_join_page, "class_join_page" },
	{ MC_METHOD_POST, "/classes/join",  ACCESS_USER, LANE_WORKER, NULL, class_join, "class_join" },
	{ MC_METHOD_GET,  "/classes/{class}", ACCESS_MEMBER, LANE_AHEAD, class_ask, class_show, "class" },
	{ MC_METHOD_GET,  "/classes/{class}/edit",  ACCESS_INSTRUCTOR, LANE_WORKER, NULL, class_edit_page, "class_edit_page" },
	{ MC_METHOD_POST, "/classes/{class}/edit",  ACCESS_INSTRUCTOR, LANE_WORKER, NULL, class_edit, "class_edit" },
	{ MC_METHOD_GET,  "/classes/{class}/code",  ACCESS_INSTRUCTOR, LANE_WORKER, NULL, class_code_page, "class_code_page" },
	{ MC_METHOD_POST, "/classes/{class}/code",  ACCESS_INSTRUCTOR, LANE_WORKER, NULL, class_code, "class_code" },
	{ MC_METHOD_GET,  "/classes/{class}/leave", ACCESS_MEMBER, LANE_WORKER, NULL, class_leave_page, "class_leave_page" },
	{ MC_METHOD_POST, "/classes/{class}/leave", ACCESS_MEMBER, LANE_WORKER, NULL, class_leave, "class_leave" },
	{ 0 },
};
/* clang-format on */
