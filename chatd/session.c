#include "chatd/session.h"

#include <stdlib.h>
#include <string.h>

#include "chatd/auth.h"
#include "chatd/conn.h"
#include "chatd/conn_ask.h"
#include "chatd/conn_say.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/hub.h"
#include "chatd/join.h"
#include "chatd/quotas.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/crypt/token.h"
#include "libminiclass/limits.h"
#include "libminiclass/service/metric.h"

static const struct mc_str none = { 0 };

static void
end_without_session(struct conn *conn)
{
	conn_reject(conn, "unauthenticated", "This session has ended. Please log in.");
}

/* --- who it is -------------------------------------------------------------------------- */

/* A token behind that of the upgrade: fine when it is the same session, whose welcome was said. */
static void
greet_again(struct conn *conn, const struct job_hello *found)
{
	conn_set_state(conn, CONN_READY);
	/* Another one could change the user and keep the rooms of the first. */
	if (found->session != conn->session)
		conn_reject(
			conn, "bad_state", "This token is of another log-in than the upgrade's.");
	else if (conn->recheck_due)
		session_recheck(conn);
	/* What was written while this was asked for has called for no next step. */
	if (conn->state == CONN_READY)
		join_go_on(conn);
}

static void
welcome(struct conn *conn, const struct job_hello *found)
{
	conn->quota = quotas_enter(conn->front->daemon->quotas, found->user);
	if (conn->quota == NULL) {
		conn_reject(conn, "too_many",
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
		session_recheck(conn);
}

static void
answer_hello(struct conn *conn, struct job *job)
{
	if (job->status == MC_UNAUTHENTICATED)
		end_without_session(conn);
	else if (job->status != MC_OK)
		conn_end_with(
			conn, "unavailable", "The classroom's database is away. Please come back.");
	else if (conn->name != NULL)
		greet_again(conn, &job->hello);
	else
		welcome(conn, &job->hello);
}

void
session_authenticate(struct conn *conn, const struct mc_digest *token)
{
	struct job *job = job_create(JOB_HELLO, conn->front, 4 * MC_NAME_MAX);

	conn_set_state(conn, CONN_ASKING);
	if (job != NULL)
		job->hello.token = *token;
	if (job == NULL || !conn_ask(conn, auth_jobs(conn->front->daemon->auth), job, answer_hello))
		conn_end_with(conn, "busy", "The classroom is busy just now. Please come back.");
}

void
session_hello(struct conn *conn, const struct mc_chat_command *command)
{
	struct mc_digest token;

	if (conn->said_hello) {
		conn_reject(conn, "bad_state", "Hello is said once.");
		return;
	}
	conn->said_hello = true;
	/* Known from the upgrade: welcome was said. */
	if (conn->state == CONN_READY && command->token.ptr == NULL)
		return;
	if (command->token.ptr == NULL || !mc_token_digest(command->token, &token)) {
		conn_reject(conn, "unauthenticated", "This token opens nothing. Please log in.");
		return;
	}
	session_authenticate(conn, &token);
}

/* --- what is still theirs --------------------------------------------------------------- */

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
	job->flow = &conn->quota->checking;
	check->session = conn->session;
	check->n_claims = 1;
	for (struct member *member = conn->members; member != NULL; member = member->next_of_conn)
		check->claims[check->n_claims++].room = hub_room_id(member->room);
	return job;
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
	conn_refuse_room(conn, claim->room, none);
}

static void
answer_check(struct conn *conn, struct job *job)
{
	/* The daemon stops without an answer: what is held stays untold. */
	if (job->status != MC_OK)
		return;
	conn->checking = false;
	if (!job->check.claims[0].still) {
		end_without_session(conn);
		return;
	}
	for (size_t i = 1; i < job->check.n_claims; i++)
		take_claim(conn, &job->check.claims[i]);
	if (conn->recheck_due)
		session_recheck(conn);
	if (conn->checking)
		return;
	hub_let_out(conn);
	join_go_on(conn);
}

/* One at a time: however often rights change, as many wait as there are connections. */
void
session_recheck(struct conn *conn)
{
	if (conn->closed || conn->state == CONN_ENDING || conn->state < CONN_ASKING)
		return;
	conn->recheck_due = true;
	if (conn->state == CONN_ASKING || conn->checking)
		return;
	conn->recheck_due = false;
	struct job *job = make_check(conn);
	conn->checking = job != NULL &&
			 conn_ask(conn, auth_jobs(conn->front->daemon->auth), job, answer_check);
	mc_metric_add(&conn->front->metrics.checks, conn->checking);
	/* Who cannot be checked is not let stay: the client comes back by itself. */
	if (!conn->checking)
		conn_end(conn);
}
