/*
 * base64 - RFC 4648: section 4 with padding, section 5 (base64url) without.
 *
 * Strict when reading: no blanks, no missing or extra padding, no stray bits at the end.
 */
#ifndef LIBMINICLASS_CRYPT_BASE64_H
#define LIBMINICLASS_CRYPT_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

enum mc_base64 { MC_BASE64, MC_BASE64URL };

/* Characters that n bytes become. */
size_t mc_base64_size(enum mc_base64 alphabet, size_t n);
/* Writes exactly mc_base64_size() characters and no NUL. */
void mc_base64_encode(enum mc_base64 alphabet, const void *bytes, size_t n, char *out);
/* False when it is not the one encoding of some bytes, or they do not fit `size`. */
bool mc_base64_decode(
	enum mc_base64 alphabet, struct mc_str text, void *out, size_t size, size_t *n) MC_MUST_USE;

#endif
