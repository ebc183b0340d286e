/* Who a connection is and what is still theirs, when rights change while auth is being asked. */

#include "chatd/session.h"

#include "chatd/auth.h"
#include "chatd/conn.h"
#include "chatd/conn_ask.h"
#include "chatd/conn_out.h"
#include "chatd/conn_say.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/hub.h"
#include "chatd/join.h"
#include "chatd/quotas.h"
#include "libminiclass/chat/message.h"
#include "test/unit/check.h"

enum { USER = 3, SESSION = 5 };

/* The linker gives these what session.c asks for. */
bool __wrap_conn_ask(struct conn *conn, struct jobs *thread, struct job *job,
	void (*answer)(struct conn *conn, struct job *job));
struct jobs *__wrap_auth_jobs(struct auth *auth);
void __wrap_conn_set_state(struct conn *conn, enum conn_state state);
void __wrap_conn_say(struct conn *conn, const struct mc_chat_event *event);
void __wrap_conn_end(struct conn *conn);
void __wrap_hub_let_out(struct conn *conn);
void __wrap_join_go_on(struct conn *conn);

static struct job *asked; /* and not answered yet */
static int n_checks, n_let_out, n_gone_on;
static bool is_full; /* nothing more may be asked */
static bool has_ended;

bool
__wrap_conn_ask(struct conn *conn, struct jobs *thread, struct job *job,
	void (*answer)(struct conn *conn, struct job *job))
{
	(void)thread;
	assert_null(asked);
	if (is_full) {
		job_destroy(job);
		return false;
	}
	job->conn = conn;
	job->answer = answer;
	asked = job;
	n_checks += job->kind == JOB_CHECK;
	return true;
}

struct jobs *
__wrap_auth_jobs(struct auth *auth)
{
	(void)auth;
	return NULL;
}

void
__wrap_conn_set_state(struct conn *conn, enum conn_state state)
{
	conn->state = (uint8_t)state;
}

void
__wrap_conn_say(struct conn *conn, const struct mc_chat_event *event)
{
	(void)conn;
	check_int(MC_CHAT_WELCOME, event->type, "");
}

void
__wrap_conn_end(struct conn *conn)
{
	(void)conn;
	has_ended = true;
}

void
__wrap_hub_let_out(struct conn *conn)
{
	(void)conn;
	n_let_out++;
}

void
__wrap_join_go_on(struct conn *conn)
{
	(void)conn;
	n_gone_on++;
}

static struct daemon daemon_of_none;
static struct front front = { .daemon = &daemon_of_none };

static int
forget_all(void **state)
{
	(void)state;
	daemon_of_none.quotas = quotas_create(1);
	n_checks = n_let_out = n_gone_on = 0;
	is_full = has_ended = false;
	return daemon_of_none.quotas == NULL;
}

static int
finish(void **state)
{
	(void)state;
	assert_null(asked);
	quotas_destroy(daemon_of_none.quotas);
	return 0;
}

/* All is well, as auth found it. */
static void
answer(void)
{
	struct job *job = asked;

	assert_non_null(job);
	asked = NULL;
	job->status = MC_OK;
	if (job->kind == JOB_CHECK)
		for (size_t i = 0; i < job->check.n_claims; i++)
			job->check.claims[i].still = true;
	if (job->kind == JOB_HELLO) {
		size_t used = 0;
		job->hello.user = USER;
		job->hello.session = SESSION;
		job->hello.name = job_keep(job, &used, MC_STR("Ben"));
	}
	job->answer(job->conn, job);
	job_destroy(job);
}

/* As with a cookie: who it is, is asked at once. */
static void
begin(struct conn *conn)
{
	struct mc_digest token = { 0 };

	*conn = (struct conn){ .front = &front, .state = CONN_NEW };
	session_authenticate(conn, &token);
	check_int(CONN_ASKING, conn->state, "");
}

static void
end(struct conn *conn)
{
	quotas_leave(daemon_of_none.quotas, conn->quota);
	free(conn->name);
}

static void
test_what_ends_while_it_is_asked_who_they_are_is_asked_about_then(void **state)
{
	struct mc_digest token = { 0 };
	struct conn conn;

	(void)state;
	begin(&conn);
	session_recheck(&conn);
	session_recheck(&conn);
	check_int(0, n_checks, "nobody knows whom to ask about");
	answer();
	check_int(CONN_READY, conn.state, "");
	check_int(1, n_checks, "once for both");
	answer();
	check_int(false, conn.checking, "");
	/* A token behind the cookie. */
	session_authenticate(&conn, &token);
	session_recheck(&conn);
	check_int(1, n_checks, "");
	answer();
	check_int(2, n_checks, "that too");
	answer();
	check_int(2, n_checks, "and no more");
	end(&conn);
}

static void
test_what_ends_while_rights_are_asked_about_is_asked_about_again_before_anything_is_told(
	void **state)
{
	struct conn conn;

	(void)state;
	begin(&conn);
	answer();
	session_recheck(&conn);
	session_recheck(&conn);
	session_recheck(&conn);
	check_int(1, n_checks, "one at a time");
	answer();
	check_int(2, n_checks, "the first answer may be older than the last change");
	check_int(true, conn.checking, "");
	check_int(0, n_let_out, "so nothing is told yet");
	n_gone_on = 0;
	answer();
	check_int(2, n_checks, "");
	check_int(false, conn.checking, "");
	check_int(1, n_let_out, "what was held");
	check_int(1, n_gone_on, "and a replay that stood meanwhile");
	end(&conn);
}

static void
test_who_cannot_be_asked_about_does_not_stay(void **state)
{
	struct conn conn;

	(void)state;
	begin(&conn);
	answer();
	is_full = true;
	session_recheck(&conn);
	check_int(true, has_ended, "");
	end(&conn);
}

#define with_quotas(test) cmocka_unit_test_setup_teardown(test, forget_all, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_quotas(test_what_ends_while_it_is_asked_who_they_are_is_asked_about_then),
		with_quotas(
			test_what_ends_while_rights_are_asked_about_is_asked_about_again_before_anything_is_told),
		with_quotas(test_who_cannot_be_asked_about_does_not_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
