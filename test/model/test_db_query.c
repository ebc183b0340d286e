/* Statements against a real PostgreSQL: what is asked, what comes back, what fails and how. */

#include "libminiclass/db/query.h"

#include <poll.h>
#include <pthread.h>

#include "test/model/model.h"

static int
open_admin(void **state)
{
	*state = test_open("MC_DB_ADMIN");
	return 0;
}

static int
close_admin(void **state)
{
	mc_db_close(*state);
	return 0;
}

static const struct mc_sql one = { "test_one", "SELECT 1" };
static const struct mc_sql fails = { "test_fails", "SELECT 1 / $1::int8" };

static void
test_every_type_comes_back_as_it_went(void **state)
{
	static const struct mc_sql echo = {
		"test_echo",
		"SELECT $1::int8, $2::int4, $3::bool, $4::text, $5::bytea, $6::timestamptz, "
		"$7::text[]",
	};
	struct mc_db *db = *state;
	struct mc_arena *arena = mc_arena_create(1024, 1 << 16);
	const struct mc_str list[] = { MC_STR("one"), MC_STR(""), MC_STR("a,\"b\" {c}") };
	struct mc_str *texts;
	size_t n_texts;
	struct mc_row row;

	check_status(
		MC_OK, mc_db_one(db, &echo, &row,
			       MC_PARAMS(mc_p_id(INT64_MIN), mc_p_int(INT32_MIN), mc_p_bool(true),
				       mc_p_text(MC_STR("Gr\xc3\xbc\xc3\x9f"
							"e")),
				       mc_p_bytes("\0\xff", 2),
				       mc_p_time((struct mc_time){ 1700000000123456 }),
				       mc_p_text_list(list, 3))));
	assert_true(mc_row_id(&row, 0) == INT64_MIN);
	assert_true(mc_row_int(&row, 1) == INT32_MIN);
	assert_true(mc_row_bool(&row, 2));
	check_text("Gr\xc3\xbc\xc3\x9f"
		   "e",
		mc_row_text(&row, 3));
	assert_int_equal(2, mc_row_text(&row, 4).len);
	assert_memory_equal("\0\xff", mc_row_text(&row, 4).ptr, 2);
	assert_true(mc_row_time(&row, 5).us == 1700000000123456);
	assert_true(mc_row_text_list(&row, 6, arena, &texts, &n_texts));
	assert_int_equal(3, n_texts);
	for (size_t i = 0; i < n_texts; i++)
		assert_true(mc_str_equal(list[i], texts[i]));
	mc_arena_destroy(arena);
}

static void
test_lists_of_ids_arrive_whole_and_in_order(void **state)
{
	struct mc_db *db = *state;
	static const struct mc_sql sql = {
		"test_ids",
		"SELECT array_to_string($1, ' '), cardinality($2::int8[])::int8",
	};
	const int64_t ids[] = { 7, INT64_MIN, 0, INT64_MAX, -1 };
	struct mc_row row;

	check_status(MC_OK,
		mc_db_one(db, &sql, &row, MC_PARAMS(mc_p_id_list(ids, 5), mc_p_id_list(NULL, 0))));
	check_text("7 -9223372036854775808 0 9223372036854775807 -1", mc_row_text(&row, 0));
	assert_int_equal(0, mc_row_id(&row, 1));
}

static void
test_nothing_is_null_or_empty_as_it_was(void **state)
{
	static const struct mc_sql echo = {
		"test_echo_null",
		"SELECT $1::int8, $2::text, $3::text, $4::text[], $5::timestamptz, $6::bool",
	};
	struct mc_db *db = *state;
	struct mc_arena *arena = mc_arena_create(1024, 1 << 16);
	struct mc_str *texts;
	size_t n_texts = 7;
	struct mc_row row;

	check_status(MC_OK,
		mc_db_one(db, &echo, &row,
			MC_PARAMS(mc_p_null(), mc_p_null(), mc_p_text((struct mc_str){ NULL, 0 }),
				mc_p_text_list(NULL, 0), mc_p_null(), mc_p_bool(false))));
	assert_true(mc_row_is_null(&row, 0));
	assert_int_equal(0, mc_row_id(&row, 0));
	assert_null(mc_row_text(&row, 1).ptr);
	assert_false(mc_row_is_null(&row, 2));
	assert_int_equal(0, mc_row_text(&row, 2).len);
	assert_true(mc_row_text_list(&row, 3, arena, &texts, &n_texts));
	assert_int_equal(0, n_texts);
	assert_int_equal(0, mc_row_time(&row, 4).us);
	assert_false(mc_row_bool(&row, 5));
	mc_arena_destroy(arena);
}

static void
test_answers_come_in_the_order_of_the_questions(void **state)
{
	static const struct mc_sql same = { "test_same", "SELECT $1::int8" };
	struct mc_db *db = *state;

	for (int64_t i = 0; i < 10; i++)
		mc_db_ask(db, &same, MC_PARAMS(mc_p_id(i)));
	for (int64_t i = 0; i < 10; i++) {
		struct mc_rows rows;
		check_status(MC_OK, mc_db_take(db, &rows));
		struct mc_row row = mc_rows_at(&rows, 0);
		assert_true(mc_row_id(&row, 0) == i);
	}
}

static void
test_rows_stay_until_they_are_forgotten(void **state)
{
	static const struct mc_sql word = { "test_word", "SELECT $1::text" };
	struct mc_db *db = *state;
	struct mc_row first, second;

	check_status(MC_OK, mc_db_one(db, &word, &first, MC_PARAMS(mc_p_text(MC_STR("first")))));
	check_status(MC_OK, mc_db_one(db, &word, &second, MC_PARAMS(mc_p_text(MC_STR("second")))));
	check_text("first", mc_row_text(&first, 0));
	check_text("second", mc_row_text(&second, 0));
	mc_db_forget(db);
}

static void
test_no_row_is_not_found(void **state)
{
	static const struct mc_sql none = { "test_none", "SELECT 1 WHERE false" };
	struct mc_row row;

	check_status(MC_NOT_FOUND, mc_db_one(*state, &none, &row, MC_NO_PARAMS));
}

static void
test_what_stands_behind_a_failure_fails_with_it_and_works_afterwards(void **state)
{
	static const struct mc_sql behind = { "test_behind", "SELECT 42" };
	struct mc_db *db = *state;
	struct mc_rows rows;

	mc_db_ask(db, &one, MC_NO_PARAMS);
	mc_db_ask(db, &fails, MC_PARAMS(mc_p_id(0)));
	mc_db_ask(db, &behind, MC_NO_PARAMS);
	check_status(MC_OK, mc_db_take(db, &rows));
	check_status(MC_FAILED, mc_db_take(db, &rows));
	check_status(MC_FAILED, mc_db_take(db, &rows));

	check_status(MC_OK, mc_db_query(db, &behind, &rows, MC_NO_PARAMS));
	check_status(MC_OK, mc_db_query(db, &fails, &rows, MC_PARAMS(mc_p_id(1))));
}

static void
test_what_does_not_parse_fails_each_time(void **state)
{
	static const struct mc_sql wrong = { "test_wrong", "SELECT FROM WHERE" };
	struct mc_rows rows;

	check_status(MC_FAILED, mc_db_query(*state, &wrong, &rows, MC_NO_PARAMS));
	check_status(MC_FAILED, mc_db_query(*state, &wrong, &rows, MC_NO_PARAMS));
	check_status(MC_OK, mc_db_query(*state, &one, &rows, MC_NO_PARAMS));
}

/* It may be there after a migration, so whoever asks is told to come again. */
static void
test_a_name_without_its_schema_is_not_there_for_now(void **state)
{
	static const struct mc_sql bare = { "test_bare", "SELECT 1 FROM account" };
	struct mc_rows rows;

	check_status(MC_UNAVAILABLE, mc_db_query(*state, &bare, &rows, MC_NO_PARAMS));
}

static void
test_each_sqlstate_has_its_status(void **state)
{
	/* clang-format off */
	static const struct {
		const char *state;
		enum mc_status status;
	} cases[] = {
		{ "23505", MC_CONFLICT },
		{ "23503", MC_NOT_FOUND },
		{ "23514", MC_INVALID },
		{ "23502", MC_INVALID },
		{ "23001", MC_CONFLICT },
		{ "40001", MC_TIMED_OUT },
		{ "40P01", MC_TIMED_OUT },
		{ "42501", MC_FORBIDDEN },
		{ "57014", MC_TIMED_OUT },
		{ "53100", MC_NO_MEMORY },
		{ "53200", MC_NO_MEMORY },
		{ "53300", MC_UNAVAILABLE },
		{ "22012", MC_FAILED },
	};
	/* clang-format on */
	static const struct mc_sql raise = { "test_raise", "SELECT mc_test.raise($1, $2)" };
	struct mc_db *db = *state;

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct mc_rows rows;
		enum mc_status status = mc_db_query(db, &raise, &rows,
			MC_PARAMS(mc_p_text(mc_str_from(cases[i].state)),
				mc_p_text(MC_STR("the_rule"))));
		check_status(cases[i].status, status);
		assert_string_equal("the_rule", mc_db_constraint(db));
	}
}

/* The first `times` tries fail; a sequence counts on although the rest is rolled back. */
static const struct mc_sql stumble = { "test_stumble", "SELECT mc_test.stumble($1, $2)" };

static void
test_whoever_lost_a_deadlock_is_asked_once_more(void **state)
{
	struct mc_param deadlock = mc_p_text(MC_STR("40P01"));
	struct mc_param serialization = mc_p_text(MC_STR("40001"));
	struct mc_param check = mc_p_text(MC_STR("23514"));
	struct mc_db *db = *state;
	struct mc_row row;

	check_status(MC_OK, mc_db_one(db, &stumble, &row, MC_PARAMS(deadlock, mc_p_int(1))));
	assert_int_equal(2, mc_row_int(&row, 0));
	check_status(MC_OK, mc_db_run(db, &stumble, NULL, MC_PARAMS(serialization, mc_p_int(1))));

	check_status(MC_TIMED_OUT, mc_db_run(db, &stumble, NULL, MC_PARAMS(deadlock, mc_p_int(2))));
	check_status(MC_OK, mc_db_one(db, &stumble, &row, MC_PARAMS(deadlock, mc_p_int(2))));
	assert_int_equal(3, mc_row_int(&row, 0));

	check_status(MC_INVALID, mc_db_run(db, &stumble, NULL, MC_PARAMS(check, mc_p_int(1))));
	check_status(MC_OK, mc_db_one(db, &stumble, &row, MC_PARAMS(check, mc_p_int(1))));
	assert_int_equal(2, mc_row_int(&row, 0));
}

/* What stood in front of it is rolled back with it. */
static void
test_part_of_a_transaction_is_not_asked_again(void **state)
{
	struct mc_param deadlock = mc_p_text(MC_STR("40P01"));
	struct mc_db *db = *state;
	struct mc_row row;
	struct mc_tx tx;

	mc_tx_begin(&tx, db);
	check_status(MC_TIMED_OUT, mc_db_run(db, &stumble, NULL, MC_PARAMS(deadlock, mc_p_int(1))));
	mc_tx_finish(&tx);
	check_status(MC_OK, mc_db_one(db, &stumble, &row, MC_PARAMS(deadlock, mc_p_int(1))));
	assert_int_equal(2, mc_row_int(&row, 0));
}

static void
test_a_message_for_the_log_carries_no_value(void **state)
{
	static const struct mc_sql cast = { "test_cast", "SELECT $1::text::int8" };
	struct mc_rows rows;

	check_status(MC_FAILED,
		mc_db_query(*state, &cast, &rows, MC_PARAMS(mc_p_text(MC_STR("hunter2")))));
	assert_null(strstr(mc_db_message(*state), "hunter2"));
	assert_non_null(strstr(mc_db_message(*state), "22P02"));
}

/* A deferred constraint fails when PostgreSQL commits, which is after the statement's own answer.
 */
static void
test_a_failure_at_the_commit_is_told_by_the_last_take(void **state)
{
	static const struct mc_sql insert = {
		"test_insert_deferred",
		"INSERT INTO mc_test.child (parent) VALUES ($1)",
	};
	struct mc_db *db = *state;
	struct mc_rows rows;

	check_status(MC_NOT_FOUND, mc_db_query(db, &insert, &rows, MC_PARAMS(mc_p_id(1))));
	assert_string_equal("child_parent_fkey", mc_db_constraint(db));
	check_status(MC_OK, mc_db_query(db, &one, &rows, MC_NO_PARAMS));

	mc_db_ask(db, &insert, MC_PARAMS(mc_p_id(1)));
	mc_db_ask(db, &one, MC_NO_PARAMS);
	check_status(MC_OK, mc_db_take(db, &rows));
	check_status(MC_NOT_FOUND, mc_db_take(db, &rows));
	check_status(MC_OK, mc_db_query(db, &one, &rows, MC_NO_PARAMS));
}

static void
kill_backend(struct mc_db *killer, int64_t backend)
{
	static const struct mc_sql terminate = {
		"test_terminate",
		"SELECT pg_terminate_backend($1, 5000)",
	};
	struct mc_row row;

	check_status(
		MC_OK, mc_db_one(killer, &terminate, &row, MC_PARAMS(mc_p_int((int32_t)backend))));
	assert_true(mc_row_bool(&row, 0));
}

/* As a loop does: nothing but the descriptor is waited for. */
static void
send_and_wait(struct mc_db *db)
{
	mc_db_send(db);
	for (bool arrived = false; !arrived; arrived = mc_db_arrived(db)) {
		struct pollfd fd = { .fd = mc_db_fd(db), .events = POLLIN };
		assert_int_equal(1, poll(&fd, 1, 20000));
	}
}

static void
test_what_has_arrived_is_taken_like_what_is_waited_for(void **state)
{
	static const struct mc_sql large = {
		"test_large",
		"SELECT repeat($1::text, 100000) FROM generate_series(1, 20)",
	};
	struct mc_db *db = *state;
	struct mc_rows rows;

	/* Twice: the first time each is prepared. */
	for (int i = 0; i < 2; i++) {
		mc_db_ask(db, &one, MC_NO_PARAMS);
		mc_db_ask(db, &large, MC_PARAMS(mc_p_text(MC_STR("x"))));
		mc_db_ask(db, &one, MC_NO_PARAMS);
		send_and_wait(db);
		check_status(MC_OK, mc_db_take(db, &rows));
		assert_int_equal(1, rows.n);
		check_status(MC_OK, mc_db_take(db, &rows));
		assert_int_equal(20, rows.n);
		check_status(MC_OK, mc_db_take(db, &rows));
		assert_int_equal(1, rows.n);
		/* Nothing is left over: the next question gets its own answer. */
		check_status(
			MC_OK, mc_db_query(db, &large, &rows, MC_PARAMS(mc_p_text(MC_STR("y")))));
		assert_int_equal(20, rows.n);
		mc_db_forget(db);
	}
}

static void
test_what_has_arrived_may_be_a_failure(void **state)
{
	static const struct mc_sql insert = {
		"test_insert_late",
		"INSERT INTO mc_test.child (parent) VALUES ($1)",
	};
	struct mc_db *db = *state;
	struct mc_rows rows;

	mc_db_ask(db, &one, MC_NO_PARAMS);
	mc_db_ask(db, &fails, MC_PARAMS(mc_p_id(0)));
	mc_db_ask(db, &one, MC_NO_PARAMS);
	send_and_wait(db);
	check_status(MC_OK, mc_db_take(db, &rows));
	check_status(MC_FAILED, mc_db_take(db, &rows));
	check_status(MC_FAILED, mc_db_take(db, &rows));

	/* One that comes with the commit, behind all answers. */
	mc_db_ask(db, &insert, MC_PARAMS(mc_p_id(1)));
	mc_db_ask(db, &one, MC_NO_PARAMS);
	send_and_wait(db);
	check_status(MC_OK, mc_db_take(db, &rows));
	check_status(MC_NOT_FOUND, mc_db_take(db, &rows));
	check_status(MC_OK, mc_db_query(db, &one, &rows, MC_NO_PARAMS));
}

static void
test_what_has_arrived_may_be_forgotten(void **state)
{
	struct mc_db *db = *state;
	struct mc_rows rows;

	mc_db_ask(db, &one, MC_NO_PARAMS);
	mc_db_ask(db, &one, MC_NO_PARAMS);
	send_and_wait(db);
	check_status(MC_OK, mc_db_take(db, &rows));
	mc_db_forget(db);
	check_status(MC_OK, mc_db_query(db, &one, &rows, MC_NO_PARAMS));
}

static void
test_a_connection_lost_while_nobody_waits_has_arrived_and_says_so(void **state)
{
	static const struct mc_sql sleep = { "test_sleep_long", "SELECT pg_sleep(60)" };
	struct mc_db *db = test_open("MC_DB_ADMIN");
	int64_t backend = test_backend(db);
	struct mc_rows rows;

	mc_db_ask(db, &one, MC_NO_PARAMS);
	mc_db_ask(db, &sleep, MC_NO_PARAMS);
	mc_db_send(db);
	assert_false(mc_db_arrived(db));
	kill_backend(*state, backend);
	send_and_wait(db);
	check_status(MC_UNAVAILABLE, mc_db_take(db, &rows));
	mc_db_forget(db);
	mc_db_close(db);

	db = test_open("MC_DB_ADMIN");
	mc_db_ask(db, &sleep, MC_NO_PARAMS);
	mc_db_send(db);
	mc_db_give_up(db);
	assert_true(mc_db_arrived(db));
	check_status(MC_UNAVAILABLE, mc_db_take(db, &rows));
	mc_db_close(db);
}

static int64_t
count_words(struct mc_db *db)
{
	static const struct mc_sql count = { "test_count", "SELECT count(*) FROM mc_test.word" };
	struct mc_row row;

	check_status(MC_OK, mc_db_one(db, &count, &row, MC_NO_PARAMS));
	return mc_row_int(&row, 0);
}

static const struct mc_sql add_word = {
	"test_add_word",
	"INSERT INTO mc_test.word VALUES ($1)",
};

static void
test_a_transaction_that_is_not_committed_leaves_nothing(void **state)
{
	struct mc_db *db = *state;
	int64_t before = count_words(db);
	struct mc_tx tx;
	int affected = 0;

	mc_tx_begin(&tx, db);
	check_status(MC_OK, mc_db_run(db, &add_word, &affected, MC_PARAMS(mc_p_text(MC_STR("a")))));
	assert_int_equal(1, affected);
	assert_int_equal(before + 1, count_words(db));
	mc_tx_finish(&tx);
	assert_int_equal(before, count_words(db));

	mc_tx_begin(&tx, db);
	mc_tx_finish(&tx);
	assert_int_equal(before, count_words(db));
}

static void
test_a_committed_transaction_stays(void **state)
{
	struct mc_db *db = *state;
	int64_t before = count_words(db);
	struct mc_tx tx;

	mc_tx_begin(&tx, db);
	check_status(MC_OK, mc_db_run(db, &add_word, NULL, MC_PARAMS(mc_p_text(MC_STR("b")))));
	check_status(MC_OK, mc_tx_commit(&tx));
	mc_tx_finish(&tx);
	assert_int_equal(before + 1, count_words(db));
}

static void
test_a_commit_after_a_failure_is_not_ok(void **state)
{
	struct mc_db *db = *state;
	int64_t before = count_words(db);
	struct mc_tx tx;

	mc_tx_begin(&tx, db);
	check_status(MC_OK, mc_db_run(db, &add_word, NULL, MC_PARAMS(mc_p_text(MC_STR("c")))));
	check_status(MC_FAILED, mc_db_run(db, &fails, NULL, MC_PARAMS(mc_p_id(0))));
	check_status(MC_FAILED, mc_tx_commit(&tx));
	mc_tx_finish(&tx);
	assert_int_equal(before, count_words(db));
}

static void
test_a_lost_connection_is_unavailable_from_then_on(void **state)
{
	struct mc_db *db = test_open("MC_DB_ADMIN");
	struct mc_rows rows;

	kill_backend(*state, test_backend(db));
	check_status(MC_UNAVAILABLE, mc_db_query(db, &one, &rows, MC_NO_PARAMS));
	check_status(MC_UNAVAILABLE, mc_db_query(db, &one, &rows, MC_NO_PARAMS));
	mc_db_forget(db);
	mc_db_close(db);
}

static struct mc_pool *
make_pool(const char *url, size_t connections)
{
	struct mc_pool_options options = { .conninfo = url,
		.application = "test",
		.connections = connections,
		.statement_ms = 5000 };
	struct mc_pool *pool = mc_pool_create(&options);

	assert_non_null(pool);
	return pool;
}

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
test_the_end_of_a_lease_rolls_back(void **state)
{
	struct mc_pool *pool = make_pool(test_url("MC_DB_ADMIN"), 1);
	int64_t before = count_words(*state);
	struct mc_db *db;
	struct mc_tx tx;

	check_status(MC_OK, mc_pool_acquire(pool, 0, &db, NULL));
	int64_t backend = test_backend(db);
	mc_tx_begin(&tx, db);
	check_status(MC_OK, mc_db_run(db, &add_word, NULL, MC_PARAMS(mc_p_text(MC_STR("d")))));
	mc_pool_release(pool, db);
	assert_int_equal(before, count_words(*state));

	check_status(MC_OK, mc_pool_acquire(pool, 0, &db, NULL));
	assert_true(test_backend(db) == backend);
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

/* The socket's directory appears behind the path that the pool was told. */
static void
test_a_pool_heals_when_the_database_comes_back(void **state)
{
	(void)state;
	char directory[] = "/tmp/mc-test-XXXXXX";
	char link[64], url[256], socket_directory[200];
	const char *host = strstr(test_url("MC_DB"), "host=") + strlen("host=");
	struct mc_error error = { .message = "" };
	struct mc_db *db;

	assert_non_null(mkdtemp(directory));
	(void)snprintf(link, sizeof(link), "%s/s", directory);
	(void)snprintf(
		socket_directory, sizeof(socket_directory), "%.*s", (int)strcspn(host, "&"), host);
	(void)snprintf(
		url, sizeof(url), "postgresql://mc_server@/miniclass?host=%s&port=5432", link);
	struct mc_pool *pool = make_pool(url, 2);

	check_status(MC_UNAVAILABLE, mc_pool_acquire(pool, 1000, &db, &error));
	assert_true(error.message[0] != '\0');
	assert_true(error.retry_after_s > 0);
	check_status(MC_UNAVAILABLE, mc_pool_acquire(pool, 1000, &db, &error));

	assert_int_equal(0, symlink(socket_directory, link));
	struct mc_deadline deadline = mc_deadline_in(10000);
	while (mc_pool_acquire(pool, 0, &db, &error) != MC_OK)
		assert_true(mc_deadline_left(deadline) > 0);
	mc_pool_release(pool, db);
	mc_pool_destroy(pool);
	(void)unlink(link);
	(void)rmdir(directory);
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

static int
make_schema(void **state)
{
	(void)state;
	struct mc_db *db = test_open("MC_DB_ADMIN");
	enum mc_status status = mc_db_script(db,
		"DROP SCHEMA IF EXISTS mc_test CASCADE; CREATE SCHEMA mc_test;"
		"CREATE TABLE mc_test.word (word text);"
		"CREATE TABLE mc_test.parent (id int8 PRIMARY KEY);"
		"CREATE TABLE mc_test.child (parent int8 CONSTRAINT child_parent_fkey"
		" REFERENCES mc_test.parent DEFERRABLE INITIALLY DEFERRED);"
		"CREATE FUNCTION mc_test.raise(state text, rule text) RETURNS void"
		" LANGUAGE plpgsql AS $$ BEGIN"
		" RAISE EXCEPTION 'raised' USING ERRCODE = state, CONSTRAINT = rule; END $$;"
		"CREATE SEQUENCE mc_test.tries;"
		"CREATE FUNCTION mc_test.stumble(state text, times int4) RETURNS int4"
		" LANGUAGE plpgsql AS $$ DECLARE n int8 := nextval('mc_test.tries'); BEGIN"
		" IF n <= times THEN RAISE EXCEPTION 'raised' USING ERRCODE = state; END IF;"
		" PERFORM setval('mc_test.tries', 1, false); RETURN n; END $$");
	mc_db_close(db);
	return status == MC_OK ? 0 : -1;
}

#define with_admin(test) cmocka_unit_test_setup_teardown(test, open_admin, close_admin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_admin(test_every_type_comes_back_as_it_went),
		with_admin(test_lists_of_ids_arrive_whole_and_in_order),
		with_admin(test_nothing_is_null_or_empty_as_it_was),
		with_admin(test_answers_come_in_the_order_of_the_questions),
		with_admin(test_rows_stay_until_they_are_forgotten),
		with_admin(test_no_row_is_not_found),
		with_admin(test_what_stands_behind_a_failure_fails_with_it_and_works_afterwards),
		with_admin(test_what_does_not_parse_fails_each_time),
		with_admin(test_a_name_without_its_schema_is_not_there_for_now),
		with_admin(test_each_sqlstate_has_its_status),
		with_admin(test_whoever_lost_a_deadlock_is_asked_once_more),
		with_admin(test_part_of_a_transaction_is_not_asked_again),
		with_admin(test_a_message_for_the_log_carries_no_value),
		with_admin(test_a_failure_at_the_commit_is_told_by_the_last_take),
		with_admin(test_what_has_arrived_is_taken_like_what_is_waited_for),
		with_admin(test_what_has_arrived_may_be_a_failure),
		with_admin(test_what_has_arrived_may_be_forgotten),
		with_admin(test_a_connection_lost_while_nobody_waits_has_arrived_and_says_so),
		with_admin(test_a_transaction_that_is_not_committed_leaves_nothing),
		with_admin(test_a_committed_transaction_stays),
		with_admin(test_a_commit_after_a_failure_is_not_ok),
		with_admin(test_a_lost_connection_is_unavailable_from_then_on),
		with_admin(test_a_pooled_connection_that_was_lost_is_replaced_unnoticed),
		with_admin(test_a_connection_lost_in_a_lease_is_not_leased_again),
		with_admin(test_the_end_of_a_lease_rolls_back),
		cmocka_unit_test(test_a_statement_that_takes_too_long_is_timed_out),
		cmocka_unit_test(test_no_more_connections_than_allowed_and_the_next_one_waits),
		with_admin(test_a_try_neither_connects_nor_waits),
		cmocka_unit_test(test_a_pool_heals_when_the_database_comes_back),
		cmocka_unit_test(test_threads_share_fewer_connections_than_they_are),
	};
	return cmocka_run_group_tests_name("db/query", tests, make_schema, NULL);
}
