/* Statements against a real PostgreSQL: what is asked and what comes back. */

#include "libminiclass/db/query.h"

#include <poll.h>

#include "test/model/db.h"

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
		with_admin(test_what_has_arrived_is_taken_like_what_is_waited_for),
		with_admin(test_what_has_arrived_may_be_a_failure),
		with_admin(test_what_has_arrived_may_be_forgotten),
		with_admin(test_a_connection_lost_while_nobody_waits_has_arrived_and_says_so),
	};
	return cmocka_run_group_tests_name("db/query", tests, make_schema, NULL);
}
