/*
 * Bodies: the first byte chooses framing and limit, the second the size of pieces, the rest is read
 * at once and in pieces.  Both must give the same data, end at the same byte and keep the limit.
 */

#include <string.h>

#include "libminiclass/http/body.h"
#include "test/fuzz/fuzz.h"

enum { LIMIT_LARGE = 4096 };

struct read {
	enum mc_body_result result;
	size_t used;
	size_t len;
	char data[LIMIT_LARGE];
};

static void
keep(struct read *read, struct mc_str data, struct mc_str in, size_t limit)
{
	expect(data.len > 0, "data is never empty");
	expect(is_within(data, in), "data is borrowed");
	expect(data.len <= limit - read->len, "no more than the limit");
	memcpy(read->data + read->len, data.ptr, data.len);
	read->len += data.len;
}

static void
read_body(struct mc_body body, struct mc_str in, size_t piece, size_t limit, struct read *read)
{
	for (;;) {
		struct mc_str part = mc_str_first(mc_str_skip(in, read->used), piece);
		struct mc_str data;
		size_t used;
		read->result = mc_body_next(&body, part, &used, &data);
		expect(used <= part.len, "no more is used than there is");
		read->used += used;
		if (read->result == MC_BODY_DATA) {
			expect(used > 0, "data is progress");
			keep(read, data, in, limit);
			continue;
		}
		if (read->result != MC_BODY_MORE)
			return;
		expect(used == part.len, "MORE has used all");
		if (read->used == in.len)
			return;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum mc_framing framings[] = { MC_FRAMING_CHUNKED, MC_FRAMING_CHUNKED,
		MC_FRAMING_LENGTH, MC_FRAMING_UNTIL_CLOSE };
	static struct read at_once, pieces;

	if (size < 2)
		return 0;
	size_t limit = data[0] & 4 ? LIMIT_LARGE : 16;
	size_t piece = data[1] > 0 ? data[1] : 1;
	struct mc_str in = { (const char *)data + 2, size - 2 };

	struct mc_body body;
	mc_body_init(&body, framings[data[0] & 3], data[1], limit);
	at_once = (struct read){ .result = MC_BODY_MORE };
	pieces = (struct read){ .result = MC_BODY_MORE };
	read_body(body, in, SIZE_MAX, limit, &at_once);
	read_body(body, in, piece, limit, &pieces);

	expect(at_once.result == pieces.result, "the result does not depend on cuts");
	/* Without framing all that was read before the limit broke is given out, in other pieces.
	 */
	if (at_once.result == MC_BODY_TOO_BIG)
		return 0;
	expect(at_once.used == pieces.used, "the end does not depend on cuts");
	expect(at_once.len == pieces.len && memcmp(at_once.data, pieces.data, pieces.len) == 0,
		"the data does not depend on cuts");
	return 0;
}
