#include "cli/common/opt_value.h"

#include <stdio.h>

#include "libminiclass/base/amount.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/utf8.h"

enum { SHOWN_MAX = 40 };

static enum mc_amount
amount_of(const struct opt *opt)
{
	return opt->kind == OPT_MS ? MC_AMOUNT_MS : MC_AMOUNT_NUMBER;
}

static void
explain_range(const struct opt *opt, struct mc_str text, char why[OPT_WHY_SIZE])
{
	const char *kind = opt->kind == OPT_MS ? "time (250ms, 8s, 5min)" : "number";
	char min[MC_AMOUNT_TEXT_SIZE], max[MC_AMOUNT_TEXT_SIZE];

	mc_amount_print(amount_of(opt), opt->min, min);
	mc_amount_print(amount_of(opt), opt->max, max);
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
	if (mc_amount_read(amount_of(opt), mc_str_from(text), opt->min, opt->max, field))
		return true;
	explain_range(opt, mc_str_from(text), why);
	return false;
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
