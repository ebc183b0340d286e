/* Transactions against a real PostgreSQL: what stays and what does not. */

#include "libminiclass/db/tx.h"

#include "test/model/db.h"

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
test_a_commit_that_fails_is_not_asked_again(void **state)
{
	struct mc_db *db = *state;
	int64_t before = count_words(db);
	struct mc_tx tx;

	/* As two serializable transactions that met. */
	check_status(MC_OK,
		mc_db_script(db,
			"CREATE FUNCTION mc_test.met() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
			" RAISE EXCEPTION 'met another' USING ERRCODE = '40001'; END $$;"
			"CREATE CONSTRAINT TRIGGER met AFTER INSERT ON mc_test.word"
			" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
			"mc_test.met()"));
	mc_tx_begin(&tx, db);
	check_status(MC_OK, mc_db_run(db, &add_word, NULL, MC_PARAMS(mc_p_text(MC_STR("d")))));
	check_status(MC_TIMED_OUT, mc_tx_commit(&tx));
	mc_tx_finish(&tx);
	check_status(MC_OK, mc_db_script(db, "DROP FUNCTION mc_test.met() CASCADE"));
	assert_int_equal(before, count_words(db));
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

static struct mc_str
isolation(struct mc_db *db)
{
	static const struct mc_sql show = {
		"test_isolation",
		"SELECT current_setting('transaction_isolation')",
	};
	struct mc_row row;

	check_status(MC_OK, mc_db_one(db, &show, &row, MC_NO_PARAMS));
	return mc_row_text(&row, 0);
}

/* PostgreSQL: Server Configuration, 20.11.1; what the role or the operator's string says else. */
static void
test_a_transaction_reads_what_is_committed_whatever_the_default(void **state)
{
	static const struct mc_sql set = {
		"test_set_isolation",
		"ALTER ROLE mc_server SET default_transaction_isolation = 'serializable'",
	};
	static const struct mc_sql reset = {
		"test_reset_isolation",
		"ALTER ROLE mc_server RESET default_transaction_isolation",
	};
	struct mc_db *superuser = test_open("MC_DB_SUPERUSER"), *by_role, *by_string = NULL;
	char url[1024];
	(void)state;

	(void)snprintf(url, sizeof(url),
		"%s&options=-c%%20default_transaction_isolation%%3Dserializable",
		test_url("MC_DB"));
	check_status(MC_OK, mc_db_run(superuser, &set, NULL, MC_NO_PARAMS));
	by_role = test_open("MC_DB");
	check_status(MC_OK, mc_db_run(superuser, &reset, NULL, MC_NO_PARAMS));
	mc_db_close(superuser);
	check_status(MC_OK, mc_db_open(url, NULL, "test", &by_string, NULL));

	check_text("read committed", isolation(by_role));
	check_text("read committed", isolation(by_string));
	mc_db_close(by_role);
	mc_db_close(by_string);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_admin(test_a_transaction_that_is_not_committed_leaves_nothing),
		with_admin(test_a_committed_transaction_stays),
		with_admin(test_a_commit_after_a_failure_is_not_ok),
		with_admin(test_a_commit_that_fails_is_not_asked_again),
		with_admin(test_the_end_of_a_lease_rolls_back),
		cmocka_unit_test(test_a_transaction_reads_what_is_committed_whatever_the_default),
	};
	return cmocka_run_group_tests_name("db/tx", tests, make_schema, NULL);
}
