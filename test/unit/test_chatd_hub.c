/*
 * Who is in a room of a loop: who cannot be kept or counted is not, and who is being asked about is
 * told nothing yet.
 */

#include "chatd/hub.h"

#include "chatd/conn.h"
#include "chatd/conn_out.h"
#include "chatd/daemon.h"
#include "chatd/delivery.h"
#include "chatd/front.h"
#include "chatd/packet.h"
#include "chatd/presence.h"
#include "chatd/store.h"
#include "test/unit/check.h"

enum { ROOM = 7, USER = 3, TOLD_MAX = 8 };

/* The linker gives these what the hub asks for. */
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
bool __wrap_presence_came(struct presence *presence, mc_room_id room, mc_user_id user);
void __wrap_presence_left(struct presence *presence, mc_room_id room, mc_user_id user);
struct jobs *__wrap_store_jobs(struct store *store);
void __wrap_conn_queue(struct conn *conn, struct packet *packet);
bool __wrap_conn_hold(struct conn *conn, const struct packet *packet);
void __wrap_conn_unhold(struct conn *conn, const struct packet *packet);

static int until_out = -1; /* so many are given before the one that is not; -1: all are */
static bool is_counted = true;
static int n_here;
static struct jobs jobs;
static struct packet *told[TOLD_MAX]; /* NULL: ended for want of memory */
static size_t n_told;
static bool is_slow; /* nothing more may be held */
static int n_held;

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

void
__wrap_conn_queue(struct conn *conn, struct packet *packet)
{
	(void)conn;
	assert_true(n_told < TOLD_MAX);
	told[n_told++] = packet;
}

bool
__wrap_conn_hold(struct conn *conn, const struct packet *packet)
{
	(void)conn;
	assert_non_null(packet);
	n_held += !is_slow;
	return !is_slow;
}

void
__wrap_conn_unhold(struct conn *conn, const struct packet *packet)
{
	(void)conn;
	assert_non_null(packet);
	n_held--;
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

static struct packet *
text(const char *words)
{
	struct packet *packet = packet_create_raw(WIRE_FRAMED, mc_str_from(words));

	assert_non_null(packet);
	return packet;
}

/* As the loop takes it. */
static void
take_delivery(enum delivery_kind kind, const char *words, const char *for_students)
{
	struct delivery *delivery = delivery_create(&front, kind, ROOM);

	assert_non_null(delivery);
	delivery->packet = words != NULL ? text(words) : NULL;
	delivery->student_packet = for_students != NULL ? text(for_students) : NULL;
	delivery->n_messages = kind == DELIVERY_MESSAGES;
	delivery->task.run(&delivery->task);
}

static void
check_told(const char *const *words, size_t n, const char *why)
{
	check_int(n, n_told, why);
	for (size_t i = 0; i < n; i++) {
		check_str(mc_str_from(words[i]), packet_form(told[i], WIRE_FRAMED), why);
		packet_unref(told[i]);
	}
	n_told = 0;
}
#define CHECK_TOLD(why, ...)                                                                       \
	check_told((const char *const[]){ __VA_ARGS__ },                                           \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), why)

static struct member *
join_live(struct conn *conn, enum mc_role role)
{
	struct member *member = hub_join(conn, ROOM);

	assert_non_null(member);
	hub_set_stage(member, MEMBER_LIVE, role);
	return member;
}

static void
test_who_is_asked_about_is_told_afterwards_in_order_and_others_at_once(void **state)
{
	struct conn doubted = { .front = &front, .user = USER };
	struct conn other = { .front = &front, .user = USER };
	struct member *member = join_live(&doubted, MC_ROLE_STUDENT);

	(void)state;
	doubted.checking = true;
	take_delivery(DELIVERY_MESSAGES, "one", NULL);
	check_told(NULL, 0, "not yet");
	check_int(1, n_held, "");
	struct member *second = join_live(&other, MC_ROLE_STUDENT);
	take_delivery(DELIVERY_MESSAGES, "two", NULL);
	CHECK_TOLD("nobody asks about them", "two");
	doubted.checking = false;
	hub_let_out(&doubted);
	CHECK_TOLD("in order", "one", "two");
	check_int(0, n_held, "");
	take_delivery(DELIVERY_MESSAGES, "three", NULL);
	CHECK_TOLD("to both", "three", "three");
	hub_leave(member);
	hub_leave(second);
}

static void
test_who_has_lost_the_right_is_not_told_what_came_meanwhile(void **state)
{
	struct conn conn = { .front = &front, .user = USER, .checking = true };
	struct member *member = join_live(&conn, MC_ROLE_STUDENT);

	(void)state;
	take_delivery(DELIVERY_MESSAGES, "one", NULL);
	take_delivery(DELIVERY_PRESENCE, "Ben came", "somebody came");
	take_delivery(DELIVERY_ENDED, "ended", NULL);
	check_int(3, n_held, "");
	assert_ptr_equal(member, hub_find(&conn, ROOM));
	hub_leave(member);
	conn.checking = false;
	hub_let_out(&conn);
	check_told(NULL, 0, "");
	check_int(0, n_held, "");
}

static void
test_what_is_held_is_for_the_role_that_is_found(void **state)
{
	struct conn conn = { .front = &front, .user = USER, .checking = true };
	struct member *member = join_live(&conn, MC_ROLE_INSTRUCTOR);

	(void)state;
	take_delivery(DELIVERY_PRESENCE, "Ben came", "somebody came");
	take_delivery(DELIVERY_PRESENCE, "Ada's other lesson", NULL);
	hub_set_role(member, MC_ROLE_STUDENT);
	conn.checking = false;
	hub_let_out(&conn);
	CHECK_TOLD("no names", "somebody came");
	hub_leave(member);
}

static void
test_the_end_of_a_room_is_told_behind_what_is_held(void **state)
{
	struct conn conn = { .front = &front, .user = USER, .checking = true };

	(void)state;
	(void)join_live(&conn, MC_ROLE_STUDENT);
	take_delivery(DELIVERY_MESSAGES, "one", NULL);
	take_delivery(DELIVERY_ENDED, "ended", NULL);
	conn.checking = false;
	hub_let_out(&conn);
	CHECK_TOLD("in order", "one", "ended");
	check_outside(&conn, "and it has ended for them");
}

static void
test_who_cannot_be_told_later_is_ended(void **state)
{
	struct conn conn = { .front = &front, .user = USER, .checking = true };
	struct member *member = join_live(&conn, MC_ROLE_STUDENT);

	(void)state;
	/* The delivery has the first piece of memory. */
	until_out = 1;
	take_delivery(DELIVERY_MESSAGES, "one", NULL);
	until_out = -1;
	check_int(1, n_told, "");
	assert_null(told[0]);
	n_told = 0;
	is_slow = true;
	take_delivery(DELIVERY_MESSAGES, "two", NULL);
	is_slow = false;
	check_int(0, n_held, "who is dropped holds nothing");
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
		with_hub(test_who_is_asked_about_is_told_afterwards_in_order_and_others_at_once),
		with_hub(test_who_has_lost_the_right_is_not_told_what_came_meanwhile),
		with_hub(test_what_is_held_is_for_the_role_that_is_found),
		with_hub(test_the_end_of_a_room_is_told_behind_what_is_held),
		with_hub(test_who_cannot_be_told_later_is_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
