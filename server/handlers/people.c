/*
 * people - who is in a class.
 *
 * Students see the instructors only: the list of students is not even read for them.
 */

#include <json-c/json.h>

#include "libminiclass/model/membership.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/handlers.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

static struct mc_str
people_path(struct ctx *ctx)
{
	return ctx_path_of(ctx, "/classes/%lld/people", (long long)ctx->classroom.id);
}

static void
view_member(struct ctx *ctx, struct json_object *list, const struct mc_member *member)
{
	struct json_object *object = view_item(list);

	view_int(object, "id", member->id);
	view_text(object, "name", member->name);
	if (ctx->classroom.role != MC_ROLE_INSTRUCTOR)
		return;
	view_text(object, "email", member->email);
	view_time(object, "joined_at", member->joined_at);
	if (ctx->json)
		return;
	view_time_text(object, "joined_text", member->joined_at);
	view_bool(object, "is_me", member->id == ctx->user.id);
}

static enum mc_status
people_list(struct ctx *ctx)
{
	bool all = ctx->classroom.role == MC_ROLE_INSTRUCTOR;
	struct mc_member *members;
	size_t n_members;
	enum mc_status status = mc_membership_list(ctx->db, ctx->arena, ctx->classroom.id,
		all ? MC_ROLE_NONE : MC_ROLE_INSTRUCTOR, &members, &n_members);

	if (status != MC_OK)
		return status;
	struct json_object *instructors = view_array(ctx->view, "instructors");
	struct json_object *students = all ? view_array(ctx->view, "students") : NULL;
	for (size_t i = 0; i < n_members; i++) {
		if (members[i].role == MC_ROLE_INSTRUCTOR)
			view_member(ctx, instructors, &members[i]);
		else if (all)
			view_member(ctx, students, &members[i]);
	}
	if (!ctx->json) {
		view_this_class(ctx);
		view_bool(
			ctx->view, "has_other_teachers", json_object_array_length(instructors) > 1);
	}
	view_tab(ctx, "people");
	return reply_view(ctx, "people.html");
}

/* Who it is about, for a confirmation. */
static enum mc_status
find_member(struct ctx *ctx, struct mc_member *out)
{
	struct mc_member *members;
	size_t n_members;
	enum mc_status status = mc_membership_list(
		ctx->db, ctx->arena, ctx->classroom.id, MC_ROLE_NONE, &members, &n_members);

	for (size_t i = 0; status == MC_OK && i < n_members; i++) {
		if (members[i].id == ctx->path.user_id) {
			*out = members[i];
			return MC_OK;
		}
	}
	return status == MC_OK ? MC_NOT_FOUND : status;
}

static enum mc_status
last_instructor(struct ctx *ctx)
{
	return mc_error_set(&ctx->error, MC_CONFLICT, NULL,
		"A class keeps at least one teacher: make somebody else one first.");
}

static enum mc_status
member_remove_page(struct ctx *ctx)
{
	struct mc_member member;
	enum mc_status status = find_member(ctx, &member);

	if (status != MC_OK)
		return status;
	view_this_class(ctx);
	return reply_confirm(ctx,
		&(struct confirmation){
			.title = "Remove from the class",
			.text = mc_arena_printf(ctx->arena,
				"%.*s will lose access at once. What they did here stays. With "
				"the class code they can join again: make a new one to keep "
				"them out.",
				MC_STR_ARGS(member.name)),
			.label = "Remove",
			.action = ctx->target.path,
			.cancel = people_path(ctx),
			.also = "New class code",
			.also_path = ctx_path_of(
				ctx, "/classes/%lld/code", (long long)ctx->classroom.id),
		});
}

static enum mc_status
member_remove(struct ctx *ctx)
{
	enum mc_status status =
		mc_membership_remove(ctx->db, ctx->classroom.id, ctx->path.user_id, ctx->user.id);

	if (status == MC_CONFLICT)
		return last_instructor(ctx);
	return status == MC_OK ? reply_no_content(ctx, ctx_path_of(ctx, "%.*s?done=removed",
							       MC_STR_ARGS(people_path(ctx))))
			       : status;
}

static enum mc_status
member_role_page(struct ctx *ctx)
{
	struct mc_member member;
	enum mc_status status = find_member(ctx, &member);

	if (status != MC_OK)
		return status;
	bool promote = member.role == MC_ROLE_STUDENT;
	const char *what = "will not be a teacher any more: no posts, no list of the class, no "
			   "private messages of others.";
	if (promote)
		what = "will be a teacher of this class as you are: read the private messages of "
		       "all its students, also those of before, see who is in it, post, and "
		       "remove people, you too.";
	else if (member.id == ctx->user.id)
		what = "(this is you) will not be a teacher any more: no posts, no list of the "
		       "class, no private messages of others. Only another teacher can undo this.";
	view_this_class(ctx);
	return reply_confirm(ctx, &(struct confirmation){
					  .title = promote ? "Make a teacher" : "Make a student",
					  .text = mc_arena_printf(ctx->arena, "%.*s %s",
						  MC_STR_ARGS(member.name), what),
					  .label = promote ? "Make teacher" : "Make student",
					  .action = ctx->target.path,
					  .cancel = people_path(ctx),
					  .field = "role",
					  .value = promote ? "instructor" : "student",
				  });
}

static enum mc_status
member_role(struct ctx *ctx)
{
	struct mc_str name = form_line(ctx, "role", 1, 20);
	bool instructor = mc_str_equal(name, MC_STR("instructor"));

	if (form_is_valid(ctx) && !instructor && !mc_str_equal(name, MC_STR("student")))
		form_error(ctx, "role", "The role is instructor or student.");
	if (!form_is_valid(ctx))
		return reply_problem(ctx, form_status(ctx), "The role is instructor or student.");
	enum mc_status status = mc_membership_set_role(ctx->db, ctx->classroom.id,
		ctx->path.user_id, instructor ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT, ctx->user.id);
	if (status == MC_CONFLICT)
		return last_instructor(ctx);
	if (status != MC_OK)
		return status;
	struct json_object *member = view_object(ctx->view, "member");
	view_int(member, "id", ctx->path.user_id);
	view_text(member, "role", name);
	return reply_done(ctx, ctx_path_of(ctx, "%.*s?done=role", MC_STR_ARGS(people_path(ctx))));
}

/* clang-format off */
const struct route people_routes[] = {
	{ MC_METHOD_GET,  "/classes/{class}/people",               ACCESS_MEMBER,     LANE_WORKER, NULL, people_list, "people" },
	{ MC_METHOD_GET,  "/classes/{class}/people/{user}/remove", ACCESS_INSTRUCTOR, LANE_WORKER, NULL, member_remove_page, "member_remove_page" },
	{ MC_METHOD_POST, "/classes/{class}/people/{user}/remove", ACCESS_INSTRUCTOR, LANE_WORKER, NULL, member_remove, "member_remove" },
	{ MC_METHOD_GET,  "/classes/{class}/people/{user}/role",   ACCESS_INSTRUCTOR, LANE_WORKER, NULL, member_role_page, "member_role_page" },
	{ MC_METHOD_POST, "/classes/{class}/people/{user}/role",   ACCESS_INSTRUCTOR, LANE_WORKER, NULL, member_role, "member_role" },
	{ 0 },
};
/* clang-format on */
