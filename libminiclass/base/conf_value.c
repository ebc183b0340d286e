/* conf_value - the text of a setting into its field, with the words for what is wrong with it. */

#include <stdio.h>
#include <string.h>

#include "libminiclass/base/conf_int.h"
#include "libminiclass/base/utf8.h"

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit time_units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 },
	{ "min", 60 * 1000 }, { "h", 3600 * 1000 }, { NULL, 0 } };
static const struct unit size_units[] = { { "", 1 }, { "B", 1 }, { "KiB", 1024 },
	{ "MiB", 1024 * 1024 }, { "GiB", 1024 * 1024 * 1024 }, { NULL, 0 } };
static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };

static bool
read_number(struct mc_str text, const struct unit *units, int64_t min, int64_t max, int64_t *out)
{
	size_t digits = 0;

	while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
		digits++;
	struct mc_str unit = mc_str_trim(mc_str_skip(text, digits));
	for (; units->name != NULL; units++) {
		int64_t value;
		if (!mc_str_equal(unit, mc_str_from(units->name)))
			continue;
		if (!mc_str_to_int(mc_str_first(text, digits), 0, INT64_MAX, &value) ||
			__builtin_mul_overflow(value, units->factor, &value) || value < min ||
			value > max)
			return false;
		*out = value;
		return true;
	}
	return false;
}

static bool
read_bool(struct mc_str text, bool *out)
{
	static const char *const names[] = { "off", "on", "no", "yes", "false", "true", "0", "1" };

	for (size_t i = 0; i < MC_COUNT(names); i++) {
		if (mc_str_equal(text, mc_str_from(names[i]))) {
			*out = i % 2 == 1;
			return true;
		}
	}
	return false;
}

static bool
read_choice(struct mc_str text, const char *choices, int *out)
{
	struct mc_str rest = mc_str_from(choices);
	struct mc_str choice;

	for (int i = 0; mc_str_next(&rest, ' ', &choice); i++) {
		if (mc_str_equal(text, choice)) {
			*out = i;
			return true;
		}
	}
	return false;
}

static const struct unit *
units_of(enum mc_setting_type type)
{
	if (type == MC_SETTING_MS)
		return time_units;
	return type == MC_SETTING_BYTES ? size_units : no_units;
}

/* In the largest unit that it is a multiple of. */
static void
print_amount(char *out, size_t size, const struct unit *units, int64_t value)
{
	const char *name = "";
	int64_t factor = 1;

	for (; units->name != NULL; units++) {
		if (units->name[0] == '\0' || value % units->factor != 0)
			continue;
		if (units->factor > factor || name[0] == '\0') {
			name = units->name;
			factor = units->factor;
		}
	}
	snprintf(out, size, "%lld%s", (long long)(value / factor), name);
}

static enum mc_status
bad_number(struct conf_loading *loading, const struct mc_setting *setting, const char *origin,
	struct mc_str text)
{
	const char *kind = "a number";
	char min[40], max[40];

	if (setting->type == MC_SETTING_MS)
		kind = "a time (250ms, 8s, 5min)";
	else if (setting->type == MC_SETTING_BYTES)
		kind = "a size (4096, 64KiB, 1MiB)";
	print_amount(min, sizeof(min), units_of(setting->type), setting->min);
	print_amount(max, sizeof(max), units_of(setting->type), setting->max);
	text = mc_utf8_cut(text, CONF_SHOWN_MAX);
	if (setting->max == INT64_MAX)
		return mc_error_set(loading->error, MC_INVALID, NULL,
			"%s: \"%.*s\" is not %s of at least %s", origin, MC_STR_ARGS(text), kind,
			min);
	return mc_error_set(loading->error, MC_INVALID, NULL,
		"%s: \"%.*s\" is not %s from %s to %s", origin, MC_STR_ARGS(text), kind, min, max);
}

/* An empty value takes a text away that has no default. */
static enum mc_status
set_text(struct conf_loading *loading, const struct mc_setting *setting, struct mc_str text,
	const char *origin)
{
	const char *copy = NULL;

	if (text.len > 0 || setting->fallback != NULL) {
		copy = mc_arena_text(loading->arena, text);
		if (copy == NULL)
			return mc_error_set(
				loading->error, MC_NO_MEMORY, NULL, "%s: too long", origin);
	}
	memcpy(loading->target + setting->offset, &copy, sizeof(copy));
	return MC_OK;
}

enum mc_status
conf_set(struct conf_loading *loading, const struct mc_setting *setting, struct mc_str text,
	const char *origin)
{
	void *field = loading->target + setting->offset;
	struct mc_str shown = mc_utf8_cut(text, CONF_SHOWN_MAX);

	switch (setting->type) {
	case MC_SETTING_TEXT: return set_text(loading, setting, text, origin);
	case MC_SETTING_INT:
	case MC_SETTING_MS:
	case MC_SETTING_BYTES:
		if (read_number(text, units_of(setting->type), setting->min, setting->max, field))
			return MC_OK;
		return bad_number(loading, setting, origin, text);
	case MC_SETTING_BOOL:
		if (read_bool(text, field))
			return MC_OK;
		return mc_error_set(loading->error, MC_INVALID, NULL,
			"%s: \"%.*s\" is not on or off", origin, MC_STR_ARGS(shown));
	case MC_SETTING_CHOICE:
		if (read_choice(text, setting->choices, field))
			return MC_OK;
		return mc_error_set(loading->error, MC_INVALID, NULL, "%s: \"%.*s\" is none of: %s",
			origin, MC_STR_ARGS(shown), setting->choices);
	}
	return MC_FAILED;
}
