#include "chatd/command.h"

#include <stdlib.h>
#include <string.h>

#include "chatd/conn.h"
#include "chatd/conn_out.h"
#include "chatd/daemon.h"
#include "chatd/door.h"
#include "chatd/front.h"
#include "chatd/hub.h"
#include "chatd/presence.h"
#include "chatd/store.h"
#include "chatd/visitors.h"
#include "chatd/wire.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/crypt/token.h"
#include "libminiclass/limits.h"

static const struct mc_str none = { 0 };

/* --- jobs ------------------------------------------------------------------------------- */

static void answer(struct conn *conn, struct job *job);

/* For whom the job of a join was sent out; NULL when that one has left meanwhile. */
static struct member *
find_joining(struct conn *conn, mc_room_id room, uint64_t ticket)
{
	struct member *member = hub_find(conn, room);

	return member != NULL && member->ticket == ticket ? member : NULL;
}

static void
end_joining(struct conn *conn, const struct job *job)
{
	struct member *member = find_joining(conn, job->room, job->join.progress.ticket);

	if (member != NULL)
		member->joining = NULL;
}

static void
on_home(struct mc_task *task)
{
	struct job *job = MC_CONTAINER(task, struct job, home);
	struct conn *conn = job->conn;

	conn->held--;
	if (job->kind == JOB_SEND) {
		conn->in_flight--;
		visitor_give_back(conn->visitor, SHARE_SEND);
	}
	if (job->kind == JOB_JOIN)
		end_joining(conn, job);
	if (!conn->closed && conn->state != CONN_ENDING)
		answer(conn, job);
	job_destroy(job);
	if (conn->closed || conn->state == CONN_ENDING)
		conn_mark_dirty(conn);
	else if (conn->leaving && conn->in_flight == 0)
		conn_end(conn);
	else if (conn->in_flight <= CONN_RESUME_AT && (conn->readable || conn->in.len > 0))
		conn_read_on(conn);
}

/* Sends a job on its way (consumed): it holds the connection until it is back. */
static bool
submit(struct conn *conn, struct jobs *to, struct job *job)
{
	bool is_send = job->kind == JOB_SEND;

	job->conn = conn;
	job->home.run = on_home;
	bool may = !is_send || visitor_take(conn->visitor, SHARE_SEND);
	if (!may || !jobs_push(to, job)) {
		if (is_send && may)
			visitor_give_back(conn->visitor, SHARE_SEND);
		job_destroy(job);
		return false;
	}
	/* It comes back to this thread: not before this. */
	conn->held++;
	conn->in_flight += is_send;
	return true;
}

/* --- hello ------------------------------------------------------------------------------ */

void
command_authenticate(struct conn *conn, const struct mc_digest *token)
{
	struct job *job = job_create(JOB_HELLO, conn->front, 4 * MC_NAME_MAX);

	conn_set_state(conn, CONN_ASKING);
	if (job != NULL)
		job->hello.token = *token;
	if (job == NULL || !submit(conn, door_jobs(conn->front->daemon->door), job))
		conn_end_with(conn, "busy", "The classroom is busy just now. Please come back.");
}

static void
run_hello(struct conn *conn, const struct mc_chat_command *command)
{
	struct mc_digest token;

	if (conn->said_hello) {
		conn_malformed(conn, "bad_state", "Hello is said once.");
		return;
	}
	conn->said_hello = true;
	/* Known by its cookie: welcome was said. */
	if (conn->state == CONN_READY && command->token.ptr == NULL)
		return;
	if (command->token.ptr == NULL || !mc_token_digest(command->token, &token)) {
		conn_malformed(conn, "unauthenticated", "This token opens nothing. Please log in.");
		return;
	}
	command_authenticate(conn, &token);
}

/* A token behind a cookie: fine when it is the same session, whose welcome was said. */
static void
greet_again(struct conn *conn, const struct job *job)
{
	conn_set_state(conn, CONN_READY);
	/* Another one could change the user and keep the rooms of the first. */
	if (job->hello.session != conn->session)
		conn_malformed(
			conn, "bad_state", "The cookie is of another log-in than the token.");
	else if (conn->recheck_due)
		command_recheck(conn);
	/* What was written while this was asked for has called for no next step. */
	if (conn->state == CONN_READY)
		command_replay(conn);
}

static void
answer_hello(struct conn *conn, struct job *job)
{
	if (job->status == MC_UNAUTHENTICATED) {
		conn_malformed(conn, "unauthenticated", "This session has ended. Please log in.");
		return;
	}
	if (job->status != MC_OK) {
		conn_end_with(
			conn, "unavailable", "The classroom's database is away. Please come back.");
		return;
	}
	if (conn->name != NULL) {
		greet_again(conn, job);
		return;
	}
	const struct job_hello *found = &job->hello;
	conn->visitor = visitors_enter(conn->front->daemon->visitors, found->user);
	if (conn->visitor == NULL) {
		conn_malformed(conn, "too_many",
			"You have too many connections at once: close some of them first.");
		return;
	}
	conn->user = found->user;
	conn->name = malloc(found->name.len + 1);
	if (conn->name == NULL) {
		conn_close(conn);
		return;
	}
	memcpy(conn->name, found->name.ptr, found->name.len);
	conn->name[found->name.len] = '\0';
	conn->session = found->session;
	conn->expires_us = found->expires_us;
	conn_set_state(conn, CONN_READY);
	conn_say(conn, &(struct mc_chat_event){
			       .type = MC_CHAT_WELCOME,
			       .person = { conn->user, found->name, none },
		       });
	if (conn->recheck_due)
		command_recheck(conn);
}

/* --- rooms ------------------------------------------------------------------------------ */

static void
run_join(struct conn *conn, const struct mc_chat_command *command)
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
	/* Joining again asks for the replay again. */
	if (member != NULL)
		hub_leave(member);
	member = hub_join(conn, command->room);
	struct presence *presence = conn->front->daemon->presence;
	struct job *job = job_create(JOB_ENTER, conn->front, 0);
	if (job != NULL) {
		job->room = command->room;
		job->user = conn->user;
		job->enter = (struct join_progress){
			.has_after = command->has_after,
			.after = command->after,
			.seen = command->has_after ? command->after : 0,
			.known = -1,
			.step = MC_PAGE_MESSAGES_MAX,
		};
	}
	if (member == NULL) {
		job_destroy(job);
	} else if (job != NULL) {
		job->enter.ticket = member->ticket;
		if (submit(conn, presence_jobs(presence), job)) {
			presence_wake(presence);
			return;
		}
	}
	if (member != NULL)
		hub_leave(member);
	conn_refuse(conn, "busy", "The classroom is busy just now. Please try again.",
		command->room, none);
}

static void
refuse_join(struct conn *conn, struct member *member, const struct job *job)
{
	presence_doubt(conn->front->daemon->presence, job->room, job->user);
	hub_leave(member);
	if (job->status == MC_NOT_FOUND)
		conn_refuse(conn, "not_found",
			"There is no such room, or it is not yours to enter.", job->room, none);
	else
		conn_refuse(conn, "unavailable", "This did not work. Please try again.", job->room,
			none);
}

/* Left meanwhile: there are never more than rooms. */
static void
forget_left(struct conn *conn)
{
	for (size_t n = conn->replays.n; n > 0; n--) {
		struct job *job = job_list_pop(&conn->replays);
		if (find_joining(conn, job->room, job->join.progress.ticket) != NULL)
			job_list_add(&conn->replays, job);
		else
			job_destroy(job);
	}
}

void
command_replay(struct conn *conn)
{
	struct jobs *store = store_jobs(conn->front->daemon->store);
	struct job *job;

	while (!conn->replaying && !conn->checking && conn->out_n == 0 &&
		(job = job_list_pop(&conn->replays)) != NULL) {
		mc_room_id room = job->room;
		struct member *member = find_joining(conn, room, job->join.progress.ticket);
		if (member == NULL) {
			job_destroy(job);
			continue;
		}
		conn->replaying = submit(conn, store, job);
		if (conn->replaying) {
			member->joining = job; /* which comes back to this thread: not before */
			return;
		}
		hub_leave(member);
		conn_refuse(conn, "busy", "The classroom is busy just now. Please join again.",
			room, none);
	}
}

/* The next one for the store; without memory it ends the join. */
static void
add_step(struct conn *conn, struct member *member, mc_room_id room,
	const struct join_progress *progress)
{
	struct job *job = job_create(JOB_JOIN, conn->front, 0);

	if (job == NULL) {
		hub_leave(member);
		conn_refuse(conn, "busy", "The classroom is busy just now. Please join again.",
			room, none);
		return;
	}
	job->room = room;
	job->user = conn->user;
	job->join.progress = *progress;
	job->join.form = conn->wire->form;
	job_list_add(&conn->replays, job);
}

/* Counted; now the store says whether they may, and what they missed. */
static void
answer_enter(struct conn *conn, const struct job *entered)
{
	struct member *member = find_joining(conn, entered->room, entered->enter.ticket);

	if (member == NULL)
		return;
	if (entered->status != MC_OK) {
		hub_leave(member);
		conn_refuse(conn, "busy", "The classroom is busy just now. Please try again.",
			entered->room, none);
		return;
	}
	add_step(conn, member, entered->room, &entered->enter);
	forget_left(conn);
	command_replay(conn);
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
	event.members = presence_list(conn->front->daemon->presence, conn->front->arena, job->room,
		job->join.role, &event.n_members, &event.member_count);
	conn_say(conn, &event);
}

static void
take_step(struct conn *conn, struct job *job)
{
	struct job_join *join = &job->join;
	struct member *member = find_joining(conn, job->room, join->progress.ticket);

	if (member == NULL)
		return;
	if (job->status != MC_OK) {
		refuse_join(conn, member, job);
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
answer_join(struct conn *conn, struct job *job)
{
	conn->replaying = false;
	take_step(conn, job);
	command_replay(conn);
}

static void
run_leave(struct conn *conn, const struct mc_chat_command *command)
{
	struct member *member = hub_find(conn, command->room);

	if (member != NULL)
		hub_leave(member);
}

/* --- messages --------------------------------------------------------------------------- */

static void
run_send(struct conn *conn, const struct mc_chat_command *command)
{
	struct mc_str name = mc_str_from(conn->name);
	struct job *job = job_create(
		JOB_SEND, conn->front, command->client_id.len + command->body.len + name.len);
	size_t used = 0;

	if (job != NULL) {
		job->room = command->room;
		job->user = conn->user;
		job->turn = &conn->visitor->sending;
		job->send.client_id = job_keep(job, &used, command->client_id);
		job->send.body = job_keep(job, &used, command->body);
		job->send.name = job_keep(job, &used, name);
		if (submit(conn, store_jobs(conn->front->daemon->store), job))
			return;
	}
	conn_refuse(conn, "busy", "The classroom is busy just now. Please send it again.",
		command->room, command->client_id);
}

static void
answer_send(struct conn *conn, struct job *job)
{
	if (job->status == MC_OK)
		conn_say(conn, &(struct mc_chat_event){
				       .type = MC_CHAT_ACK,
				       .room = job->room,
				       .client_id = job->send.client_id,
				       .seq = job->send.seq,
			       });
	else if (job->status == MC_NOT_FOUND)
		conn_refuse(conn, "not_found",
			"There is no such room, or it is not yours to enter.", job->room,
			job->send.client_id);
	else if (job->status == MC_CONFLICT)
		conn_refuse(conn, "ended",
			"This room has ended or is closed: nothing more can be written.", job->room,
			job->send.client_id);
	else
		conn_refuse(conn, "unavailable", "This was not stored. Please send it again.",
			job->room, job->send.client_id);
}

static void
run_ping(struct conn *conn, const struct mc_chat_command *command)
{
	(void)command;
	conn_say(conn, &(struct mc_chat_event){ .type = MC_CHAT_PONG });
}

/* --- checks ----------------------------------------------------------------------------- */

static struct job *
make_check(struct conn *conn)
{
	_Static_assert(CONN_ROOMS_MAX + 1 <= JOB_CLAIMS_MAX, "the session and all rooms");
	struct job *job = job_create(JOB_CHECK, conn->front, 0);

	if (job == NULL)
		return NULL;
	struct job_check *check = &job->check;
	check->claims = calloc(conn->n_members + 1, sizeof(*check->claims));
	if (check->claims == NULL) {
		job_destroy(job);
		return NULL;
	}
	job->user = conn->user;
	job->turn = &conn->visitor->checking;
	check->session = conn->session;
	check->n_claims = 1;
	for (struct member *member = conn->members; member != NULL; member = member->next_of_conn)
		check->claims[check->n_claims++].room = hub_room_id(member->room);
	return job;
}

/* One at a time: however often rights change, as many wait as there are connections. */
void
command_recheck(struct conn *conn)
{
	if (conn->closed || conn->state == CONN_ENDING || conn->state < CONN_ASKING)
		return;
	conn->recheck_due = true;
	if (conn->state == CONN_ASKING || conn->checking)
		return;
	conn->recheck_due = false;
	struct job *job = make_check(conn);
	conn->checking = job != NULL && submit(conn, door_jobs(conn->front->daemon->door), job);
	metrics_add(&conn->front->metrics.checks, conn->checking);
	/* Who cannot be checked is not let stay: the client comes back by itself. */
	if (!conn->checking)
		conn_end(conn);
}

static void
take_claim(struct conn *conn, const struct claim *claim)
{
	struct member *member = hub_find(conn, claim->room);

	if (member == NULL)
		return;
	if (claim->still) {
		hub_set_role(member, claim->role);
		return;
	}
	hub_leave(member);
	conn_refuse(conn, "not_found", "There is no such room, or it is not yours to enter.",
		claim->room, none);
}

static void
answer_check(struct conn *conn, struct job *job)
{
	/* The daemon stops without an answer: what is held stays untold. */
	if (job->status != MC_OK)
		return;
	conn->checking = false;
	if (!job->check.claims[0].still) {
		conn_malformed(conn, "unauthenticated", "This session has ended. Please log in.");
		return;
	}
	for (size_t i = 1; i < job->check.n_claims; i++)
		take_claim(conn, &job->check.claims[i]);
	if (conn->recheck_due)
		command_recheck(conn);
	if (conn->checking)
		return;
	hub_let_out(conn);
	command_replay(conn);
}

/* --- the table -------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	bool before_hello; /* else only when the client is known */
	void (*run)(struct conn *conn, const struct mc_chat_command *command);
} commands[MC_CHAT_VERB_COUNT] = {
	[MC_CHAT_HELLO] = { true,  run_hello },
	[MC_CHAT_JOIN]  = { false, run_join },
	[MC_CHAT_LEAVE] = { false, run_leave },
	[MC_CHAT_SEND]  = { false, run_send },
	[MC_CHAT_PING]  = { true,  run_ping },
};
/* clang-format on */

void
command_run(struct conn *conn, struct mc_str json)
{
	struct mc_chat_command command = { 0 };
	struct mc_error error = { 0 };

	metrics_add(&conn->front->metrics.commands, 1);
	mc_arena_reset(conn->front->arena);
	enum mc_status status = mc_chat_command_read(conn->front->arena, json, &command, &error);
	if (status != MC_OK && strcmp(error.field, "bad_json") == 0) {
		conn_malformed(conn, error.field, error.message);
		return;
	}
	if (status != MC_OK) {
		conn_refuse(conn, error.field[0] != '\0' ? error.field : "bad_field", error.message,
			command.room, command.client_id);
		return;
	}
	if (conn->state != CONN_READY && !commands[command.verb].before_hello) {
		conn_malformed(conn, "unauthenticated", "Say hello with your token first.");
		return;
	}
	commands[command.verb].run(conn, &command);
}

static void
answer(struct conn *conn, struct job *job)
{
	switch (job->kind) {
	case JOB_HELLO: answer_hello(conn, job); return;
	case JOB_CHECK: answer_check(conn, job); return;
	case JOB_ENTER: answer_enter(conn, job); return;
	case JOB_JOIN: answer_join(conn, job); return;
	case JOB_SEND: answer_send(conn, job); return;
	case JOB_CLOSE:
	case JOB_SEEN: break;
	}
	abort();
}
