#include "libminiclass/base/amount.h"

#include <inttypes.h>
#include <stdio.h>

struct unit {
	struct mc_str name;
	int64_t factor;
};

enum { UNITS_MAX = 5, FRACTION_MAX = 3 };

/* The bare number, then the units upwards; a factor of 0 ends them. */
static const struct unit units_of[][UNITS_MAX + 1] = {
	[MC_AMOUNT_NUMBER] = { { MC_STR_INIT(""), 1 } },
	[MC_AMOUNT_MS] = { { MC_STR_INIT(""), 1000 }, { MC_STR_INIT("ms"), 1 },
		{ MC_STR_INIT("s"), 1000 }, { MC_STR_INIT("min"), 60 * 1000 },
		{ MC_STR_INIT("h"), 3600 * 1000 } },
	[MC_AMOUNT_BYTES] = { { MC_STR_INIT(""), 1 }, { MC_STR_INIT("B"), 1 },
		{ MC_STR_INIT("KiB"), 1024 }, { MC_STR_INIT("MiB"), 1024 * 1024 },
		{ MC_STR_INIT("GiB"), 1024 * 1024 * 1024 } },
};

/* "1.5" of 1000: 1500.  What can only be counted has no parts. */
static bool
count(struct mc_str number, int64_t factor, int64_t *out)
{
	size_t point = mc_str_find(number, '.');
	struct mc_str fraction = mc_str_skip(number, point + 1);
	int64_t whole, parts = 0, scale = 1;

	if (!mc_str_to_int(mc_str_first(number, point), 0, INT64_MAX, &whole) ||
		__builtin_mul_overflow(whole, factor, &whole))
		return false;
	if (point < number.len && (factor == 1 || fraction.len == 0 || fraction.len > FRACTION_MAX))
		return false;
	for (size_t i = 0; i < fraction.len; i++) {
		if (fraction.ptr[i] == '.')
			return false;
		parts = parts * 10 + (fraction.ptr[i] - '0');
		scale *= 10;
	}
	return parts * factor % scale == 0 &&
	       !__builtin_add_overflow(whole, parts * factor / scale, out);
}

bool
mc_amount_read(enum mc_amount kind, struct mc_str text, int64_t min, int64_t max, int64_t *out)
{
	size_t digits = 0;

	while (digits < text.len &&
		((text.ptr[digits] >= '0' && text.ptr[digits] <= '9') || text.ptr[digits] == '.'))
		digits++;
	struct mc_str name = mc_str_trim(mc_str_skip(text, digits));
	for (const struct unit *unit = units_of[kind]; unit->factor > 0; unit++) {
		int64_t value = 0;
		if (!mc_str_equal(name, unit->name))
			continue;
		if (!count(mc_str_first(text, digits), unit->factor, &value) || value < min ||
			value > max)
			return false;
		*out = value;
		return true;
	}
	return false;
}

void
mc_amount_print(enum mc_amount kind, int64_t value, char out[MC_AMOUNT_TEXT_SIZE])
{
	const struct unit *best = units_of[kind];

	for (const struct unit *unit = best + 1; unit->factor > 0; unit++)
		/* Nobody says 0 hours. */
		if (value % unit->factor == 0 && (value != 0 || unit->factor == 1))
			best = unit;
	snprintf(out, MC_AMOUNT_TEXT_SIZE, "%" PRId64 "%.*s", value / best->factor,
		MC_STR_ARGS(best->name));
}
