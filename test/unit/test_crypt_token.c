/* Session tokens, join codes and client_ids. */

#include "libminiclass/crypt/token.h"

#include <stdio.h>

#include "libminiclass/crypt/base64.h"
#include "test/unit/check.h"

static void
test_a_token_is_43_characters_of_base64url_and_new_each_time(void **state)
{
	struct mc_token a, b;
	unsigned char bytes[32];
	size_t n = 0;

	(void)state;
	mc_token_make(&a);
	mc_token_make(&b);
	check_int(true,
		mc_base64_decode(MC_BASE64URL, (struct mc_str){ a.text, sizeof(a.text) }, bytes,
			sizeof(bytes), &n),
		"");
	check_int(32, n, "contract: 32 random bytes");
	check_int(true, memcmp(a.text, b.text, sizeof(a.text)) != 0, "new");
}

static void
test_a_client_id_is_22_characters_of_base64url_and_new_each_time(void **state)
{
	char a[MC_CLIENT_ID_LENGTH], b[MC_CLIENT_ID_LENGTH];
	unsigned char bytes[16];
	size_t n = 0;

	(void)state;
	mc_client_id_make(a);
	mc_client_id_make(b);
	check_int(true,
		mc_base64_decode(
			MC_BASE64URL, (struct mc_str){ a, sizeof(a) }, bytes, sizeof(bytes), &n),
		"");
	check_int(16, n, "random bytes");
	check_int(true, memcmp(a, b, sizeof(a)) != 0, "new");
}

static void
test_the_digest_is_sha256_of_the_32_bytes(void **state)
{
	struct mc_digest digest, expected;
	unsigned char zeros[32] = { 0 };
	char text[MC_TOKEN_LENGTH];

	(void)state;
	memset(text, 'A', sizeof(text));
	expected = mc_sha256((struct mc_str){ (char *)zeros, sizeof(zeros) });
	check_int(true, mc_token_digest((struct mc_str){ text, sizeof(text) }, &digest), "");
	check_int(0, memcmp(expected.bytes, digest.bytes, sizeof(digest.bytes)), "");
	check_int(0x66, digest.bytes[0], "SHA-256 of 32 zero bytes");
	check_int(0x25, digest.bytes[31], "SHA-256 of 32 zero bytes");
}

static void
test_what_has_not_the_form_of_a_token_is_refused(void **state)
{
	struct mc_token token;
	struct mc_digest digest;
	char text[MC_TOKEN_LENGTH + 1];

	(void)state;
	mc_token_make(&token);
	memcpy(text, token.text, sizeof(token.text));
	text[MC_TOKEN_LENGTH] = 'A';
	for (size_t n = 0; n <= sizeof(text); n++)
		check_int(n == MC_TOKEN_LENGTH,
			mc_token_digest(guard_copy((struct mc_str){ text, n }), &digest), "length");
	for (size_t i = 0; i < MC_TOKEN_LENGTH; i++) {
		memcpy(text, token.text, sizeof(token.text));
		text[i] = '+';
		check_int(false, mc_token_digest((struct mc_str){ text, MC_TOKEN_LENGTH }, &digest),
			"alphabet");
	}
	memset(text, 'A', sizeof(text));
	text[MC_TOKEN_LENGTH - 1] = 'B';
	check_int(false, mc_token_digest((struct mc_str){ text, MC_TOKEN_LENGTH }, &digest),
		"a second spelling of the same bytes");
}

static void
test_a_join_code_has_only_letters_that_nobody_mistakes(void **state)
{
	(void)state;
	for (int round = 0; round < 1000; round++) {
		struct mc_join_code code;
		mc_join_code_make(&code);
		for (size_t i = 0; i < sizeof(code.text); i++)
			check_int(true,
				memchr("23456789ABCDEFGHJKMNPQRSTVWXYZ", code.text[i], 30) != NULL,
				"no 0 O 1 I L U");
	}
}

static void
test_a_code_is_read_however_it_was_typed(void **state)
{
	static const char *const typed[] = { "ABCDE23456", "abcde23456", " abc-de 234-56\t",
		"A B C D E 2 3 4 5 6", "ab--cde23456 " };
	struct mc_join_code code;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(typed); i++) {
		check_int(true, mc_join_code_read(guard_copy(mc_str_from(typed[i])), &code),
			typed[i]);
		check_str(MC_STR("ABCDE23456"), (struct mc_str){ code.text, sizeof(code.text) },
			typed[i]);
	}
}

static void
test_what_cannot_be_a_code_is_refused(void **state)
{
	static const struct mc_str wrong[] = { MC_STR_INIT(""), MC_STR_INIT("ABCDE2345"),
		MC_STR_INIT("ABCDE234567"), MC_STR_INIT("ABCDE23450"), MC_STR_INIT("ABCDE2345O"),
		MC_STR_INIT("ABCDE2345l"), MC_STR_INIT("ABCDE2345u"), MC_STR_INIT("ABCDE2345\0"),
		MC_STR_INIT("ABCDE2345\xc3\xa4"), MC_STR_INIT("ABCDE_23456") };
	struct mc_join_code code = { "untouched" };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(wrong); i++)
		check_int(false, mc_join_code_read(guard_copy(wrong[i]), &code), "");
	check_str(MC_STR("untouched"), mc_str_from(code.text), "unchanged");
}

static void
test_a_reset_code_is_four_groups_of_five_letters_and_new_each_time(void **state)
{
	char code[MC_RESET_CODE_SHOWN], other[MC_RESET_CODE_SHOWN];

	(void)state;
	for (int round = 0; round < 100; round++) {
		mc_reset_code_make(code);
		mc_reset_code_make(other);
		check_int(23, (long long)strlen(code), "four groups, three hyphens");
		for (size_t i = 0; i < 23; i++)
			check_int(true,
				i % 6 == 5 ? code[i] == '-'
					   : memchr("23456789ABCDEFGHJKMNPQRSTVWXYZ", code[i],
						     30) != NULL,
				code);
		check_int(true, strcmp(code, other) != 0, "new");
	}
}

static void
test_the_digest_of_a_reset_code_is_the_same_however_it_was_typed(void **state)
{
	static const char *const typed[] = { "ABCDE-FGHJK-MNPQR-STVWX", "abcdefghjkmnpqrstvwx",
		" abcde fghjk\tmnpqr stvwx " };
	static const char *const wrong[] = { "", "ABCDE-FGHJK-MNPQR-STVW",
		"ABCDE-FGHJK-MNPQR-STVWXY", "ABCDE-FGHJK-MNPQR-STVW0", "ABCDE_FGHJK_MNPQR_STVWX",
		"ABCDE-FGHJK" };
	struct mc_digest expected = mc_sha256(MC_STR("ABCDEFGHJKMNPQRSTVWX"));
	struct mc_digest digest;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(typed); i++) {
		memset(&digest, 0, sizeof(digest));
		check_int(true, mc_reset_code_digest(guard_copy(mc_str_from(typed[i])), &digest),
			typed[i]);
		check_int(0, memcmp(&expected, &digest, sizeof(digest)), typed[i]);
	}
	for (size_t i = 0; i < MC_COUNT(wrong); i++)
		check_int(false, mc_reset_code_digest(guard_copy(mc_str_from(wrong[i])), &digest),
			wrong[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_token_is_43_characters_of_base64url_and_new_each_time),
		cmocka_unit_test(test_a_client_id_is_22_characters_of_base64url_and_new_each_time),
		cmocka_unit_test(test_the_digest_is_sha256_of_the_32_bytes),
		cmocka_unit_test(test_what_has_not_the_form_of_a_token_is_refused),
		cmocka_unit_test(test_a_join_code_has_only_letters_that_nobody_mistakes),
		cmocka_unit_test(test_a_code_is_read_however_it_was_typed),
		cmocka_unit_test(test_what_cannot_be_a_code_is_refused),
		cmocka_unit_test(
			test_a_reset_code_is_four_groups_of_five_letters_and_new_each_time),
		cmocka_unit_test(test_the_digest_of_a_reset_code_is_the_same_however_it_was_typed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
