#include "libminiclass/base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400, MINUTE_S = 60 };

static const char day_names[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	"Sep", "Oct", "Nov", "Dec" };

struct civil {
	int64_t year;
	int month, day, hour, minute, second, weekday; /* month and day from 1; Sunday is 0 */
	int64_t us;
};

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * Days since 1970-01-01 of a date in the Gregorian calendar, and back.  Years are counted from
 * March, so that the leap day is the last of its year; 400 years are 146,097 days.
 */
static int64_t
days_of(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static struct civil
civil_of(struct mc_time time)
{
	int64_t seconds = floor_div(time.us, 1000000);
	int64_t days = floor_div(seconds, DAY_S);
	int64_t of_day = seconds - days * DAY_S;
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t m = (5 * day_of_year + 2) / 153;

	return (struct civil){
		.year = year_of_era + era * 400 + (m >= 10),
		.month = (int)(m < 10 ? m + 3 : m - 9),
		.day = (int)(day_of_year - (153 * m + 2) / 5 + 1),
		.hour = (int)(of_day / 3600),
		.minute = (int)(of_day / 60 % 60),
		.second = (int)(of_day % 60),
		.weekday = (int)(((days + 4) % 7 + 7) % 7),
		.us = time.us - seconds * 1000000,
	};
}

static struct mc_time
time_of(const struct civil *civil)
{
	int64_t seconds = days_of(civil->year, civil->month, civil->day) * DAY_S +
			  civil->hour * 3600 + civil->minute * 60 + civil->second;
	return (struct mc_time){ seconds * 1000000 + civil->us };
}

struct mc_time
mc_time_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct mc_time){ (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 };
}

static char *
put_digits(char *to, int64_t value, int n)
{
	for (int i = n - 1; i >= 0; i--) {
		to[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return to + n;
}

static char *
put_clock(char *to, const struct civil *civil)
{
	to = put_digits(to, civil->hour, 2);
	*to++ = ':';
	to = put_digits(to, civil->minute, 2);
	*to++ = ':';
	return put_digits(to, civil->second, 2);
}

void
mc_time_rfc3339(struct mc_time time, char out[MC_TIME_RFC3339_SIZE])
{
	struct civil civil = civil_of(time);
	char *to = put_digits(out, civil.year, 4);

	*to++ = '-';
	to = put_digits(to, civil.month, 2);
	*to++ = '-';
	to = put_digits(to, civil.day, 2);
	*to++ = 'T';
	to = put_clock(to, &civil);
	if (civil.us != 0) {
		*to++ = '.';
		to = put_digits(to, civil.us, 6);
	}
	*to++ = 'Z';
	*to = '\0';
}

void
mc_time_http(struct mc_time time, char out[MC_TIME_HTTP_SIZE])
{
	struct civil civil = civil_of(time);

	memcpy(out, day_names[civil.weekday], 3);
	memcpy(out + 3, ", ", 2);
	char *to = put_digits(out + 5, civil.day, 2);
	*to++ = ' ';
	memcpy(to, month_names[civil.month - 1], 3);
	to[3] = ' ';
	to = put_digits(to + 4, civil.year, 4);
	*to++ = ' ';
	to = put_clock(to, &civil);
	memcpy(to, " GMT", 5);
}

/* Reading: each takes what it knows off the front of *rest, and fails without touching anything
 * else. */
static bool
take_text(struct mc_str *rest, struct mc_str text)
{
	if (!mc_str_starts_with(*rest, text))
		return false;
	*rest = mc_str_skip(*rest, text.len);
	return true;
}

static bool
take_number(struct mc_str *rest, size_t digits, int *out)
{
	int value = 0;

	if (rest->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (rest->ptr[i] < '0' || rest->ptr[i] > '9')
			return false;
		value = value * 10 + (rest->ptr[i] - '0');
	}
	*rest = mc_str_skip(*rest, digits);
	*out = value;
	return true;
}

static bool
take_clock(struct mc_str *rest, struct civil *out)
{
	return take_number(rest, 2, &out->hour) && take_text(rest, MC_STR(":")) &&
	       take_number(rest, 2, &out->minute) && take_text(rest, MC_STR(":")) &&
	       take_number(rest, 2, &out->second);
}

/* False for what no clock or calendar shows. */
static bool
time_of_checked(struct civil civil, struct mc_time *out)
{
	/* A leap second is the last second of its minute. */
	if (civil.second == 60)
		civil.second = 59;
	if (civil.hour > 23 || civil.minute > 59 || civil.second > 59 || civil.day < 1)
		return false;
	/* The 31st of a shorter month comes back as another date. */
	struct mc_time time = time_of(&civil);
	struct civil again = civil_of(time);
	if (again.day != civil.day || again.month != civil.month)
		return false;
	*out = time;
	return true;
}

/* .123 as microseconds; nothing when no point is there. */
static bool
take_fraction(struct mc_str *rest, int64_t *us)
{
	int digit;

	*us = 0;
	if (!take_text(rest, MC_STR(".")))
		return true;
	if (!take_number(rest, 1, &digit))
		return false;
	int64_t weight = 100000;
	do {
		*us += weight * digit;
		weight /= 10;
	} while (weight > 0 && take_number(rest, 1, &digit));
	return true;
}

bool
mc_time_parse_rfc3339(struct mc_str text, struct mc_time *out)
{
	struct civil civil = { 0 };
	int year;

	if (!(take_number(&text, 4, &year) && take_text(&text, MC_STR("-")) &&
		    take_number(&text, 2, &civil.month) && take_text(&text, MC_STR("-")) &&
		    take_number(&text, 2, &civil.day) && take_text(&text, MC_STR("T")) &&
		    take_clock(&text, &civil) && take_fraction(&text, &civil.us) &&
		    mc_str_equal(text, MC_STR("Z"))))
		return false;
	if (year < 1 || civil.month < 1 || civil.month > 12)
		return false;
	civil.year = year;
	return time_of_checked(civil, out);
}

int64_t
mc_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
mc_time_minutes(int64_t seconds)
{
	return seconds / MINUTE_S + (seconds % MINUTE_S >= MINUTE_S / 2);
}

void
mc_time_spent(int64_t seconds, bool came, char out[MC_TIME_SPENT_SIZE])
{
	int64_t minutes = mc_time_minutes(seconds);

	if (minutes == 0 && (came || seconds > 0))
		snprintf(out, MC_TIME_SPENT_SIZE, "under a minute");
	else if (minutes < 60)
		snprintf(out, MC_TIME_SPENT_SIZE, "%" PRId64 " min", minutes);
	else
		snprintf(out, MC_TIME_SPENT_SIZE, "%" PRId64 " h %02" PRId64 " min", minutes / 60,
			minutes % 60);
}

int64_t
mc_clock_ms(void)
{
	return mc_clock_ns() / 1000000;
}

struct mc_deadline
mc_deadline_in(int64_t ms)
{
	int64_t now = mc_clock_ms();
	return (struct mc_deadline){ ms > INT64_MAX - now ? INT64_MAX : now + ms };
}

int64_t
mc_deadline_left(struct mc_deadline deadline)
{
	if (deadline.ms == INT64_MAX)
		return INT64_MAX;
	int64_t left = deadline.ms - mc_clock_ms();
	return left > 0 ? left : 0;
}
