/* wire_framed - size-framed JSON over TCP. */

#include "chatd/command.h"
#include "chatd/conn.h"
#include "chatd/conn_say.h"
#include "chatd/wire.h"
#include "libminiclass/chat/frame.h"
#include "libminiclass/limits.h"

static void
framed_feed(struct conn *conn, struct mc_str *in)
{
	struct mc_frame frame;

	while (in->len > 0 && conn_reads_now(conn) && conn->state != CONN_ENDING) {
		switch (mc_frame_next(*in, MC_FRAME_SIZE_MAX, &frame)) {
		case MC_FRAME_OK:
			*in = mc_str_skip(*in, frame.size);
			command_run(conn, frame.json);
			break;
		case MC_FRAME_MORE: return;
		case MC_FRAME_BAD:
			conn_reject(conn, "bad_frame",
				"A frame is its size in decimal, CRLF, that many bytes of JSON, "
				"CRLF.");
			return;
		case MC_FRAME_TOO_BIG:
			conn_reject(conn, "too_big", "A frame has at most 64 KiB.");
			return;
		}
	}
}

static void
framed_goodbye(struct conn *conn, const char *reason)
{
	if (reason != NULL)
		conn_say_ending(conn, reason);
}

const struct wire wire_framed = {
	.form = WIRE_FRAMED,
	.feed = framed_feed,
	.goodbye = framed_goodbye,
	.ping = NULL,
};
