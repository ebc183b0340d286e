/* rooms - reading messages, for who has no chat connection; the page of a room. */

#include "server/handlers/rooms.h"

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
#include "server/handlers/threads.h"
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

void
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

const char *
room_over(const struct mc_room *room)
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
	view_text(object, "over", mc_str_from(room_over(room)));
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
	struct mc_present *present = NULL;
	size_t n_present = 0;
	enum mc_status status = MC_OK;

	/* Nobody is in an ended room, though it may not be written down yet that all have left. */
	if (!room->ended)
		status = mc_stay_present(
			ctx->db, ctx->arena, &room->id, 1, false, &present, &n_present);
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

enum mc_status
view_room_page(struct ctx *ctx)
{
	enum mc_status status = view_room(ctx, &ctx->room);

	if (status == MC_OK && ctx->room.kind == MC_ROOM_DISCUSSION)
		status = view_discussion_threads(ctx, ctx->room.owner);
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

/* clang-format off */
const struct route room_routes[] = {
	{ MC_METHOD_GET,  "/rooms/{room}",          ACCESS_ROOM, LANE_WORKER, room_ask, room_show, "room" },
	{ MC_METHOD_GET,  "/rooms/{room}/messages", ACCESS_ROOM, LANE_WORKER, room_ask, messages_list, "messages" },
	{ 0 },
};
/* clang-format on */
