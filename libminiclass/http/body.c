#include "libminiclass/http/body.h"

#include <stdlib.h>

#include "libminiclass/http/chars_int.h"

/* What stands next. */
enum {
	SIZE, /* of a chunk: digits, then an extension or the line's end */
	EXTENSION,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER, /* at the beginning of a line */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	LAST_LF,
	DONE,
	REFUSED,
};

enum { SIZE_DIGITS_MAX = 15 }; /* 60 bits: no sum with it wraps */

void
mc_body_init(struct mc_body *body, enum mc_framing framing, uint64_t length, uint64_t limit)
{
	*body = (struct mc_body){ .framing = framing, .state = SIZE, .room = limit };
	switch (framing) {
	case MC_FRAMING_NONE: body->state = DONE; break;
	case MC_FRAMING_LENGTH:
		body->left = length;
		body->state = length == 0 ? DONE : DATA;
		break;
	case MC_FRAMING_UNTIL_CLOSE: body->state = DATA; break;
	case MC_FRAMING_CHUNKED: break;
	}
}

static enum mc_body_result
refuse(struct mc_body *body, enum mc_body_result result)
{
	body->state = REFUSED;
	body->left = result == MC_BODY_TOO_BIG; /* so that the next call says the same */
	return result;
}

static enum mc_body_result
take_size(struct mc_body *body, char byte)
{
	if (http_is(byte, HTTP_HEX)) {
		if (body->digits == SIZE_DIGITS_MAX)
			return refuse(body, MC_BODY_BAD);
		body->digits++;
		body->left = body->left * 16 + http_hex_value(byte);
		return MC_BODY_MORE;
	}
	/* RFC 9112, 7.1.1 asks to bear blanks before ";", which nobody sends: a size ends here. */
	if (body->digits == 0 || (byte != '\r' && byte != ';'))
		return refuse(body, MC_BODY_BAD);
	if (body->left > body->room)
		return refuse(body, MC_BODY_TOO_BIG);
	body->state = byte == '\r' ? SIZE_LF : EXTENSION;
	return MC_BODY_MORE;
}

/* One byte that must be `wanted`, and what stands behind it. */
static enum mc_body_result
take(struct mc_body *body, char byte, char wanted, uint8_t state)
{
	if (byte != wanted)
		return refuse(body, MC_BODY_BAD);
	body->state = state;
	if (state == SIZE) {
		body->left = 0;
		body->digits = 0;
	}
	return state == DONE ? MC_BODY_DONE : MC_BODY_MORE;
}

/* A byte of a line that we drop: goes on while it is of the class, else must be `end`. */
static enum mc_body_result
drop(struct mc_body *body, char byte, unsigned class, char end, uint8_t state)
{
	if (!http_is(byte, class))
		return take(body, byte, end, state);
	if (body->overhead == MC_BODY_OVERHEAD_MAX)
		return refuse(body, MC_BODY_BAD);
	body->overhead++;
	return MC_BODY_MORE;
}

static enum mc_body_result
take_trailer(struct mc_body *body, char byte)
{
	if (byte == '\r')
		return take(body, byte, '\r', LAST_LF);
	if (!http_is(byte, HTTP_TOKEN))
		return refuse(body, MC_BODY_BAD);
	body->state = TRAILER_NAME;
	return drop(body, byte, HTTP_TOKEN, ':', TRAILER_VALUE);
}

/* One byte of what frames the chunks.  MC_BODY_MORE: taken, go on. */
static enum mc_body_result
step(struct mc_body *body, char byte)
{
	switch (body->state) {
	case SIZE: return take_size(body, byte);
	case EXTENSION: return drop(body, byte, HTTP_VALUE, '\r', SIZE_LF);
	case SIZE_LF: return take(body, byte, '\n', body->left > 0 ? DATA : TRAILER);
	case DATA_CR: return take(body, byte, '\r', DATA_LF);
	case DATA_LF: return take(body, byte, '\n', SIZE);
	case TRAILER: return take_trailer(body, byte);
	case TRAILER_NAME: return drop(body, byte, HTTP_TOKEN, ':', TRAILER_VALUE);
	case TRAILER_VALUE: return drop(body, byte, HTTP_VALUE, '\r', TRAILER_LF);
	case TRAILER_LF: return take(body, byte, '\n', TRAILER);
	case LAST_LF: return take(body, byte, '\n', DONE);
	default: abort(); /* DATA, DONE and REFUSED never come here */
	}
}

static enum mc_body_result
take_data(struct mc_body *body, struct mc_str in, size_t *used, struct mc_str *data)
{
	if (body->framing == MC_FRAMING_UNTIL_CLOSE)
		body->left = in.len;
	if (body->left > body->room)
		return refuse(body, MC_BODY_TOO_BIG);
	if (in.len == 0)
		return MC_BODY_MORE;

	size_t n = in.len < body->left ? in.len : (size_t)body->left;
	*data = mc_str_first(in, n);
	*used += n;
	body->left -= n;
	body->room -= n;
	if (body->left == 0 && body->framing == MC_FRAMING_LENGTH)
		body->state = DONE;
	if (body->left == 0 && body->framing == MC_FRAMING_CHUNKED)
		body->state = DATA_CR;
	return MC_BODY_DATA;
}

enum mc_body_result
mc_body_next(struct mc_body *body, struct mc_str in, size_t *used, struct mc_str *data)
{
	*used = 0;
	if (body->state == REFUSED)
		return body->left > 0 ? MC_BODY_TOO_BIG : MC_BODY_BAD;
	while (body->state != DONE) {
		if (body->state == DATA)
			return take_data(body, mc_str_skip(in, *used), used, data);
		if (*used == in.len)
			return MC_BODY_MORE;
		enum mc_body_result result = step(body, in.ptr[*used]);
		++*used;
		if (result != MC_BODY_MORE)
			return result;
	}
	return MC_BODY_DONE;
}
