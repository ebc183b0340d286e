/* Response heads: cuts do not matter, and what is taken lies within the input. */

#include <string.h>

#include "libminiclass/http/head.h"
#include "test/fuzz/fuzz.h"

static enum mc_head_result
parse_grown(struct mc_str in, struct mc_head_parser *parser, struct mc_response_head *head)
{
	enum mc_head_result result = MC_HEAD_MORE;

	for (size_t n = 0; n <= in.len && result == MC_HEAD_MORE; n++)
		result = mc_response_head_parse(parser, mc_str_first(in, n), head);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_str in = { (const char *)data, size };
	struct mc_head_parser at_once = { 0 }, grown = { 0 };
	struct mc_response_head head, grown_head;

	enum mc_head_result result = mc_response_head_parse(&at_once, in, &head);
	enum mc_head_result again = parse_grown(in, &grown, &grown_head);
	expect(result == again, "the result does not depend on cuts");
	expect(at_once.refusal_status == grown.refusal_status && at_once.refusal == grown.refusal,
		"the refusal does not depend on cuts");
	if (result != MC_HEAD_OK)
		return 0;

	expect(head.size <= size && head.size == grown_head.size, "the size is right");
	expect(memcmp(in.ptr + head.size - 4, "\r\n\r\n", 4) == 0, "a head ends in an empty line");
	expect(head.status >= 100 && head.status <= 599, "a status has three digits");
	expect(head.status == grown_head.status && head.framing == grown_head.framing,
		"the head does not depend on cuts");
	expect(memcmp(at_once.fields, grown.fields, sizeof(at_once.fields)) == 0,
		"the fields do not depend on cuts");
	for (size_t i = 0; i < head.n_fields; i++)
		expect(is_within(head.fields[i].value, mc_str_first(in, head.size)),
			"values are borrowed");
	return 0;
}
