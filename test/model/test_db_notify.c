/* Listening to a real PostgreSQL's notices. */

#include <sys/eventfd.h>

#include "libminiclass/db/notify.h"
#include "test/model/model.h"

enum { HEARD_MAX = 64, PAYLOAD_SIZE = 64, PATIENCE_MS = 10000 };

struct ear {
	struct mc_notify *notify;
	char heard[HEARD_MAX][PAYLOAD_SIZE]; /* "CHANNEL PAYLOAD" */
	int backends[HEARD_MAX];
	size_t n_heard;
	bool states[HEARD_MAX];
	size_t n_states;
};

static void
on_notice(void *user, const struct mc_notice *notice)
{
	struct ear *ear = user;

	assert_true(ear->n_heard < HEARD_MAX);
	ear->backends[ear->n_heard] = notice->backend;
	(void)snprintf(ear->heard[ear->n_heard++], PAYLOAD_SIZE, "%.*s %.*s",
		MC_STR_ARGS(notice->channel), MC_STR_ARGS(notice->payload));
}

static void
on_state(void *user, bool listening)
{
	struct ear *ear = user;

	assert_true(ear->n_states < HEARD_MAX);
	ear->states[ear->n_states++] = listening;
}

static void
open_ear(struct ear *ear, const char *url)
{
	static const char *const channels[] = { "test_one", "test_two", NULL };
	const struct mc_notify_handler handler = { ear, on_notice, on_state };

	ear->notify = mc_notify_create(url, "test ear", channels, &handler);
	assert_non_null(ear->notify);
}

static void
wait_until(struct ear *ear, size_t n_heard, size_t n_states)
{
	struct mc_deadline deadline = mc_deadline_in(PATIENCE_MS);

	while (ear->n_heard < n_heard || ear->n_states < n_states) {
		assert_true(mc_deadline_left(deadline) > 0);
		mc_notify_wait(ear->notify, -1, 1000);
	}
}

static void
say(struct mc_db *db, const char *channel, const char *payload)
{
	static const struct mc_sql notify = {
		"test_notify",
		"SELECT pg_notify($1, $2)",
	};

	check_status(MC_OK, mc_db_run(db, &notify, NULL,
				    MC_PARAMS(mc_p_text(mc_str_from(channel)),
					    mc_p_text(mc_str_from(payload)))));
}

static void
cut(const char *application)
{
	static const struct mc_sql terminate = {
		"test_terminate",
		"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
		" WHERE application_name = $1",
	};
	struct mc_db *superuser = test_open("MC_DB_SUPERUSER");
	struct mc_rows rows;

	check_status(MC_OK, mc_db_query(superuser, &terminate, &rows,
				    MC_PARAMS(mc_p_text(mc_str_from(application)))));
	assert_int_equal(1, rows.n);
	mc_db_close(superuser);
}

static void
test_notices_come_in_order_from_all_channels_and_no_others(void **state)
{
	struct world *world = *state;
	struct ear ear = { .n_heard = 0 };

	open_ear(&ear, test_url("MC_DB"));
	wait_until(&ear, 0, 1);
	assert_true(ear.states[0]);
	say(world->db, "test_one", "1:2 3:4");
	say(world->db, "test_three", "not for us");
	say(world->db, "test_two", "");
	say(world->other, "test_one", "last");
	wait_until(&ear, 3, 1);
	assert_string_equal("test_one 1:2 3:4", ear.heard[0]);
	assert_string_equal("test_two ", ear.heard[1]);
	assert_string_equal("test_one last", ear.heard[2]);
	assert_int_equal(mc_db_backend(world->db), ear.backends[0]);
	assert_int_equal(mc_db_backend(world->other), ear.backends[2]);
	assert_int_equal(3, ear.n_heard);
	assert_int_equal(1, ear.n_states);
	mc_notify_destroy(ear.notify);
}

static void
test_a_notice_that_is_rolled_back_is_not_heard(void **state)
{
	struct world *world = *state;
	struct ear ear = { .n_heard = 0 };
	struct mc_tx tx;

	open_ear(&ear, test_url("MC_DB"));
	wait_until(&ear, 0, 1);
	mc_tx_begin(&tx, world->db);
	say(world->db, "test_one", "never");
	mc_tx_finish(&tx);
	say(world->db, "test_one", "sure");
	wait_until(&ear, 1, 1);
	assert_string_equal("test_one sure", ear.heard[0]);
	mc_notify_destroy(ear.notify);
}

static void
test_a_lost_connection_is_told_and_made_anew(void **state)
{
	struct world *world = *state;
	struct ear ear = { .n_heard = 0 };

	open_ear(&ear, test_url("MC_DB"));
	wait_until(&ear, 0, 1);
	cut("test ear");
	say(world->db, "test_one", "while nobody listens");
	wait_until(&ear, 0, 3);
	assert_true(ear.states[0] && !ear.states[1] && ear.states[2]);
	say(world->db, "test_one", "again");
	wait_until(&ear, 1, 3);
	assert_string_equal("test_one again", ear.heard[0]);
	mc_notify_destroy(ear.notify);
}

static void
test_waiting_ends_with_the_time_given(void **state)
{
	(void)state;
	struct ear ear = { .n_heard = 0 };

	open_ear(&ear, test_url("MC_DB"));
	wait_until(&ear, 0, 1);
	int64_t before = mc_clock_ms();
	mc_notify_wait(ear.notify, -1, 20);
	int64_t took = mc_clock_ms() - before;
	assert_true(took >= 19 && took < 2000);
	mc_notify_destroy(ear.notify);
}

static void
test_waiting_ends_when_it_is_woken(void **state)
{
	(void)state;
	struct ear ear = { .n_heard = 0 };
	int wake = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(wake >= 0);
	open_ear(&ear, test_url("MC_DB"));
	wait_until(&ear, 0, 1);
	int64_t before = mc_clock_ms();
	mc_notify_wait(ear.notify, wake, 4000);
	assert_true(mc_clock_ms() - before < 2000);
	mc_notify_destroy(ear.notify);
	(void)close(wake);
}

/* The socket's directory appears behind the path that it was told. */
static void
test_it_listens_as_soon_as_there_is_a_database(void **state)
{
	struct world *world = *state;
	char directory[] = "/tmp/mc-test-XXXXXX";
	char link[64], url[256], target[200];
	const char *host = strstr(test_url("MC_DB"), "host=") + strlen("host=");
	struct ear ear = { .n_heard = 0 };

	assert_non_null(mkdtemp(directory));
	(void)snprintf(link, sizeof(link), "%s/s", directory);
	(void)snprintf(target, sizeof(target), "%.*s", (int)strcspn(host, "&"), host);
	(void)snprintf(
		url, sizeof(url), "postgresql://mc_server@/miniclass?host=%s&port=5432", link);
	open_ear(&ear, url);
	for (int i = 0; i < 5; i++)
		mc_notify_wait(ear.notify, -1, 50);
	assert_int_equal(0, ear.n_states);

	assert_int_equal(0, symlink(target, link));
	wait_until(&ear, 0, 1);
	say(world->db, "test_two", "here");
	wait_until(&ear, 1, 1);
	assert_true(ear.states[0]);
	assert_string_equal("test_two here", ear.heard[0]);
	mc_notify_destroy(ear.notify);
	(void)unlink(link);
	(void)rmdir(directory);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_world(test_notices_come_in_order_from_all_channels_and_no_others),
		with_world(test_a_notice_that_is_rolled_back_is_not_heard),
		with_world(test_a_lost_connection_is_told_and_made_anew),
		cmocka_unit_test(test_waiting_ends_with_the_time_given),
		cmocka_unit_test(test_waiting_ends_when_it_is_woken),
		with_world(test_it_listens_as_soon_as_there_is_a_database),
	};
	return cmocka_run_group_tests_name("db/notify", tests, NULL, NULL);
}
