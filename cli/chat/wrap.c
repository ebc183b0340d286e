#include "cli/chat/wrap.h"

#include "cli/common/glyph.h"

size_t
wrap_row(struct mc_str text, size_t at, int columns, size_t *end)
{
	size_t begin = at, blank = 0, size;
	int left = columns, width;

	while ((size = glyph_next(text, at, &width)) > 0) {
		char c = text.ptr[at];
		if (c == '\n') {
			*end = at;
			return at + 1;
		}
		if (c == ' ' && at > begin)
			blank = at;
		if (width > left)
			break;
		left -= width;
		at += size;
	}
	/* At least one character, or it would never end. */
	if (size > 0 && at == begin)
		at += size;
	*end = size > 0 && blank > begin ? blank : at;
	at = *end;
	/* The blanks between are nobody's. */
	while (size > 0 && blank > 0 && at < text.len && text.ptr[at] == ' ')
		at++;
	return at;
}
