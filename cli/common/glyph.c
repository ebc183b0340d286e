#include "cli/common/glyph.h"

#include <stdint.h>

#include <utf8proc.h>

static size_t
code_point(struct mc_str text, size_t at, utf8proc_int32_t *out)
{
	utf8proc_ssize_t n = utf8proc_iterate(
		(const utf8proc_uint8_t *)text.ptr + at, (utf8proc_ssize_t)(text.len - at), out);

	if (n > 0)
		return (size_t)n;
	*out = 0xfffd;
	return 1;
}

static int
columns_of(utf8proc_int32_t code)
{
	return code == '\n' ? 1 : utf8proc_charwidth(code);
}

size_t
glyph_next(struct mc_str text, size_t at, int *width)
{
	utf8proc_int32_t last, code, state = 0;
	size_t end = at;
	int columns = 0;

	if (at < text.len) {
		end += code_point(text, end, &last);
		columns = columns_of(last);
	}
	while (end > at && end < text.len) {
		size_t size = code_point(text, end, &code);
		if (utf8proc_grapheme_break_stateful(last, code, &state))
			break;
		columns += columns_of(code);
		end += size;
		last = code;
	}
	if (width != NULL)
		*width = columns;
	return end - at;
}

/* Breaks depend on what stands in front (flags, emoji): so it is counted from the beginning. */
size_t
glyph_before(struct mc_str text, size_t at)
{
	size_t begin = 0;

	for (size_t next = 0; next < at; next += glyph_next(text, next, NULL))
		begin = next;
	return begin;
}

int
glyph_width(struct mc_str text)
{
	int sum = 0, width;

	for (size_t at = 0, size; (size = glyph_next(text, at, &width)) > 0; at += size)
		sum += width;
	return sum;
}

struct mc_str
glyph_cut(struct mc_str text, int columns)
{
	size_t at = 0, size;
	int width;

	while ((size = glyph_next(text, at, &width)) > 0 && width <= columns) {
		columns -= width;
		at += size;
	}
	return mc_str_first(text, at);
}

char *
glyph_fold(const char *text)
{
	utf8proc_uint8_t *folded = NULL;

	(void)utf8proc_map((const utf8proc_uint8_t *)text, 0, &folded,
		UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
	return (char *)folded;
}
