/* Amounts: units, blanks between, bounds; and as they are printed. */

#include "libminiclass/base/amount.h"

#include "test/unit/check.h"

static void
test_a_number_with_its_unit_is_read(void **state)
{
	static const struct {
		enum mc_amount kind;
		const char *text;
		int64_t value; /* -1: none */
	} cases[] = {
		{ MC_AMOUNT_NUMBER, "20", 20 },
		{ MC_AMOUNT_NUMBER, "20s", -1 },
		{ MC_AMOUNT_NUMBER, "-1", -1 },
		{ MC_AMOUNT_NUMBER, "1.0", -1 },
		{ MC_AMOUNT_NUMBER, "", -1 },
		{ MC_AMOUNT_MS, "250ms", 250 },
		{ MC_AMOUNT_MS, "8s", 8000 },
		{ MC_AMOUNT_MS, "8 s", 8000 },
		{ MC_AMOUNT_MS, "8", 8000 },
		{ MC_AMOUNT_MS, "5min", 300000 },
		{ MC_AMOUNT_MS, "1h", 3600000 },
		{ MC_AMOUNT_MS, "0.5", 500 },
		{ MC_AMOUNT_MS, "0.025 s", 25 },
		{ MC_AMOUNT_MS, "1.25h", 4500000 },
		{ MC_AMOUNT_MS, "1.5ms", -1 },
		{ MC_AMOUNT_MS, "1.", -1 },
		{ MC_AMOUNT_MS, ".5", -1 },
		{ MC_AMOUNT_MS, "00.5", -1 },
		{ MC_AMOUNT_MS, "1..5", -1 },
		{ MC_AMOUNT_MS, "1.2.3", -1 },
		{ MC_AMOUNT_MS, "0.0005", -1 },
		{ MC_AMOUNT_MS, "2562047788015.999h", -1 },
		{ MC_AMOUNT_MS, "1H", -1 },
		{ MC_AMOUNT_MS, "s", -1 },
		{ MC_AMOUNT_MS, "8s ago", -1 },
		{ MC_AMOUNT_MS, "9223372036854775807h", -1 },
		{ MC_AMOUNT_BYTES, "4096", 4096 },
		{ MC_AMOUNT_BYTES, "4096B", 4096 },
		{ MC_AMOUNT_BYTES, "64KiB", 65536 },
		{ MC_AMOUNT_BYTES, "1 MiB", 1048576 },
		{ MC_AMOUNT_BYTES, "2GiB", INT64_C(2147483648) },
		{ MC_AMOUNT_BYTES, "1.5KiB", 1536 },
		{ MC_AMOUNT_BYTES, "0.3KiB", -1 },
		{ MC_AMOUNT_BYTES, "2KB", -1 },
	};

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		int64_t value = -1;
		bool is_read = mc_amount_read(
			cases[i].kind, mc_str_from(cases[i].text), 0, INT64_MAX, &value);
		check_int(cases[i].value >= 0, is_read, cases[i].text);
		check_int(cases[i].value, value, cases[i].text);
	}
}

static void
test_what_is_out_of_bounds_is_none(void **state)
{
	int64_t value = 7;

	(void)state;
	check_int(true, mc_amount_read(MC_AMOUNT_MS, MC_STR("1s"), 1000, 2000, &value), "least");
	check_int(true, mc_amount_read(MC_AMOUNT_MS, MC_STR("2s"), 1000, 2000, &value), "most");
	check_int(false, mc_amount_read(MC_AMOUNT_MS, MC_STR("999ms"), 1000, 2000, &value), "less");
	check_int(
		false, mc_amount_read(MC_AMOUNT_MS, MC_STR("2001ms"), 1000, 2000, &value), "more");
	check_int(2000, value, "unchanged");
}

static void
test_an_amount_is_printed_in_its_largest_unit(void **state)
{
	static const struct {
		enum mc_amount kind;
		int64_t value;
		const char *text;
	} cases[] = {
		{ MC_AMOUNT_NUMBER, 1000, "1000" },
		{ MC_AMOUNT_NUMBER, INT64_MAX, "9223372036854775807" },
		{ MC_AMOUNT_NUMBER, 0, "0" },
		{ MC_AMOUNT_MS, 0, "0ms" },
		{ MC_AMOUNT_BYTES, 0, "0B" },
		{ MC_AMOUNT_MS, 250, "250ms" },
		{ MC_AMOUNT_MS, 1500, "1500ms" },
		{ MC_AMOUNT_MS, 8000, "8s" },
		{ MC_AMOUNT_MS, 86400000, "24h" },
		{ MC_AMOUNT_BYTES, 1025, "1025B" },
		{ MC_AMOUNT_BYTES, 1536 * 1024, "1536KiB" },
	};

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		char text[MC_AMOUNT_TEXT_SIZE];
		mc_amount_print(cases[i].kind, cases[i].value, text);
		check_str(mc_str_from(cases[i].text), mc_str_from(text), "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_number_with_its_unit_is_read),
		cmocka_unit_test(test_what_is_out_of_bounds_is_none),
		cmocka_unit_test(test_an_amount_is_printed_in_its_largest_unit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
