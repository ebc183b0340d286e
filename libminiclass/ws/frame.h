/* frame - writing WebSocket frames (RFC 6455, section 5.2).  Pure. */
#ifndef LIBMINICLASS_WS_FRAME_H
#define LIBMINICLASS_WS_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/str.h"

enum mc_ws_opcode {
	MC_WS_CONTINUATION = 0x0,
	MC_WS_TEXT = 0x1,
	MC_WS_BINARY = 0x2,
	MC_WS_CLOSE = 0x8,
	MC_WS_PING = 0x9,
	MC_WS_PONG = 0xa,
};

/* Section 7.4.1. */
enum mc_ws_close_code {
	MC_WS_NORMAL = 1000,
	MC_WS_GOING_AWAY = 1001,
	MC_WS_PROTOCOL_ERROR = 1002,
	MC_WS_UNSUPPORTED = 1003,
	MC_WS_BAD_DATA = 1007,
	MC_WS_POLICY = 1008,
	MC_WS_TOO_BIG = 1009,
	MC_WS_TRY_AGAIN = 1013,
};

/* Appends one final frame as a server writes it: unmasked. */
void mc_ws_frame_write(struct mc_buf *buf, enum mc_ws_opcode opcode, struct mc_str payload);
/* The same as a client writes it: masked with `key`. */
void mc_ws_frame_write_masked(
	struct mc_buf *buf, enum mc_ws_opcode opcode, struct mc_str payload, uint32_t key);
/* A close frame's payload: code and reason (cut to 123 bytes). */
void mc_ws_close_write(struct mc_buf *buf, enum mc_ws_close_code code, struct mc_str reason);

#endif
