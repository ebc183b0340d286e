/* SHA-256 by FIPS 180-4, comparison, wiping. */

#include "libminiclass/crypt/digest.h"

#include <stdio.h>

#include "test/unit/check.h"

static void
check_digest(const char *hex, struct mc_str bytes)
{
	struct mc_digest digest = mc_sha256(guard_copy(bytes));
	char text[2 * MC_DIGEST_SIZE + 1];

	for (size_t i = 0; i < MC_DIGEST_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest.bytes[i]);
	check_str(mc_str_from(hex), mc_str_from(text), "");
}

static void
test_sha256_is_that_of_the_published_examples(void **state)
{
	(void)state;
	check_digest(
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", MC_STR("abc"));
	check_digest(
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", MC_STR(""));
	check_digest("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		(struct mc_str){ 0 });
	check_digest("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
		MC_STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
}

static void
test_equal_in_constant_time_sees_every_bit(void **state)
{
	unsigned char a[MC_DIGEST_SIZE] = { 1, 2, 3 }, b[MC_DIGEST_SIZE];

	(void)state;
	memcpy(b, a, sizeof(a));
	check_int(true, mc_equal_constant_time(a, b, sizeof(a)), "");
	for (size_t bit = 0; bit < 8 * sizeof(a); bit++) {
		b[bit / 8] ^= (unsigned char)(1u << bit % 8);
		check_int(false, mc_equal_constant_time(a, b, sizeof(a)), "");
		b[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	check_int(true, mc_equal_constant_time(a, "x", 0), "nothing");
}

static void
test_wiping_leaves_no_byte_and_takes_null(void **state)
{
	char secret[] = "a secret", zeros[sizeof(secret)] = { 0 };

	(void)state;
	mc_wipe(secret, sizeof(secret));
	check_int(0, memcmp(secret, zeros, sizeof(secret)), "");
	mc_wipe(NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256_is_that_of_the_published_examples),
		cmocka_unit_test(test_equal_in_constant_time_sees_every_bit),
		cmocka_unit_test(test_wiping_leaves_no_byte_and_takes_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
