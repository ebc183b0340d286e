/*
 * message - from bytes to whole WebSocket messages: fragments, masks, UTF-8, control frames
 * (wslay).
 *
 * Fed with whatever was read; says what came, one thing at a time.  No socket.  One thread at a
 * time.  Memory only while a message is under way.
 */
#ifndef LIBMINICLASS_WS_MESSAGE_H
#define LIBMINICLASS_WS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"
#include "libminiclass/ws/frame.h"

struct mc_ws_receiver;

enum mc_ws_result {
	MC_WS_GOT_MORE, /* all bytes are used; nothing whole yet */
	MC_WS_GOT_TEXT, /* *out is a message, borrowed until the next call */
	MC_WS_GOT_PING, /* *out is its payload: answer with a pong */
	MC_WS_GOT_PONG,
	MC_WS_GOT_CLOSE, /* *out is its payload: answer with a close, then end */
	MC_WS_GOT_BAD,   /* *code says how to close; nothing after it is read */
};

/* `server`: expects masked frames and refuses others; a client the reverse.  NULL when memory is
 * out. */
struct mc_ws_receiver *mc_ws_receiver_create(bool server, size_t limit);
void mc_ws_receiver_destroy(struct mc_ws_receiver *receiver);

/* Takes bytes off the front of *in (ptr and len move) until something is whole. */
enum mc_ws_result mc_ws_receive(struct mc_ws_receiver *receiver, struct mc_str *in,
	struct mc_str *out, enum mc_ws_close_code *code) MC_MUST_USE;
/* True when a message has begun: the receiver then must be kept; else it may be destroyed to save
 * its memory. */
bool mc_ws_receiver_is_busy(const struct mc_ws_receiver *receiver);
/* The bytes that are kept for the message that has begun. */
size_t mc_ws_receiver_size(const struct mc_ws_receiver *receiver);

#endif
