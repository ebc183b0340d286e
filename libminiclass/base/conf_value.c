/* conf_value - the text of a setting into its field, with the words for what is wrong with it. */

#include <stdio.h>
#include <string.h>

#include "libminiclass/base/amount.h"
#include "libminiclass/base/conf_int.h"
#include "libminiclass/base/utf8.h"

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

static enum mc_amount
amount_of(enum mc_setting_type type)
{
	if (type == MC_SETTING_MS)
		return MC_AMOUNT_MS;
	return type == MC_SETTING_BYTES ? MC_AMOUNT_BYTES : MC_AMOUNT_NUMBER;
}

static enum mc_status
bad_number(struct conf_loading *loading, const struct mc_setting *setting, const char *origin,
	struct mc_str text)
{
	const char *kind = "a number";
	char min[MC_AMOUNT_TEXT_SIZE], max[MC_AMOUNT_TEXT_SIZE];

	if (setting->type == MC_SETTING_MS)
		kind = "a time (250ms, 8s, 5min)";
	else if (setting->type == MC_SETTING_BYTES)
		kind = "a size (4096, 64KiB, 1MiB)";
	mc_amount_print(amount_of(setting->type), setting->min, min);
	mc_amount_print(amount_of(setting->type), setting->max, max);
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
		if (mc_amount_read(
			    amount_of(setting->type), text, setting->min, setting->max, field))
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
