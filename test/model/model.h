/*
 * model - what the tests against a real PostgreSQL share: connections, people, classes.
 *
 * test/model/run.sh starts a private cluster, migrates it and names it in MC_DB (the server's
 * role), MC_DB_ADMIN and MC_DB_SUPERUSER.
 */
#ifndef TEST_MODEL_MODEL_H
#define TEST_MODEL_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/status.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/db/migrate.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"
#include "libminiclass/db/tx.h"
#include "libminiclass/model/classroom.h"
#include "libminiclass/model/membership.h"
#include "libminiclass/model/post.h"
#include "libminiclass/model/session.h"
#include "libminiclass/model/tag.h"
#include "libminiclass/model/throttle.h"
#include "libminiclass/model/user.h"

#define check_status(expected, actual)                                                             \
	assert_string_equal(mc_status_name(expected), mc_status_name(actual))

#define TEST_HASH "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"

static inline void
check_text(const char *expected, struct mc_str actual)
{
	assert_int_equal(strlen(expected), actual.len);
	assert_memory_equal(expected, actual.ptr, actual.len);
}

static inline const char *
test_url(const char *variable)
{
	const char *url = getenv(variable);
	if (!url)
		fail_msg("%s is not set: use test/model/run.sh", variable);
	return url;
}

static inline struct mc_db *
test_open(const char *variable)
{
	struct mc_error error = { .message = "" };
	struct mc_db *db = NULL;

	if (mc_db_open(test_url(variable), NULL, "test", &db, &error) != MC_OK)
		fail_msg("%s: %s", variable, error.message);
	return db;
}

/* Two connections of the server's role, and memory for results. */
struct world {
	struct mc_db *db, *other;
	struct mc_arena *arena;
};

static inline int
world_open(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	assert_non_null(world);
	world->db = test_open("MC_DB");
	world->other = test_open("MC_DB");
	world->arena = mc_arena_create(4096, 1 << 20);
	*state = world;
	return 0;
}

static inline int
world_close(void **state)
{
	struct world *world = *state;
	mc_db_close(world->db);
	mc_db_close(world->other);
	mc_arena_destroy(world->arena);
	free(world);
	return 0;
}

/* No two alike in one run, nor in runs against the same database. */
static inline int64_t
test_number(void)
{
	static atomic_int_least64_t last;
	return mc_time_now().us * 1000 + atomic_fetch_add(&last, 1) % 1000;
}

static inline struct mc_str
test_text(struct mc_arena *arena, const char *prefix)
{
	return mc_arena_printf(arena, "%s%lld", prefix, (long long)test_number());
}

static inline mc_user_id
test_person_named(struct world *world, struct mc_str name)
{
	struct mc_user_new wanted = { .name = name,
		.email = mc_arena_printf(
			world->arena, "p%lld@example.org", (long long)test_number()),
		.password_hash = MC_STR(TEST_HASH) };
	struct mc_user user;

	check_status(MC_OK, mc_user_create(world->db, &wanted, &user));
	return user.id;
}

static inline mc_user_id
test_person(struct world *world)
{
	return test_person_named(world, MC_STR("Ada Lovelace"));
}

static inline void
check_hash(struct world *world, mc_user_id user, const char *expected)
{
	static const struct mc_sql sql = {
		"test_hash",
		"SELECT password_hash FROM mc.credential WHERE account_id = $1",
	};
	struct mc_row row;

	check_status(MC_OK, mc_db_one(world->db, &sql, &row, MC_PARAMS(mc_p_id(user))));
	check_text(expected, mc_row_text(&row, 0));
}

static inline struct mc_classroom
test_class(struct world *world, mc_user_id creator)
{
	struct mc_classroom class;

	check_status(MC_OK, mc_classroom_create(world->db, creator, MC_STR("Algebra"),
				    MC_STR("Numbers and letters"), MC_STR(""), &class));
	return class;
}

static inline struct mc_join_code
test_code(const struct mc_classroom *class)
{
	struct mc_join_code code;

	assert_int_equal(sizeof(code.text), class->join_code.len);
	memcpy(code.text, class->join_code.ptr, sizeof(code.text));
	return code;
}

static inline mc_user_id
test_student(struct world *world, const struct mc_classroom *class)
{
	struct mc_join_code code = test_code(class);
	mc_user_id student = test_person(world);
	struct mc_classroom joined;

	check_status(MC_OK, mc_classroom_join(world->db, student, &code, &joined));
	return student;
}

static inline struct mc_digest
test_log_in(struct world *world, mc_user_id user, mc_session_id *id)
{
	struct mc_session_new wanted = { .user = user,
		.digest = mc_sha256(test_text(world->arena, "token")),
		.agent = MC_STR("curl/7.88.1"),
		.address = MC_STR("192.0.2.1") };
	struct mc_session session;

	check_status(MC_OK, mc_session_create(world->db, &wanted, &session));
	if (id)
		*id = session.id;
	return wanted.digest;
}

/* A session of the class's instructor, with which what is in it is asked for. */
static inline struct mc_digest
test_look(struct mc_db *db, mc_class_id class_id)
{
	static const struct mc_sql sql = {
		"test_look",
		"INSERT INTO mc.session (account_id, digest, expires_at)"
		" SELECT instructor_id, $2, now() + interval '1 hour' FROM mc.classroom"
		" WHERE id = $1",
	};
	int64_t number = test_number();
	struct mc_digest digest =
		mc_sha256((struct mc_str){ (const char *)&number, sizeof(number) });
	int affected;

	check_status(MC_OK, mc_db_run(db, &sql, &affected,
				    MC_PARAMS(mc_p_id(class_id),
					    mc_p_bytes(digest.bytes, sizeof(digest.bytes)))));
	assert_int_equal(1, affected);
	return digest;
}

/* Who a session belongs to, as the server finds out: MC_UNAUTHENTICATED when it is over. */
static inline enum mc_status
test_who(struct mc_db *db, const struct mc_digest *digest, mc_user_id *out)
{
	struct mc_session session;
	struct mc_user user;

	mc_session_find_ask(db, digest);
	enum mc_status status = mc_session_find_take(db, &session, &user);
	if (status == MC_OK && out)
		*out = user.id;
	return status;
}

/* What every request on a class asks first. */
static inline enum mc_status
test_see(struct mc_db *db, const struct mc_digest *digest, mc_class_id class_id,
	struct mc_classroom *out)
{
	struct mc_session session;
	struct mc_user user;

	mc_membership_find_ask(db, digest, class_id);
	return mc_membership_find_take(db, &session, &user, out);
}

/* True as soon as the backend of `waiter` waits for a lock; asked through another connection. */
static inline void
test_until_blocked(struct mc_db *observer, int64_t backend)
{
	static const struct mc_sql blocked = {
		"test_blocked",
		"SELECT cardinality(pg_blocking_pids($1)) > 0",
	};
	struct mc_deadline deadline = mc_deadline_in(10000);
	struct mc_row row;

	do {
		if (mc_deadline_left(deadline) == 0)
			fail_msg("nothing waits for a lock");
		mc_db_forget(observer);
		check_status(MC_OK,
			mc_db_one(observer, &blocked, &row, MC_PARAMS(mc_p_int((int32_t)backend))));
	} while (!mc_row_bool(&row, 0));
}

static inline int64_t
test_backend(struct mc_db *db)
{
	static const struct mc_sql backend = { "test_backend", "SELECT pg_backend_pid()" };
	struct mc_row row;

	check_status(MC_OK, mc_db_one(db, &backend, &row, MC_NO_PARAMS));
	return mc_row_int(&row, 0);
}

static inline void
as_admin(const struct mc_sql *sql, const struct mc_param *params, size_t n_params)
{
	struct mc_db *admin = test_open("MC_DB_ADMIN");

	check_status(MC_OK, mc_db_run(admin, sql, NULL, params, n_params));
	mc_db_close(admin);
}

#endif
