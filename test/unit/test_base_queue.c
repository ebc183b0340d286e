/* Queues between threads: order, ceiling, closing. */

#include "libminiclass/base/queue.h"

#include <pthread.h>
#include <stdatomic.h>

#include "test/unit/check.h"

static void
test_items_come_out_in_order_also_around_the_end(void **state)
{
	struct mc_queue *queue = mc_queue_create("test", 3);
	int items[10];
	size_t in = 0, out = 0;

	(void)state;
	while (out < MC_COUNT(items)) {
		while (in < MC_COUNT(items) && mc_queue_push(queue, 0, &items[in]))
			in++;
		check_int(in - out, mc_queue_count(queue), "");
		check_int(true, mc_queue_pop(queue) == &items[out++], "");
	}
	mc_queue_destroy(queue);
}

static void
test_a_full_queue_says_so_and_takes_again_after_a_pop(void **state)
{
	struct mc_queue *queue = mc_queue_create("test", 2);
	int item;

	(void)state;
	check_int(true, mc_queue_push(queue, 0, &item), "");
	check_int(true, mc_queue_push(queue, 0, &item), "");
	check_int(false, mc_queue_push(queue, 0, &item), "full");
	check_int(true, mc_queue_pop(queue) == &item, "");
	check_int(true, mc_queue_push(queue, 0, &item), "room again");
	mc_queue_close(queue);
	check_int(true, mc_queue_pop(queue) != NULL && mc_queue_pop(queue) != NULL, "emptied");
	mc_queue_destroy(queue);
}

static void
test_a_try_does_not_wait(void **state)
{
	struct mc_queue *queue = mc_queue_create("test", 2);
	int items[2];

	(void)state;
	check_int(true, mc_queue_try(queue) == NULL, "empty");
	for (size_t i = 0; i < MC_COUNT(items); i++)
		check_int(true, mc_queue_push(queue, 0, &items[i]), "");
	for (size_t i = 0; i < MC_COUNT(items); i++)
		check_int(true, mc_queue_try(queue) == &items[i], "in order");
	check_int(true, mc_queue_try(queue) == NULL, "empty again");
	mc_queue_destroy(queue);
}

static void
test_owners_take_turns_and_each_keeps_its_order(void **state)
{
	struct mc_queue *queue = mc_queue_create("test", 16);
	char a[3], b[2], c[1];
	void *wanted[] = { &a[0], &b[0], &c[0], &a[1], &b[1], &a[2] };

	(void)state;
	/* Of three lanes: 1, 2 and 3 fall apart. */
	for (size_t i = 0; i < MC_COUNT(a); i++)
		check_int(true, mc_queue_push(queue, 1, &a[i]), "");
	for (size_t i = 0; i < MC_COUNT(b); i++)
		check_int(true, mc_queue_push(queue, 2, &b[i]), "");
	check_int(true, mc_queue_push(queue, 3, &c[0]), "");
	for (size_t i = 0; i < MC_COUNT(wanted); i++)
		check_int(true, mc_queue_pop(queue) == wanted[i], "in turn");
	mc_queue_destroy(queue);
}

static void
test_one_owner_leaves_an_eighth_to_the_others(void **state)
{
	struct mc_queue *queue = mc_queue_create("test", 80);
	int item;

	(void)state;
	for (int i = 0; i < 70; i++)
		check_int(true, mc_queue_push(queue, 1, &item), "while there is more");
	check_int(false, mc_queue_push(queue, 1, &item), "the last eighth is not for it");
	for (int i = 0; i < 10; i++)
		check_int(true, mc_queue_push(queue, 2, &item), "but for others");
	check_int(false, mc_queue_push(queue, 3, &item), "full");
	mc_queue_close(queue);
	while (mc_queue_pop(queue) != NULL)
		continue;
	mc_queue_destroy(queue);
}

static void
test_a_closed_queue_refuses_and_is_emptied(void **state)
{
	struct mc_queue *queue = mc_queue_create("test", 4);
	int item;

	(void)state;
	check_int(true, mc_queue_push(queue, 0, &item), "");
	mc_queue_close(queue);
	check_int(false, mc_queue_push(queue, 0, &item), "closed");
	check_int(true, mc_queue_pop(queue) == &item, "what was in it");
	check_int(true, mc_queue_pop(queue) == NULL, "the end");
	mc_queue_destroy(queue);
}

static void
test_what_cannot_be_made_is_null_and_destroy_takes_it(void **state)
{
	(void)state;
	check_int(true, mc_queue_create("test", 0) == NULL, "no room at all");
	check_int(true, mc_queue_create("test", SIZE_MAX / 4) == NULL, "no such size");
	mc_queue_destroy(NULL);
}

enum { PUSHERS = 2, POPPERS = 3, EACH = 20000 };

struct traffic {
	struct mc_queue *queue;
	_Atomic size_t popped[PUSHERS * EACH];
	size_t numbers[PUSHERS * EACH];
};

struct pusher {
	struct traffic *traffic;
	size_t first;
};

static void *
push_all(void *argument)
{
	struct pusher *pusher = argument;

	for (size_t i = 0; i < EACH; i++) {
		size_t at = pusher->first + i;
		pusher->traffic->numbers[at] = at;
		while (!mc_queue_push(pusher->traffic->queue, 0, &pusher->traffic->numbers[at]))
			sched_yield();
	}
	return NULL;
}

static void *
pop_all(void *argument)
{
	struct traffic *traffic = argument;
	size_t *number;

	while ((number = mc_queue_pop(traffic->queue)) != NULL)
		traffic->popped[*number]++;
	return NULL;
}

static void
test_each_item_is_popped_once_however_many_threads_there_are(void **state)
{
	static struct traffic traffic;
	struct pusher pushers[PUSHERS];
	pthread_t pushing[PUSHERS], popping[POPPERS];

	(void)state;
	traffic.queue = mc_queue_create("test", 16);
	for (size_t i = 0; i < POPPERS; i++)
		check_int(0, pthread_create(&popping[i], NULL, pop_all, &traffic), "");
	for (size_t i = 0; i < PUSHERS; i++) {
		pushers[i] = (struct pusher){ &traffic, i * EACH };
		check_int(0, pthread_create(&pushing[i], NULL, push_all, &pushers[i]), "");
	}
	for (size_t i = 0; i < PUSHERS; i++)
		pthread_join(pushing[i], NULL);
	mc_queue_close(traffic.queue);
	for (size_t i = 0; i < POPPERS; i++)
		pthread_join(popping[i], NULL);
	for (size_t i = 0; i < MC_COUNT(traffic.popped); i++)
		check_int(1, traffic.popped[i], "once");
	mc_queue_destroy(traffic.queue);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items_come_out_in_order_also_around_the_end),
		cmocka_unit_test(test_a_full_queue_says_so_and_takes_again_after_a_pop),
		cmocka_unit_test(test_a_try_does_not_wait),
		cmocka_unit_test(test_owners_take_turns_and_each_keeps_its_order),
		cmocka_unit_test(test_one_owner_leaves_an_eighth_to_the_others),
		cmocka_unit_test(test_a_closed_queue_refuses_and_is_emptied),
		cmocka_unit_test(test_what_cannot_be_made_is_null_and_destroy_takes_it),
		cmocka_unit_test(test_each_item_is_popped_once_however_many_threads_there_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
