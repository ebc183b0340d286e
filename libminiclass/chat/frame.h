/*
 * frame - one JSON object on the wire: its size in decimal, CRLF, the bytes, CRLF.
 *
 * Pure functions over bytes: no socket, no clock, no allocation, no JSON.  The same code
 * serves chatd, mc-chat and the fuzzer.  Callable from any thread.
 */
#ifndef LIBMINICLASS_CHAT_FRAME_H
#define LIBMINICLASS_CHAT_FRAME_H

#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/str.h"

enum mc_frame_result {
	MC_FRAME_OK,      /* a whole frame; *out is set */
	MC_FRAME_MORE,    /* a good beginning; read more and ask again */
	MC_FRAME_BAD,     /* not our framing; send one error, then close */
	MC_FRAME_TOO_BIG, /* well-formed but above `limit`; the same */
};

struct mc_frame {
	struct mc_str json; /* borrowed from the input */
	size_t size;        /* bytes to drop from the input before the next call */
};

/*
 * Looks at the front of `in`.  Sets *out only on MC_FRAME_OK, and never looks past in.len.
 * Decides as early as it can: a wrong byte is MC_FRAME_BAD even if more is to come.
 */
enum mc_frame_result mc_frame_next(
	struct mc_str in, size_t limit, struct mc_frame *out) MC_MUST_USE;

/* Appends `json` as one frame; json.len must be 1 to 9,999,999. */
void mc_frame_write(struct mc_buf *buf, struct mc_str json);

#endif
