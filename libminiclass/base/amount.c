#include "libminiclass/base/amount.h"

#include <inttypes.h>
#include <stdio.h>

struct unit {
	struct mc_str name;
	int64_t factor;
};

enum { UNITS_MAX = 5 };

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

bool
mc_amount_read(enum mc_amount kind, struct mc_str text, int64_t min, int64_t max, int64_t *out)
{
	size_t digits = 0;

	while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
		digits++;
	struct mc_str name = mc_str_trim(mc_str_skip(text, digits));
	for (const struct unit *unit = units_of[kind]; unit->factor > 0; unit++) {
		int64_t value;
		if (!mc_str_equal(name, unit->name))
			continue;
		if (!mc_str_to_int(mc_str_first(text, digits), 0, INT64_MAX, &value) ||
			__builtin_mul_overflow(value, unit->factor, &value) || value < min ||
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
