/* One-time codes and what the operator does with accounts, against a real PostgreSQL. */

#include <pthread.h>

#include "libminiclass/crypt/token.h"
#include "libminiclass/model/operator.h"
#include "libminiclass/model/reset.h"
#include "test/model/model.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

#define NEW_HASH "$argon2id$v=19$m=19456,t=2,p=1$bmV3c2FsdA$bmV3aGFzaA"

/* The operator's connection beside the server's two, and somebody with an account. */
struct office {
	struct world world;
	struct mc_db *admin;
	mc_user_id ada;
	struct mc_str email;
};

static int
office_open(void **state)
{
	struct office *office = calloc(1, sizeof(*office));
	struct mc_user user;

	assert_non_null(office);
	office->world = (struct world){ .db = test_open("MC_DB"),
		.other = test_open("MC_DB"),
		.arena = mc_arena_create(4096, 1 << 20) };
	office->admin = test_open("MC_DB_ADMIN");
	office->email = mc_arena_printf(
		office->world.arena, "Ada.%lld@Example.org", (long long)test_number());
	struct mc_user_new wanted = { .name = MC_STR("Ada Lovelace"),
		.email = office->email,
		.password_hash = MC_STR(TEST_HASH) };
	check_status(MC_OK, mc_user_create(office->world.db, &wanted, &user));
	office->ada = user.id;
	*state = office;
	return 0;
}

static int
office_close(void **state)
{
	struct office *office = *state;

	mc_db_close(office->world.db);
	mc_db_close(office->world.other);
	mc_db_close(office->admin);
	mc_arena_destroy(office->world.arena);
	free(office);
	return 0;
}

static struct mc_digest
new_code(void)
{
	char text[MC_RESET_CODE_SHOWN];
	struct mc_digest digest;

	mc_reset_code_make(text);
	assert_true(mc_reset_code_digest(mc_str_from(text), &digest));
	return digest;
}

static struct mc_digest
put_code(struct office *office, int64_t valid_ms)
{
	struct mc_digest code = new_code();
	struct mc_time expires;

	check_status(MC_OK, mc_reset_put(office->admin, office->email, &code, valid_ms, &expires));
	return code;
}

static enum mc_status
use_code(struct mc_db *db, const struct office *office, const struct mc_digest *code)
{
	struct mc_user user;

	return mc_reset_use(db, office->email, code, MC_STR(NEW_HASH), &user);
}

static void
test_a_code_sets_a_password_once_and_ends_the_sessions(void **state)
{
	struct office *office = *state;
	struct mc_digest session = test_log_in(&office->world, office->ada, NULL);
	struct mc_digest elses = test_log_in(&office->world, test_person(&office->world), NULL);
	struct mc_digest code = put_code(office, DAY_MS);
	struct mc_user user;

	check_hash(&office->world, office->ada, TEST_HASH);
	check_status(MC_OK, test_who(office->world.db, &session, NULL));

	check_status(MC_OK,
		mc_reset_use(office->world.db, office->email, &code, MC_STR(NEW_HASH), &user));
	assert_true(user.id == office->ada);
	check_text("Ada Lovelace", user.name);
	check_hash(&office->world, office->ada, NEW_HASH);
	check_status(MC_UNAUTHENTICATED, test_who(office->world.db, &session, NULL));
	check_status(MC_OK, test_who(office->world.db, &elses, NULL));

	check_status(MC_UNAUTHENTICATED,
		mc_reset_use(office->world.db, office->email, &code, MC_STR(NEW_HASH "x"), &user));
	check_hash(&office->world, office->ada, NEW_HASH);
}

static void
test_the_address_of_a_code_is_read_without_case(void **state)
{
	struct office *office = *state;
	struct mc_digest code = put_code(office, DAY_MS);
	char *lower = mc_arena_text(office->world.arena, office->email);

	for (char *c = lower; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
	office->email = mc_str_from(lower);
	check_status(MC_OK, use_code(office->world.db, office, &code));
}

static void
test_a_wrong_code_changes_nothing_and_uses_nothing_up(void **state)
{
	struct office *office = *state;
	struct mc_digest session = test_log_in(&office->world, office->ada, NULL);
	struct mc_digest wrong = new_code();
	struct mc_digest code = put_code(office, DAY_MS);
	struct office elses = *office;

	elses.email = MC_STR("nobody@example.net");
	check_status(MC_UNAUTHENTICATED, use_code(office->world.db, office, &wrong));
	check_status(MC_UNAUTHENTICATED, use_code(office->world.db, &elses, &code));
	check_hash(&office->world, office->ada, TEST_HASH);
	check_status(MC_OK, test_who(office->world.db, &session, NULL));
	check_status(MC_OK, use_code(office->world.db, office, &code));
}

static void
test_a_new_code_takes_the_place_of_the_old_one(void **state)
{
	struct office *office = *state;
	struct mc_digest first = put_code(office, DAY_MS);
	struct mc_digest second = put_code(office, DAY_MS);

	check_status(MC_UNAUTHENTICATED, use_code(office->world.db, office, &first));
	check_status(MC_OK, use_code(office->world.db, office, &second));
}

static void
test_a_code_expires(void **state)
{
	static const struct mc_sql age = {
		"test_age_code",
		"UPDATE mc.reset_code SET created_at = created_at - interval '1 day',"
		" expires_at = now() WHERE account_id = $1",
	};
	struct office *office = *state;
	struct mc_digest code = new_code();
	struct mc_time expires;

	check_status(MC_OK, mc_reset_put(office->admin, office->email, &code, DAY_MS, &expires));
	int64_t left_s = (expires.us - mc_time_now().us) / 1000000;
	assert_in_range(left_s, 24 * 60 * 60 - 60, 24 * 60 * 60);

	check_status(MC_OK, mc_db_run(office->admin, &age, NULL, MC_PARAMS(mc_p_id(office->ada))));
	check_status(MC_UNAUTHENTICATED, use_code(office->world.db, office, &code));
	check_hash(&office->world, office->ada, TEST_HASH);
}

struct use {
	struct office *office;
	struct mc_digest code;
	enum mc_status status;
};

static void *
use_elsewhere(void *arg)
{
	struct use *use = arg;

	use->status = use_code(use->office->world.other, use->office, &use->code);
	return NULL;
}

static void
test_of_two_who_use_a_code_at_once_one_does(void **state)
{
	struct office *office = *state;
	struct mc_db *observer = test_open("MC_DB_SUPERUSER");
	struct use use = { office, put_code(office, DAY_MS), MC_OK };
	int64_t backend = test_backend(office->world.other);
	pthread_t thread;
	struct mc_tx tx;

	mc_tx_begin(&tx, office->world.db);
	check_status(MC_OK, use_code(office->world.db, office, &use.code));
	assert_int_equal(0, pthread_create(&thread, NULL, use_elsewhere, &use));
	test_until_blocked(observer, backend);
	check_status(MC_OK, mc_tx_commit(&tx));
	assert_int_equal(0, pthread_join(thread, NULL));
	check_status(MC_UNAUTHENTICATED, use.status);
	mc_db_close(observer);
}

/* The log-in has verified the old password and is writing its session when the code is used. */
static void
test_a_log_in_under_way_is_ended_by_the_code_that_waits_for_it(void **state)
{
	struct office *office = *state;
	struct mc_db *observer = test_open("MC_DB_SUPERUSER");
	struct use use = { office, put_code(office, DAY_MS), MC_FAILED };
	int64_t backend = test_backend(office->world.other);
	struct mc_session_new wanted = { .user = office->ada,
		.digest = mc_sha256(test_text(office->world.arena, "token")),
		.password_hash = MC_STR(TEST_HASH) };
	struct mc_session session;
	pthread_t thread;
	struct mc_tx tx;

	mc_tx_begin(&tx, office->world.db);
	check_status(MC_OK, mc_session_create(office->world.db, &wanted, &session));
	assert_int_equal(0, pthread_create(&thread, NULL, use_elsewhere, &use));
	test_until_blocked(observer, backend);
	check_status(MC_OK, mc_tx_commit(&tx));
	assert_int_equal(0, pthread_join(thread, NULL));
	check_status(MC_OK, use.status);
	check_status(MC_UNAUTHENTICATED, test_who(office->world.db, &wanted.digest, NULL));
	mc_db_close(observer);
}

static void
test_an_account_made_by_the_operator_gets_its_password_with_the_code(void **state)
{
	struct office *office = *state;
	struct mc_user made, found;
	struct mc_str hash;

	office->email = mc_arena_printf(
		office->world.arena, "ben%lld@example.org", (long long)test_number());
	check_status(MC_OK, mc_operator_create(office->admin, MC_STR("Ben"), office->email, &made));
	check_status(MC_NOT_FOUND,
		mc_user_find_by_email(office->world.db, office->email, &found, &hash));
	struct mc_digest code = put_code(office, DAY_MS);
	check_status(MC_OK, use_code(office->world.db, office, &code));
	check_status(MC_OK, mc_user_find_by_email(office->world.db, office->email, &found, &hash));
	assert_true(found.id == made.id);
	check_text(NEW_HASH, hash);

	check_status(MC_CONFLICT,
		mc_operator_create(office->admin, MC_STR("Ben"), office->email, &made));
	assert_string_equal("account_email_taken", mc_db_constraint(office->admin));
}

static void
test_who_is_not_there_gets_no_code(void **state)
{
	struct office *office = *state;
	struct mc_digest code = new_code();
	struct mc_time expires;
	bool changed;

	office->email = MC_STR("nobody@example.net");
	check_status(
		MC_NOT_FOUND, mc_reset_put(office->admin, office->email, &code, DAY_MS, &expires));
	check_status(MC_NOT_FOUND, mc_operator_disable(office->admin, office->email, &changed));
	check_status(MC_NOT_FOUND, mc_operator_enable(office->admin, office->email, &changed));
}

static void
test_disabling_ends_sessions_and_codes_and_enabling_brings_neither_back(void **state)
{
	struct office *office = *state;
	struct mc_digest session = test_log_in(&office->world, office->ada, NULL);
	struct mc_digest code = put_code(office, DAY_MS);
	struct mc_time expires;
	bool changed;

	check_status(MC_OK, mc_operator_disable(office->admin, office->email, &changed));
	assert_true(changed);
	check_status(MC_OK, mc_operator_disable(office->admin, office->email, &changed));
	assert_false(changed);
	check_status(MC_UNAUTHENTICATED, test_who(office->world.db, &session, NULL));
	check_status(MC_UNAUTHENTICATED, use_code(office->world.db, office, &code));
	check_status(
		MC_CONFLICT, mc_reset_put(office->admin, office->email, &code, DAY_MS, &expires));

	check_status(MC_OK, mc_operator_enable(office->admin, office->email, &changed));
	assert_true(changed);
	check_status(MC_OK, mc_operator_enable(office->admin, office->email, &changed));
	assert_false(changed);
	check_status(MC_UNAUTHENTICATED, test_who(office->world.db, &session, NULL));
	check_status(MC_UNAUTHENTICATED, use_code(office->world.db, office, &code));
	check_hash(&office->world, office->ada, TEST_HASH);
	(void)test_log_in(&office->world, office->ada, NULL);
}

static struct mc_account
only_account(struct office *office, struct mc_str part)
{
	struct mc_account *accounts;
	size_t n;

	check_status(MC_OK,
		mc_operator_accounts(office->admin, office->world.arena, part, 0, &accounts, &n));
	assert_int_equal(1, n);
	return accounts[0];
}

static void
test_accounts_are_found_by_a_part_of_name_or_address(void **state)
{
	struct office *office = *state;
	struct mc_str name = test_text(office->world.arena, "Zoë Müller ");
	mc_user_id zoe = test_person_named(&office->world, name);
	bool changed;

	(void)test_class(&office->world, office->ada);
	struct mc_account account = only_account(office, office->email);
	assert_true(account.user.id == office->ada);
	assert_int_equal(1, account.n_classes);
	assert_true(account.seen_at.us == 0 && account.disabled_at.us == 0);
	assert_true(only_account(office, mc_str_skip(name, 6)).user.id == zoe);

	mc_session_id session;
	(void)test_log_in(&office->world, office->ada, &session);
	account = only_account(office, office->email);
	assert_true(account.seen_at.us > 0);
	check_status(MC_OK, mc_session_end(office->world.db, office->ada, session));
	assert_true(only_account(office, office->email).seen_at.us == account.seen_at.us);
	check_status(MC_OK, mc_operator_disable(office->admin, office->email, &changed));
	assert_true(only_account(office, office->email).disabled_at.us > 0);
}

static void
test_lists_go_on_behind_the_last_one(void **state)
{
	struct office *office = *state;
	struct mc_account *accounts;
	size_t n;
	mc_user_id next = test_person(&office->world);

	check_status(MC_OK, mc_operator_accounts(office->admin, office->world.arena, MC_STR(""),
				    office->ada, &accounts, &n));
	assert_int_equal(1, n);
	assert_true(accounts[0].user.id == next);
	check_status(MC_OK, mc_operator_accounts(office->admin, office->world.arena, MC_STR(""),
				    next, &accounts, &n));
	assert_int_equal(0, n);
}

static void
test_classes_are_listed_with_who_teaches_them(void **state)
{
	struct office *office = *state;
	struct mc_str name = test_text(office->world.arena, "Grace ");
	struct mc_classroom class =
		test_class(&office->world, test_person_named(&office->world, name));
	struct mc_class_summary *classes;
	size_t n;

	(void)test_student(&office->world, &class);
	check_status(MC_OK,
		mc_operator_classes(office->admin, office->world.arena, name, 0, &classes, &n));
	assert_int_equal(1, n);
	assert_true(classes[0].id == class.id);
	check_text("Algebra", classes[0].name);
	assert_true(mc_str_equal(name, classes[0].instructors));
	assert_int_equal(2, classes[0].n_members);
	assert_int_equal(0, classes[0].n_posts);
}

static void
test_the_server_itself_makes_no_code_and_disables_nobody(void **state)
{
	struct office *office = *state;
	struct mc_db *server = office->world.db;
	struct mc_digest code = new_code();
	struct mc_time expires;
	bool changed;

	check_status(MC_FORBIDDEN, mc_reset_put(server, office->email, &code, DAY_MS, &expires));
	mc_db_forget(server);
	check_status(MC_FORBIDDEN, mc_operator_disable(server, office->email, &changed));
}

static void
test_the_database_itself_refuses_what_is_no_code(void **state)
{
	static const struct mc_sql insert = {
		"test_bad_code",
		"INSERT INTO mc.reset_code (account_id, digest, expires_at)"
		" VALUES ($1, $2, now() + $3 * interval '1 second')",
	};
	struct office *office = *state;
	struct mc_digest code = new_code();

	check_status(MC_INVALID,
		mc_db_run(office->admin, &insert, NULL,
			MC_PARAMS(mc_p_id(office->ada), mc_p_bytes(code.bytes, 20), mc_p_int(60))));
	assert_string_equal("reset_code_digest_is_sha256", mc_db_constraint(office->admin));
	check_status(MC_INVALID,
		mc_db_run(office->admin, &insert, NULL,
			MC_PARAMS(mc_p_id(office->ada), mc_p_bytes(code.bytes, 32), mc_p_int(0))));
	assert_string_equal("reset_code_expires_later", mc_db_constraint(office->admin));
}

#define with_office(test) cmocka_unit_test_setup_teardown(test, office_open, office_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_office(test_a_code_sets_a_password_once_and_ends_the_sessions),
		with_office(test_the_address_of_a_code_is_read_without_case),
		with_office(test_a_wrong_code_changes_nothing_and_uses_nothing_up),
		with_office(test_a_new_code_takes_the_place_of_the_old_one),
		with_office(test_a_code_expires),
		with_office(test_of_two_who_use_a_code_at_once_one_does),
		with_office(test_a_log_in_under_way_is_ended_by_the_code_that_waits_for_it),
		with_office(test_an_account_made_by_the_operator_gets_its_password_with_the_code),
		with_office(test_who_is_not_there_gets_no_code),
		with_office(
			test_disabling_ends_sessions_and_codes_and_enabling_brings_neither_back),
		with_office(test_accounts_are_found_by_a_part_of_name_or_address),
		with_office(test_lists_go_on_behind_the_last_one),
		with_office(test_classes_are_listed_with_who_teaches_them),
		with_office(test_the_server_itself_makes_no_code_and_disables_nobody),
		with_office(test_the_database_itself_refuses_what_is_no_code),
	};
	return cmocka_run_group_tests_name("model/resets", tests, NULL, NULL);
}
