/* Request heads: cuts do not matter, what is taken lies within the input, its fields are readable.
 */

#include <string.h>

#include "libminiclass/http/accept.h"
#include "libminiclass/http/cookie.h"
#include "libminiclass/http/etag.h"
#include "libminiclass/http/head.h"
#include "libminiclass/http/origin.h"
#include "libminiclass/http/url.h"
#include "test/fuzz/fuzz.h"

/* The same bytes one by one; stops where the parser has decided. */
static enum mc_head_result
parse_grown(struct mc_str in, struct mc_head_parser *parser, struct mc_request_head *head)
{
	enum mc_head_result result = MC_HEAD_MORE;

	for (size_t n = 0; n <= in.len && result == MC_HEAD_MORE; n++)
		result = mc_request_head_parse(parser, mc_str_first(in, n), head);
	return result;
}

static void
check_head(const struct mc_request_head *head, struct mc_str in)
{
	expect(head->size <= in.len && head->size >= 4, "the size lies within the input");
	expect(memcmp(in.ptr + head->size - 4, "\r\n\r\n", 4) == 0, "a head ends in an empty line");
	expect(head->n_fields <= MC_HEAD_FIELDS_MAX, "fields are bounded");
	struct mc_str bytes = mc_str_first(in, head->size);
	expect(is_within(head->method_text, bytes), "the method is borrowed");
	expect(head->target.len > 0, "there is a target");
	expect(head->minor_version == 0 || mc_authority_is_valid(head->host), "there is a host");
	for (size_t i = 0; i < head->n_fields; i++) {
		expect(head->fields[i].name.len > 0, "a name is not empty");
		expect(is_within(head->fields[i].name, bytes), "names are borrowed");
		expect(is_within(head->fields[i].value, bytes), "values are borrowed");
		expect(memchr(head->fields[i].value.ptr, '\n', head->fields[i].value.len) == NULL,
			"a value is one line");
	}
}

static void
read_fields(const struct mc_request_head *head)
{
	static const struct mc_str gzip = MC_STR_INIT("gzip");
	struct mc_target target;
	uint64_t first, last;

	expect(mc_target_split(head->target, &target) || head->method == MC_METHOD_OPTIONS ||
			mc_str_equal(head->method_text, MC_STR("CONNECT")),
		"a target is a path, except * and an authority");
	(void)mc_cookie_find(head->fields, head->n_fields, MC_STR("a"));
	(void)mc_origin_of(head->fields, head->n_fields, MC_STR("http"), head->host);
	for (size_t i = 0; i < head->n_fields; i++) {
		struct mc_str value = head->fields[i].value;
		int quality = mc_accept_quality(value, MC_STR("text/html"));
		expect(quality >= 0 && quality <= 1000, "qualities are 0 to 1000");
		quality = mc_accept_coding_quality(value, gzip);
		expect(quality >= 0 && quality <= 1000, "qualities are 0 to 1000");
		(void)mc_media_type(value);
		(void)mc_etag_matches(value, MC_STR("\"a\""));
		(void)mc_etag_is_same(value, MC_STR("\"a\""));
		if (mc_range_read(value, 100, &first, &last) == MC_RANGE_PART)
			expect(first <= last && last < 100, "a range lies within its size");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_str in = { (const char *)data, size };
	struct mc_head_parser at_once = { 0 }, grown = { 0 };
	struct mc_request_head head, grown_head;

	enum mc_head_result result = mc_request_head_parse(&at_once, in, &head);
	enum mc_head_result again = parse_grown(in, &grown, &grown_head);
	expect(result == again, "the result does not depend on cuts");
	if (result == MC_HEAD_BAD) {
		expect(at_once.refusal_status == grown.refusal_status &&
				at_once.refusal == grown.refusal,
			"the refusal does not depend on cuts");
		return 0;
	}
	expect(at_once.position == grown.position, "the position does not depend on cuts");
	if (result == MC_HEAD_MORE) {
		expect(size < MC_HEAD_SIZE_MAX, "a head is bounded");
		return 0;
	}
	expect(head.size == grown_head.size && head.n_fields == grown_head.n_fields &&
			head.framing == grown_head.framing &&
			head.content_length == grown_head.content_length &&
			head.keep_alive == grown_head.keep_alive,
		"the head does not depend on cuts");
	expect(memcmp(at_once.fields, grown.fields, sizeof(at_once.fields)) == 0,
		"the fields do not depend on cuts");
	check_head(&head, in);
	read_fields(&head);
	return 0;
}
