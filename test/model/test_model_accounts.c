/* Accounts, sessions and throttles against a real PostgreSQL. */

#include <pthread.h>

#include "test/model/ear.h"
#include "test/model/model.h"

static void
test_an_address_is_well_formed_or_not(void **state)
{
	/* RFC 5321, 4.1.2 and 4.5.3.1; a domain has a dot. */
	static const char *const good[] = { "ada@example.org", "a@b.c", "a.b+c@sub.example.org",
		"!#$%&'*+-/=?^_`{|}~@example.org", "x@1-2.example", "o'neil@school.ac.uk" };
	static const char *const bad[] = { "", "ada", "@example.org", "ada@", "ada@example",
		".ada@example.org", "ada.@example.org", "a..b@example.org", "a b@example.org",
		"a@b@example.org", "ada@-example.org", "ada@example-.org", "ada@example..org",
		"ada@example.org.", "ada@.example.org", "ada@exa mple.org", "ada@example.org\n",
		"\"ada\"@example.org", "ada@[192.0.2.1]", "<ada@example.org>",
		"\xc3\xa4@example.org" };
	(void)state;

	for (size_t i = 0; i < MC_COUNT(good); i++)
		if (!mc_email_is_well_formed(mc_str_from(good[i])))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < MC_COUNT(bad); i++)
		if (mc_email_is_well_formed(mc_str_from(bad[i])))
			fail_msg("taken: %s", bad[i]);
}

static struct mc_str
repeated(struct mc_arena *arena, char c, size_t n, const char *tail)
{
	char *text = mc_arena_alloc(arena, n + strlen(tail) + 1);
	memset(text, c, n);
	memcpy(text + n, tail, strlen(tail) + 1);
	return mc_str_from(text);
}

static void
test_an_address_has_64_bytes_before_the_at_and_63_in_a_label(void **state)
{
	struct world *world = *state;
	struct mc_arena *arena = world->arena;

	assert_true(mc_email_is_well_formed(repeated(arena, 'a', 64, "@example.org")));
	assert_false(mc_email_is_well_formed(repeated(arena, 'a', 65, "@example.org")));
	struct mc_str label = repeated(arena, 'b', 63, ".org");
	assert_true(mc_email_is_well_formed(mc_arena_printf(arena, "a@%.*s", MC_STR_ARGS(label))));
	label = repeated(arena, 'b', 64, ".org");
	assert_false(mc_email_is_well_formed(mc_arena_printf(arena, "a@%.*s", MC_STR_ARGS(label))));
}

static void
test_an_address_is_one_account_however_it_is_capitalised(void **state)
{
	struct world *world = *state;
	long long n = (long long)test_number();
	struct mc_user_new wanted = { .name = MC_STR("Ada"),
		.email = mc_arena_printf(world->arena, "Ada.%lld@Example.org", n),
		.password_hash = MC_STR(TEST_HASH) };
	struct mc_user user, found;
	struct mc_str hash;

	check_status(MC_OK, mc_user_create(world->db, &wanted, &user));
	struct mc_str lower = mc_arena_printf(world->arena, "ada.%lld@example.org", n);
	check_status(MC_OK, mc_user_find_by_email(world->db, lower, &found, &hash));
	assert_true(found.id == user.id);
	assert_true(mc_str_equal(wanted.email, found.email));
	check_text(TEST_HASH, hash);

	wanted.email = lower;
	check_status(MC_CONFLICT, mc_user_create(world->other, &wanted, &user));
	assert_string_equal("account_email_taken", mc_db_constraint(world->other));
}

static void
test_an_unknown_address_is_not_found(void **state)
{
	struct world *world = *state;
	struct mc_user user;
	struct mc_str hash;

	check_status(MC_NOT_FOUND,
		mc_user_find_by_email(world->db, MC_STR("nobody@example.net"), &user, &hash));
}

static void
test_the_database_itself_refuses_what_is_no_account(void **state)
{
	struct world *world = *state;
	struct mc_user user;
	struct mc_user_new cases[] = {
		{ MC_STR(""), MC_STR("x1@example.org"), MC_STR(TEST_HASH) },
		{ repeated(world->arena, 'n', 101, ""), MC_STR("x2@example.org"),
			MC_STR(TEST_HASH) },
		{ MC_STR("Ada"), MC_STR("no address"), MC_STR(TEST_HASH) },
		{ MC_STR("Ada"), MC_STR("x4@example.org"), MC_STR("a password in the clear") },
	};

	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_status(MC_INVALID, mc_user_create(world->db, &cases[i], &user));
}

static void
test_a_session_is_valid_until_it_ends(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world), eve = test_person(world), who;
	mc_session_id id;
	struct mc_digest digest = test_log_in(world, ada, &id);

	check_status(MC_OK, test_who(world->other, &digest, &who));
	assert_true(who == ada);

	check_status(MC_NOT_FOUND, mc_session_end(world->db, eve, id));
	check_status(MC_OK, test_who(world->other, &digest, &who));

	check_status(MC_OK, mc_session_end(world->db, ada, id));
	check_status(MC_UNAUTHENTICATED, test_who(world->other, &digest, &who));
	check_status(MC_NOT_FOUND, mc_session_end(world->db, ada, id));
}

static void
test_a_session_lasts_thirty_days(void **state)
{
	static const struct mc_sql age = {
		"test_age",
		"UPDATE mc.session SET expires_at = now() WHERE id = $1",
	};
	struct world *world = *state;
	struct mc_db *admin = test_open("MC_DB_SUPERUSER");
	mc_session_id id;
	struct mc_digest digest = test_log_in(world, test_person(world), &id);
	struct mc_session session;
	struct mc_user user;

	mc_session_find_ask(world->db, &digest);
	check_status(MC_OK, mc_session_find_take(world->db, &session, &user));
	assert_true(session.expires_at.us - session.created_at.us ==
		    INT64_C(30) * 24 * 60 * 60 * 1000000);

	check_status(MC_OK, mc_db_run(admin, &age, NULL, MC_PARAMS(mc_p_id(id))));
	check_status(MC_UNAUTHENTICATED, test_who(world->db, &digest, NULL));
	mc_db_close(admin);
}

static int64_t
count_sessions(struct mc_db *db, mc_user_id user)
{
	static const struct mc_sql sql = {
		"test_count_sessions",
		"SELECT count(*) FROM mc.session WHERE account_id = $1",
	};
	struct mc_row row;

	check_status(MC_OK, mc_db_one(db, &sql, &row, MC_PARAMS(mc_p_id(user))));
	return mc_row_int(&row, 0);
}

static void
test_the_sessions_of_who_never_comes_back_are_deleted(void **state)
{
	static const struct mc_sql expire = {
		"test_expire",
		"UPDATE mc.session SET expires_at = now() - interval '10 years' WHERE id IN ($1, "
		"$2)",
	};
	static const struct mc_sql hold = {
		"test_hold",
		"SELECT id FROM mc.session WHERE account_id = $1 FOR UPDATE",
	};
	struct world *world = *state;
	struct mc_db *admin = test_open("MC_DB_SUPERUSER");
	mc_user_id gone = test_person(world), ada = test_person(world);
	mc_session_id first, second;
	struct mc_digest valid;
	struct mc_rows held;
	struct mc_tx tx;

	(void)test_log_in(world, gone, &first);
	(void)test_log_in(world, gone, &second);
	valid = test_log_in(world, gone, NULL);
	check_status(
		MC_OK, mc_db_run(admin, &expire, NULL, MC_PARAMS(mc_p_id(first), mc_p_id(second))));

	/* What somebody else is about to end is left to them. */
	mc_tx_begin(&tx, admin);
	check_status(MC_OK, mc_db_query(admin, &hold, &held, MC_PARAMS(mc_p_id(gone))));
	(void)test_log_in(world, ada, NULL);
	assert_int_equal(3, count_sessions(world->other, gone));
	check_status(MC_OK, mc_tx_commit(&tx));
	mc_tx_finish(&tx);

	(void)test_log_in(world, ada, NULL);
	assert_int_equal(1, count_sessions(world->other, gone));
	check_status(MC_OK, test_who(world->other, &valid, NULL));
	mc_db_close(admin);
}

static void
test_sessions_are_listed_newest_first_and_only_ones_own(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	mc_session_id first, second;
	struct mc_session *sessions;
	size_t n;

	(void)test_log_in(world, ada, &first);
	(void)test_log_in(world, ada, &second);
	(void)test_log_in(world, test_person(world), NULL);
	check_status(MC_OK, mc_session_list(world->db, world->arena, ada, &sessions, &n));
	assert_int_equal(2, n);
	assert_true(sessions[0].id == second && sessions[1].id == first);
	check_text("curl/7.88.1", sessions[0].agent);
	check_text("192.0.2.1", sessions[0].address);
}

static void
test_a_disabled_account_has_no_sessions_and_gets_none(void **state)
{
	static const struct mc_sql disable = {
		"test_disable",
		"UPDATE mc.account SET disabled_at = now() WHERE id = $1",
	};
	struct world *world = *state;
	struct mc_db *admin = test_open("MC_DB_SUPERUSER");
	mc_user_id ada = test_person(world);
	struct mc_digest digest = test_log_in(world, ada, NULL);
	struct mc_session_new wanted = { .user = ada, .digest = mc_sha256(MC_STR("disabled")) };
	struct mc_session session;

	check_status(MC_OK, mc_db_run(admin, &disable, NULL, MC_PARAMS(mc_p_id(ada))));
	check_status(MC_UNAUTHENTICATED, test_who(world->db, &digest, NULL));
	check_status(MC_NOT_FOUND, mc_session_create(world->db, &wanted, &session));
	mc_db_close(admin);
}

#define NEW_HASH "$argon2id$v=19$m=19456,t=2,p=1$bmV3c2FsdA$bmV3aGFzaA"

static void
test_a_new_password_ends_every_session_but_the_kept_one(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	mc_session_id kept;
	struct mc_digest here = test_log_in(world, ada, &kept);
	struct mc_digest there = test_log_in(world, ada, NULL);
	struct mc_digest elses = test_log_in(world, test_person(world), NULL);

	check_status(MC_OK,
		mc_user_set_password(world->db, ada, MC_STR(TEST_HASH), MC_STR(NEW_HASH), kept));
	check_status(MC_OK, test_who(world->other, &here, NULL));
	check_status(MC_UNAUTHENTICATED, test_who(world->other, &there, NULL));
	check_status(MC_OK, test_who(world->other, &elses, NULL));
	check_hash(world, ada, NEW_HASH);
}

static void
test_of_sessions_that_end_it_is_said_which_one_or_of_several_whose(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	mc_session_id kept, there;
	char expected[64];

	(void)test_log_in(world, ada, &kept);
	(void)test_log_in(world, ada, &there);
	for (int i = 0; i < 3; i++)
		(void)test_log_in(world, ada, NULL);
	struct ear *ear = listen_to("mc_access");
	check_status(MC_OK, mc_session_end(world->db, ada, there));
	hear(ear, 1);
	(void)snprintf(expected, sizeof(expected), "session:%lld", (long long)there);
	assert_string_equal(expected, ear->heard[0]);
	check_status(MC_OK,
		mc_user_set_password(world->db, ada, MC_STR(TEST_HASH), MC_STR(NEW_HASH), kept));
	hear(ear, 2);
	(void)snprintf(expected, sizeof(expected), "user:%lld", (long long)ada);
	assert_string_equal(expected, ear->heard[1]);
	stop_listening(ear);
}

static void
test_a_password_that_was_changed_meanwhile_is_not_changed_again(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	struct mc_digest digest;

	check_status(MC_OK,
		mc_user_set_password(world->db, ada, MC_STR(TEST_HASH), MC_STR(NEW_HASH), 0));
	digest = test_log_in(world, ada, NULL);
	check_status(MC_CONFLICT,
		mc_user_set_password(world->db, ada, MC_STR(TEST_HASH), MC_STR(NEW_HASH "x"), 0));
	check_status(MC_OK, test_who(world->db, &digest, NULL));
}

static void
test_a_costlier_hash_ends_no_session(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	struct mc_digest digest = test_log_in(world, ada, NULL);

	check_status(
		MC_OK, mc_user_upgrade_hash(world->db, ada, MC_STR(TEST_HASH), MC_STR(NEW_HASH)));
	check_status(MC_CONFLICT,
		mc_user_upgrade_hash(world->db, ada, MC_STR(TEST_HASH), MC_STR(NEW_HASH "x")));
	check_hash(world, ada, NEW_HASH);
	check_status(MC_OK, test_who(world->db, &digest, NULL));
}

static void
test_a_log_in_with_the_old_password_does_not_survive_a_change(void **state)
{
	struct world *world = *state;
	mc_user_id ada = test_person(world);
	struct mc_session_new wanted = { .user = ada,
		.digest = mc_sha256(test_text(world->arena, "token")),
		.password_hash = MC_STR(TEST_HASH) };
	struct mc_session session;

	check_status(MC_OK,
		mc_user_set_password(world->db, ada, MC_STR(TEST_HASH), MC_STR(NEW_HASH), 0));
	check_status(MC_NOT_FOUND, mc_session_create(world->db, &wanted, &session));
	wanted.password_hash = MC_STR(NEW_HASH);
	check_status(MC_OK, mc_session_create(world->db, &wanted, &session));
}

struct change {
	struct mc_db *db;
	mc_user_id user;
	enum mc_status status;
};

static void *
change_password(void *arg)
{
	struct change *change = arg;

	change->status = mc_user_set_password(
		change->db, change->user, MC_STR(TEST_HASH), MC_STR(NEW_HASH), 0);
	return NULL;
}

/* The log-in has verified the old password and is writing its session when the change begins. */
static void
test_a_log_in_under_way_is_ended_by_the_change_that_waits_for_it(void **state)
{
	struct world *world = *state;
	struct mc_db *observer = test_open("MC_DB_SUPERUSER");
	struct change change = { .db = world->other, .user = test_person(world) };
	int64_t backend = test_backend(change.db);
	struct mc_session_new wanted = { .user = change.user,
		.digest = mc_sha256(test_text(world->arena, "token")),
		.password_hash = MC_STR(TEST_HASH) };
	struct mc_session session;
	pthread_t thread;
	struct mc_tx tx;

	mc_tx_begin(&tx, world->db);
	check_status(MC_OK, mc_session_create(world->db, &wanted, &session));
	assert_int_equal(0, pthread_create(&thread, NULL, change_password, &change));
	test_until_blocked(observer, backend);
	check_status(MC_OK, mc_tx_commit(&tx));
	assert_int_equal(0, pthread_join(thread, NULL));

	check_status(MC_OK, change.status);
	check_status(MC_UNAUTHENTICATED, test_who(world->db, &wanted.digest, NULL));
	mc_db_close(observer);
}

static enum mc_status
check_throttle(
	struct mc_db *db, enum mc_throttle_kind kind, struct mc_str key, struct mc_error *error)
{
	struct mc_throttle throttle = { kind, key };
	return mc_throttle_check(db, &throttle, 1, error);
}

static void
test_the_eleventh_try_at_one_account_from_one_address_is_too_many(void **state)
{
	struct world *world = *state;
	struct mc_str key = test_text(world->arena, "ada@example.org 192.0.2.");
	struct mc_throttle throttle = { MC_THROTTLE_LOGIN_PAIR, key };
	struct mc_error error;

	for (int i = 0; i < 10; i++) {
		struct mc_db *db = i % 2 ? world->db : world->other;
		check_status(MC_OK, mc_throttle_check(db, &throttle, 1, &error));
		check_status(MC_OK, mc_throttle_count(db, &throttle, 1));
	}
	check_status(MC_TOO_MANY, mc_throttle_check(world->db, &throttle, 1, &error));
	assert_in_range(error.retry_after_s, 14 * 60, 15 * 60);
	check_status(MC_OK, check_throttle(world->db, MC_THROTTLE_LOGIN_ACCOUNT, key, &error));
}

static void
test_a_success_forgets_the_failures(void **state)
{
	struct world *world = *state;
	struct mc_throttle throttle = { MC_THROTTLE_LOGIN_PAIR, test_text(world->arena, "k") };

	for (int i = 0; i < 10; i++)
		check_status(MC_OK, mc_throttle_count(world->db, &throttle, 1));
	check_status(MC_OK, mc_throttle_clear(world->db, &throttle, 1));
	check_status(MC_OK, mc_throttle_check(world->db, &throttle, 1, NULL));
}

static void
test_several_throttles_count_and_check_together(void **state)
{
	struct world *world = *state;
	struct mc_throttle throttles[] = {
		{ MC_THROTTLE_JOIN_CODE, test_text(world->arena, "j") },
		{ MC_THROTTLE_LOGIN_ACCOUNT, test_text(world->arena, "a") },
		{ MC_THROTTLE_LOGIN_PAIR, test_text(world->arena, "p") },
	};

	for (int i = 0; i < 10; i++)
		check_status(MC_OK, mc_throttle_count(world->db, throttles, 3));
	check_status(MC_OK, mc_throttle_check(world->db, throttles, 2, NULL));
	check_status(MC_TOO_MANY, mc_throttle_check(world->db, throttles, 3, NULL));
}

static void
test_a_window_that_is_over_counts_from_one_and_is_swept_away(void **state)
{
	static const struct mc_sql age = {
		"test_age_throttles",
		"UPDATE mc.throttle SET started_at = started_at - interval '16 minutes'",
	};
	static const struct mc_sql count = { "test_count", "SELECT count(*) FROM mc.throttle" };
	struct world *world = *state;
	struct mc_db *admin = test_open("MC_DB_SUPERUSER");
	struct mc_throttle throttle = { MC_THROTTLE_LOGIN_PAIR, test_text(world->arena, "w") };
	struct mc_row before, after;

	for (int i = 0; i < 10; i++)
		check_status(MC_OK, mc_throttle_count(world->db, &throttle, 1));
	check_status(MC_OK, mc_db_run(admin, &age, NULL, MC_NO_PARAMS));
	check_status(MC_OK, mc_throttle_check(world->db, &throttle, 1, NULL));

	check_status(MC_OK, mc_db_one(admin, &count, &before, MC_NO_PARAMS));
	check_status(MC_OK, mc_throttle_count(world->db, &throttle, 1));
	check_status(MC_OK, mc_throttle_check(world->db, &throttle, 1, NULL));
	for (int64_t i = 0; i < mc_row_int(&before, 0); i++)
		check_status(MC_OK, mc_throttle_count(world->db, &throttle, 1));
	check_status(MC_OK, mc_db_one(admin, &count, &after, MC_NO_PARAMS));
	assert_int_equal(1, mc_row_int(&after, 0));
	mc_db_close(admin);
}

#define with_world(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_is_well_formed_or_not),
		with_world(test_an_address_has_64_bytes_before_the_at_and_63_in_a_label),
		with_world(test_an_address_is_one_account_however_it_is_capitalised),
		with_world(test_an_unknown_address_is_not_found),
		with_world(test_the_database_itself_refuses_what_is_no_account),
		with_world(test_a_session_is_valid_until_it_ends),
		with_world(test_a_session_lasts_thirty_days),
		with_world(test_the_sessions_of_who_never_comes_back_are_deleted),
		with_world(test_sessions_are_listed_newest_first_and_only_ones_own),
		with_world(test_a_disabled_account_has_no_sessions_and_gets_none),
		with_world(test_a_new_password_ends_every_session_but_the_kept_one),
		with_world(test_of_sessions_that_end_it_is_said_which_one_or_of_several_whose),
		with_world(test_a_password_that_was_changed_meanwhile_is_not_changed_again),
		with_world(test_a_costlier_hash_ends_no_session),
		with_world(test_a_log_in_with_the_old_password_does_not_survive_a_change),
		with_world(test_a_log_in_under_way_is_ended_by_the_change_that_waits_for_it),
		with_world(test_the_eleventh_try_at_one_account_from_one_address_is_too_many),
		with_world(test_a_success_forgets_the_failures),
		with_world(test_several_throttles_count_and_check_together),
		with_world(test_a_window_that_is_over_counts_from_one_and_is_swept_away),
	};
	return cmocka_run_group_tests_name("model/accounts", tests, NULL, NULL);
}
