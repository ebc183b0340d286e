/*
 * complete - Tab: what was begun, as a command or somebody's name.
 */
#ifndef CLI_CHAT_COMPLETE_H
#define CLI_CHAT_COMPLETE_H

#include "cli/chat/talk.h"
#include "libminiclass/base/buf.h"

enum complete_result {
	COMPLETE_NONE,
	COMPLETE_DONE, /* `out` takes the place of the last *n_bytes in front of the cursor */
	COMPLETE_MORE, /* several, which `out` names */
};

/* `before`: what stands in front of the cursor.  `out` is cleared first. */
enum complete_result complete_word(
	const struct talk *talk, struct mc_str before, size_t *n_bytes, struct mc_buf *out);

#endif
