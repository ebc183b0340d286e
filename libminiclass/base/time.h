/*
 * time - wall time and deadlines, which are different things and different types.
 *
 * Wall time (struct mc_time) names an instant and may jump; it is stored and shown.  A deadline
 * (struct mc_deadline) is monotonic and only compared.  Callable from any thread.
 */
#ifndef LIBMINICLASS_BASE_TIME_H
#define LIBMINICLASS_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

struct mc_time {
	int64_t us; /* microseconds since 1970-01-01T00:00:00Z, without leap seconds */
};

struct mc_deadline {
	int64_t ms; /* of the monotonic clock; INT64_MAX: never */
};

enum {
	MC_TIME_RFC3339_SIZE = 28, /* "2026-11-23T06:15:00.123456Z" and NUL */
	MC_TIME_HTTP_SIZE = 30,    /* "Sun, 06 Nov 1994 08:49:37 GMT" and NUL */
	MC_TIME_SPENT_SIZE = 32,   /* "2562047788015215 h 30 min" and NUL */
};

struct mc_time mc_time_now(void);
/* RFC 3339 in UTC with "Z"; a fraction of six digits only when it is not zero.  Years 1-9999. */
void mc_time_rfc3339(struct mc_time time, char out[MC_TIME_RFC3339_SIZE]);
/* The same form, with a fraction of one to six digits; false for anything else. */
bool mc_time_parse_rfc3339(struct mc_str text, struct mc_time *out) MC_MUST_USE;
/* IMF-fixdate of RFC 9110, section 5.6.7. */
void mc_time_http(struct mc_time time, char out[MC_TIME_HTTP_SIZE]);

/* Whole minutes, a half of one upwards as one; seconds >= 0. */
int64_t mc_time_minutes(int64_t seconds);
/* How long somebody was there, in these minutes, as people say it: "5 min", "1 h 05 min".  Less
 * than half a minute is "under a minute" when they came at all. */
void mc_time_spent(int64_t seconds, bool came, char out[MC_TIME_SPENT_SIZE]);

/* The monotonic clock, in milliseconds. */
int64_t mc_clock_ms(void);
/* The monotonic clock, in nanoseconds: for measuring. */
int64_t mc_clock_ns(void);
struct mc_deadline mc_deadline_in(int64_t ms);
/* Milliseconds until then, 0 when it has passed. */
int64_t mc_deadline_left(struct mc_deadline deadline);

#endif
