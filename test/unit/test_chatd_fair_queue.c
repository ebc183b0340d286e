/* Turns: who sends much waits behind themselves, and everybody's own order stays. */

#include "chatd/fair_queue.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/check.h"

enum { PEOPLE = 40, MOST = 512 };

static struct fair_queue queue;
static struct flow people[PEOPLE];
static struct job *taken[MOST];

static int
set_up(void **state)
{
	(void)state;
	memset(people, 0, sizeof(people));
	fair_queue_init(&queue);
	return 0;
}

/* So many more of a person's; each is numbered. */
static void
add(size_t person, int64_t first, int64_t n)
{
	for (int64_t i = first; i < first + n; i++) {
		struct job *job = job_create(JOB_SEND, NULL, 0);
		assert_non_null(job);
		job->flow = &people[person];
		job->user = (int64_t)person;
		job->send.seq = i;
		fair_queue_add(&queue, job);
	}
}

/* "0x16 1x1": whose, and how many in a row; numbers go on from those of *next. */
static void
check_taken(const char *expected, size_t n, int64_t *next)
{
	char text[1024] = "";
	size_t length = 0;

	for (size_t i = 0, run = 1; i < n; i++, run++) {
		size_t person = (size_t)taken[i]->user;
		check_int(next[person]++, taken[i]->send.seq, "in the order of the sender");
		if (i + 1 < n && taken[i + 1]->user == taken[i]->user)
			continue;
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%zux%zu",
			length > 0 ? " " : "", person, run);
		assert_true(length < sizeof(text));
		run = 0;
	}
	for (size_t i = 0; i < n; i++)
		job_destroy(taken[i]);
	assert_string_equal(expected, text);
}

static void
check_take(const char *expected, size_t max, int64_t *next)
{
	check_taken(expected, fair_queue_take(&queue, taken, max), next);
}

static void
test_one_sender_is_taken_in_order_a_batch_at_a_time(void **state)
{
	int64_t next[PEOPLE] = { 0 };

	(void)state;
	check_int(0, (long long)fair_queue_take(&queue, taken, MOST), "nothing waits");
	add(0, 0, 130);
	check_int(130, (long long)queue.n_jobs, "that wait");
	check_take("0x128", MOST, next);
	check_take("0x2", MOST, next);
	check_int(0, (long long)queue.n_jobs, "all are taken");
	add(0, 130, 3);
	check_take("0x3", MOST, next);
}

static void
test_who_sends_one_is_taken_with_the_next_batch_of_those_who_send_much(void **state)
{
	int64_t next[PEOPLE] = { 0 };

	(void)state;
	add(0, 0, 1000);
	add(1, 0, 1000);
	add(2, 0, 1);
	check_take("0x16 1x16 2x1 0x16 1x16 0x16 1x16 0x16 1x16", MOST, next);
	add(2, 1, 1);
	add(3, 0, 20);
	check_take("0x16 1x16 2x1 3x16 0x16 1x16 3x4 0x16 1x16 0x16 1x16", MOST, next);
	while (queue.n_jobs > 0)
		for (size_t n = fair_queue_take(&queue, taken, MOST); n > 0; n--)
			job_destroy(taken[n - 1]);
}

static void
test_everybody_has_a_share_before_a_batch_is_full(void **state)
{
	int64_t next[PEOPLE] = { 0 };

	(void)state;
	for (size_t i = 0; i < 10; i++)
		add(i, 0, 17);
	check_take("0x16 1x16 2x16 3x16 4x16 5x16 6x16 7x16 8x16 9x16", MOST, next);
	check_take("0x1 1x1 2x1 3x1 4x1 5x1 6x1 7x1 8x1 9x1", MOST, next);
}

static void
test_who_found_no_place_is_first_in_the_next_batch(void **state)
{
	int64_t next[PEOPLE] = { 0 };

	(void)state;
	add(0, 0, 10);
	add(1, 0, 10);
	add(2, 0, 10);
	check_take("0x10 1x5", 15, next);
	check_take("2x10 1x5", 15, next);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_one_sender_is_taken_in_order_a_batch_at_a_time, set_up),
		cmocka_unit_test_setup(
			test_who_sends_one_is_taken_with_the_next_batch_of_those_who_send_much,
			set_up),
		cmocka_unit_test_setup(test_everybody_has_a_share_before_a_batch_is_full, set_up),
		cmocka_unit_test_setup(test_who_found_no_place_is_first_in_the_next_batch, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
