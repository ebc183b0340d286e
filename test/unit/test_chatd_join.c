/* The way into a room: what was left meanwhile is not kept, who is refused is not believed here. */

#include "chatd/join.h"

#include "chatd/conn.h"
#include "chatd/conn_ask.h"
#include "chatd/conn_say.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/hub.h"
#include "chatd/presence.h"
#include "chatd/store.h"
#include "chatd/wire.h"
#include "libminiclass/chat/message.h"
#include "test/unit/check.h"

enum { ROOM = 7, USER = 3 };

/* The linker gives these what join.c and the hub ask for. */
bool __wrap_conn_ask(struct conn *conn, struct jobs *thread, struct job *job,
	void (*answer)(struct conn *conn, struct job *job));
void __wrap_conn_refuse_room(struct conn *conn, mc_room_id room, struct mc_str client_id);
struct jobs *__wrap_store_jobs(struct store *store);
struct jobs *__wrap_presence_jobs(struct presence *presence);
void __wrap_presence_wake(struct presence *presence);
bool __wrap_presence_came(struct presence *presence, mc_room_id room, mc_user_id user);
void __wrap_presence_left(struct presence *presence, mc_room_id room, mc_user_id user);
void __wrap_presence_doubt(struct presence *presence, mc_room_id room, mc_user_id user);

static struct job *asked; /* the last one, not answered yet */
static int n_here, n_gone, n_doubted, n_refused;
static struct jobs jobs;

bool
__wrap_conn_ask(struct conn *conn, struct jobs *thread, struct job *job,
	void (*answer)(struct conn *conn, struct job *job))
{
	(void)thread;
	assert_null(asked);
	job->conn = conn;
	job->answer = answer;
	asked = job;
	return true;
}

void
__wrap_conn_refuse_room(struct conn *conn, mc_room_id room, struct mc_str client_id)
{
	(void)conn;
	check_int(ROOM, room, "");
	check_int(0, client_id.len, "");
	n_refused++;
}

struct jobs *
__wrap_store_jobs(struct store *store)
{
	(void)store;
	return &jobs;
}

struct jobs *
__wrap_presence_jobs(struct presence *presence)
{
	(void)presence;
	return NULL;
}

void
__wrap_presence_wake(struct presence *presence)
{
	(void)presence;
}

bool
__wrap_presence_came(struct presence *presence, mc_room_id room, mc_user_id user)
{
	(void)presence;
	(void)room;
	(void)user;
	n_here++;
	return true;
}

void
__wrap_presence_left(struct presence *presence, mc_room_id room, mc_user_id user)
{
	(void)presence;
	(void)room;
	(void)user;
	if (--n_here == 0)
		n_gone++;
}

void
__wrap_presence_doubt(struct presence *presence, mc_room_id room, mc_user_id user)
{
	(void)presence;
	check_int(ROOM, room, "");
	check_int(USER, user, "");
	check_int(1, n_here, "while they are still counted");
	n_doubted++;
}

static const struct wire framed = { .form = WIRE_FRAMED };
static struct daemon daemon_of_none;
static struct front front = { .daemon = &daemon_of_none };
static struct conn conn;

static int
begin(void **state)
{
	(void)state;
	jobs_init(&jobs, "test", 10000);
	front.hub = hub_create(&front);
	conn = (struct conn){ .front = &front, .wire = &framed, .user = USER, .state = CONN_READY };
	job_list_init(&conn.replays);
	n_here = n_gone = n_doubted = n_refused = 0;
	return front.hub == NULL;
}

static int
finish(void **state)
{
	(void)state;
	assert_null(asked);
	jobs_finish(&jobs);
	hub_destroy(front.hub);
	return 0;
}

static void
answer(enum job_kind kind, enum mc_status status)
{
	struct job *job = asked;

	assert_non_null(job);
	check_int(kind, job->kind, "");
	asked = NULL;
	job->status = status;
	job->answer(job->conn, job);
	job_destroy(job);
}

static const struct mc_chat_command join = { .verb = MC_CHAT_JOIN, .room = ROOM };

static void
test_who_is_refused_is_in_doubt_before_they_are_gone(void **state)
{
	(void)state;
	join_begin(&conn, &join);
	answer(JOB_ENTER, MC_OK);
	answer(JOB_JOIN, MC_NOT_FOUND);
	check_int(1, n_doubted, "another connection of theirs may have come in meanwhile");
	check_int(1, n_refused, "");
	check_int(0, n_here, "");
}

/* The reader does not read, so that no turn comes. */
static void
test_who_comes_and_goes_in_front_of_a_replay_that_stands_keeps_one_step(void **state)
{
	(void)state;
	conn.out_n = 1;
	for (int n = 0; n < 100; n++) {
		join_begin(&conn, &join);
		answer(JOB_ENTER, MC_OK);
		check_int(1, conn.replays.n, "theirs");
		hub_leave(hub_find(&conn, ROOM));
	}
	conn.out_n = 0;
	join_go_on(&conn);
	check_int(0, conn.replays.n, "");
	check_int(0, n_here, "");
}

/* Another thread may look at any moment. */
static void
test_who_joins_again_is_not_gone_for_a_moment(void **state)
{
	(void)state;
	conn.out_n = 1;
	join_begin(&conn, &join);
	answer(JOB_ENTER, MC_OK);
	hub_set_stage(hub_find(&conn, ROOM), MEMBER_LIVE, MC_ROLE_STUDENT);
	join_begin(&conn, &join);
	answer(JOB_ENTER, MC_OK);
	check_int(0, n_gone, "");
	check_int(1, n_here, "once");
	hub_leave(hub_find(&conn, ROOM));
	check_int(1, n_gone, "");
	conn.out_n = 0;
	join_go_on(&conn);
}

#define with_hub(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_hub(test_who_is_refused_is_in_doubt_before_they_are_gone),
		with_hub(test_who_comes_and_goes_in_front_of_a_replay_that_stands_keeps_one_step),
		with_hub(test_who_joins_again_is_not_gone_for_a_moment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
