/*
 * body - message bodies by length and in chunks, read piece by piece (RFC 9112, 6 and 7).
 *
 * Chunk extensions are skipped, trailers are read and dropped, both within a bound for the whole
 * body; a size with a sign, blank, "0x", or above 15 digits is refused, and so is every line
 * that does not end in CR and LF.  Pure functions over bytes.
 */
#ifndef LIBMINICLASS_HTTP_BODY_H
#define LIBMINICLASS_HTTP_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"
#include "libminiclass/http/head.h"

enum { MC_BODY_OVERHEAD_MAX = 8 * 1024 }; /* bytes of extensions and trailers; nobody needs any */

enum mc_body_result {
	MC_BODY_DATA,    /* *data is set (never empty); call again with what follows *used */
	MC_BODY_DONE,    /* the body has ended; bytes behind *used belong to the next message */
	MC_BODY_MORE,    /* all of `in` is used; read more */
	MC_BODY_BAD,     /* not chunked coding: 400 and close */
	MC_BODY_TOO_BIG, /* more than the limit: 413 and close */
};

struct mc_body {
	enum mc_framing framing;
	uint8_t state;
	uint8_t digits;    /* of the chunk size so far */
	uint16_t overhead; /* bytes of extensions and trailers, bounded */
	uint64_t left;     /* of the length or the chunk */
	uint64_t room;     /* what the limit still allows */
};

/* A length above `limit` is MC_BODY_TOO_BIG at the first call. */
void mc_body_init(struct mc_body *body, enum mc_framing framing, uint64_t length, uint64_t limit);
/* *used is set with every result; *data, with MC_BODY_DATA, borrows `in`. */
enum mc_body_result mc_body_next(
	struct mc_body *body, struct mc_str in, size_t *used, struct mc_str *data) MC_MUST_USE;

#endif
