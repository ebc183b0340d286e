/* db - what the tests of statements, of transactions and of the pool share. */
#ifndef TEST_MODEL_DB_H
#define TEST_MODEL_DB_H

#include "test/model/model.h"

static inline int
open_admin(void **state)
{
	*state = test_open("MC_DB_ADMIN");
	return 0;
}

static inline int
close_admin(void **state)
{
	mc_db_close(*state);
	return 0;
}

#define with_admin(test) cmocka_unit_test_setup_teardown(test, open_admin, close_admin)

/* Around all tests of a program. */
static inline int
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

static const struct mc_sql one = { "test_one", "SELECT 1" };
static const struct mc_sql fails = { "test_fails", "SELECT 1 / $1::int8" };

static inline void
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

static inline struct mc_pool *
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

#endif
