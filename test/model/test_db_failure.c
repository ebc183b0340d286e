/* Statements against a real PostgreSQL: what fails and how. */

#include "test/model/db.h"

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
		{ "54000", MC_NO_MEMORY },
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_admin(test_what_stands_behind_a_failure_fails_with_it_and_works_afterwards),
		with_admin(test_what_does_not_parse_fails_each_time),
		with_admin(test_a_name_without_its_schema_is_not_there_for_now),
		with_admin(test_each_sqlstate_has_its_status),
		with_admin(test_whoever_lost_a_deadlock_is_asked_once_more),
		with_admin(test_part_of_a_transaction_is_not_asked_again),
		with_admin(test_a_message_for_the_log_carries_no_value),
		with_admin(test_a_failure_at_the_commit_is_told_by_the_last_take),
		with_admin(test_a_lost_connection_is_unavailable_from_then_on),
	};
	return cmocka_run_group_tests_name("db/failure", tests, make_schema, NULL);
}
