/* Passwords: who is let in, what an attacker can tell, and when to hash again. */

#include "libminiclass/crypt/password.h"

#include <time.h>

#include "test/unit/check.h"

/* The cheapest that the algorithm knows: the tests are about us, not about it. */
static const struct mc_password_cost cheap = { .memory_kib = 8, .passes = 1, .lanes = 1 };

static struct mc_str
hash_of(struct mc_str password, char room[MC_PASSWORD_HASH_SIZE])
{
	check_status(MC_OK, mc_password_hash(&cheap, password, room), "");
	return mc_str_from(room);
}

static void
test_the_password_is_let_in_and_another_is_not(void **state)
{
	static const struct mc_str others[] = { MC_STR_INIT("correct horsf"),
		MC_STR_INIT("correct hors"), MC_STR_INIT("correct horse "),
		MC_STR_INIT("Correct horse"), MC_STR_INIT(""), MC_STR_INIT("correct horse\0") };
	char room[MC_PASSWORD_HASH_SIZE];
	struct mc_str hash = hash_of(guard_copy(MC_STR("correct horse")), room);

	(void)state;
	check_status(MC_OK,
		mc_password_verify(&cheap, guard_copy(hash), guard_copy(MC_STR("correct horse"))),
		"");
	for (size_t i = 0; i < MC_COUNT(others); i++)
		check_status(MC_UNAUTHENTICATED,
			mc_password_verify(&cheap, hash, guard_copy(others[i])), "another");
}

static void
test_every_byte_of_a_long_password_counts(void **state)
{
	char text[MC_PASSWORD_SIZE_MAX], room[MC_PASSWORD_HASH_SIZE];
	struct mc_str password = { text, sizeof(text) };

	(void)state;
	memset(text, 'x', sizeof(text));
	text[100] = '\0';
	struct mc_str hash = hash_of(password, room);
	check_status(MC_OK, mc_password_verify(&cheap, hash, password), "");
	text[sizeof(text) - 1] = 'y';
	check_status(MC_UNAUTHENTICATED, mc_password_verify(&cheap, hash, password), "the last");
	check_status(MC_UNAUTHENTICATED,
		mc_password_verify(&cheap, hash, mc_str_first(password, 100)), "cut at the NUL");
}

static void
test_the_same_password_hashes_differently_each_time(void **state)
{
	char a[MC_PASSWORD_HASH_SIZE], b[MC_PASSWORD_HASH_SIZE];

	(void)state;
	hash_of(MC_STR("correct horse"), a);
	hash_of(MC_STR("correct horse"), b);
	check_int(true, strcmp(a, b) != 0, "salt");
}

static void
test_a_hash_is_a_phc_string_with_its_cost(void **state)
{
	struct mc_password_cost cost = mc_password_cost_least;
	char room[MC_PASSWORD_HASH_SIZE];

	(void)state;
	check_status(MC_OK, mc_password_hash(&cost, MC_STR("correct horse"), room), "");
	check_int(true,
		mc_str_starts_with(mc_str_from(room), MC_STR("$argon2id$v=19$m=19456,t=2,p=1$")),
		room);
	/* 16 bytes of salt and 32 of hash in base64 without padding, each behind a "$". */
	check_int(31 + 22 + 1 + 43, strlen(room), room);
	check_status(
		MC_OK, mc_password_verify(&cost, mc_str_from(room), MC_STR("correct horse")), "");
}

static void
test_a_hash_of_the_reference_implementation_is_understood(void **state)
{
	/* Its own test vector: "password", "somesalt", 2 passes, 64 MiB, 1 lane. */
	struct mc_str hash = MC_STR("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
				    "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");

	(void)state;
	check_status(MC_OK, mc_password_verify(&cheap, hash, MC_STR("password")), "");
	check_status(MC_UNAUTHENTICATED, mc_password_verify(&cheap, hash, MC_STR("Password")), "");
}

static void
test_a_hash_that_is_none_lets_nobody_in(void **state)
{
	static const char *const wrong[] = { "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$$",
		"correct horse", "$2b$12$abcdefghijklmnopqrstuv", "*" };
	char long_hash[300];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(wrong); i++)
		check_status(MC_FAILED,
			mc_password_verify(
				&cheap, guard_copy(mc_str_from(wrong[i])), MC_STR("correct horse")),
			wrong[i]);
	memset(long_hash, 'x', sizeof(long_hash));
	check_status(MC_FAILED,
		mc_password_verify(&cheap, (struct mc_str){ long_hash, sizeof(long_hash) },
			MC_STR("correct horse")),
		"too long");
}

static int64_t
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
test_an_unknown_user_costs_the_work_of_a_known_one(void **state)
{
	struct mc_password_cost cost = { .memory_kib = 4096, .passes = 2, .lanes = 1 };
	char room[MC_PASSWORD_HASH_SIZE];

	(void)state;
	check_status(MC_OK, mc_password_hash(&cost, MC_STR("correct horse"), room), "");
	int64_t start = cpu_us();
	check_status(MC_UNAUTHENTICATED,
		mc_password_verify(&cost, mc_str_from(room), MC_STR("wrong horse")), "known");
	int64_t known = cpu_us() - start;
	start = cpu_us();
	check_status(MC_UNAUTHENTICATED,
		mc_password_verify(&cost, (struct mc_str){ 0 }, MC_STR("wrong horse")), "unknown");
	int64_t unknown = cpu_us() - start;
	/* Without the work it would be a thousandth. */
	check_int(true, unknown > known / 3 && unknown < known * 3, "about the same");
}

static void
test_a_cheaper_or_foreign_hash_is_made_anew(void **state)
{
	struct mc_password_cost cost = { .memory_kib = 20000, .passes = 3, .lanes = 2 };
	static const struct {
		const char *hash;
		bool again;
	} cases[] = {
		{ "$argon2id$v=19$m=20000,t=3,p=2$c2FsdHNhbHQ$aGFzaA", false },
		{ "$argon2id$v=19$m=20001,t=4,p=3$c2FsdHNhbHQ$aGFzaA", false },
		{ "$argon2id$v=19$m=19999,t=3,p=2$c2FsdHNhbHQ$aGFzaA", true },
		{ "$argon2id$v=19$m=20000,t=2,p=2$c2FsdHNhbHQ$aGFzaA", true },
		{ "$argon2id$v=19$m=20000,t=3,p=1$c2FsdHNhbHQ$aGFzaA", true },
		{ "$argon2i$v=19$m=20000,t=3,p=2$c2FsdHNhbHQ$aGFzaA", true },
		{ "$argon2id$v=16$m=20000,t=3,p=2$c2FsdHNhbHQ$aGFzaA", true },
		{ "$argon2id$v=19$t=3,m=20000,p=2$c2FsdHNhbHQ$aGFzaA", true },
		{ "$argon2id$v=19$m=020000,t=3,p=2$c2FsdHNhbHQ$aGFzaA", true },
		{ "$2b$12$abcdefghijklmnopqrstuv", true },
		{ "$argon2id", true },
		{ "", true },
	};

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_int(cases[i].again,
			mc_password_needs_rehash(&cost, guard_copy(mc_str_from(cases[i].hash))),
			cases[i].hash);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_password_is_let_in_and_another_is_not),
		cmocka_unit_test(test_every_byte_of_a_long_password_counts),
		cmocka_unit_test(test_the_same_password_hashes_differently_each_time),
		cmocka_unit_test(test_a_hash_is_a_phc_string_with_its_cost),
		cmocka_unit_test(test_a_hash_of_the_reference_implementation_is_understood),
		cmocka_unit_test(test_a_hash_that_is_none_lets_nobody_in),
		cmocka_unit_test(test_an_unknown_user_costs_the_work_of_a_known_one),
		cmocka_unit_test(test_a_cheaper_or_foreign_hash_is_made_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
