/*
 * WebSocket messages: the first byte says whose end it is, the second the size of pieces; the rest
 * is received at once and in pieces.  Both must give the same things, and keep the limit.
 */

#include <string.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/utf8.h"
#include "libminiclass/ws/message.h"
#include "test/fuzz/fuzz.h"

enum { LIMIT = 600, SEEN_MAX = 1 << 20 };

static void
receive(bool server, struct mc_str in, size_t piece, struct mc_buf *seen)
{
	struct mc_ws_receiver *receiver = mc_ws_receiver_create(server, LIMIT);
	bool ended = false;

	expect(receiver != NULL, "memory");
	while (in.len > 0) {
		struct mc_str part = mc_str_first(in, piece), out;
		in = mc_str_skip(in, part.len);
		while (part.len > 0) {
			enum mc_ws_close_code code = MC_WS_NORMAL;
			size_t before = part.len;
			enum mc_ws_result result = mc_ws_receive(receiver, &part, &out, &code);
			expect(part.len < before, "each call takes something");
			expect(result == MC_WS_GOT_MORE || !ended, "nothing comes behind an end");
			if (result == MC_WS_GOT_MORE)
				continue;
			ended = result == MC_WS_GOT_CLOSE || result == MC_WS_GOT_BAD;
			expect(result == MC_WS_GOT_BAD || out.len <= LIMIT, "the limit");
			expect(result != MC_WS_GOT_TEXT || mc_utf8_is_valid(out), "text is UTF-8");
			mc_buf_addf(seen, "%d %d ", (int)result, (int)code);
			if (result != MC_WS_GOT_BAD)
				mc_buf_add(seen, out);
		}
	}
	mc_ws_receiver_destroy(receiver);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_buf at_once, pieces;

	if (size < 2)
		return 0;
	struct mc_str in = { (const char *)data + 2, size - 2 };
	mc_buf_init(&at_once, SEEN_MAX);
	mc_buf_init(&pieces, SEEN_MAX);
	receive(data[0] & 1, in, in.len, &at_once);
	receive(data[0] & 1, in, 1 + data[1] % 16, &pieces);
	expect(mc_str_equal(mc_buf_str(&at_once), mc_buf_str(&pieces)), "splits change nothing");
	mc_buf_finish(&at_once);
	mc_buf_finish(&pieces);
	return 0;
}
