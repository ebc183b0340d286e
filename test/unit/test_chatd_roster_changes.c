/* Telling the members of a room who came and left: all of it, or nothing yet. */

#include "chatd/roster_changes.h"

#include <string.h>

#include "chatd/daemon.h"
#include "chatd/delivery.h"
#include "chatd/front.h"
#include "libminiclass/model/membership.h"
#include "test/unit/check.h"

enum { ROOM = 7, FRONTS = 2, DELIVERY_MAX = 8 };

/* The linker gives these what all the program asks for. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
void __wrap_delivery_post(struct delivery *delivery);

static int until_out = -1; /* so many are given before the one that is not; -1: all are */
static struct delivery *posted[DELIVERY_MAX];
static size_t n_posted;

static bool
is_out(void)
{
	return until_out >= 0 && until_out-- == 0;
}

void *
__wrap_malloc(size_t size)
{
	return is_out() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return is_out() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *ptr, size_t size)
{
	return is_out() ? NULL : __real_realloc(ptr, size);
}

void
__wrap_delivery_post(struct delivery *delivery)
{
	assert_true(n_posted < DELIVERY_MAX);
	posted[n_posted++] = delivery;
}

static struct front fronts[FRONTS];
static struct front *front_list[FRONTS] = { &fronts[0], &fronts[1] };
static const struct daemon two_fronts = { .fronts = front_list, .n_fronts = FRONTS };

#define ADA                                                                                        \
	{                                                                                          \
		ROOM, 1, MC_STR_INIT("Ada"), MC_ROLE_INSTRUCTOR                                    \
	}
#define BEN                                                                                        \
	{                                                                                          \
		ROOM, 2, MC_STR_INIT("Ben"), MC_ROLE_STUDENT                                       \
	}
#define CLEO                                                                                       \
	{                                                                                          \
		ROOM, 3, MC_STR_INIT("Cleo"), MC_ROLE_STUDENT                                      \
	}
#define CLEO_WHO_TEACHES                                                                           \
	{                                                                                          \
		ROOM, 3, MC_STR_INIT("Cleo"), MC_ROLE_INSTRUCTOR                                   \
	}
#define DORA                                                                                       \
	{                                                                                          \
		ROOM, 4, MC_STR_INIT("Dora"), MC_ROLE_INSTRUCTOR                                   \
	}

/* Ben leaves, Dora comes, Cleo gets another role. */
static const struct mc_present before[] = { ADA, BEN, CLEO };
static const struct mc_present after[] = { ADA, CLEO_WHO_TEACHES, DORA };

static bool
names(const struct packet *packet, const char *name)
{
	struct mc_str form = packet_form(packet, WIRE_FRAMED);

	return memmem(form.ptr, form.len, name, strlen(name)) != NULL;
}

static void
check_deliveries_of(const struct front *front, struct delivery *const delivery[2])
{
	assert_ptr_equal(front, delivery[0]->front);
	assert_ptr_equal(front, delivery[1]->front);
	check_int(3, delivery[0]->new_role, "told to her as to teachers");
	check_int(true, names(delivery[0]->packet, "Cleo"), "teachers learn her new role");
	check_int(true, names(delivery[0]->packet, "instructor"), "teachers learn her new role");
	check_int(true, names(delivery[0]->student_packet, "Cleo"), "for students she has come");
	check_int(0, delivery[1]->new_role, "who came and left has no other");
	check_int(true, names(delivery[1]->packet, "Ben"), "teachers know everybody");
	check_int(true, names(delivery[1]->packet, "Dora"), "teachers know everybody");
	check_int(
		false, names(delivery[1]->student_packet, "Ben"), "students know instructors only");
	check_int(
		true, names(delivery[1]->student_packet, "Dora"), "students know instructors only");
}

static void
forget_posted(void)
{
	while (n_posted > 0)
		delivery_unref(posted[--n_posted]);
}

/* Memory is out once, at another place each time, until that is behind the last one. */
static void
test_a_change_is_told_as_a_whole_or_can_be_told_again(void **state)
{
	struct roster old, new;
	int places = 0;
	bool ready;

	(void)state;
	assert_true(roster_copy(before, MC_COUNT(before), &old));
	assert_true(roster_copy(after, MC_COUNT(after), &new));
	do {
		struct roster_changes *changes = roster_changes_create();
		assert_non_null(changes);
		until_out = places;
		ready = roster_changes_find(changes, &two_fronts, ROOM, &old, &new);
		until_out = -1;
		roster_changes_tell(changes);
		if (!ready) {
			places++;
			check_int(0, n_posted, "nothing of it");
			assert_true(roster_changes_find(changes, &two_fronts, ROOM, &old, &new));
			roster_changes_tell(changes);
		}
		check_int(2 * FRONTS, n_posted, "all of it");
		for (size_t i = 0; i < FRONTS; i++)
			check_deliveries_of(&fronts[i], posted + 2 * i);
		forget_posted();
		roster_changes_tell(changes);
		check_int(0, n_posted, "once");
		roster_changes_destroy(changes);
	} while (!ready);
	check_int(true, places > 3 * FRONTS, "a delivery and its packets on each front, at least");
	roster_free(&old);
	roster_free(&new);
}

static void
test_no_difference_is_no_news(void **state)
{
	struct roster_changes *changes = roster_changes_create();
	struct roster roster;

	(void)state;
	assert_non_null(changes);
	assert_true(roster_copy(before, MC_COUNT(before), &roster));
	assert_true(roster_changes_find(changes, &two_fronts, ROOM, &roster, &roster));
	roster_changes_tell(changes);
	check_int(0, n_posted, "nobody came or left");
	roster_free(&roster);
	roster_changes_destroy(changes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_change_is_told_as_a_whole_or_can_be_told_again),
		cmocka_unit_test(test_no_difference_is_no_news),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
