#include "libminiclass/http/form.h"

#include "libminiclass/http/chars_int.h"

/* `out` has room for text.len bytes.  False for a "%" without two hexadecimal digits. */
static bool
percent_decode(struct mc_str text, char *out, size_t *len)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char byte = text.ptr[i];
		if (byte == '+') {
			byte = ' ';
		} else if (byte == '%') {
			if (text.len - i < 3 || !http_is(text.ptr[i + 1], HTTP_HEX) ||
				!http_is(text.ptr[i + 2], HTTP_HEX))
				return false;
			byte = (char)(http_hex_value(text.ptr[i + 1]) * 16 +
				      http_hex_value(text.ptr[i + 2]));
			i += 2;
		}
		out[n++] = byte;
	}
	*len = n;
	return true;
}

static enum mc_status
decode(struct mc_arena *arena, struct mc_str text, struct mc_str *out)
{
	if (mc_str_find(text, '%') == text.len && mc_str_find(text, '+') == text.len) {
		*out = text;
		return MC_OK;
	}

	size_t len;
	char *decoded = mc_arena_alloc(arena, text.len);
	if (decoded == NULL)
		return MC_NO_MEMORY;
	if (!percent_decode(text, decoded, &len))
		return MC_INVALID;
	*out = (struct mc_str){ decoded, len };
	return MC_OK;
}

static enum mc_status
read_pair(struct mc_arena *arena, struct mc_str item, struct mc_pair *out)
{
	struct mc_pair pair;
	size_t equals = mc_str_find(item, '=');

	enum mc_status status = decode(arena, mc_str_first(item, equals), &pair.name);
	if (status == MC_OK && equals < item.len)
		status = decode(arena, mc_str_skip(item, equals + 1), &pair.value);
	else
		pair.value = MC_STR("");
	if (status == MC_OK)
		*out = pair;
	return status;
}

/* Nothing between two "&" is no pair. */
static size_t
count_pairs(struct mc_str text)
{
	struct mc_str item;
	size_t n = 0;

	while (mc_str_next(&text, '&', &item))
		n += item.len > 0;
	return n;
}

enum mc_status
mc_form_read(struct mc_arena *arena, struct mc_str text, struct mc_pair **pairs, size_t *n_pairs)
{
	size_t n_max = count_pairs(text);
	if (n_max > MC_FORM_PAIRS_MAX)
		return MC_TOO_LARGE;

	if (n_max == 0) {
		*pairs = NULL;
		*n_pairs = 0;
		return MC_OK;
	}
	struct mc_pair *found = mc_arena_array(arena, n_max, sizeof(*found));
	if (found == NULL)
		return MC_NO_MEMORY;

	struct mc_str item;
	size_t n = 0;
	while (mc_str_next(&text, '&', &item)) {
		if (item.len == 0)
			continue;
		enum mc_status status = read_pair(arena, item, &found[n]);
		if (status != MC_OK)
			return status;
		n++;
	}
	*pairs = found;
	*n_pairs = n;
	return MC_OK;
}
