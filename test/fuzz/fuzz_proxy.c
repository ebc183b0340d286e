/*
 * What a proxy says of its client, as bytes in front of a connection and as a field: whatever
 * comes, what is taken lies within it, and a header cut short is not taken for a whole one.
 */

#include "libminiclass/http/forwarded.h"
#include "libminiclass/net/proxy.h"
#include "test/fuzz/fuzz.h"

static bool
is_ours(const void *user, struct mc_str node)
{
	expect(is_within(node, *(const struct mc_str *)user) || node.len == 0, "a node is of it");
	return node.len % 2 == 1;
}

static void
check_header(struct mc_str in)
{
	struct mc_addr client = { .size = 0 };
	size_t size = 0, cut = 0;

	if (mc_proxy_parse(in, &size, &client) != MC_PROXY_OK)
		return;
	expect(size >= 16 && size <= in.len && size <= MC_PROXY_HEAD_MAX, "it is within");
	for (size_t n = 0; n < size; n++)
		expect(mc_proxy_parse(mc_str_first(in, n), &cut, &client) == MC_PROXY_MORE,
			"less is not enough");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_str in = { (const char *)data, size };
	struct mc_field field = { MC_STR("Forwarded"), in };
	struct mc_forwarded client;

	check_header(in);
	if (mc_forwarded_client(&field, 1, is_ours, &in, &client)) {
		expect(client.node.len == 0 || is_within(client.node, in), "the node is of it");
		expect(client.proto.len == 0 || is_within(client.proto, in), "so is proto");
	}
	return 0;
}
