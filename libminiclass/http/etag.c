#include "libminiclass/http/etag.h"

#include "libminiclass/http/chars_int.h"

/* Takes [W/]"..." off the front, without the mark of weakness; false when there is none. */
static bool
take_tag(struct mc_str *rest, struct mc_str *tag)
{
	if (mc_str_starts_with(*rest, MC_STR("W/")))
		*rest = mc_str_skip(*rest, 2);
	if (rest->len < 2 || rest->ptr[0] != '"')
		return false;

	size_t end = http_skip(rest->ptr, 1, rest->len, HTTP_ETAG);
	if (end == rest->len || rest->ptr[end] != '"')
		return false;
	*tag = mc_str_first(*rest, end + 1);
	*rest = mc_str_skip(*rest, end + 1);
	return true;
}

static bool
list_has(struct mc_str list, struct mc_str etag, bool strongly)
{
	struct mc_str rest = http_trim(list);
	struct mc_str wanted, tag;

	if (mc_str_equal(rest, MC_STR("*")))
		return true;
	if (!take_tag(&etag, &wanted))
		return false;
	/* A comma may stand inside a tag, so the list is not cut at commas first. */
	while (rest.len > 0) {
		if (rest.ptr[0] == ',') {
			rest = http_trim(mc_str_skip(rest, 1));
			continue;
		}
		bool weak = mc_str_starts_with(rest, MC_STR("W/"));
		if (!take_tag(&rest, &tag))
			return false;
		if (mc_str_equal(tag, wanted) && !(weak && strongly))
			return true;
		rest = http_trim(rest);
		if (rest.len > 0 && rest.ptr[0] != ',')
			return false;
	}
	return false;
}

bool
mc_etag_matches(struct mc_str if_none_match, struct mc_str etag)
{
	return list_has(if_none_match, etag, false);
}

bool
mc_etag_is_same(struct mc_str if_match, struct mc_str etag)
{
	return !mc_str_starts_with(etag, MC_STR("W/")) && list_has(if_match, etag, true);
}

/* Digits only; a number too large for the type is the largest there is. */
static bool
read_position(struct mc_str text, uint64_t *out)
{
	uint64_t value = 0;

	if (text.len == 0 || !http_all(text, HTTP_DIGIT))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)(text.ptr[i] - '0');
		if (value > (UINT64_MAX - digit) / 10)
			value = UINT64_MAX;
		else
			value = value * 10 + digit;
	}
	*out = value;
	return true;
}

/* "-n": the last n bytes. */
static enum mc_range_result
read_suffix(struct mc_str digits, uint64_t size, uint64_t *first, uint64_t *last)
{
	uint64_t n;

	if (!read_position(digits, &n))
		return MC_RANGE_NONE;
	if (n == 0)
		return MC_RANGE_UNSATISFIABLE;
	/* All of nothing is satisfiable, but no first and last byte can say it: send it whole. */
	if (size == 0)
		return MC_RANGE_NONE;
	*first = n < size ? size - n : 0;
	*last = size - 1;
	return MC_RANGE_PART;
}

enum mc_range_result
mc_range_read(struct mc_str range, uint64_t size, uint64_t *first, uint64_t *last)
{
	size_t equals = mc_str_find(range, '=');
	struct mc_str spec = http_trim(mc_str_skip(range, equals + 1));
	size_t dash = mc_str_find(spec, '-');
	struct mc_str tail = mc_str_skip(spec, dash + 1);
	uint64_t from;
	uint64_t to = UINT64_MAX;

	if (!mc_str_equal_nocase(mc_str_first(range, equals), MC_STR("bytes")) || dash == spec.len)
		return MC_RANGE_NONE;
	if (dash == 0)
		return read_suffix(tail, size, first, last);
	if (!read_position(mc_str_first(spec, dash), &from))
		return MC_RANGE_NONE;
	if (tail.len > 0 && (!read_position(tail, &to) || to < from))
		return MC_RANGE_NONE;
	if (from >= size)
		return MC_RANGE_UNSATISFIABLE;
	*first = from;
	*last = to < size ? to : size - 1;
	return MC_RANGE_PART;
}
