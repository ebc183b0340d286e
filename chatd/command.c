#include "chatd/command.h"

#include <string.h>

#include "chatd/conn.h"
#include "chatd/conn_ask.h"
#include "chatd/conn_say.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/hub.h"
#include "chatd/join.h"
#include "chatd/quotas.h"
#include "chatd/session.h"
#include "chatd/store.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/service/metric.h"

static void
run_leave(struct conn *conn, const struct mc_chat_command *command)
{
	struct member *member = hub_find(conn, command->room);

	if (member != NULL)
		hub_leave(member);
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
		conn_refuse_room(conn, job->room, job->send.client_id);
	else if (job->status == MC_CONFLICT)
		conn_refuse(conn, "ended",
			"This room has ended or is closed: nothing more can be written.", job->room,
			job->send.client_id);
	else
		conn_refuse(conn, "unavailable", "This was not stored. Please send it again.",
			job->room, job->send.client_id);
}

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
		job->flow = &conn->quota->sending;
		job->send.client_id = job_keep(job, &used, command->client_id);
		job->send.body = job_keep(job, &used, command->body);
		job->send.name = job_keep(job, &used, name);
		if (conn_ask(conn, store_jobs(conn->front->daemon->store), job, answer_send))
			return;
	}
	conn_refuse(conn, "busy", "The classroom is busy just now. Please send it again.",
		command->room, command->client_id);
}

static void
run_ping(struct conn *conn, const struct mc_chat_command *command)
{
	(void)command;
	conn_say(conn, &(struct mc_chat_event){ .type = MC_CHAT_PONG });
}

/* clang-format off */
static const struct {
	bool before_hello; /* else only when the client is known */
	void (*run)(struct conn *conn, const struct mc_chat_command *command);
} commands[MC_CHAT_VERB_COUNT] = {
	[MC_CHAT_HELLO] = { true,  session_hello },
	[MC_CHAT_JOIN]  = { false, join_begin },
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

	mc_metric_add(&conn->front->metrics.commands, 1);
	mc_arena_reset(conn->front->arena);
	enum mc_status status = mc_chat_command_read(conn->front->arena, json, &command, &error);
	if (status != MC_OK && strcmp(error.field, "bad_json") == 0) {
		conn_reject(conn, error.field, error.message);
		return;
	}
	if (status != MC_OK) {
		conn_refuse(conn, error.field[0] != '\0' ? error.field : "bad_field", error.message,
			command.room, command.client_id);
		return;
	}
	if (conn->state != CONN_READY && !commands[command.verb].before_hello) {
		conn_reject(conn, "unauthenticated", "Say hello with your token first.");
		return;
	}
	commands[command.verb].run(conn, &command);
}
