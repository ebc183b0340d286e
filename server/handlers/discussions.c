/* discussions - topics of a class. */

#include "libminiclass/model/discussion.h"

#include "libminiclass/limits.h"
#include "libminiclass/model/reading.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/handlers.h"
#include "server/handlers/rooms.h"
#include "server/handlers/threads.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

static struct mc_str
discussion_path(struct ctx *ctx, mc_discussion_id discussion)
{
	return ctx_path_of(ctx, "/classes/%lld/discussions/%lld", (long long)ctx->classroom.id,
		(long long)discussion);
}

static void
view_discussion(struct ctx *ctx, struct json_object *object, const struct mc_discussion *discussion)
{
	view_int(object, "id", discussion->id);
	view_text(object, "topic", discussion->topic);
	view_int(object, "room", discussion->room);
	view_text(object, "created_by", discussion->created_by);
	view_time(object, "created_at", discussion->created_at);
	view_time(object, "closed_at", discussion->closed_at);
	view_int(object, "messages", discussion->n_messages);
	view_int(object, "unread", discussion->n_unread);
	view_time(object, "last_at", discussion->last_at);
	if (ctx->json)
		return;
	view_time_text(object, "created_text", discussion->created_at);
	view_bool(object, "closed", discussion->closed_at.us != 0);
	view_bool(object, "one_message", discussion->n_messages == 1);
	if (discussion->last_at.us != 0)
		view_time_text(object, "last_text", discussion->last_at);
}

static enum mc_status
discussions_ask(struct ctx *ctx)
{
	/* First: what the lists have may be newer than the time up to which all can be marked. */
	if (!ctx->json)
		mc_reading_count_ask(ctx->db, &ctx->token, ctx->path.class_id, 0);
	mc_discussion_list_ask(ctx->db, &ctx->token, ctx->path.class_id);
	mc_thread_recent_ask(ctx->db, &ctx->token, ctx->path.class_id);
	return MC_OK;
}

/* Also of threads that are not among the recent ones. */
static enum mc_status
view_has_unread(struct ctx *ctx)
{
	struct mc_unread unread;
	enum mc_status status = mc_reading_count_take(ctx->db, &unread);

	if (status != MC_OK)
		return status;
	view_bool(ctx->view, "has_unread", unread.n_discussions + unread.n_threads > 0);
	view_time(ctx->view, "as_of", unread.as_of);
	return MC_OK;
}

static enum mc_status
view_discussions(struct ctx *ctx)
{
	struct mc_discussion *discussions;
	size_t n_discussions;
	enum mc_status status = ctx->json ? MC_OK : view_has_unread(ctx);

	if (status == MC_OK)
		status = mc_discussion_list_take(ctx->db, ctx->arena, &discussions, &n_discussions);
	if (status != MC_OK)
		return status;
	struct json_object *list = view_array(ctx->view, "discussions");
	for (size_t i = 0; i < n_discussions; i++)
		view_discussion(ctx, view_item(list), &discussions[i]);
	status = view_recent_threads(ctx);
	if (status == MC_OK && !ctx->json)
		view_this_class(ctx);
	view_tab(ctx, "discussions");
	return status;
}

static enum mc_status
discussions_list(struct ctx *ctx)
{
	enum mc_status status = view_discussions(ctx);
	return status == MC_OK ? reply_view(ctx, "discussions.html") : status;
}

static enum mc_status
discussion_create(struct ctx *ctx)
{
	struct mc_str topic = form_line(ctx, "topic", 1, MC_TOPIC_MAX);
	struct mc_str client_id = form_client_id(ctx);
	struct mc_discussion discussion;

	if (!form_is_valid(ctx)) {
		if (!ctx->json) {
			enum mc_status viewed = discussions_ask(ctx);
			if (viewed == MC_OK)
				viewed = view_discussions(ctx);
			if (viewed != MC_OK)
				return viewed;
		}
		return reply_form_again(ctx, "discussions.html");
	}
	enum mc_status status = mc_discussion_create(
		ctx->db, ctx->classroom.id, ctx->user.id, topic, client_id, &discussion);
	if (status != MC_OK)
		return status;
	view_discussion(ctx, view_object(ctx->view, "discussion"), &discussion);
	struct mc_str path = discussion_path(ctx, discussion.id);
	return reply_created(ctx, path, path);
}

static enum mc_status
discussion_ask(struct ctx *ctx)
{
	mc_discussion_find_ask(ctx->db, &ctx->token, ctx->path.class_id, ctx->path.discussion_id);
	return MC_OK;
}

static enum mc_status
discussion_view(struct ctx *ctx, const struct mc_discussion *discussion)
{
	struct mc_room room = {
		.id = discussion->room,
		.class_id = ctx->classroom.id,
		.kind = MC_ROOM_DISCUSSION,
		.role = ctx->classroom.role,
		.ended = discussion->closed_at.us != 0,
		.last_seq = discussion->n_messages,
		.n_removed = discussion->n_removed,
		.owner = discussion->id,
		.title = discussion->topic,
	};

	view_discussion(ctx, view_object(ctx->view, "discussion"), discussion);
	room_last_ask(ctx, room.id);
	enum mc_status status = view_room(ctx, &room);
	if (status == MC_OK)
		status = view_discussion_threads(ctx, discussion->id);
	if (status == MC_OK && !ctx->json)
		view_this_class(ctx);
	return status;
}

static enum mc_status
discussion_show(struct ctx *ctx)
{
	struct mc_discussion discussion;
	enum mc_status status = mc_discussion_find_take(ctx->db, &discussion);

	if (status == MC_OK)
		status = discussion_view(ctx, &discussion);
	return status == MC_OK ? reply_view(ctx, "room.html") : status;
}

static enum mc_status
reply_edit_page(struct ctx *ctx, const struct mc_discussion *discussion)
{
	view_discussion(ctx, view_object(ctx->view, "discussion"), discussion);
	view_this_class(ctx);
	view_tab(ctx, "discussions");
	if (!form_is_valid(ctx))
		return reply_form_again(ctx, "discussion_edit.html");
	form_value(ctx, "topic", discussion->topic);
	return reply_view(ctx, "discussion_edit.html");
}

static enum mc_status
discussion_edit_page(struct ctx *ctx)
{
	struct mc_discussion discussion;
	enum mc_status status = mc_discussion_find_take(ctx->db, &discussion);

	return status == MC_OK ? reply_edit_page(ctx, &discussion) : status;
}

static enum mc_status
reply_changed(struct ctx *ctx, const struct mc_discussion *discussion, const char *done)
{
	view_discussion(ctx, view_object(ctx->view, "discussion"), discussion);
	return reply_done(ctx, ctx_path_of(ctx, "%.*s?done=%s",
				       MC_STR_ARGS(discussion_path(ctx, discussion->id)), done));
}

static enum mc_status
discussion_edit(struct ctx *ctx)
{
	struct mc_str topic = form_line(ctx, "topic", 1, MC_TOPIC_MAX);
	struct mc_discussion discussion;
	enum mc_status status;

	if (!form_is_valid(ctx)) {
		status = discussion_ask(ctx);
		return status == MC_OK ? discussion_edit_page(ctx) : status;
	}
	status = mc_discussion_rename(ctx->db, ctx->classroom.id, ctx->path.discussion_id,
		ctx->user.id, topic, &discussion);
	return status == MC_OK ? reply_changed(ctx, &discussion, "topic") : status;
}

static enum mc_status
set_closed(struct ctx *ctx, bool closed, const char *done)
{
	struct mc_discussion discussion;
	enum mc_status status = mc_discussion_set_closed(ctx->db, ctx->classroom.id,
		ctx->path.discussion_id, ctx->user.id, closed, &discussion);

	return status == MC_OK ? reply_changed(ctx, &discussion, done) : status;
}

static enum mc_status
discussion_close(struct ctx *ctx)
{
	return set_closed(ctx, true, "closed");
}

static enum mc_status
discussion_reopen(struct ctx *ctx)
{
	return set_closed(ctx, false, "reopened");
}

/* The discussion's page again, with what is wrong about the chosen student. */
static enum mc_status
thread_refused(struct ctx *ctx)
{
	struct mc_discussion discussion;

	mc_discussion_find_ask(ctx->db, &ctx->token, ctx->classroom.id, ctx->path.discussion_id);
	enum mc_status status = mc_discussion_find_take(ctx->db, &discussion);
	if (status == MC_OK && !ctx->json)
		status = discussion_view(ctx, &discussion);
	return status == MC_OK ? reply_form_again(ctx, "room.html") : status;
}

static enum mc_status
thread_open(struct ctx *ctx)
{
	bool instructor = ctx->classroom.role == MC_ROLE_INSTRUCTOR;
	mc_user_id student = ctx->user.id;
	struct mc_thread thread;
	bool created;

	form_number(ctx, "student", instructor, 1, INT64_MAX, &student);
	if (!form_is_valid(ctx))
		return thread_refused(ctx);
	if (!instructor && student != ctx->user.id)
		return mc_error_set(&ctx->error, MC_FORBIDDEN, NULL,
			"A student writes privately to the teachers only.");
	enum mc_status status = mc_thread_open(ctx->db, ctx->classroom.id, ctx->path.discussion_id,
		student, ctx->user.id, &thread, &created);
	if (status != MC_OK)
		return status;
	view_int(ctx->view, "room", thread.room);
	struct mc_str path = room_path(ctx, thread.room);
	return created ? reply_created(ctx, path, path) : reply_done(ctx, path);
}

/* clang-format off */
const struct route discussion_routes[] = {
	{ MC_METHOD_GET,  "/classes/{class}/discussions", ACCESS_MEMBER,     LANE_WORKER, discussions_ask, discussions_list, "discussions" },
	{ MC_METHOD_POST, "/classes/{class}/discussions", ACCESS_INSTRUCTOR, LANE_WORKER, NULL, discussion_create, "discussion_create" },
	{ MC_METHOD_GET,  "/classes/{class}/discussions/{discussion}", ACCESS_MEMBER, LANE_WORKER, discussion_ask, discussion_show, "discussion" },
	{ MC_METHOD_GET,  "/classes/{class}/discussions/{discussion}/edit", ACCESS_INSTRUCTOR, LANE_WORKER, discussion_ask, discussion_edit_page, "discussion_edit_page" },
	{ MC_METHOD_POST, "/classes/{class}/discussions/{discussion}/edit", ACCESS_INSTRUCTOR, LANE_WORKER, NULL, discussion_edit, "discussion_edit" },
	{ MC_METHOD_POST, "/classes/{class}/discussions/{discussion}/close", ACCESS_INSTRUCTOR, LANE_WORKER, NULL, discussion_close, "discussion_close" },
	{ MC_METHOD_POST, "/classes/{class}/discussions/{discussion}/reopen", ACCESS_INSTRUCTOR, LANE_WORKER, NULL, discussion_reopen, "discussion_reopen" },
	{ MC_METHOD_POST, "/classes/{class}/discussions/{discussion}/threads", ACCESS_MEMBER, LANE_WORKER, NULL, thread_open, "thread_open" },
	{ 0 },
};
/* clang-format on */
