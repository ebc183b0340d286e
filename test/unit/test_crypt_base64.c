/* Both alphabets of RFC 4648, and what is not the one encoding of anything. */

#include "libminiclass/crypt/base64.h"

#include "test/unit/check.h"

static void
check_pair(enum mc_base64 alphabet, struct mc_str bytes, const char *text)
{
	char encoded[64];
	unsigned char decoded[64];
	size_t n = 99;

	memset(encoded, '#', sizeof(encoded));
	mc_base64_encode(alphabet, guard_copy(bytes).ptr, bytes.len, encoded);
	check_str(mc_str_from(text), (struct mc_str){ encoded, strlen(text) }, "encoded");
	check_int('#', encoded[strlen(text)], "no NUL");
	check_int(true,
		mc_base64_decode(alphabet, guard_copy(mc_str_from(text)), decoded, bytes.len, &n),
		"into just enough room");
	check_str(bytes, (struct mc_str){ (char *)decoded, n }, "decoded");
	if (bytes.len > 0)
		check_int(false,
			mc_base64_decode(alphabet, mc_str_from(text), decoded, bytes.len - 1, &n),
			"one byte too few");
}

static void
test_the_vectors_of_rfc_4648_go_both_ways(void **state)
{
	static const char *const padded[] = { "", "Zg==", "Zm8=", "Zm9v",
		"Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	static const char *const bare[] = { "", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE",
		"Zm9vYmFy" };

	(void)state;
	for (size_t n = 0; n < MC_COUNT(padded); n++) {
		check_pair(MC_BASE64, mc_str_first(MC_STR("foobar"), n), padded[n]);
		check_pair(MC_BASE64URL, mc_str_first(MC_STR("foobar"), n), bare[n]);
	}
	check_pair(MC_BASE64, MC_STR("\xfb\xff\xbf\0"), "+/+/AA==");
	check_pair(MC_BASE64URL, MC_STR("\xfb\xff\xbf\0"), "-_-_AA");
}

static void
test_what_is_not_the_one_encoding_is_refused(void **state)
{
	static const struct {
		const char *why;
		enum mc_base64 alphabet;
		struct mc_str text;
	} cases[] = {
		{ "no padding", MC_BASE64, MC_STR_INIT("Zg") },
		{ "half the padding", MC_BASE64, MC_STR_INIT("Zg=") },
		{ "too much padding", MC_BASE64, MC_STR_INIT("Zm8==") },
		{ "three signs", MC_BASE64, MC_STR_INIT("Z===") },
		{ "padding alone", MC_BASE64, MC_STR_INIT("====") },
		{ "padding inside", MC_BASE64, MC_STR_INIT("Zg==Zg==") },
		{ "padding with base64url", MC_BASE64URL, MC_STR_INIT("Zg==") },
		{ "one character", MC_BASE64URL, MC_STR_INIT("Z") },
		{ "five characters", MC_BASE64URL, MC_STR_INIT("Zm9vY") },
		{ "stray bits of one byte", MC_BASE64URL, MC_STR_INIT("Zh") },
		{ "stray bits of two bytes", MC_BASE64, MC_STR_INIT("Zm9=") },
		{ "the other alphabet's 62", MC_BASE64, MC_STR_INIT("-_-_") },
		{ "the other alphabet's 63", MC_BASE64URL, MC_STR_INIT("+/+/") },
		{ "blank", MC_BASE64, MC_STR_INIT("Zm9v Zm9") },
		{ "newline behind", MC_BASE64, MC_STR_INIT("Zm9v\n") },
		{ "NUL", MC_BASE64URL, MC_STR_INIT("Zm9\0") },
		{ "not ASCII", MC_BASE64URL, MC_STR_INIT("Zm\xc3\xa4") },
	};
	unsigned char out[64];
	size_t n = 99;

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_int(false,
			mc_base64_decode(
				cases[i].alphabet, guard_copy(cases[i].text), out, sizeof(out), &n),
			cases[i].why);
	check_int(99, n, "unchanged");
}

static void
test_every_byte_survives_the_round_trip(void **state)
{
	unsigned char bytes[256], again[256];
	char text[400];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	for (int alphabet = MC_BASE64; alphabet <= MC_BASE64URL; alphabet++) {
		for (size_t len = 0; len <= sizeof(bytes); len++) {
			size_t size = alphabet == MC_BASE64 ? (len + 2) / 3 * 4 : (4 * len + 2) / 3;
			mc_base64_encode((enum mc_base64)alphabet, bytes, len, text);
			check_int(true,
				mc_base64_decode((enum mc_base64)alphabet,
					(struct mc_str){ text, size }, again, sizeof(again), &n),
				"");
			check_str((struct mc_str){ (char *)bytes, len },
				(struct mc_str){ (char *)again, n }, "");
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_vectors_of_rfc_4648_go_both_ways),
		cmocka_unit_test(test_what_is_not_the_one_encoding_is_refused),
		cmocka_unit_test(test_every_byte_survives_the_round_trip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
