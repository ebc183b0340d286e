/*
 * base64 - RFC 4648: section 4 with padding, section 5 (base64url) without.
 *
 * Strict when reading: no blanks, no missing or extra padding, no stray bits at the end.  Pure.
 */
#ifndef LIBMINICLASS_CRYPT_BASE64_H
#define LIBMINICLASS_CRYPT_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

enum mc_base64 { MC_BASE64, MC_BASE64URL };

/* Writes (n + 2) / 3 * 4 characters with padding, (4 * n + 2) / 3 without, and no NUL. */
void mc_base64_encode(enum mc_base64 alphabet, const void *bytes, size_t n, char *out);
/* False when it is not the one encoding of some bytes, or they do not fit `size`. */
bool mc_base64_decode(
	enum mc_base64 alphabet, struct mc_str text, void *out, size_t size, size_t *n) MC_MUST_USE;

#endif
