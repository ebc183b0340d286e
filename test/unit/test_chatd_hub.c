/* Who is in a room of a loop: who cannot be kept or counted is not. */

#include "chatd/hub.h"

#include "chatd/conn.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/presence.h"
#include "chatd/store.h"
#include "test/unit/check.h"

enum { ROOM = 7, USER = 3 };

/* The linker gives these what the hub asks for. */
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
bool __wrap_presence_came(struct presence *presence, mc_room_id room, mc_user_id user);
void __wrap_presence_left(struct presence *presence, mc_room_id room, mc_user_id user);
struct jobs *__wrap_store_jobs(struct store *store);

static int until_out = -1; /* so many are given before the one that is not; -1: all are */
static bool is_counted = true;
static int n_here;
static struct jobs jobs;

void *
__wrap_calloc(size_t n, size_t size)
{
	return until_out >= 0 && until_out-- == 0 ? NULL : __real_calloc(n, size);
}

bool
__wrap_presence_came(struct presence *presence, mc_room_id room, mc_user_id user)
{
	(void)presence;
	check_int(ROOM, room, "");
	check_int(USER, user, "");
	n_here += is_counted;
	return is_counted;
}

void
__wrap_presence_left(struct presence *presence, mc_room_id room, mc_user_id user)
{
	(void)presence;
	check_int(ROOM, room, "");
	check_int(USER, user, "");
	n_here--;
}

struct jobs *
__wrap_store_jobs(struct store *store)
{
	(void)store;
	return &jobs;
}

static struct daemon daemon_of_none;
static struct front front = { .daemon = &daemon_of_none };

static int
open_hub(void **state)
{
	(void)state;
	jobs_init(&jobs, "test", 1);
	front.hub = hub_create(&front);
	return front.hub == NULL;
}

static int
close_hub(void **state)
{
	struct job_list taken;

	(void)state;
	job_list_init(&taken);
	(void)jobs_take(&jobs, &taken, 0);
	for (struct job *job; (job = job_list_pop(&taken)) != NULL;)
		job_destroy(job);
	jobs_finish(&jobs);
	hub_destroy(front.hub);
	return 0;
}

static void
check_outside(struct conn *conn, const char *why)
{
	assert_null(hub_find(conn, ROOM));
	check_int(0, conn->n_members, why);
	check_int(0, n_here, why);
}

/* Memory is out once, at another place each time, until that is behind the last one. */
static void
test_who_cannot_be_kept_in_a_room_is_not_counted_there(void **state)
{
	struct conn conn = { .front = &front, .user = USER };
	struct member *member;
	int places = 0;

	(void)state;
	for (;;) {
		until_out = places;
		member = hub_join(&conn, ROOM);
		until_out = -1;
		if (member != NULL)
			break;
		check_outside(&conn, "memory is out");
		places++;
	}
	check_int(2, places, "a member and a room");
	check_int(1, n_here, "in it");
	assert_ptr_equal(member, hub_find(&conn, ROOM));
	hub_leave(member);
	check_outside(&conn, "left");
}

static void
test_who_cannot_be_counted_is_not_let_in(void **state)
{
	struct conn conn = { .front = &front, .user = USER };

	(void)state;
	is_counted = false;
	assert_null(hub_join(&conn, ROOM));
	is_counted = true;
	check_outside(&conn, "not counted");
}

static void
test_a_check_knows_the_role_better_than_the_join_before_it(void **state)
{
	struct conn conn = { .front = &front, .user = USER };
	struct member *member = hub_join(&conn, ROOM);

	(void)state;
	assert_non_null(member);
	hub_set_stage(member, MEMBER_TOLD, MC_ROLE_INSTRUCTOR);
	check_int(MC_ROLE_INSTRUCTOR, member->role, "as the join found it");
	hub_set_role(member, MC_ROLE_STUDENT);
	hub_set_stage(member, MEMBER_LIVE, MC_ROLE_INSTRUCTOR);
	check_int(MEMBER_LIVE, member->stage, "");
	check_int(MC_ROLE_STUDENT, member->role, "as the check found it");
	hub_leave(member);
}

#define with_hub(test) cmocka_unit_test_setup_teardown(test, open_hub, close_hub)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_hub(test_who_cannot_be_kept_in_a_room_is_not_counted_there),
		with_hub(test_who_cannot_be_counted_is_not_let_in),
		with_hub(test_a_check_knows_the_role_better_than_the_join_before_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
