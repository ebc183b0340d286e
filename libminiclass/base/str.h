/*
 * str - bytes that somebody else owns, with their length.
 *
 * A value type: pass it by value.  Not NUL-terminated; NUL only at the edges of libc, libpq
 * and OpenSSL.  Every function here is pure and callable from any thread.
 */
#ifndef LIBMINICLASS_BASE_STR_H
#define LIBMINICLASS_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"

struct mc_str {
	const char *ptr; /* borrowed; may be NULL only when len is 0 */
	size_t len;
};

/* A string literal as a struct mc_str; the second form is for static initialisers. */
#define MC_STR(literal) ((struct mc_str){ "" literal, sizeof(literal) - 1 })
#define MC_STR_INIT(literal)                                                                       \
	{                                                                                          \
		"" literal, sizeof(literal) - 1                                                    \
	}
/* For printf's "%.*s". */
#define MC_STR_ARGS(str) (int)(str).len, (str).ptr

/* Borrows a C string; NULL gives an empty one. */
struct mc_str mc_str_from(const char *text);

bool mc_str_equal(struct mc_str a, struct mc_str b);
/* ASCII letters compare without case, as in HTTP field names. */
bool mc_str_equal_nocase(struct mc_str a, struct mc_str b);
bool mc_str_starts_with(struct mc_str str, struct mc_str prefix);
bool mc_str_ends_with(struct mc_str str, struct mc_str suffix);
/* Byte order, as memcmp; a prefix sorts first. */
int mc_str_compare(struct mc_str a, struct mc_str b);

/* Where `byte` first stands, or str.len. */
size_t mc_str_find(struct mc_str str, char byte);
/* The first n bytes (all when there are fewer), and what follows the first n (nothing likewise). */
struct mc_str mc_str_first(struct mc_str str, size_t n);
struct mc_str mc_str_skip(struct mc_str str, size_t n);
/* Without the ASCII blanks (space, tab, CR, LF) at both ends. */
struct mc_str mc_str_trim(struct mc_str str);

/*
 * Takes what stands before the first `separator` off the front of *rest and returns it; without
 * a separator it takes all and leaves *rest empty with ptr NULL.  False when ptr is NULL already:
 *	while (mc_str_next(&rest, ',', &item)) ...
 */
bool mc_str_next(struct mc_str *rest, char separator, struct mc_str *item);

/* Strict decimal: digits only, no sign, blank or leading zero, min <= value <= max. */
bool mc_str_to_int(struct mc_str str, int64_t min, int64_t max, int64_t *out) MC_MUST_USE;

#endif
