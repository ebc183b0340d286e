#include "libminiclass/http/head_int.h"

#include "libminiclass/http/chars_int.h"
#include "libminiclass/http/url.h"

/* Fits a signed and an unsigned 64-bit number everywhere: 15 digits. */
static const int64_t content_length_max = 999999999999999;

static enum mc_head_result
take_host(struct mc_head_parser *parser, struct mc_str value)
{
	if (parser->seen & SEEN_HOST)
		return head_refuse(parser, 400, "The Host field comes twice.");
	if (!mc_authority_is_valid(value))
		return head_refuse(parser, 400, "The Host field does not hold a host.");
	parser->seen |= SEEN_HOST;
	parser->host = parser->fields[parser->n_fields - 1].value;
	return MC_HEAD_OK;
}

/* RFC 9112, 6.3: both would let two readers see two messages. */
static enum mc_head_result
check_framing(struct mc_head_parser *parser)
{
	if ((parser->seen & SEEN_LENGTH) && (parser->seen & SEEN_CHUNKED))
		return head_refuse(
			parser, 400, "Content-Length and Transfer-Encoding are both there.");
	return MC_HEAD_OK;
}

static enum mc_head_result
take_length(struct mc_head_parser *parser, struct mc_str value)
{
	int64_t length;

	if (parser->seen & SEEN_LENGTH)
		return head_refuse(parser, 400, "The Content-Length field comes twice.");
	if (!mc_str_to_int(value, 0, content_length_max, &length))
		return head_refuse(parser, 400, "The Content-Length field does not hold a length.");
	parser->seen |= SEEN_LENGTH;
	parser->content_length = (uint64_t)length;
	return check_framing(parser);
}

/* "gzip, chunked" is right and not for us; what chunked does not end has no end (RFC 9112, 6.3). */
static bool
codings_are_framed(struct mc_str value)
{
	struct mc_str item;
	size_t n_chunked = 0;
	bool last = false;

	while (http_list_next(&value, &item)) {
		struct mc_str name = http_trim(mc_str_first(item, mc_str_find(item, ';')));
		if (name.len == 0 || !http_all(name, HTTP_TOKEN))
			return false;
		last = mc_str_equal_nocase(item, MC_STR("chunked"));
		n_chunked += mc_str_equal_nocase(name, MC_STR("chunked"));
	}
	return last && n_chunked == 1;
}

static enum mc_head_result
take_coding(struct mc_head_parser *parser, struct mc_str value)
{
	if (parser->seen & SEEN_CHUNKED)
		return head_refuse(parser, 400, "The Transfer-Encoding field comes twice.");
	if (parser->minor_version == 0)
		return head_refuse(parser, 400, "HTTP/1.0 has no Transfer-Encoding.");
	if (mc_str_equal_nocase(value, MC_STR("chunked"))) {
		parser->seen |= SEEN_CHUNKED;
		return check_framing(parser);
	}
	if (codings_are_framed(value))
		return head_refuse(parser, 501, "The only transfer coding known here is chunked.");
	return head_refuse(parser, 400, "The Transfer-Encoding field does not end in one chunked.");
}

static void
take_connection(struct mc_head_parser *parser, struct mc_str value)
{
	struct mc_str item;

	while (http_list_next(&value, &item)) {
		if (mc_str_equal_nocase(item, MC_STR("close")))
			parser->seen |= SEEN_CLOSE;
		else if (mc_str_equal_nocase(item, MC_STR("keep-alive")))
			parser->seen |= SEEN_KEEP_ALIVE;
	}
}

static enum mc_head_result
take_expect(struct mc_head_parser *parser, struct mc_str value)
{
	if (!mc_str_equal_nocase(value, MC_STR("100-continue")))
		return head_refuse(parser, 417, "The only expectation known here is 100-continue.");
	/* RFC 9110, 10.1.1: from an HTTP/1.0 client it must be ignored. */
	if (parser->minor_version == 1)
		parser->seen |= SEEN_CONTINUE;
	return MC_HEAD_OK;
}

enum mc_head_result
head_take_field(struct mc_head_parser *parser, struct mc_str in)
{
	struct mc_str name = head_text(in, parser->fields[parser->n_fields - 1].name);
	struct mc_str value = head_text(in, parser->fields[parser->n_fields - 1].value);
	bool request = !(parser->seen & SEEN_RESPONSE);

	/* The length first: most fields are none of these, and this runs for each of them. */
	switch (name.len) {
	case sizeof("Host") - 1:
		if (request && mc_str_equal_nocase(name, MC_STR("Host")))
			return take_host(parser, value);
		break;
	case sizeof("Expect") - 1:
		if (request && mc_str_equal_nocase(name, MC_STR("Expect")))
			return take_expect(parser, value);
		break;
	case sizeof("Connection") - 1:
		if (mc_str_equal_nocase(name, MC_STR("Connection")))
			take_connection(parser, value);
		break;
	case sizeof("Content-Length") - 1:
		if (mc_str_equal_nocase(name, MC_STR("Content-Length")))
			return take_length(parser, value);
		break;
	case sizeof("Transfer-Encoding") - 1:
		if (mc_str_equal_nocase(name, MC_STR("Transfer-Encoding")))
			return take_coding(parser, value);
		break;
	default: break;
	}
	return MC_HEAD_OK;
}

bool
head_split_target(
	struct mc_str method, struct mc_str target, struct mc_str *path, struct mc_str *authority)
{
	bool is_connect = mc_str_equal(method, MC_STR("CONNECT"));
	bool is_options = mc_str_equal(method, MC_STR("OPTIONS"));

	*authority = (struct mc_str){ NULL, 0 };
	*path = target;
	if (is_connect)
		return mc_authority_is_valid(target) && mc_authority_port(target).len > 0;
	if (target.len > 0 && target.ptr[0] == '/')
		return true;
	if (mc_str_equal(target, MC_STR("*")))
		return is_options;

	size_t scheme = mc_str_find(target, ':');
	if (!mc_str_equal_nocase(mc_str_first(target, scheme), MC_STR("http")) &&
		!mc_str_equal_nocase(mc_str_first(target, scheme), MC_STR("https")))
		return false;
	struct mc_str rest = mc_str_skip(target, scheme);
	if (!mc_str_starts_with(rest, MC_STR("://")))
		return false;
	rest = mc_str_skip(rest, 3);
	*authority = mc_str_first(rest, mc_str_find(rest, '/'));
	*path = mc_str_skip(rest, authority->len);
	/* A "?" with no "/" before it falls through here too: there is no path to borrow. */
	if (!mc_authority_is_valid(*authority))
		return false;
	if (path->len == 0)
		*path = is_options ? MC_STR("*") : MC_STR("/"); /* RFC 9112, 3.2.4 and 3.2.1 */
	return true;
}

struct mc_str
mc_field_find(const struct mc_field *fields, size_t n_fields, struct mc_str name)
{
	for (size_t i = 0; i < n_fields; i++) {
		if (fields[i].name.len == name.len && mc_str_equal_nocase(fields[i].name, name))
			return fields[i].value;
	}
	return (struct mc_str){ NULL, 0 };
}

bool
mc_field_has_token(
	const struct mc_field *fields, size_t n_fields, struct mc_str name, struct mc_str token)
{
	for (size_t i = 0; i < n_fields; i++) {
		struct mc_str rest = fields[i].value;
		struct mc_str item;
		if (!mc_str_equal_nocase(fields[i].name, name))
			continue;
		while (http_list_next(&rest, &item)) {
			if (mc_str_equal_nocase(item, token))
				return true;
		}
	}
	return false;
}
