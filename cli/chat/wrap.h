/*
 * wrap - text in rows: broken at blanks, a longer word anywhere, at newlines always.  Pure.
 */
#ifndef CLI_CHAT_WRAP_H
#define CLI_CHAT_WRAP_H

#include <stddef.h>

#include "libminiclass/base/str.h"

/* The row that begins at `at` ends before *end; returns where the next one begins (text.len: there
 * is none). */
size_t wrap_row(struct mc_str text, size_t at, int columns, size_t *end);

#endif
