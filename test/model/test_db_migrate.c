/* Migrations, each test in a database of its own. */

#include "libminiclass/db/migrate.h"

#include <pthread.h>

#include "test/model/model.h"

static const struct mc_migration steps[] = {
	{ 1, "0001_one", "CREATE TABLE mc.one (id int8); CREATE TABLE mc.first (id int8);" },
	{ 2, "0002_two", "CREATE TABLE mc.two (id int8);" },
	{ 3, "0003_three", "CREATE TABLE mc.three (id int8);" },
};

struct scratch {
	struct mc_db *server; /* makes and drops the database */
	struct mc_db *db, *other;
	char name[48];
	char url[512];
};

static void
run(struct mc_db *db, const char *sql)
{
	if (mc_db_script(db, sql) != MC_OK)
		fail_msg("%s: %s", sql, mc_db_message(db));
}

static struct mc_db *
open_url(const char *url)
{
	struct mc_error error = { .message = "" };
	struct mc_db *db;

	if (mc_db_open(url, NULL, "test", &db, &error) != MC_OK)
		fail_msg("%s", error.message);
	return db;
}

static int
scratch_open(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));
	const char *url = test_url("MC_DB_SUPERUSER");
	const char *query = strchr(url, '?');
	char sql[128];

	assert_non_null(scratch);
	assert_non_null(query);
	scratch->server = open_url(url);
	(void)snprintf(
		scratch->name, sizeof(scratch->name), "mc_test_%lld", (long long)test_number());
	(void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s", scratch->name);
	run(scratch->server, sql);
	(void)snprintf(scratch->url, sizeof(scratch->url), "postgresql://postgres@/%s%s",
		scratch->name, query);
	scratch->db = open_url(scratch->url);
	scratch->other = open_url(scratch->url);
	run(scratch->db, mc_roles_sql);
	*state = scratch;
	return 0;
}

static int
scratch_close(void **state)
{
	struct scratch *scratch = *state;
	char sql[128];

	mc_db_close(scratch->db);
	mc_db_close(scratch->other);
	(void)snprintf(sql, sizeof(sql), "DROP DATABASE %s", scratch->name);
	run(scratch->server, sql);
	mc_db_close(scratch->server);
	free(scratch);
	return 0;
}

static void
count(void *user, const struct mc_migration *step)
{
	int *n = user;
	assert_int_equal(++*n, step->number);
}

static void
test_each_step_is_applied_once_and_in_order(void **state)
{
	struct scratch *scratch = *state;
	int reported = 0, applied = -1;

	check_status(MC_CONFLICT, mc_migrate_check(scratch->db, steps, 3));
	check_status(MC_OK, mc_migrate(scratch->db, steps, 2, count, &reported, &applied, NULL));
	assert_int_equal(2, reported);
	assert_int_equal(2, applied);
	check_status(MC_CONFLICT, mc_migrate_check(scratch->other, steps, 3));
	check_status(MC_OK, mc_migrate_check(scratch->other, steps, 2));

	check_status(MC_OK, mc_migrate(scratch->db, steps, 3, count, &reported, &applied, NULL));
	assert_int_equal(3, reported);
	assert_int_equal(1, applied);
	check_status(MC_OK, mc_migrate(scratch->db, steps, 3, NULL, NULL, &applied, NULL));
	assert_int_equal(0, applied);
	check_status(MC_OK, mc_migrate_check(scratch->other, steps, 3));
	check_status(MC_OK, mc_migrate_check(scratch->other, steps, 2));
	run(scratch->other, "SELECT FROM mc.one, mc.first, mc.two, mc.three");
}

static void
test_a_step_that_was_changed_after_it_had_been_applied_is_refused(void **state)
{
	struct scratch *scratch = *state;
	const struct mc_migration changed[] = { steps[0],
		{ 2, "0002_two", "CREATE TABLE mc.two (id int4);" }, steps[2] };
	struct mc_error error = { .message = "" };
	int applied;

	check_status(MC_OK, mc_migrate(scratch->db, steps, 2, NULL, NULL, &applied, NULL));
	check_status(
		MC_CONFLICT, mc_migrate(scratch->db, changed, 3, NULL, NULL, &applied, &error));
	assert_non_null(strstr(error.message, "0002_two"));
	check_status(MC_CONFLICT, mc_migrate_check(scratch->db, changed, 3));
	check_status(MC_CONFLICT, mc_migrate_check(scratch->db, changed, 2));
}

static void
test_a_step_that_fails_leaves_nothing_and_can_be_mended(void **state)
{
	struct scratch *scratch = *state;
	const struct mc_migration broken[] = { steps[0],
		{ 2, "0002_two", "CREATE TABLE mc.two (id int8); SELECT FROM mc.nowhere;" } };
	struct mc_error error = { .message = "" };
	int applied;

	check_status(
		MC_UNAVAILABLE, mc_migrate(scratch->db, broken, 2, NULL, NULL, &applied, &error));
	assert_non_null(strstr(error.message, "mc.nowhere"));
	check_status(MC_OK, mc_migrate_check(scratch->other, steps, 1));
	check_status(MC_OK, mc_migrate(scratch->db, steps, 3, NULL, NULL, &applied, NULL));
	assert_int_equal(2, applied);
}

struct racer {
	struct mc_db *db;
	enum mc_status status;
	int applied;
};

static void *
race(void *arg)
{
	struct racer *racer = arg;
	racer->status = mc_migrate(racer->db, steps, 3, NULL, NULL, &racer->applied, NULL);
	return NULL;
}

static void
test_two_at_a_time_apply_each_step_once(void **state)
{
	struct scratch *scratch = *state;
	struct racer racers[] = { { .db = scratch->db }, { .db = scratch->other } };
	pthread_t threads[2];

	for (size_t i = 0; i < 2; i++)
		assert_int_equal(0, pthread_create(&threads[i], NULL, race, &racers[i]));
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(0, pthread_join(threads[i], NULL));
	check_status(MC_OK, racers[0].status);
	check_status(MC_OK, racers[1].status);
	assert_int_equal(3, racers[0].applied + racers[1].applied);
}

static void
test_our_own_steps_apply_to_an_empty_database(void **state)
{
	struct scratch *scratch = *state;
	int applied;

	run(scratch->db, "SET ROLE mc_owner");
	check_status(MC_OK, mc_migrate(scratch->db, mc_migrations, mc_migrations_count, NULL, NULL,
				    &applied, NULL));
	assert_int_equal(mc_migrations_count, applied);
}

/* A teacher, two students and one who has left; a discussion, Ben's thread, a live class, and a
 * discussion in which nobody has written. */
static const char school_before_reading[] =
	"INSERT INTO mc.account (id, name, email) OVERRIDING SYSTEM VALUE VALUES"
	" (1, 'Ada', 'ada@example.org'), (2, 'Ben', 'ben@example.org'),"
	" (3, 'Cleo', 'cleo@example.org'), (4, 'Dora', 'dora@example.org');"
	"INSERT INTO mc.classroom (id, name, join_code, created_by) OVERRIDING SYSTEM VALUE"
	" VALUES (1, 'Algebra', 'ABCDEFGHJK', 1);"
	"INSERT INTO mc.membership (class_id, account_id, role, ended_at) VALUES"
	" (1, 1, 'instructor', NULL), (1, 2, 'student', NULL), (1, 3, 'student', NULL),"
	" (1, 4, 'student', now());"
	"INSERT INTO mc.room (class_id, id, kind, last_seq) OVERRIDING SYSTEM VALUE VALUES"
	" (1, 1, 'discussion', 10), (1, 3, 'live', 30), (1, 4, 'discussion', 0);"
	"INSERT INTO mc.discussion (class_id, id, topic, created_by, room_id)"
	" OVERRIDING SYSTEM VALUE VALUES (1, 1, 'Zero', 1, 1), (1, 2, 'One', 1, 4);"
	"INSERT INTO mc.room (class_id, id, kind, last_seq, discussion_id, student_id)"
	" OVERRIDING SYSTEM VALUE VALUES (1, 2, 'thread', 20, 1, 2);";

/* A school as it was at that step, taken to the last one. */
static void
migrate_from(struct scratch *scratch, size_t before, const char *school)
{
	int applied;

	check_status(
		MC_OK, mc_migrate(scratch->db, mc_migrations, before, NULL, NULL, &applied, NULL));
	run(scratch->db, school);
	check_status(MC_OK, mc_migrate(scratch->db, mc_migrations, mc_migrations_count, NULL, NULL,
				    &applied, NULL));
}

static void
test_who_is_there_when_marks_begin_has_read_what_is_there(void **state)
{
	enum { BEFORE = 12 };
	static const struct mc_sql marks = {
		"test_marks",
		"SELECT string_agg(room_id || ':' || account_id || ':' || seq, ' '"
		" ORDER BY room_id, account_id) FROM mc.reading",
	};
	struct scratch *scratch = *state;
	struct mc_row row;

	migrate_from(scratch, BEFORE, school_before_reading);
	check_status(MC_OK, mc_db_one(scratch->db, &marks, &row, MC_NO_PARAMS));
	check_text("1:1:10 1:2:10 1:3:10 2:1:20 2:2:20", mc_row_text(&row, 0));
}

/* Ada made the class, was a student for a while and is its teacher again; Ben was made one
 * meanwhile. */
static void
test_of_classes_that_are_there_the_teacher_is_who_has_taught_longest(void **state)
{
	enum { BEFORE = 16 };
	static const char school[] =
		"INSERT INTO mc.account (id, name, email) OVERRIDING SYSTEM VALUE VALUES"
		" (1, 'Ada', 'ada@example.org'), (2, 'Ben', 'ben@example.org');"
		"INSERT INTO mc.classroom (id, name, join_code, created_by)"
		" OVERRIDING SYSTEM VALUE VALUES (1, 'Algebra', 'ABCDEFGHJK', 1);"
		"INSERT INTO mc.membership (class_id, account_id, role, joined_at, ended_at)"
		" VALUES (1, 1, 'instructor', '2026-09-01', NULL),"
		" (1, 1, 'student', '2026-09-01', '2026-09-04'),"
		" (1, 2, 'student', '2026-09-02', '2026-09-03'),"
		" (1, 2, 'instructor', '2026-09-02', NULL);";
	static const struct mc_sql teacher = {
		"test_teacher",
		"SELECT instructor_id FROM mc.classroom",
	};
	struct scratch *scratch = *state;
	struct mc_row row;

	migrate_from(scratch, BEFORE, school);
	check_status(MC_OK, mc_db_one(scratch->db, &teacher, &row, MC_NO_PARAMS));
	assert_int_equal(2, mc_row_id(&row, 0));
}

#define with_scratch(test) cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_scratch(test_each_step_is_applied_once_and_in_order),
		with_scratch(test_a_step_that_was_changed_after_it_had_been_applied_is_refused),
		with_scratch(test_a_step_that_fails_leaves_nothing_and_can_be_mended),
		with_scratch(test_two_at_a_time_apply_each_step_once),
		with_scratch(test_our_own_steps_apply_to_an_empty_database),
		with_scratch(test_who_is_there_when_marks_begin_has_read_what_is_there),
		with_scratch(test_of_classes_that_are_there_the_teacher_is_who_has_taught_longest),
	};
	return cmocka_run_group_tests_name("db/migrate", tests, NULL, NULL);
}
