/* Connections to a real PostgreSQL that are leased, waited for, lost and replaced. */

#include "libminiclass/db/pool.h"

#include <pthread.h>

#include "test/model/db.h"

static void
test_a_pooled_connection_that_was_lost_is_replaced_unnoticed(void **state)
{
	struct mc_pool *pool = make_pool(test_url("MC_DB_ADMIN"), 2);
	struct mc_rows rows;
	struct mc_db *db;

	check_status(MC_OK, mc_pool_acquire(pool, 0, &db, NULL));
	int64_t backend = test_backend(db);
	mc_pool_release(pool, db);
	kill_backend(*state, backend);

	check_status(MC_OK, mc_pool_acquire(pool, 0, &db, NULL));
	check_status(MC_OK, mc_db_query(db, &one, &rows, MC_NO_PARAMS));
	assert_true(test_backend(db) != backend);
	mc_pool_release(pool, db);
	mc_pool_destroy(pool);
}

static void
test_a_connection_lost_in_a_lease_is_not_leased_again(void **state)
{
	struct mc_pool *pool = make_pool(test_url("MC_DB_ADMIN"), 1);
	struct mc_pool_counts counts;
	struct mc_rows rows;
	struct mc_db *db;

	check_status(MC_OK, mc_pool_acquire(pool, 0, &db, NULL));
	kill_backend(*state, test_backend(db));
	check_status(MC_UNAVAILABLE, mc_db_query(db, &one, &rows, MC_NO_PARAMS));
	mc_pool_release(pool, db);
	mc_pool_count(pool, &counts);
	assert_int_equal(0, counts.open);

	check_status(MC_OK, mc_pool_acquire(pool, 0, &db, NULL));
	check_status(MC_OK, mc_db_query(db, &one, &rows, MC_NO_PARAMS));
	mc_pool_release(pool, db);
	mc_pool_destroy(pool);
}

static void
test_a_statement_that_takes_too_long_is_timed_out(void **state)
{
	static const struct mc_sql sleep = { "test_sleep", "SELECT pg_sleep(60)" };
	(void)state;
	struct mc_pool_options options = {
		.conninfo = test_url("MC_DB"), .connections = 1, .statement_ms = 20
	};
	struct mc_pool *pool = mc_pool_create(&options);
	struct mc_rows rows;
	struct mc_db *db;

	check_status(MC_OK, mc_pool_acquire(pool, 0, &db, NULL));
	check_status(MC_TIMED_OUT, mc_db_query(db, &sleep, &rows, MC_NO_PARAMS));
	check_status(MC_OK, mc_db_query(db, &one, &rows, MC_NO_PARAMS));
	mc_pool_release(pool, db);
	mc_pool_destroy(pool);
}

static void
test_no_more_connections_than_allowed_and_the_next_one_waits(void **state)
{
	(void)state;
	struct mc_pool *pool = make_pool(test_url("MC_DB"), 1);
	struct mc_error error;
	struct mc_db *db, *another;

	check_status(MC_OK, mc_pool_acquire(pool, 0, &db, NULL));
	check_status(MC_TIMED_OUT, mc_pool_acquire(pool, 1, &another, &error));
	assert_true(error.retry_after_s > 0);
	mc_pool_release(pool, db);
	check_status(MC_OK, mc_pool_acquire(pool, 0, &another, NULL));
	mc_pool_release(pool, another);
	mc_pool_destroy(pool);
}

static void
test_a_try_neither_connects_nor_waits(void **state)
{
	struct mc_pool *pool = make_pool(test_url("MC_DB_ADMIN"), 1);
	struct mc_db *db;

	assert_null(mc_pool_try(pool));
	check_status(MC_OK, mc_pool_acquire(pool, 0, &db, NULL));
	assert_null(mc_pool_try(pool));
	mc_pool_release(pool, db);
	db = mc_pool_try(pool);
	assert_non_null(db);
	kill_backend(*state, test_backend(db));
	mc_pool_release(pool, db);
	/* It has been lost meanwhile. */
	assert_null(mc_pool_try(pool));
	mc_pool_close(pool);
	assert_null(mc_pool_try(pool));
	mc_pool_destroy(pool);
}

struct asked {
	struct mc_db *db;
	const struct mc_sql *sql;
	enum mc_status status;
};

static void *
ask(void *arg)
{
	struct asked *asked = arg;

	asked->status = mc_db_run(asked->db, asked->sql, NULL, MC_NO_PARAMS);
	return NULL;
}

/* A cancel finds it there, and not on its way.  Only its own role sees what it waits for. */
static bool
is_asleep(struct mc_db *db, int64_t backend)
{
	static const struct mc_sql sql = {
		"test_is_asleep",
		"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1"
		" AND wait_event = 'PgSleep')",
	};
	struct mc_row row;

	check_status(MC_OK, mc_db_one(db, &sql, &row, MC_PARAMS(mc_p_id(backend))));
	return mc_row_bool(&row, 0);
}

/* What becomes of a statement that takes as long as it likes when its pool is closed so often. */
static enum mc_status
close_meanwhile(struct mc_db *admin, const struct mc_sql *sql, int times)
{
	struct mc_pool_options options = { .conninfo = test_url("MC_DB_ADMIN"), .connections = 1 };
	struct mc_pool *pool = mc_pool_create(&options);
	struct asked asked = { .sql = sql, .status = MC_OK };
	pthread_t thread;

	assert_non_null(pool);
	check_status(MC_OK, mc_pool_acquire(pool, 0, &asked.db, NULL));
	int64_t backend = test_backend(asked.db);
	assert_int_equal(0, pthread_create(&thread, NULL, ask, &asked));
	while (!is_asleep(admin, backend))
		mc_db_forget(admin);
	for (int i = 0; i < times; i++)
		mc_pool_close(pool);
	assert_int_equal(0, pthread_join(thread, NULL));
	mc_pool_release(pool, asked.db);
	mc_pool_destroy(pool);
	return asked.status;
}

static void
test_what_is_under_way_when_a_pool_is_closed_is_cancelled(void **state)
{
	static const struct mc_sql sql = { "test_sleep", "SELECT pg_sleep(60)" };

	check_status(MC_TIMED_OUT, close_meanwhile(*state, &sql, 1));
}

static void
test_a_database_that_hears_no_cancel_holds_up_no_end(void **state)
{
	static const struct mc_sql stubborn = {
		"test_stubborn",
		"DO $$ BEGIN FOR i IN 1..4 LOOP BEGIN PERFORM pg_sleep(60);"
		" EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$",
	};

	check_status(MC_UNAVAILABLE, close_meanwhile(*state, &stubborn, 2));
}

/* A way to the socket's directory that can be there or not. */
struct path {
	char directory[20], link[64], url[256], target[200];
};

static void
path_make(struct path *path)
{
	const char *host = strstr(test_url("MC_DB"), "host=") + strlen("host=");

	(void)snprintf(path->directory, sizeof(path->directory), "/tmp/mc-test-XXXXXX");
	assert_non_null(mkdtemp(path->directory));
	(void)snprintf(path->link, sizeof(path->link), "%s/s", path->directory);
	(void)snprintf(path->target, sizeof(path->target), "%.*s", (int)strcspn(host, "&"), host);
	(void)snprintf(path->url, sizeof(path->url),
		"postgresql://mc_server@/miniclass?host=%s&port=5432", path->link);
}

static void
path_open(const struct path *path)
{
	assert_int_equal(0, symlink(path->target, path->link));
}

static void
path_remove(const struct path *path)
{
	(void)unlink(path->link);
	(void)rmdir(path->directory);
}

static void
test_a_pool_heals_when_the_database_comes_back(void **state)
{
	(void)state;
	struct path path;
	struct mc_error error = { .message = "" };
	struct mc_db *db;

	path_make(&path);
	struct mc_pool *pool = make_pool(path.url, 2);

	check_status(MC_UNAVAILABLE, mc_pool_acquire(pool, 1000, &db, &error));
	assert_true(error.message[0] != '\0');
	assert_true(error.retry_after_s > 0);
	check_status(MC_UNAVAILABLE, mc_pool_acquire(pool, 1000, &db, &error));

	path_open(&path);
	struct mc_deadline deadline = mc_deadline_in(10000);
	while (mc_pool_acquire(pool, 0, &db, &error) != MC_OK)
		assert_true(mc_deadline_left(deadline) > 0);
	mc_pool_release(pool, db);
	mc_pool_destroy(pool);
	path_remove(&path);
}

static void
test_while_one_more_is_refused_those_that_are_leased_are_waited_for(void **state)
{
	(void)state;
	struct path path;
	struct mc_pool_counts counts;
	struct mc_db *db, *another;

	path_make(&path);
	path_open(&path);
	struct mc_pool *pool = make_pool(path.url, 3);
	check_status(MC_OK, mc_pool_acquire(pool, 0, &db, NULL));
	assert_int_equal(0, unlink(path.link));
	/* The first of these tries to connect; the other knows already.  Both wait their time. */
	int64_t begun = mc_clock_ms();
	check_status(MC_UNAVAILABLE, mc_pool_acquire(pool, 10, &another, NULL));
	check_status(MC_UNAVAILABLE, mc_pool_acquire(pool, 10, &another, NULL));
	assert_true(mc_clock_ms() - begun >= 20);
	mc_pool_release(pool, db);
	check_status(MC_OK, mc_pool_acquire(pool, 0, &another, NULL));
	mc_pool_count(pool, &counts);
	assert_int_equal(1, counts.open);
	mc_pool_release(pool, another);
	mc_pool_destroy(pool);
	path_remove(&path);
}

enum { THREADS = 4, ROUNDS = 100 };

static void *
lease_and_ask(void *arg)
{
	static const struct mc_sql same = { "test_thread", "SELECT $1::int8" };
	struct mc_pool *pool = arg;
	intptr_t right = 0;

	for (int64_t i = 0; i < ROUNDS; i++) {
		struct mc_db *db;
		struct mc_row row;
		if (mc_pool_acquire(pool, 10000, &db, NULL) != MC_OK)
			continue;
		if (mc_db_one(db, &same, &row, MC_PARAMS(mc_p_id(i))) == MC_OK)
			right += mc_row_id(&row, 0) == i;
		mc_pool_release(pool, db);
	}
	return (void *)right;
}

static void
test_threads_share_fewer_connections_than_they_are(void **state)
{
	(void)state;
	struct mc_pool *pool = make_pool(test_url("MC_DB"), 2);
	struct mc_pool_counts counts;
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(0, pthread_create(&threads[i], NULL, lease_and_ask, pool));
	for (size_t i = 0; i < THREADS; i++) {
		void *right;
		assert_int_equal(0, pthread_join(threads[i], &right));
		assert_int_equal(ROUNDS, (intptr_t)right);
	}
	mc_pool_count(pool, &counts);
	assert_int_equal(0, counts.leased);
	assert_true(counts.open <= 2);
	assert_int_equal(THREADS * ROUNDS, counts.acquired);
	mc_pool_destroy(pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_admin(test_a_pooled_connection_that_was_lost_is_replaced_unnoticed),
		with_admin(test_a_connection_lost_in_a_lease_is_not_leased_again),
		cmocka_unit_test(test_a_statement_that_takes_too_long_is_timed_out),
		cmocka_unit_test(test_no_more_connections_than_allowed_and_the_next_one_waits),
		with_admin(test_a_try_neither_connects_nor_waits),
		with_admin(test_what_is_under_way_when_a_pool_is_closed_is_cancelled),
		with_admin(test_a_database_that_hears_no_cancel_holds_up_no_end),
		cmocka_unit_test(test_a_pool_heals_when_the_database_comes_back),
		cmocka_unit_test(
			test_while_one_more_is_refused_those_that_are_leased_are_waited_for),
		cmocka_unit_test(test_threads_share_fewer_connections_than_they_are),
	};
	return cmocka_run_group_tests_name("db/pool", tests, make_schema, NULL);
}
