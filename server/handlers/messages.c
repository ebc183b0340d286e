/* messages - writing and removing them, for who has no chat connection. */

#include "libminiclass/model/message.h"

#include "libminiclass/crypt/token.h"
#include "libminiclass/limits.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/handlers.h"
#include "server/handlers/rooms.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/view.h"

/* The page again, with what was typed. */
static enum mc_status
message_refused(struct ctx *ctx, int status)
{
	if (!ctx->json) {
		room_last_ask(ctx, ctx->room.id);
		enum mc_status viewed = view_room_page(ctx);
		if (viewed != MC_OK)
			return viewed;
	}
	return status == 422 ? reply_form_again(ctx, "room.html")
			     : reply_form_refused(ctx, status, "room.html");
}

/* Who sends without one cannot send again safely, but may send. */
static struct mc_str
own_client_id(struct ctx *ctx)
{
	char text[MC_CLIENT_ID_LENGTH];

	mc_client_id_make(text);
	return mc_arena_copy(ctx->arena, (struct mc_str){ text, sizeof(text) });
}

static struct mc_message_new
read_message(struct ctx *ctx)
{
	struct mc_message_new message = {
		.room = ctx->room.id,
		.sender = ctx->user.id,
		.body = form_lines(ctx, "body", 1, MC_MESSAGE_BODY_MAX),
		.client_id = form_client_id(ctx),
	};

	if (message.client_id.len == 0)
		message.client_id = own_client_id(ctx);
	return message;
}

/* MC_NOT_FOUND: there is none of that number. */
static enum mc_status
find_message(struct ctx *ctx, int64_t seq, struct mc_message *out)
{
	struct mc_message *found;
	size_t n;

	enum mc_status status =
		mc_message_after(ctx->db, ctx->arena, ctx->room.id, seq - 1, 1, &found, &n);
	if (status != MC_OK)
		return status;
	if (n == 0 || found[0].seq != seq)
		return MC_NOT_FOUND;
	*out = found[0];
	return MC_OK;
}

/* As everybody sees it: of a message that was there already, what it said the first time. */
static enum mc_status
view_sent(
	struct ctx *ctx, const struct mc_message_new *sent, const struct mc_message_result *result)
{
	struct mc_message message = {
		.seq = result->seq,
		.sender_id = ctx->user.id,
		.sender_name = ctx->user.name,
		.sender_role = result->role,
		.client_id = sent->client_id,
		.body = sent->body,
		.at = result->at,
	};

	if (result->repeated) {
		enum mc_status status = find_message(ctx, result->seq, &message);
		if (status != MC_OK)
			return status;
	}
	view_message(ctx, view_object(ctx->view, "message"), &message);
	return MC_OK;
}

static enum mc_status
message_send(struct ctx *ctx)
{
	struct mc_message_new message = read_message(ctx);
	struct mc_message_result result;

	if (!form_is_valid(ctx))
		return message_refused(ctx, 422);
	enum mc_status status = mc_message_append(ctx->db, &message, 1, false, &result);
	if (status != MC_OK)
		return status;
	status = result.status;
	if (status == MC_CONFLICT) {
		ctx->room.ended = true;
		mc_error_set(&ctx->error, status, NULL, "%s %s", room_over(&ctx->room),
			"Nothing more can be written.");
		return message_refused(ctx, 409);
	}
	if (status == MC_OK && ctx->json)
		status = view_sent(ctx, &message, &result);
	if (status != MC_OK)
		return status;
	return reply_created(ctx,
		ctx_path_of(ctx, "/rooms/%lld/messages?after=%lld&limit=1", (long long)ctx->room.id,
			(long long)result.seq - 1),
		room_path(ctx, ctx->room.id));
}

/* The page with that message in its midst; among the last ones, where the room goes on. */
static struct mc_str
message_place(struct ctx *ctx)
{
	if (ctx->room.last_seq - ctx->path.seq < MC_PAGE_MESSAGES)
		return room_path(ctx, ctx->room.id);
	return ctx_path_of(ctx, "/rooms/%lld?before=%lld", (long long)ctx->room.id,
		(long long)ctx->path.seq + MC_PAGE_MESSAGES / 2);
}

static struct mc_str
remove_all_path(struct ctx *ctx)
{
	return ctx_path_of(ctx, "/rooms/%lld/messages/%lld/remove/all", (long long)ctx->room.id,
		(long long)ctx->path.seq);
}

static enum mc_status
message_remove_page(struct ctx *ctx)
{
	struct mc_message message;
	enum mc_status status = find_message(ctx, ctx->path.seq, &message);

	if (status != MC_OK)
		return status;
	if (message.removed)
		return mc_error_set(
			&ctx->error, MC_CONFLICT, NULL, "This message has already been removed.");
	view_this_class(ctx);
	return reply_confirm(
		ctx, &(struct confirmation){
			     .title = "Remove the message",
			     .text = mc_arena_printf(ctx->arena,
				     "What %.*s wrote will disappear for everybody and cannot be "
				     "brought "
				     "back. That a message was removed stays visible."
				     "\n\n\u201c%.*s\u201d",
				     MC_STR_ARGS(message.sender_name), MC_STR_ARGS(message.body)),
			     .label = "Remove",
			     .action = ctx->target.path,
			     .cancel = message_place(ctx),
			     .also = "Remove all that they wrote here",
			     .also_path = remove_all_path(ctx),
		     });
}

static enum mc_status
messages_remove_page(struct ctx *ctx)
{
	struct mc_message message;
	enum mc_status status = find_message(ctx, ctx->path.seq, &message);

	if (status != MC_OK)
		return status;
	view_this_class(ctx);
	return reply_confirm(ctx,
		&(struct confirmation){
			.title = "Remove all that one person wrote here",
			.text = mc_arena_printf(ctx->arena,
				"All that %.*s has written in \u201c%.*s\u201d will disappear "
				"for everybody and cannot be brought back. That messages were "
				"removed stays visible.",
				MC_STR_ARGS(message.sender_name), MC_STR_ARGS(ctx->room.title)),
			.label = "Remove all of it",
			.action = ctx->target.path,
			.cancel = message_place(ctx),
		});
}

static enum mc_status
message_remove(struct ctx *ctx)
{
	struct mc_message message;
	enum mc_status status =
		mc_message_remove(ctx->db, ctx->room.id, ctx->path.seq, ctx->user.id);

	if (status == MC_OK && ctx->json)
		status = find_message(ctx, ctx->path.seq, &message);
	if (status != MC_OK)
		return status;
	if (ctx->json)
		view_message(ctx, view_object(ctx->view, "message"), &message);
	return reply_done(ctx, message_place(ctx));
}

static enum mc_status
messages_remove(struct ctx *ctx)
{
	int64_t n_removed;
	enum mc_status status = mc_message_remove_all(
		ctx->db, ctx->room.id, ctx->path.seq, ctx->user.id, &n_removed);

	if (status != MC_OK)
		return status;
	view_int(ctx->view, "removed", n_removed);
	return reply_done(ctx, message_place(ctx));
}

/* clang-format off */
const struct route message_routes[] = {
	{ MC_METHOD_POST, "/rooms/{room}/messages", ACCESS_ROOM, LANE_WORKER, NULL, message_send, "message_send" },
	{ MC_METHOD_GET,  "/rooms/{room}/messages/{seq}/remove", ACCESS_ROOM_INSTRUCTOR, LANE_WORKER, NULL, message_remove_page, "message_remove_page" },
	{ MC_METHOD_POST, "/rooms/{room}/messages/{seq}/remove", ACCESS_ROOM_INSTRUCTOR, LANE_WORKER, NULL, message_remove, "message_remove" },
	{ MC_METHOD_GET,  "/rooms/{room}/messages/{seq}/remove/all", ACCESS_ROOM_INSTRUCTOR, LANE_WORKER, NULL, messages_remove_page, "messages_remove_page" },
	{ MC_METHOD_POST, "/rooms/{room}/messages/{seq}/remove/all", ACCESS_ROOM_INSTRUCTOR, LANE_WORKER, NULL, messages_remove, "messages_remove" },
	{ 0 },
};
/* clang-format on */
