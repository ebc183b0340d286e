/*
 * Frames of chat: the first byte chooses the limit, the rest is the stream.  A beginning of a good
 * frame must be MORE, what was refused must stay refused, and a frame must be written as it came.
 */

#include <string.h>

#include "libminiclass/chat/frame.h"
#include "libminiclass/limits.h"
#include "test/fuzz/fuzz.h"

/* How many beginnings are tried at the front, and around the frame's end. */
enum { FRONT = 16, AROUND = 4 };

/* A block of exactly these bytes, so that a sanitizer sees one byte too many. */
static enum mc_frame_result
next_alone(struct mc_str in, size_t limit, struct mc_frame *out)
{
	char *copy = malloc(in.len > 0 ? in.len : 1);

	expect(copy != NULL, "there is memory");
	if (in.len > 0)
		memcpy(copy, in.ptr, in.len);
	enum mc_frame_result result = mc_frame_next((struct mc_str){ copy, in.len }, limit, out);
	free(copy);
	return result;
}

static void
check_written(struct mc_str in, const struct mc_frame *frame)
{
	struct mc_buf buf;

	mc_buf_init(&buf, frame->size);
	mc_frame_write(&buf, frame->json);
	expect(mc_buf_ok(&buf), "it needs as much room as it had");
	expect(mc_str_equal(mc_buf_str(&buf), mc_str_first(in, frame->size)),
		"there is one way to write a frame");
	mc_buf_finish(&buf);
}

/* The result of a beginning says what the whole may be. */
static void
check_beginning(struct mc_str in, size_t n, size_t limit, enum mc_frame_result whole, size_t size)
{
	struct mc_frame frame = { { NULL, 77 }, 88 };
	enum mc_frame_result result = next_alone(mc_str_first(in, n), limit, &frame);

	if (result != MC_FRAME_OK)
		expect(frame.json.len == 77 && frame.size == 88, "only a frame sets the output");
	if (result == MC_FRAME_MORE)
		expect(whole != MC_FRAME_OK || n < size, "the last byte is enough");
	else
		expect(result == whole, "what was said once stays");
	if (result == MC_FRAME_OK)
		expect(n >= size, "not before the last byte");
}

static size_t
check_one(struct mc_str in, size_t limit)
{
	struct mc_frame frame = { { NULL, 0 }, 0 };
	enum mc_frame_result result = mc_frame_next(in, limit, &frame);

	if (result == MC_FRAME_OK) {
		expect(is_within(frame.json, in), "the JSON is borrowed");
		expect(frame.json.len > 0 && frame.json.len <= limit, "its size is in bounds");
		expect(frame.size <= in.len, "no more is used than there is");
		expect(frame.json.ptr + frame.json.len + 2 == in.ptr + frame.size, "CRLF ends it");
		check_written(in, &frame);
	}
	for (size_t n = 0; n <= in.len && n < FRONT; n++)
		check_beginning(in, n, limit, result, frame.size);
	for (size_t n = frame.size < AROUND ? 0 : frame.size - AROUND;
		n <= in.len && n < frame.size + AROUND; n++)
		check_beginning(in, n, limit, result, frame.size);
	return frame.size;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	struct mc_str in = { (const char *)data + 1, size - 1 };
	size_t limit = data[0] & 1 ? MC_FRAME_SIZE_MAX : data[0];

	for (;;) {
		size_t used = check_one(in, limit);
		if (used == 0)
			return 0;
		in = mc_str_skip(in, used);
	}
}
