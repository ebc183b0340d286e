/* wire_ws - RFC 6455 WebSocket, behind its upgrade: one command a text message. */

#include <string.h>

#include "chatd/command.h"
#include "chatd/conn.h"
#include "chatd/conn_out.h"
#include "chatd/conn_say.h"
#include "chatd/front.h"
#include "chatd/wire.h"
#include "libminiclass/limits.h"
#include "libminiclass/service/metric.h"
#include "libminiclass/ws/message.h"

static void
queue_frame(struct conn *conn, enum mc_ws_opcode opcode, struct mc_str payload)
{
	struct mc_buf frame;

	mc_buf_init(&frame, 256);
	mc_ws_frame_write(&frame, opcode, payload);
	if (mc_buf_ok(&frame))
		conn_queue(conn, packet_create_raw(WIRE_WS, mc_buf_str(&frame)));
	mc_buf_finish(&frame);
}

static void
queue_close(struct conn *conn, enum mc_ws_close_code code, struct mc_str reason)
{
	struct mc_buf payload;

	mc_buf_init(&payload, 256);
	mc_ws_close_write(&payload, code, reason);
	if (mc_buf_ok(&payload))
		queue_frame(conn, MC_WS_CLOSE, mc_buf_str(&payload));
	mc_buf_finish(&payload);
}

static const char *
error_of(enum mc_ws_close_code code)
{
	if (code == MC_WS_TOO_BIG)
		return "too_big";
	if (code == MC_WS_BAD_DATA)
		return "bad_json";
	return code == MC_WS_TRY_AGAIN ? "busy" : "bad_frame";
}

static const char *
words_of(enum mc_ws_close_code code)
{
	if (code == MC_WS_TOO_BIG)
		return "A message has at most 64 KiB.";
	if (code == MC_WS_UNSUPPORTED)
		return "A message is text, not binary.";
	if (code == MC_WS_BAD_DATA)
		return "Text is UTF-8, also the reason of a close.";
	if (code == MC_WS_TRY_AGAIN)
		return "The classroom is busy just now. Please connect again.";
	return "This is not WebSocket framing.";
}

/* RFC 6455, 7.1.7: the close code says what was wrong; our error says it in words. */
static void
fail(struct conn *conn, enum mc_ws_close_code code)
{
	conn_refuse(conn, error_of(code), words_of(code), 0, (struct mc_str){ 0 });
	if (code != MC_WS_TRY_AGAIN)
		conn_note_malformed(conn, error_of(code));
	queue_close(conn, code, MC_STR(""));
	conn_end(conn);
}

/* RFC 6455, 5.5.1: the peer's code is given back. */
static void
answer_close(struct conn *conn, struct mc_str payload)
{
	if (payload.len >= 2)
		queue_frame(conn, MC_WS_CLOSE, mc_str_first(payload, 2));
	else
		queue_close(conn, MC_WS_NORMAL, MC_STR(""));
	conn_end(conn);
}

static bool
has_receiver(struct conn *conn)
{
	if (conn->receiver == NULL)
		conn->receiver = mc_ws_receiver_create(true, MC_FRAME_SIZE_MAX);
	return conn->receiver != NULL;
}

static void
drop_idle_receiver(struct conn *conn)
{
	if (conn->receiver == NULL || mc_ws_receiver_is_busy(conn->receiver))
		return;
	mc_ws_receiver_destroy(conn->receiver);
	conn->receiver = NULL;
}

static void
ws_feed(struct conn *conn, struct mc_str *in)
{
	enum mc_ws_close_code code = MC_WS_PROTOCOL_ERROR;
	struct mc_str out;

	if (!has_receiver(conn)) {
		conn_close(conn);
		return;
	}
	while (in->len > 0 && conn_reads_now(conn) && conn->state != CONN_ENDING) {
		switch (mc_ws_receive(conn->receiver, in, &out, &code)) {
		case MC_WS_GOT_MORE: break;
		case MC_WS_GOT_TEXT: command_run(conn, out); break;
		case MC_WS_GOT_PING: queue_frame(conn, MC_WS_PONG, out); break;
		case MC_WS_GOT_PONG: break;
		case MC_WS_GOT_CLOSE: answer_close(conn, out); break;
		case MC_WS_GOT_BAD: fail(conn, code); break;
		}
	}
	drop_idle_receiver(conn);
}

static void
ws_goodbye(struct conn *conn, const char *reason)
{
	enum mc_ws_close_code code = MC_WS_POLICY;

	if (reason != NULL && strcmp(reason, "going_away") == 0)
		code = MC_WS_GOING_AWAY;
	else if (reason != NULL)
		conn_say_ending(conn, reason);
	/* A reader that may not have begun a frame's rest gets no close in the middle of it:
	 * packets are whole. */
	queue_close(conn, code, mc_str_from(reason));
}

static void
ws_ping(struct conn *conn)
{
	queue_frame(conn, MC_WS_PING, MC_STR("mc"));
}

const struct wire wire_ws = {
	.form = WIRE_WS,
	.feed = ws_feed,
	.goodbye = ws_goodbye,
	.ping = ws_ping,
};
