#include "libminiclass/ws/message.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <wslay/wslay.h>

#include "libminiclass/base/buf.h"

/*
 * wslay checks everything, and unmasks.  It reads ahead as far as it is let, so it is given one
 * frame at a time: then what is whole is one thing, and what is behind it stays with the caller.
 * For that, and only for that, the lengths in headers are read here too.
 *
 * Fragments are put together here: wslay would keep an allocation for each, and a message of
 * thousands of them would hold a hundred times its own length.
 */

enum {
	HEADER_MAX = 14,
	CONTROL_PAYLOAD_MAX = 125,
	CONTROL_MAX = 2 + 4 + CONTROL_PAYLOAD_MAX,
};

struct mc_ws_receiver {
	wslay_event_context_ptr wslay;
	struct mc_str input; /* what wslay may take now */
	struct mc_buf out;   /* a control frame's payload: wslay's own does not last */
	struct mc_buf text;  /* of the message, as far as its fragments are there */
	uint8_t opcode;      /* of it */
	bool got;            /* something is whole */
	bool ended;          /* a close came, or something bad */
	uint64_t limit;
	bool within_message; /* a fragment came, and not the last */
	unsigned char header[HEADER_MAX];
	size_t n_header; /* of the frame under way; 0: between frames */
	uint64_t payload_left;
	char control[CONTROL_PAYLOAD_MAX]; /* of a control frame, as far as it is there */
	size_t n_control;
	unsigned char said[CONTROL_MAX]; /* what wslay would answer */
	size_t n_said;
};

static bool
is_control(const struct mc_ws_receiver *receiver)
{
	return (receiver->header[0] & 0x08U) != 0;
}

static ssize_t
give_input(wslay_event_context_ptr wslay, uint8_t *buf, size_t len, int flags, void *user)
{
	struct mc_ws_receiver *receiver = user;
	size_t n = receiver->input.len < len ? receiver->input.len : len;

	(void)flags;
	if (n == 0) {
		wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(buf, receiver->input.ptr, n);
	receiver->input = mc_str_skip(receiver->input, n);
	return (ssize_t)n;
}

/* The answers of wslay are not sent, but looked at: its close says what was wrong. */
static ssize_t
keep_answer(wslay_event_context_ptr wslay, const uint8_t *data, size_t len, int flags, void *user)
{
	struct mc_ws_receiver *receiver = user;
	size_t n = sizeof(receiver->said) - receiver->n_said;

	(void)wslay;
	(void)flags;
	n = len < n ? len : n;
	memcpy(receiver->said + receiver->n_said, data, n);
	receiver->n_said += n;
	return (ssize_t)len;
}

static int
mask_with_nothing(wslay_event_context_ptr wslay, uint8_t *buf, size_t len, void *user)
{
	(void)wslay;
	(void)user;
	memset(buf, 0, len);
	return 0;
}

static void
take_fragment(wslay_event_context_ptr wslay,
	const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *user)
{
	struct mc_ws_receiver *receiver = user;

	(void)wslay;
	if (!is_control(receiver))
		mc_buf_add(&receiver->text,
			(struct mc_str){ (const char *)chunk->data, chunk->data_length });
}

/* Of text wslay has kept nothing, and gives nothing. */
static void
take_message(wslay_event_context_ptr wslay, const struct wslay_event_on_msg_recv_arg *message,
	void *user)
{
	struct mc_ws_receiver *receiver = user;

	(void)wslay;
	mc_buf_clear(&receiver->out);
	mc_buf_add(
		&receiver->out, (struct mc_str){ (const char *)message->msg, message->msg_length });
	receiver->opcode = message->opcode;
	receiver->got = true;
}

struct mc_ws_receiver *
mc_ws_receiver_create(bool server, size_t limit)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = give_input,
		.send_callback = keep_answer,
		.genmask_callback = mask_with_nothing,
		.on_frame_recv_chunk_callback = take_fragment,
		.on_msg_recv_callback = take_message,
	};
	struct mc_ws_receiver *receiver = calloc(1, sizeof(*receiver));

	if (receiver == NULL)
		return NULL;
	int made = server ? wslay_event_context_server_init(&receiver->wslay, &callbacks, receiver)
			  : wslay_event_context_client_init(&receiver->wslay, &callbacks, receiver);
	if (made != 0) {
		free(receiver);
		return NULL;
	}
	receiver->limit = limit;
	wslay_event_config_set_no_buffering(receiver->wslay, 1);
	wslay_event_config_set_max_recv_msg_length(receiver->wslay, limit);
	mc_buf_init(&receiver->out, CONTROL_MAX);
	mc_buf_init(&receiver->text, limit);
	return receiver;
}

void
mc_ws_receiver_destroy(struct mc_ws_receiver *receiver)
{
	if (receiver == NULL)
		return;
	wslay_event_context_free(receiver->wslay);
	mc_buf_finish(&receiver->out);
	mc_buf_finish(&receiver->text);
	free(receiver);
}

/* Section 5.2: how long this header is, as far as its first bytes tell. */
static size_t
header_size(const unsigned char *header, size_t n)
{
	if (n < 2)
		return 2;
	unsigned length = header[1] & 0x7fU;
	return 2 + (length == 126 ? 2U : length == 127 ? 8U : 0U) + (header[1] & 0x80U ? 4U : 0U);
}

static uint64_t
payload_size(const unsigned char *header)
{
	uint64_t length = header[1] & 0x7fU;
	size_t n_bytes = length == 126 ? 2 : length == 127 ? 8 : 0;

	if (n_bytes == 0)
		return length;
	length = 0;
	for (size_t i = 0; i < n_bytes; i++)
		length = length << 8 | header[2 + i];
	return length;
}

/*
 * Lets wslay have the next bytes of this frame, none beyond it; returns how many were taken off
 * `in`.  What a control frame carries is given in one piece: wslay's verdict on a close would
 * depend on the pieces.
 */
static size_t
take_piece(struct mc_ws_receiver *receiver, struct mc_str in)
{
	size_t size = header_size(receiver->header, receiver->n_header);

	receiver->input = mc_str_first(in, 1);
	if (receiver->n_header < size) {
		receiver->header[receiver->n_header++] = (unsigned char)in.ptr[0];
		if (receiver->n_header == header_size(receiver->header, receiver->n_header))
			receiver->payload_left = payload_size(receiver->header);
		return 1;
	}
	size_t n = receiver->payload_left < in.len ? (size_t)receiver->payload_left : in.len;
	receiver->payload_left -= n;
	receiver->input = mc_str_first(in, n);
	if (is_control(receiver) && n <= sizeof(receiver->control) - receiver->n_control) {
		memcpy(receiver->control + receiver->n_control, in.ptr, n);
		receiver->n_control += n;
		receiver->input = (struct mc_str){ receiver->control,
			receiver->payload_left == 0 ? receiver->n_control : 0 };
	}
	return n;
}

static void
end_frame(struct mc_ws_receiver *receiver)
{
	bool is_whole = receiver->n_header >= 2 &&
			receiver->n_header == header_size(receiver->header, receiver->n_header) &&
			receiver->payload_left == 0;

	if (!is_whole)
		return;
	/* Control frames may stand between fragments. */
	if (!is_control(receiver))
		receiver->within_message = (receiver->header[0] & 0x80U) == 0;
	receiver->n_header = receiver->n_control = 0;
}

/* What wslay answered: a close of its own is its verdict. */
static bool
has_failed(struct mc_ws_receiver *receiver, enum mc_ws_close_code *code)
{
	size_t start = receiver->said[1] & 0x80U ? 6 : 2;

	if (receiver->n_said == 0 || (receiver->said[0] & 0x0fU) != MC_WS_CLOSE)
		return false;
	*code = MC_WS_PROTOCOL_ERROR;
	if (receiver->n_said >= start + 2)
		*code = (enum mc_ws_close_code)(
			(unsigned)receiver->said[start] << 8 | receiver->said[start + 1]);
	return true;
}

/* Sections 5.5.1 and 7.4.  wslay hands on what it then refuses, but for a reason that is no UTF-8.
 */
static bool
is_good_close(struct mc_str payload)
{
	if (payload.len == 0)
		return true;
	if (payload.len == 1)
		return false;
	unsigned code =
		(unsigned)(unsigned char)payload.ptr[0] << 8 | (unsigned char)payload.ptr[1];
	/* 1004 to 1006 and 1015 are never sent; 1012 to 1014 are registered since. */
	bool registered = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
	return registered || (code >= 3000 && code <= 4999);
}

static enum mc_ws_result
end_badly(struct mc_ws_receiver *receiver, enum mc_ws_close_code why, enum mc_ws_close_code *code)
{
	receiver->ended = true;
	*code = why;
	return MC_WS_GOT_BAD;
}

static enum mc_ws_result
deliver(struct mc_ws_receiver *receiver, struct mc_str *out, enum mc_ws_close_code *code)
{
	struct mc_buf *from = is_control(receiver) ? &receiver->out : &receiver->text;

	*out = mc_buf_str(from);
	if (!mc_buf_ok(from))
		return end_badly(receiver, MC_WS_TRY_AGAIN, code);
	switch (receiver->opcode) {
	case WSLAY_TEXT_FRAME: return MC_WS_GOT_TEXT;
	case WSLAY_PING: return MC_WS_GOT_PING;
	case WSLAY_PONG: return MC_WS_GOT_PONG;
	case WSLAY_CONNECTION_CLOSE:
		if (!is_good_close(*out))
			return end_badly(receiver, MC_WS_PROTOCOL_ERROR, code);
		receiver->ended = true;
		return MC_WS_GOT_CLOSE;
	default: return end_badly(receiver, MC_WS_UNSUPPORTED, code);
	}
}

enum mc_ws_result
mc_ws_receive(struct mc_ws_receiver *receiver, struct mc_str *in, struct mc_str *out,
	enum mc_ws_close_code *code)
{
	enum mc_ws_close_code why = MC_WS_PROTOCOL_ERROR;

	*out = (struct mc_str){ 0 };
	/* What was handed out last time was the caller's until now. */
	if (!receiver->within_message && receiver->n_header == 0)
		mc_buf_clear(&receiver->text);
	while (in->len > 0 && !receiver->ended) {
		*in = mc_str_skip(*in, take_piece(receiver, *in));
		receiver->got = false;
		receiver->n_said = 0;

		int failed = wslay_event_recv(receiver->wslay);
		if (failed == 0 && wslay_event_want_write(receiver->wslay))
			failed = wslay_event_send(receiver->wslay);
		if (failed != 0)
			return end_badly(receiver,
				failed == WSLAY_ERR_NOMEM ? MC_WS_TRY_AGAIN : MC_WS_PROTOCOL_ERROR,
				code);
		end_frame(receiver);
		if (receiver->got)
			return deliver(receiver, out, code);
		if (has_failed(receiver, &why))
			return end_badly(receiver, why, code);
		/* Its header says enough: what never comes need not be waited for.  Of the whole
		 * message nobody else keeps the sum. */
		if (!is_control(receiver) &&
			receiver->payload_left > receiver->limit - receiver->text.len)
			return end_badly(receiver, MC_WS_TOO_BIG, code);
	}
	/* Nothing behind an end is read. */
	if (receiver->ended)
		*in = (struct mc_str){ in->ptr + in->len, 0 };
	return MC_WS_GOT_MORE;
}

bool
mc_ws_receiver_is_busy(const struct mc_ws_receiver *receiver)
{
	return receiver->n_header > 0 || receiver->within_message || receiver->ended;
}

size_t
mc_ws_receiver_size(const struct mc_ws_receiver *receiver)
{
	return receiver->text.size;
}
