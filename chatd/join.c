#include "chatd/join.h"

#include "chatd/conn.h"
#include "chatd/conn_ask.h"
#include "chatd/conn_out.h"
#include "chatd/conn_say.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/hub.h"
#include "chatd/presence.h"
#include "chatd/store.h"
#include "chatd/wire.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/limits.h"

static const struct mc_str none = { 0 };

static const char try_again[] = "The classroom is busy just now. Please try again.";
static const char join_again[] = "The classroom is busy just now. Please join again.";

/* For want of memory, or of a place in a queue. */
static void
give_up(struct conn *conn, struct member *member, mc_room_id room, const char *words)
{
	if (member != NULL)
		hub_leave(member);
	conn_refuse(conn, "busy", words, room, none);
}

/* --- what was missed -------------------------------------------------------------------- */

/* The next step for the store. */
static void
add_step(struct conn *conn, struct member *member, mc_room_id room,
	const struct join_progress *progress)
{
	struct job *job = job_create(JOB_JOIN, conn->front, 0);

	if (job == NULL) {
		give_up(conn, member, room, join_again);
		return;
	}
	job->room = room;
	job->user = conn->user;
	job->join.progress = *progress;
	job->join.form = conn->wire->form;
	job_list_add(&conn->replays, job);
}

static void
refuse(struct conn *conn, struct member *member, const struct job *job)
{
	presence_doubt(conn->front->daemon->presence, job->room, job->user);
	hub_leave(member);
	if (job->status == MC_NOT_FOUND)
		conn_refuse_room(conn, job->room, none);
	else
		conn_refuse(conn, "unavailable", "This did not work. Please try again.", job->room,
			none);
}

static void
say_joined(struct conn *conn, const struct job *job)
{
	struct mc_chat_event event = {
		.type = MC_CHAT_JOINED,
		.room = job->room,
		.seq = job->join.last_seq,
	};

	mc_arena_reset(conn->front->arena);
	/* Of an ended room it may not be written down yet that all have left. */
	if (!job->join.ended)
		event.members = presence_list(conn->front->daemon->presence, conn->front->arena,
			job->room, job->join.role, &event.n_members, &event.member_count);
	conn_say(conn, &event);
}

static void
take_step(struct conn *conn, struct job *job)
{
	struct job_join *join = &job->join;
	struct member *member = hub_find_stay(conn, job->room, join->progress.ticket);

	if (member == NULL)
		return;
	if (job->status != MC_OK) {
		refuse(conn, member, job);
		return;
	}
	if (!join->progress.joined) {
		say_joined(conn, job);
		hub_set_stage(member, MEMBER_TOLD, join->role);
		join->progress.joined = true;
	}
	conn_queue_step(conn, join->packet);
	join->packet = NULL;
	/* Too slow already. */
	if (conn->state == CONN_ENDING)
		return;
	/* It is not live until the last step. */
	if (join->more) {
		add_step(conn, member, job->room, &join->progress);
		return;
	}
	if (join->ended) {
		hub_leave(member);
		conn_say(conn, &(struct mc_chat_event){ .type = MC_CHAT_ENDED, .room = job->room });
		return;
	}
	hub_set_stage(member, MEMBER_LIVE, join->role);
}

static void
answer_step(struct conn *conn, struct job *job)
{
	conn->replaying = false;
	take_step(conn, job);
	join_go_on(conn);
}

void
join_go_on(struct conn *conn)
{
	struct jobs *store = store_jobs(conn->front->daemon->store);
	struct job *job;

	while (!conn->replaying && !conn->checking && conn->out_n == 0 &&
		(job = job_list_pop(&conn->replays)) != NULL) {
		mc_room_id room = job->room;
		struct member *member = hub_find_stay(conn, room, job->join.progress.ticket);
		if (member == NULL) {
			job_destroy(job);
			continue;
		}
		conn->replaying = conn_ask(conn, store, job, answer_step);
		if (conn->replaying) {
			member->joining = job; /* which comes back to this thread: not before */
			return;
		}
		give_up(conn, member, room, join_again);
	}
}

/* --- coming in -------------------------------------------------------------------------- */

/* Left meanwhile: there are never more than rooms. */
static void
forget_left(struct conn *conn)
{
	for (size_t n = conn->replays.n; n > 0; n--) {
		struct job *job = job_list_pop(&conn->replays);
		if (hub_find_stay(conn, job->room, job->join.progress.ticket) != NULL)
			job_list_add(&conn->replays, job);
		else
			job_destroy(job);
	}
}

/* Counted; now the store says whether they may, and what they missed. */
static void
answer_enter(struct conn *conn, struct job *job)
{
	struct member *member = hub_find_stay(conn, job->room, job->enter.ticket);

	if (member == NULL)
		return;
	if (job->status != MC_OK) {
		give_up(conn, member, job->room, try_again);
		return;
	}
	add_step(conn, member, job->room, &job->enter);
	forget_left(conn);
	join_go_on(conn);
}

static bool
enter(struct conn *conn, const struct member *member, const struct mc_chat_command *command)
{
	struct presence *presence = conn->front->daemon->presence;
	struct job *job = job_create(JOB_ENTER, conn->front, 0);

	if (job == NULL)
		return false;
	job->room = command->room;
	job->user = conn->user;
	job->enter = (struct join_progress){
		.ticket = member->ticket,
		.has_after = command->has_after,
		.after = command->after,
		.seen = command->has_after ? command->after : 0,
		.known = -1,
		.step = MC_PAGE_MESSAGES_MAX,
	};
	if (!conn_ask(conn, presence_jobs(presence), job, answer_enter))
		return false;
	presence_wake(presence);
	return true;
}

void
join_begin(struct conn *conn, const struct mc_chat_command *command)
{
	struct member *member = hub_find(conn, command->room);

	if (member != NULL && member->stage != MEMBER_LIVE) {
		conn_refuse(conn, "bad_state", "This room is being joined already.", command->room,
			none);
		return;
	}
	if (member == NULL && conn->n_members >= CONN_ROOMS_MAX) {
		conn_refuse(conn, "too_many", "This is too many rooms at once: leave one first.",
			command->room, none);
		return;
	}
	/* Joining again asks for the replay again; nobody is to see them go and come for that. */
	struct presence *presence = conn->front->daemon->presence;
	bool is_here = member != NULL && presence_came(presence, command->room, conn->user);
	if (member != NULL)
		hub_leave(member);
	member = hub_join(conn, command->room);
	if (is_here)
		presence_left(presence, command->room, conn->user);
	if (member == NULL || !enter(conn, member, command))
		give_up(conn, member, command->room, try_again);
}
