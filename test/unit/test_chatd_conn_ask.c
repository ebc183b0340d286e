/* What a connection waits for is counted as long as it is away, and no longer. */

#include "chatd/conn_ask.h"

#include "chatd/conn.h"
#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/quotas.h"
#include "test/unit/check.h"

enum { PLACES = 2 };

/* The linker gives these what conn_ask.c calls. */
void __wrap_conn_mark_dirty(struct conn *conn);
void __wrap_conn_end(struct conn *conn);
void __wrap_conn_read_on(struct conn *conn);

static int n_answered, n_dirty, n_ended, n_read_on;

void
__wrap_conn_mark_dirty(struct conn *conn)
{
	(void)conn;
	n_dirty++;
}

void
__wrap_conn_end(struct conn *conn)
{
	(void)conn;
	n_ended++;
}

void
__wrap_conn_read_on(struct conn *conn)
{
	(void)conn;
	n_read_on++;
}

static struct front front;
static struct quotas *quotas;
static struct jobs jobs;
static struct conn conn;

static int
begin(void **state)
{
	(void)state;
	jobs_init(&jobs, "test", PLACES);
	quotas = quotas_create(1);
	conn = (struct conn){ .front = &front, .state = CONN_READY };
	conn.quota = quotas_enter(quotas, 3);
	n_answered = n_dirty = n_ended = n_read_on = 0;
	return conn.quota == NULL;
}

static int
finish(void **state)
{
	(void)state;
	quotas_leave(quotas, conn.quota);
	quotas_destroy(quotas);
	jobs_finish(&jobs);
	return 0;
}

static void
answer(struct conn *of, struct job *job)
{
	assert_ptr_equal(&conn, of);
	check_status(MC_OK, job->status, "");
	n_answered++;
}

static bool
ask(enum job_kind kind)
{
	return conn_ask(&conn, &jobs, job_create(kind, &front, 0), answer);
}

/* As the loop takes them. */
static void
all_come_home(void)
{
	struct job_list taken;

	job_list_init(&taken);
	(void)jobs_take(&jobs, &taken, 0);
	for (struct job *job; (job = job_list_pop(&taken)) != NULL;)
		job->home.run(&job->home);
}

static void
check_away(size_t held, size_t sends, const char *why)
{
	check_int(held, conn.held, why);
	check_int(sends, conn.in_flight, why);
	check_int(sends, atomic_load(&conn.quota->taken[SHARE_SEND]), why);
}

static void
test_what_finds_no_place_counts_nothing(void **state)
{
	(void)state;
	assert_true(ask(JOB_SEND) && ask(JOB_CHECK));
	check_away(2, 1, "");
	assert_false(ask(JOB_SEND));
	assert_false(ask(JOB_CHECK));
	check_away(2, 1, "the list is full");
	all_come_home();
	check_int(2, n_answered, "");
	check_away(0, 0, "");
	jobs_close(&jobs);
	assert_false(ask(JOB_SEND));
	check_away(0, 0, "the daemon stops");
}

static void
test_what_comes_home_to_who_is_gone_is_given_back_and_not_answered(void **state)
{
	(void)state;
	assert_true(ask(JOB_SEND) && ask(JOB_SEND));
	conn.closed = true;
	all_come_home();
	check_int(0, n_answered, "");
	check_away(0, 0, "");
	check_int(2, n_dirty, "nothing holds it any more");
}

static void
test_who_has_said_all_ends_with_the_last_answer(void **state)
{
	(void)state;
	conn.leaving = true;
	assert_true(ask(JOB_SEND) && ask(JOB_SEND));
	all_come_home();
	check_int(2, n_answered, "");
	check_int(1, n_ended, "once");
	check_int(0, n_read_on, "");
}

#define with_jobs(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_jobs(test_what_finds_no_place_counts_nothing),
		with_jobs(test_what_comes_home_to_who_is_gone_is_given_back_and_not_answered),
		with_jobs(test_who_has_said_all_ends_with_the_last_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
