/*
 * keys - what a terminal sends, as keys.  Pure: bytes in, keys out.
 */
#ifndef CLI_COMMON_KEYS_H
#define CLI_COMMON_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/str.h"

enum key_kind {
	KEY_NONE, /* bytes that mean nothing to us */
	KEY_TEXT, /* a character, in `text`; pasted newlines and tabs too */
	KEY_CTRL, /* with `letter`: 'A' ... */
	KEY_ALT,  /* with `letter`: 'b' ...; KEY_BACKSPACE's is 127 */
	KEY_ENTER,
	KEY_TAB,
	KEY_BACKSPACE,
	KEY_DELETE,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_UP,
	KEY_DOWN,
	KEY_HOME,
	KEY_END,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_ESCAPE,
	KEY_FOCUS_IN, /* the terminal's window, where it tells so */
	KEY_FOCUS_OUT,
};

struct key {
	enum key_kind kind;
	char letter;
	struct mc_str text; /* borrowed from the input */
};

/* Between two calls: whether what comes is pasted (bracketed paste). */
struct keys {
	bool pasting;
};

/*
 * The key at the beginning of `input`, and how many bytes it took.  0: not all of it is there;
 * with `all` (nothing followed for a while) what is there is taken as it is, so that Escape alone
 * is a key too.
 */
size_t keys_next(struct keys *keys, struct mc_str input, bool all, struct key *out);

#endif
