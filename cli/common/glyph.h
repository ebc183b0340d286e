/*
 * glyph - characters as a person counts them (grapheme clusters), and their columns on a terminal.
 *
 * Columns are counted a code point at a time, as most terminals do.  Newline counts as one: it is
 * shown as a sign or not at all.  For valid UTF-8.
 */
#ifndef CLI_COMMON_GLYPH_H
#define CLI_COMMON_GLYPH_H

#include <stddef.h>

#include "libminiclass/base/str.h"

/* Bytes of the character that begins at `at`, 0 at the end; *width (may be NULL): its columns. */
size_t glyph_next(struct mc_str text, size_t at, int *width);
/* Where the character in front of `at` begins. */
size_t glyph_before(struct mc_str text, size_t at);
int glyph_width(struct mc_str text);
/* The longest beginning of at most `columns`. */
struct mc_str glyph_cut(struct mc_str text, int columns);

/* For comparing: what differs in case alone, or in how it is composed, becomes the same.  NULL: no
 * UTF-8, or no memory.  The caller frees it. */
char *glyph_fold(const char *text);

#endif
