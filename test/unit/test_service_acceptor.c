/* How the loop threads of a server end. */

#include "libminiclass/service/acceptor.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/check.h"

enum { N = 3 };

static bool
open_none(struct mc_acceptor *acceptor, int fd, const struct mc_addr *peer, int64_t id)
{
	(void)acceptor;
	(void)peer;
	(void)id;
	fail_msg("nobody connects here, but descriptor %d was opened", fd);
	return false;
}

static void
nothing(struct mc_acceptor *acceptor)
{
	(void)acceptor;
}

static void
not_overdue(void *user)
{
	(void)user;
	fail_msg("a thread without connections did not end");
}

struct late {
	struct mc_task task;
	int *n_run;
};

static void
late_run(struct mc_task *task)
{
	struct late *late = MC_CONTAINER(task, struct late, task);

	(*late->n_run)++;
	free(late);
}

/* A database thread ends after the loops: it may have had something for them until then. */
static void
test_what_was_posted_behind_the_end_of_the_threads_is_done_by_a_drain(void **state)
{
	static const struct mc_acceptor_calls calls = {
		.open = open_none,
		.stop = nothing,
		.stop_now = nothing,
	};
	struct mc_acceptors all;
	struct mc_acceptor acceptors[N];
	struct mc_addr addr;
	struct mc_error error;
	int n_run = 0;

	(void)state;
	memset(acceptors, 0, sizeof(acceptors));
	assert_true(mc_acceptors_init(&all, &calls, N, 0));
	for (int i = 0; i < N; i++)
		check_int(MC_OK, mc_acceptor_init(&acceptors[i], &all, &error), "init");
	check_int(MC_OK, mc_acceptors_listen(&all, "listen", "127.0.0.1:0", false, &addr, &error),
		"listen");
	check_int(MC_OK, mc_acceptors_start(&all), "start");
	mc_acceptors_stop(&all, 20000, not_overdue, NULL);

	for (int i = 0; i < N; i++) {
		struct late *late = calloc(1, sizeof(*late));
		assert_non_null(late);
		late->task.run = late_run;
		late->n_run = &n_run;
		mc_loop_post(acceptors[i].loop, &late->task);
	}
	mc_acceptors_drain(&all);
	check_int(N, n_run, "run");
	for (int i = 0; i < N; i++)
		mc_acceptor_finish(&acceptors[i]);
	mc_acceptors_finish(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_what_was_posted_behind_the_end_of_the_threads_is_done_by_a_drain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
