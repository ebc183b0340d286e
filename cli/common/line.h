/*
 * line - a line of text being edited: keys in, text and cursor out.  Pure; one thread.
 *
 * The keys are readline's: Ctrl-A -E -B -F -D -H -K -U -W -Y -T -P -N, Alt-B -F -D -Backspace,
 * arrows, Home, End, Delete.  What was killed in a row comes back together.  The cursor moves by
 * whole characters as a person sees them (glyph.h).  Pasted newlines stay in the text.
 */
#ifndef CLI_COMMON_LINE_H
#define CLI_COMMON_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/common/keys.h"
#include "libminiclass/base/str.h"

/* Many times what a message may have: what is pasted stays whole, to be shortened. */
enum { LINE_SIZE = 64 * 1024, LINE_HISTORY = 100 };

enum line_result {
	LINE_EDITED, /* or the cursor moved, or there was nothing to do */
	LINE_FULL,   /* no room for it */
	LINE_DONE,   /* Enter */
	LINE_END,    /* Ctrl-D in an empty line */
	LINE_OTHER,  /* a key that is not the editor's */
};

struct line {
	char text[LINE_SIZE];
	size_t len, cursor;
	char killed[LINE_SIZE];
	size_t killed_len;
	bool killing; /* the last key killed */

	struct mc_str history[LINE_HISTORY]; /* owned, oldest first */
	size_t n_history, at;  /* at == n_history: the new line, else one of those, shown */
	char draft[LINE_SIZE]; /* the new line meanwhile */
	size_t draft_len;
};

void line_init(struct line *line);
void line_finish(struct line *line);

enum line_result line_key(struct line *line, const struct key *key);
/* Borrowed until the next key. */
struct mc_str line_text(const struct line *line);
/* After LINE_DONE: the text goes to the history, and a new line begins. */
void line_keep(struct line *line);

/*
 * What of the text fits `columns` with the cursor (which needs one behind the text) in it: bytes
 * *from to *to, and the cursor's column in that.
 */
void line_window(const struct line *line, int columns, size_t *from, size_t *to, int *cursor);

#endif
