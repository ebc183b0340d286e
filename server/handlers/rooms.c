/*
 * rooms - reading, writing and removing messages, for who has no chat connection; the page of a
 * room.
 */

#include "server/handlers/rooms.h"

#include "libminiclass/crypt/token.h"
#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/membership.h"
#include "libminiclass/model/message.h"
#include "libminiclass/model/reading.h"
#include "libminiclass/model/stay.h"
#include "libminiclass/service/log.h"
#include "server/chat_url.h"
#include "server/ctx.h"
#include "server/form.h"
#include "server/handlers/handlers.h"
#include "server/handlers/views.h"
#include "server/reply.h"
#include "server/server.h"
#include "server/view.h"

struct mc_str
room_path(struct ctx *ctx, mc_room_id room)
{
	return ctx_path_of(ctx, "/rooms/%lld", (long long)room);
}

static struct mc_str
kind_name(enum mc_room_kind kind)
{
	switch (kind) {
	case MC_ROOM_LIVE: return MC_STR("live");
	case MC_ROOM_DISCUSSION: return MC_STR("discussion");
	case MC_ROOM_THREAD: return MC_STR("thread");
	}
	return MC_STR("");
}

static void
view_sender(struct json_object *message, mc_user_id id, struct mc_str name, enum mc_role role)
{
	struct json_object *from = view_object(message, "from");

	view_int(from, "id", id);
	view_text(from, "name", name);
	view_text(from, "role", mc_role_name(role));
}

static void
view_message(struct ctx *ctx, struct json_object *object, const struct mc_message *message)
{
	view_int(object, "seq", message->seq);
	view_sender(object, message->sender_id, message->sender_name, message->sender_role);
	view_text(object, "body", message->body);
	view_time(object, "at", message->at);
	if (message->removed || !ctx->json)
		view_bool(object, "removed", message->removed);
	if (ctx->json) {
		view_text(object, "client_id", message->client_id);
		return;
	}
	view_time_text(object, "at_text", message->at);
	view_bool(object, "is_mine", message->sender_id == ctx->user.id);
	view_bool(object, "by_instructor", message->sender_role == MC_ROLE_INSTRUCTOR);
}

static const char *
over_words(const struct mc_room *room)
{
	return room->kind == MC_ROOM_LIVE
		       ? "This has ended. What was written stays readable."
		       : "This discussion is closed. What was written stays readable.";
}

/* "room", and in a page what its frame needs. */
static void
view_room_itself(struct ctx *ctx, const struct mc_room *room)
{
	struct json_object *object = view_object(ctx->view, "room");

	view_int(object, "id", room->id);
	view_int(object, "class", room->class_id);
	view_text(object, "kind", kind_name(room->kind));
	view_text(object, "title", room->title);
	view_bool(object, "ended", room->ended);
	view_int(object, "removed", room->n_removed);
	view_int(object, room->kind == MC_ROOM_LIVE ? "session" : "discussion", room->owner);
	if (room->kind == MC_ROOM_THREAD)
		view_person(object, "student", room->student_id, room->student_name);
	if (ctx->json)
		return;
	view_bool(object, "is_live", room->kind == MC_ROOM_LIVE);
	view_bool(object, "is_discussion", room->kind == MC_ROOM_DISCUSSION);
	view_bool(object, "is_thread", room->kind == MC_ROOM_THREAD);
	view_bool(object, "is_my_thread", room->student_id == ctx->user.id);
	view_text(object, "over", mc_str_from(over_words(room)));
	view_int(object, "body_max", MC_MESSAGE_BODY_MAX);
	view_int(object, "told_behind", MC_REMOVED_BEHIND);
	/* A discussion may be opened again. */
	view_bool(object, "goes_on", !room->ended || room->kind == MC_ROOM_DISCUSSION);
	view_tab(ctx, room->kind == MC_ROOM_LIVE ? "live" : "discussions");
}

/* Who is here by name, students to instructors only; and how many. */
static enum mc_status
view_here(struct ctx *ctx, const struct mc_room *room)
{
	struct mc_present *present;
	size_t n_present;
	enum mc_status status =
		mc_stay_present(ctx->db, ctx->arena, &room->id, 1, false, &present, &n_present);

	if (status != MC_OK)
		return status;
	struct json_object *here = view_object(ctx->view, "here");
	view_int(here, "count", (int64_t)n_present);
	struct json_object *people = view_array(here, "people");
	for (size_t i = 0; i < n_present; i++) {
		if (room->role != MC_ROLE_INSTRUCTOR && present[i].role != MC_ROLE_INSTRUCTOR)
			continue;
		struct json_object *person = view_item(people);
		view_int(person, "id", present[i].user);
		view_text(person, "name", present[i].name);
		view_text(person, "role", mc_role_name(present[i].role));
		if (!ctx->json)
			view_bool(person, "is_instructor", present[i].role == MC_ROLE_INSTRUCTOR);
	}
	return MC_OK;
}

/* What page of messages is wanted: those after a seq, or the last ones (before a seq). */
struct wanted {
	bool is_after;
	int64_t seq;
	int limit;
};

static struct wanted
wanted_page(struct ctx *ctx)
{
	struct wanted wanted = { .is_after = ctx_query(ctx, "after").len > 0 };

	wanted.limit = (int)query_number(ctx, "limit", 1, MC_PAGE_MESSAGES_MAX, MC_PAGE_MESSAGES);
	if (wanted.is_after)
		wanted.seq = query_number(ctx, "after", 0, INT64_MAX, 0);
	else
		wanted.seq = query_number(ctx, "before", 1, INT64_MAX, 0);
	return wanted;
}

static void
ask_page(struct ctx *ctx, mc_room_id room, const struct wanted *wanted)
{
	if (wanted->is_after)
		mc_message_after_ask(ctx->db, &ctx->token, room, wanted->seq, wanted->limit);
	else
		mc_message_before_ask(ctx->db, &ctx->token, room, wanted->seq, wanted->limit);
}

/* Where a page without scripts goes on; "seen" is where the script joins. */
static void
view_page_links(
	struct ctx *ctx, const struct mc_room *room, int64_t first, int64_t last, int64_t last_seq)
{
	view_int(ctx->view, "seen", last);
	view_int(ctx->view, "first", first);
	if (first > 1)
		view_text(ctx->view, "older_path",
			ctx_path_of(ctx, "/rooms/%lld?before=%lld", (long long)room->id,
				(long long)first));
	if (last < last_seq)
		view_text(ctx->view, "newer_path",
			ctx_path_of(ctx, "/rooms/%lld?after=%lld", (long long)room->id,
				(long long)last));
}

/*
 * What a page shows is read; a program may only pass it on, and HEAD shows nothing.  The page is
 * there whatever comes of it, as from a database that only reads.
 */
static void
note_read(struct ctx *ctx, const struct mc_room *room, int64_t seq)
{
	if (room->kind == MC_ROOM_LIVE || ctx->head->method == MC_METHOD_HEAD)
		return;
	enum mc_status status = mc_reading_mark(ctx->db, room->id, ctx->user.id, seq);
	if (status != MC_OK)
		mc_log(MC_LOG_WARN, "not_marked_read",
			mc_log_text("status", mc_status_name(status)),
			mc_log_text("why", mc_db_message(ctx->db)));
}

/* "messages" and "last_seq". */
static enum mc_status
view_messages(struct ctx *ctx, const struct mc_room *room)
{
	struct mc_message *messages;
	size_t n_messages;
	enum mc_status status = mc_message_take(ctx->db, ctx->arena, &messages, &n_messages);

	if (status != MC_OK)
		return status;
	struct json_object *list = view_array(ctx->view, "messages");
	for (size_t i = 0; i < n_messages; i++)
		view_message(ctx, view_item(list), &messages[i]);

	/* The messages were read a moment after the room. */
	int64_t first = n_messages == 0 ? 0 : messages[0].seq;
	int64_t last = n_messages == 0 ? 0 : messages[n_messages - 1].seq;
	int64_t last_seq = last > room->last_seq ? last : room->last_seq;
	view_int(ctx->view, "last_seq", last_seq);
	/* Behind the last one an empty page is the end; else it stands in front of the first. */
	if (n_messages == 0 && ctx_query(ctx, "after").len > 0) {
		last = last_seq;
		first = last_seq + 1;
	}
	if (ctx->json)
		return MC_OK;
	view_page_links(ctx, room, first, last, last_seq);
	if (n_messages > 0)
		note_read(ctx, room, last);
	return MC_OK;
}

void
room_last_ask(struct ctx *ctx, mc_room_id room)
{
	mc_message_before_ask(ctx->db, &ctx->token, room, 0, MC_PAGE_MESSAGES);
}

enum mc_status
view_room(struct ctx *ctx, const struct mc_room *room)
{
	const struct settings *settings = &ctx->server->settings;
	enum mc_status status = view_messages(ctx, room);

	if (status == MC_OK)
		status = view_here(ctx, room);
	if (status != MC_OK)
		return status;
	view_room_itself(ctx, room);
	ctx->chat_url = mc_str_from(settings->chat_url);
	if (ctx->chat_url.len == 0)
		ctx->chat_url = chat_url_of(
			ctx->arena, settings->chat_listen, ctx->head->host, ctx->secure);
	if (ctx->chat_url.len > 0)
		view_text(ctx->view, "chat_url", ctx->chat_url);
	return MC_OK;
}

static enum mc_status
room_ask(struct ctx *ctx)
{
	struct wanted wanted = wanted_page(ctx);

	if (form_is_valid(ctx))
		ask_page(ctx, ctx->path.room_id, &wanted);
	return MC_OK;
}

/* All that the page of any room shows. */
static enum mc_status
view_room_page(struct ctx *ctx)
{
	enum mc_status status = view_room(ctx, &ctx->room);

	if (status == MC_OK && ctx->room.kind == MC_ROOM_DISCUSSION)
		status = view_private(ctx, ctx->room.owner);
	if (status == MC_OK)
		view_this_class(ctx);
	return status;
}

static enum mc_status
room_show(struct ctx *ctx)
{
	enum mc_status status = ctx->json ? view_room(ctx, &ctx->room) : view_room_page(ctx);

	return status == MC_OK ? reply_view(ctx, "room.html") : status;
}

static enum mc_status
messages_list(struct ctx *ctx)
{
	if (!ctx->json)
		return room_show(ctx);
	enum mc_status status = view_messages(ctx, &ctx->room);
	return status == MC_OK ? reply_view(ctx, "room.html") : status;
}

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
		mc_error_set(&ctx->error, status, NULL, "%s %s", over_words(&ctx->room),
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
const struct route room_routes[] = {
	{ MC_METHOD_GET,  "/rooms/{room}",          ACCESS_ROOM, LANE_WORKER, room_ask, room_show, "room" },
	{ MC_METHOD_GET,  "/rooms/{room}/messages", ACCESS_ROOM, LANE_WORKER, room_ask, messages_list, "messages" },
	{ MC_METHOD_POST, "/rooms/{room}/messages", ACCESS_ROOM, LANE_WORKER, NULL, message_send, "message_send" },
	{ MC_METHOD_GET,  "/rooms/{room}/messages/{seq}/remove", ACCESS_ROOM_INSTRUCTOR, LANE_WORKER, NULL, message_remove_page, "message_remove_page" },
	{ MC_METHOD_POST, "/rooms/{room}/messages/{seq}/remove", ACCESS_ROOM_INSTRUCTOR, LANE_WORKER, NULL, message_remove, "message_remove" },
	{ MC_METHOD_GET,  "/rooms/{room}/messages/{seq}/remove/all", ACCESS_ROOM_INSTRUCTOR, LANE_WORKER, NULL, messages_remove_page, "messages_remove_page" },
	{ MC_METHOD_POST, "/rooms/{room}/messages/{seq}/remove/all", ACCESS_ROOM_INSTRUCTOR, LANE_WORKER, NULL, messages_remove, "messages_remove" },
	{ 0 },
};
/* clang-format on */
