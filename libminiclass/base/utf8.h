/*
 * utf8 - text is checked and normalised once, where it enters.
 *
 * Uses utf8proc for composition and categories.  Callable from any thread.
 */
#ifndef LIBMINICLASS_BASE_UTF8_H
#define LIBMINICLASS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.  NUL is valid UTF-8. */
bool mc_utf8_is_valid(struct mc_str text) MC_MUST_USE;
/* Characters (code points) of valid UTF-8. */
size_t mc_utf8_length(struct mc_str text);
/* The longest beginning of at most `max` bytes that ends with a whole character. */
struct mc_str mc_utf8_cut(struct mc_str text, size_t max);

enum mc_text_kind {
	MC_TEXT_LINE,  /* one line: newline and tab are refused too */
	MC_TEXT_LINES, /* newline and tab are kept; CRLF and CR become LF */
};

enum mc_text_result {
	MC_TEXT_OK,
	MC_TEXT_NOT_UTF8,
	MC_TEXT_CONTROL, /* a control character (C0, DEL, C1) that its kind does not allow */
	MC_TEXT_NO_MEMORY,
};

/* A control character, in valid UTF-8, that its kind does not allow. */
bool mc_text_has_control(enum mc_text_kind kind, struct mc_str text);

/*
 * Text as we keep it: composed (NFC), blanks (Unicode White_Space) trimmed at both ends.
 * More than 30 combining marks in a row are broken up by U+034F (UAX #15, section 13).
 * *out lives in the arena, or borrows `text` when nothing had to change; unchanged on failure.
 */
enum mc_text_result mc_text_normalise(struct mc_arena *arena, enum mc_text_kind kind,
	struct mc_str text, struct mc_str *out) MC_MUST_USE;

/*
 * The first character of valid text that can be seen; 0: there is none, or one that hides among
 * them, which turns the text around or stands for nothing (Unicode's format characters, and those
 * for private use).  Joiners, variation selectors and tags do not: words and emoji are written with
 * them.
 */
int32_t mc_utf8_first_seen(struct mc_str text);

#endif
