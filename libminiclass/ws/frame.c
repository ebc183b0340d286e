#include "libminiclass/ws/frame.h"

#include <stdbool.h>
#include <string.h>

#include "libminiclass/base/utf8.h"

enum {
	FINAL = 0x80,
	MASKED = 0x80,
	LENGTH_16 = 126, /* the length follows in two bytes */
	LENGTH_64 = 127, /* in eight */
	HEADER_MAX = 14,
	CLOSE_REASON_MAX = 123, /* 125 bytes of a control frame without the code */
};

static size_t
put_header(unsigned char *out, enum mc_ws_opcode opcode, uint64_t length, bool masked)
{
	size_t n_bytes = length < LENGTH_16 ? 0 : length <= UINT16_MAX ? 2 : 8;
	unsigned short_length = n_bytes == 0   ? (unsigned)length
				: n_bytes == 2 ? LENGTH_16
					       : LENGTH_64;

	out[0] = (unsigned char)(FINAL | (unsigned)opcode);
	out[1] = (unsigned char)((masked ? MASKED : 0U) | short_length);
	for (size_t i = 0; i < n_bytes; i++)
		out[2 + i] = (unsigned char)(length >> (8 * (n_bytes - 1 - i)));
	return 2 + n_bytes;
}

void
mc_ws_frame_write(struct mc_buf *buf, enum mc_ws_opcode opcode, struct mc_str payload)
{
	unsigned char header[HEADER_MAX];
	size_t size = put_header(header, opcode, payload.len, false);

	/* All or nothing: half a frame would spoil the stream. */
	if (mc_buf_reserve(buf, size + payload.len) == NULL)
		return;
	mc_buf_add(buf, (struct mc_str){ (const char *)header, size });
	mc_buf_add(buf, payload);
}

void
mc_ws_frame_write_masked(
	struct mc_buf *buf, enum mc_ws_opcode opcode, struct mc_str payload, uint32_t key)
{
	unsigned char header[HEADER_MAX], mask[4];
	size_t size = put_header(header, opcode, payload.len, true);

	for (size_t i = 0; i < sizeof(mask); i++)
		mask[i] = (unsigned char)(key >> (8 * (3 - i)));
	memcpy(header + size, mask, sizeof(mask));
	size += sizeof(mask);

	char *out = mc_buf_reserve(buf, size + payload.len);
	if (out == NULL)
		return;
	memcpy(out, header, size);
	for (size_t i = 0; i < payload.len; i++)
		out[size + i] = (char)((unsigned char)payload.ptr[i] ^ mask[i % sizeof(mask)]);
	mc_buf_commit(buf, size + payload.len);
}

void
mc_ws_close_write(struct mc_buf *buf, enum mc_ws_close_code code, struct mc_str reason)
{
	mc_buf_add_char(buf, (char)((unsigned)code >> 8));
	mc_buf_add_char(buf, (char)((unsigned)code & 0xff));
	mc_buf_add(buf, mc_utf8_cut(reason, CLOSE_REASON_MAX));
}
