#include "libminiclass/text/html.h"

#include <stdbool.h>

/* What a byte becomes; NULL: it stays. */
static const char *
reference(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

void
mc_html_escape(struct mc_buf *buf, struct mc_str text)
{
	static const bool special[256] = {
		['&'] = true, ['<'] = true, ['>'] = true, ['"'] = true, ['\''] = true
	};
	size_t clean = 0; /* everything before it is written */

	for (size_t i = 0; i < text.len; i++) {
		if (!special[(unsigned char)text.ptr[i]])
			continue;
		mc_buf_add(buf, (struct mc_str){ text.ptr + clean, i - clean });
		mc_buf_add_text(buf, reference(text.ptr[i]));
		clean = i + 1;
	}
	mc_buf_add(buf, mc_str_skip(text, clean));
}
