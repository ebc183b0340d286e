/* SHA-256 by FIPS 180-4, and wiping. */

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
		cmocka_unit_test(test_wiping_leaves_no_byte_and_takes_null),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
