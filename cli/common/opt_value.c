#include "cli/common/opt_value.h"

#include <inttypes.h>
#include <string.h>

#include "libminiclass/base/str.h"
#include "libminiclass/base/utf8.h"

enum { SHOWN_MAX = 40 };

struct unit {
	struct mc_str name;
	int64_t factor;
};

static const struct unit time_units[] = { { MC_STR_INIT("ms"), 1 }, { MC_STR_INIT("s"), 1000 },
	{ MC_STR_INIT("min"), 60000 }, { MC_STR_INIT("h"), 3600000 }, { MC_STR_INIT(""), 1000 } };

static bool
read_time(struct mc_str text, int64_t *out)
{
	size_t digits = strspn(text.ptr, "0123456789");
	struct mc_str unit = mc_str_skip(text, digits);

	for (size_t i = 0; i < MC_COUNT(time_units); i++)
		if (mc_str_equal(unit, time_units[i].name))
			return mc_str_to_int(mc_str_first(text, digits), 0, INT64_MAX, out) &&
			       !__builtin_mul_overflow(*out, time_units[i].factor, out);
	return false;
}

/* In the largest unit that it is a multiple of. */
static void
print_time(char *out, size_t size, int64_t value)
{
	size_t best = 0;

	for (size_t i = 0; time_units[i].name.len > 0; i++)
		if (value % time_units[i].factor == 0)
			best = i;
	snprintf(out, size, "%" PRId64 "%.*s", value / time_units[best].factor,
		MC_STR_ARGS(time_units[best].name));
}

static void
explain_range(const struct opt *opt, struct mc_str text, char why[OPT_WHY_SIZE])
{
	bool is_time = opt->kind == OPT_MS;
	const char *kind = is_time ? "time (250ms, 8s, 5min)" : "number";
	char min[32], max[32];

	snprintf(min, sizeof(min), "%" PRId64, opt->min);
	snprintf(max, sizeof(max), "%" PRId64, opt->max);
	if (is_time) {
		print_time(min, sizeof(min), opt->min);
		print_time(max, sizeof(max), opt->max);
	}
	text = mc_utf8_cut(text, SHOWN_MAX);
	if (opt->max == INT64_MAX)
		snprintf(why, OPT_WHY_SIZE, "\"%.*s\" is no %s of at least %s", MC_STR_ARGS(text),
			kind, min);
	else
		snprintf(why, OPT_WHY_SIZE, "\"%.*s\" is no %s from %s to %s", MC_STR_ARGS(text),
			kind, min, max);
}

static bool
store_number(const struct opt *opt, int64_t *field, const char *text, char why[OPT_WHY_SIZE])
{
	struct mc_str digits = mc_str_from(text);
	int64_t value = 0;

	bool good = opt->kind == OPT_MS ? read_time(digits, &value)
					: mc_str_to_int(digits, opt->min, opt->max, &value);
	if (!good || value < opt->min || value > opt->max) {
		explain_range(opt, digits, why);
		return false;
	}
	*field = value;
	return true;
}

static bool
store_more(struct opt_list *list, const char *text, char why[OPT_WHY_SIZE])
{
	if (list->n == OPT_LIST_MAX) {
		snprintf(why, OPT_WHY_SIZE, "may be given %d times at most", OPT_LIST_MAX);
		return false;
	}
	list->values[list->n++] = text;
	return true;
}

bool
opt_store(const struct opt *opt, void *target, const char *text, char why[OPT_WHY_SIZE])
{
	void *field = (char *)target + opt->offset;

	switch (opt->kind) {
	case OPT_FLAG: *(bool *)field = true; break;
	case OPT_TEXT: *(const char **)field = text; break;
	case OPT_INT:
	case OPT_MS: return store_number(opt, field, text, why);
	case OPT_LIST: return store_more(field, text, why);
	}
	return true;
}
