/* Who is here through this daemon: what of it is to be written down, and what is to be read. */

#include "chatd/occupants.h"

#include "libminiclass/base/lock.h"
#include "libminiclass/model/stay.h"
#include "test/unit/check.h"

enum { ROOM = 7, USER = 3 };

static struct mc_lock lock;
static struct occupants occupants;

static int
begin(void **state)
{
	(void)state;
	mc_lock_init(&lock, "test", MC_LOCK_PRESENCE);
	mc_lock_take(&lock);
	occupants_init(&occupants, &lock);
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	occupants_finish(&occupants);
	mc_lock_release(&lock);
	mc_lock_finish(&lock);
	return 0;
}

static struct occupant *
come(mc_room_id room, mc_user_id user)
{
	struct occupant *occupant = occupants_add(&occupants, room, user);

	assert_non_null(occupant);
	occupants_set_connections(&occupants, occupant, 1);
	return occupant;
}

static void
check_taken(size_t n, bool joined, const char *why)
{
	struct mc_stay_change changes[2];

	check_int(n, occupants_take_changes(&occupants, changes, MC_COUNT(changes)), why);
	for (size_t i = 0; i < n; i++) {
		check_int(ROOM, changes[i].room, why);
		check_int(USER, changes[i].user, why);
		check_int(joined, changes[i].joined, why);
	}
}

static void
test_who_was_perhaps_refused_is_written_down_again_while_they_are_here(void **state)
{
	struct occupant *occupant = come(ROOM, USER);

	(void)state;
	check_taken(1, true, "came");
	check_taken(0, true, "that was all");
	occupants_set_connections(&occupants, occupant, 2);
	check_taken(0, true, "here they were");
	occupants_doubt(&occupants, occupant);
	check_taken(1, true, "once more");
	check_taken(0, true, "and no more");
	occupants_doubt_all(&occupants);
	check_taken(1, true, "all who are here");
	occupants_doubt(&occupants, occupant);
	occupants_set_connections(&occupants, occupant, 0);
	check_taken(1, false, "left");
	assert_null(occupants_find(&occupants, ROOM, USER));
	assert_null(occupants_room(&occupants, ROOM));
}

static void
test_who_is_written_down_as_here_is_listed_until_that_they_left_is_written(void **state)
{
	struct mc_stay_change list[1];
	struct occupant *occupant = come(ROOM, USER);

	(void)state;
	check_int(0, occupants_count_stored(&occupants), "not yet");
	check_taken(1, true, "came");
	occupants_set_connections(&occupants, occupant, 0);
	check_int(1, occupants_count_stored(&occupants), "");
	occupants_list_stored(&occupants, list);
	check_int(USER, list[0].user, "");
	check_taken(1, false, "left");
	check_int(0, occupants_count_stored(&occupants), "");
}

static void
test_rooms_that_are_to_be_read_are_each_taken_once_however_few_at_a_time(void **state)
{
	enum { N = 5 };
	mc_room_id taken[2];
	size_t n, all = 0;
	int64_t sum = 0;

	(void)state;
	for (mc_room_id room = 1; room <= N; room++)
		(void)come(room, USER);
	occupants_set_stale(&occupants, N + 1);
	check_int(false, occupants.any_stale, "nobody is there");
	occupants_set_all_stale(&occupants);
	while (occupants.any_stale) {
		n = occupants_take_stale(&occupants, taken, MC_COUNT(taken));
		for (size_t i = 0; i < n; i++)
			sum += taken[i];
		all += n;
	}
	check_int(N, all, "");
	check_int(1 + 2 + 3 + 4 + 5, sum, "");
	check_int(0, occupants_take_stale(&occupants, taken, MC_COUNT(taken)), "");
}

#define with_occupants(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_occupants(
			test_who_was_perhaps_refused_is_written_down_again_while_they_are_here),
		with_occupants(
			test_who_is_written_down_as_here_is_listed_until_that_they_left_is_written),
		with_occupants(
			test_rooms_that_are_to_be_read_are_each_taken_once_however_few_at_a_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
