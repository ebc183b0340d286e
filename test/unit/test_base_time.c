/* Times as text, and deadlines. */

#include "libminiclass/base/time.h"

#include "test/unit/check.h"

enum { SECOND = 1000000 };

static void
test_rfc3339_is_utc_with_a_fraction_only_when_there_is_one(void **state)
{
	/* The first three are the instants of RFC 3339, 5.8, in UTC; others by the calendar. */
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {
		{ 482196050520000, "1985-04-12T23:20:50.520000Z" },
		{ 851042397 * (int64_t)SECOND, "1996-12-20T00:39:57Z" },
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59.999999Z" },
		{ 951782400 * (int64_t)SECOND, "2000-02-29T00:00:00Z" },
		{ 4107542400 * (int64_t)SECOND, "2100-03-01T00:00:00Z" },
		{ 253402300799 * (int64_t)SECOND + 999999, "9999-12-31T23:59:59.999999Z" },
		{ -62135596800 * (int64_t)SECOND, "0001-01-01T00:00:00Z" },
	};
	char text[MC_TIME_RFC3339_SIZE];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		mc_time_rfc3339((struct mc_time){ cases[i].us }, text);
		check_str(mc_str_from(cases[i].text), mc_str_from(text), "");
		struct mc_time time = { 1 };
		check_int(true, mc_time_parse_rfc3339(guard_copy(mc_str_from(text)), &time), text);
		check_int(cases[i].us, time.us, "reads back");
	}
}

static void
test_rfc3339_is_read_in_our_form_only(void **state)
{
	static const char *const wrong[] = { "", "1996-12-20", "1996-12-20T00:39:57",
		"1996-12-20t00:39:57Z", "1996-12-20T00:39:57z", "1996-12-20 00:39:57Z",
		"1996-12-20T00:39:57+00:00", "1996-12-20T00:39:57-08:00", " 1996-12-20T00:39:57Z",
		"1996-12-20T00:39:57Z ", "1996-12-20T00:39:57.Z", "1996-12-20T00:39:57.1234567Z",
		"1996-12-20T00:39:57,5Z", "1996-12-20T00:39:57.-1Z", "1996-12-20T24:00:00Z",
		"1996-12-20T00:60:00Z", "1996-12-20T00:00:61Z", "1996-00-20T00:39:57Z",
		"1996-13-20T00:39:57Z", "1996-12-00T00:39:57Z", "1996-12-32T00:39:57Z",
		"1996-11-31T00:39:57Z", "1997-02-29T00:39:57Z", "0000-12-20T00:39:57Z",
		"96-12-20T00:39:57Z", "+1996-12-20T00:39:57Z", "1996-1a-20T00:39:57Z" };
	struct mc_time time = { 17 };

	(void)state;
	for (size_t i = 0; i < MC_COUNT(wrong); i++)
		check_int(false, mc_time_parse_rfc3339(guard_copy(mc_str_from(wrong[i])), &time),
			wrong[i]);
	check_int(17, time.us, "unchanged");
	/* RFC 3339, 5.8: the first example, and the leap second at the end of 1990. */
	check_int(true, mc_time_parse_rfc3339(MC_STR("1985-04-12T23:20:50.52Z"), &time), "5.8");
	check_int(482196050520000, time.us, "5.8");
	check_int(true, mc_time_parse_rfc3339(MC_STR("1990-12-31T23:59:60Z"), &time), "5.8");
	check_int(662687999 * (int64_t)SECOND, time.us, "the last second there is");
	check_int(true, mc_time_parse_rfc3339(MC_STR("1970-01-01T00:00:00.000001Z"), &time), "");
	check_int(1, time.us, "a microsecond");
}

static void
test_http_dates_are_the_example_of_rfc_9110(void **state)
{
	char text[MC_TIME_HTTP_SIZE];

	(void)state;
	mc_time_http((struct mc_time){ 784111777 * (int64_t)SECOND + 999999 }, text);
	check_str(MC_STR("Sun, 06 Nov 1994 08:49:37 GMT"), mc_str_from(text), "5.6.7");
}
static void
test_every_day_of_a_cycle_of_years_reads_back_and_has_its_name(void **state)
{
	static const char names[] = "ThuFriSatSunMonTueWed"; /* 1970 began with a Thursday */
	/* 400 years hold every combination of leap years and days of the week. */
	char text[MC_TIME_RFC3339_SIZE], shown[MC_TIME_HTTP_SIZE];

	(void)state;
	for (int64_t day = -30 * 366; day < 146097; day++) {
		struct mc_time time = { day * 86400 * SECOND }, again;
		mc_time_rfc3339(time, text);
		check_int(true, mc_time_parse_rfc3339(mc_str_from(text), &again), text);
		check_int(time.us, again.us, text);
		mc_time_http(time, shown);
		const char *name = names + (day % 7 + 7) % 7 * 3;
		check_str((struct mc_str){ name, 3 }, mc_str_first(mc_str_from(shown), 3), text);
	}
}

static void
test_a_deadline_counts_down_to_nought_and_never_is_never(void **state)
{
	(void)state;
	int64_t left = mc_deadline_left(mc_deadline_in(60000));
	check_int(true, left > 50000 && left <= 60000, "in a minute");
	check_int(0, mc_deadline_left(mc_deadline_in(0)), "now");
	check_int(0, mc_deadline_left(mc_deadline_in(-5)), "past");
	check_int(INT64_MAX, mc_deadline_left(mc_deadline_in(INT64_MAX)), "never");
	check_int(INT64_MAX, mc_deadline_left((struct mc_deadline){ INT64_MAX }), "never");
}

static void
test_what_somebody_spent_is_said_to_the_minute(void **state)
{
	static const struct {
		int64_t seconds;
		bool came;
		const char *text;
	} cases[] = {
		{ 0, false, "0 min" },
		{ 0, true, "under a minute" },
		{ 29, false, "under a minute" },
		{ 30, true, "1 min" },
		{ 89, true, "1 min" },
		{ 90, true, "2 min" },
		{ 3569, true, "59 min" },
		{ 3570, true, "1 h 00 min" },
		{ 3900, true, "1 h 05 min" },
		{ 360000, true, "100 h 00 min" },
		{ INT64_MAX, true, "2562047788015215 h 30 min" },
	};
	char text[MC_TIME_SPENT_SIZE];

	(void)state;
	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		mc_time_spent(cases[i].seconds, cases[i].came, text);
		check_str(mc_str_from(cases[i].text), mc_str_from(text), "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc3339_is_utc_with_a_fraction_only_when_there_is_one),
		cmocka_unit_test(test_rfc3339_is_read_in_our_form_only),
		cmocka_unit_test(test_http_dates_are_the_example_of_rfc_9110),
		cmocka_unit_test(test_every_day_of_a_cycle_of_years_reads_back_and_has_its_name),
		cmocka_unit_test(test_what_somebody_spent_is_said_to_the_minute),
		cmocka_unit_test(test_a_deadline_counts_down_to_nought_and_never_is_never),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
