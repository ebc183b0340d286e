#include "libminiclass/http/head.h"

#include <string.h>

#include "libminiclass/http/chars_int.h"
#include "libminiclass/http/head_int.h"

/* What stands next in the bytes.  START is 0, so that a zeroed parser is ready. */
enum {
	START,
	START_LF, /* of the empty line before a request */
	METHOD,
	TARGET,
	VERSION,
	CODE,    /* of a response: three digits and a blank */
	REASON,  /* until CR */
	LINE_LF, /* ends the first line */
	LINE,    /* a field, or the empty line */
	NAME,    /* until the colon */
	BLANK,   /* before a value */
	VALUE,   /* until CR */
	VALUE_LF,
	END_LF,
	DONE,
	REFUSED,
};

static const char bad_line_end[] = "A line does not end in CR and LF.";

enum mc_head_result
head_refuse(struct mc_head_parser *parser, int status, const char *why)
{
	parser->state = REFUSED;
	parser->refusal_status = status;
	parser->refusal = why;
	return MC_HEAD_BAD;
}

/* Moves over the bytes of a class; false when the input ends with them. */
static inline bool
skip(struct mc_head_parser *parser, struct mc_str in, unsigned class)
{
	parser->position = (uint32_t)http_skip(in.ptr, parser->position, in.len, class);
	return parser->position < in.len;
}

/* A head is below 64 KiB, so that it fits. */
static inline struct mc_head_span
span(size_t start, size_t end)
{
	return (struct mc_head_span){ (uint16_t)start, (uint16_t)(end - start) };
}

/* The piece under work, up to the position. */
static struct mc_head_span
piece(const struct mc_head_parser *parser)
{
	return span(parser->piece_start, parser->position);
}

/* Goes over the byte at the position; the next piece begins behind it. */
static enum mc_head_result
enter(struct mc_head_parser *parser, uint8_t state)
{
	parser->position++;
	parser->piece_start = parser->position;
	parser->state = state;
	return MC_HEAD_OK;
}

static enum mc_head_result
take(struct mc_head_parser *parser, struct mc_str in, char wanted, uint8_t state, const char *why)
{
	if (parser->position == in.len)
		return MC_HEAD_MORE;
	if (in.ptr[parser->position] != wanted)
		return head_refuse(parser, 400, why);
	return enter(parser, state);
}

static enum mc_head_result
take_method(struct mc_head_parser *parser, struct mc_str in)
{
	bool ended = skip(parser, in, HTTP_TOKEN);

	if (piece(parser).length > MC_METHOD_SIZE_MAX)
		return head_refuse(parser, 501, "The method is longer than any we know.");
	if (!ended)
		return MC_HEAD_MORE;
	if (in.ptr[parser->position] != ' ' || piece(parser).length == 0)
		return head_refuse(parser, 400, "The request does not begin with a method.");
	parser->method = piece(parser);
	return enter(parser, TARGET);
}

static enum mc_head_result
take_target(struct mc_head_parser *parser, struct mc_str in)
{
	struct mc_str path, authority;

	if (!skip(parser, in, HTTP_TARGET))
		return MC_HEAD_MORE;
	if (in.ptr[parser->position] != ' ')
		return head_refuse(parser, 400, "The request target holds a byte that it may not.");
	parser->target = piece(parser);
	if (!head_split_target(head_text(in, parser->method), head_text(in, parser->target), &path,
		    &authority))
		return head_refuse(parser, 400, "The request target does not fit the method.");
	return enter(parser, VERSION);
}

static enum mc_head_result
take_version(struct mc_head_parser *parser, struct mc_str in)
{
	static const char form[] = "HTTP/d.d";
	enum { MAJOR = 5, MINOR = 7, SIZE = 8 };

	for (;;) {
		size_t i = parser->position - parser->piece_start;
		if (i == SIZE)
			break;
		if (parser->position == in.len)
			return MC_HEAD_MORE;
		char byte = in.ptr[parser->position];
		bool fits = form[i] == 'd' ? http_is(byte, HTTP_DIGIT) : byte == form[i];
		if (!fits)
			return head_refuse(parser, 400, "This is not a version of HTTP.");
		parser->position++;
	}

	const char *version = in.ptr + parser->piece_start;
	if (version[MAJOR] != '1')
		return head_refuse(parser, 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
	parser->minor_version = version[MINOR] != '0';
	if (parser->seen & SEEN_RESPONSE)
		return take(parser, in, ' ', CODE, "No status code follows the version.");
	return take(parser, in, '\r', LINE_LF, "The request line does not end behind the version.");
}

static enum mc_head_result
take_code(struct mc_head_parser *parser, struct mc_str in)
{
	enum { SIZE = 3 };

	for (;;) {
		size_t i = parser->position - parser->piece_start;
		if (i == SIZE)
			break;
		if (parser->position == in.len)
			return MC_HEAD_MORE;
		char byte = in.ptr[parser->position];
		if (!http_is(byte, HTTP_DIGIT) || (i == 0 && (byte < '1' || byte > '5')))
			return head_refuse(parser, 400, "This is not a status code.");
		parser->status_code = (uint16_t)(parser->status_code * 10 + (byte - '0'));
		parser->position++;
	}
	return take(parser, in, ' ', REASON, "No blank follows the status code.");
}

/*
 * http_skip for HTTP_VALUE, eight bytes at a time: half of all bytes of a head are values.  A word
 * holds no byte below 0x20 and no DEL when neither subtraction borrows; a tab goes byte by byte.
 */
static size_t
skip_value(const char *bytes, size_t position, size_t end)
{
	static const uint64_t ones = 0x0101010101010101;
	static const uint64_t highs = 0x8080808080808080;
	uint64_t word;

	for (; end - position >= sizeof(word); position += sizeof(word)) {
		memcpy(&word, bytes + position, sizeof(word));
		uint64_t del = word ^ (ones * 0x7f);
		if ((((word - ones * ' ') & ~word) | ((del - ones) & ~del)) & highs)
			break;
	}
	return http_skip(bytes, position, end, HTTP_VALUE);
}

/*
 * A field's line that is all here and right, at once: the states below cost twice as much.  False
 * with nothing changed for any other line, and the states find out what it is.
 */
static bool
take_whole_field(struct mc_head_parser *parser, struct mc_str in)
{
	size_t name = parser->position;
	size_t colon = http_skip(in.ptr, name, in.len, HTTP_TOKEN);
	if (colon == name || colon == in.len || in.ptr[colon] != ':')
		return false;

	size_t value = colon + 1;
	while (value < in.len && (in.ptr[value] == ' ' || in.ptr[value] == '\t'))
		value++;
	size_t end = skip_value(in.ptr, value, in.len);
	if (in.len - end < 2 || in.ptr[end] != '\r' || in.ptr[end + 1] != '\n')
		return false;

	parser->position = (uint32_t)(end + 2);
	parser->piece_start = parser->position;
	while (end > value && (in.ptr[end - 1] == ' ' || in.ptr[end - 1] == '\t'))
		end--;
	size_t i = parser->n_fields++;
	parser->fields[i].name = span(name, colon);
	parser->fields[i].value = span(value, end);
	return true;
}

/* At the beginning of a line behind the first. */
static enum mc_head_result
take_line(struct mc_head_parser *parser, struct mc_str in)
{
	if (parser->position == in.len)
		return MC_HEAD_MORE;

	char byte = in.ptr[parser->position];
	if (byte == '\r')
		return enter(parser, END_LF);
	if (!http_is(byte, HTTP_TOKEN))
		return head_refuse(parser, 400, "A line does not begin with a field's name.");
	if (parser->n_fields == MC_HEAD_FIELDS_MAX)
		return head_refuse(parser, 431, "There are too many fields.");
	if (take_whole_field(parser, in))
		return head_take_field(parser, in);
	parser->piece_start = parser->position;
	parser->state = NAME;
	return MC_HEAD_OK;
}

static enum mc_head_result
take_name(struct mc_head_parser *parser, struct mc_str in)
{
	if (!skip(parser, in, HTTP_TOKEN))
		return MC_HEAD_MORE;
	if (in.ptr[parser->position] != ':')
		return head_refuse(parser, 400, "A field's name holds a byte that it may not.");
	parser->fields[parser->n_fields].name = piece(parser);
	return enter(parser, BLANK);
}

static enum mc_head_result
take_blank(struct mc_head_parser *parser, struct mc_str in)
{
	while (parser->position < in.len &&
		(in.ptr[parser->position] == ' ' || in.ptr[parser->position] == '\t'))
		parser->position++;
	if (parser->position == in.len)
		return MC_HEAD_MORE;
	parser->piece_start = parser->position;
	parser->state = VALUE;
	return MC_HEAD_OK;
}

static enum mc_head_result
take_value(struct mc_head_parser *parser, struct mc_str in)
{
	if (!skip(parser, in, HTTP_VALUE))
		return MC_HEAD_MORE;
	if (in.ptr[parser->position] != '\r')
		return head_refuse(parser, 400, "A field's value holds a control character.");

	struct mc_head_span value = piece(parser);
	value.length = (uint16_t)http_trim(head_text(in, value)).len;
	parser->fields[parser->n_fields].value = value;
	return enter(parser, VALUE_LF);
}

static enum mc_head_result
take_reason(struct mc_head_parser *parser, struct mc_str in)
{
	if (!skip(parser, in, HTTP_VALUE))
		return MC_HEAD_MORE;
	return take(parser, in, '\r', LINE_LF, "The reason holds a control character.");
}

static enum mc_head_result
take_field_end(struct mc_head_parser *parser, struct mc_str in)
{
	enum mc_head_result result = take(parser, in, '\n', LINE, bad_line_end);

	if (result != MC_HEAD_OK)
		return result;
	parser->n_fields++;
	return head_take_field(parser, in);
}

/* Behind the empty line: what only the whole head can tell. */
static enum mc_head_result
take_end(struct mc_head_parser *parser, struct mc_str in)
{
	enum mc_head_result result = take(parser, in, '\n', DONE, bad_line_end);

	if (result != MC_HEAD_OK || (parser->seen & SEEN_RESPONSE))
		return result;
	/* RFC 9112, 3.2: a server must refuse it. */
	if (parser->minor_version == 1 && !(parser->seen & SEEN_HOST))
		return head_refuse(parser, 400, "The Host field is missing.");
	return MC_HEAD_OK;
}

static enum mc_head_result
take_start(struct mc_head_parser *parser, struct mc_str in)
{
	if (parser->position == in.len)
		return MC_HEAD_MORE;
	if (parser->seen & SEEN_RESPONSE) {
		parser->state = VERSION;
		return MC_HEAD_OK;
	}
	if (parser->position == 0 && in.ptr[0] == '\r')
		return enter(parser, START_LF);
	parser->state = METHOD;
	return MC_HEAD_OK;
}

/* MC_HEAD_OK: one piece is taken and the next may be. */
static enum mc_head_result
step(struct mc_head_parser *parser, struct mc_str in)
{
	switch (parser->state) {
	case START: return take_start(parser, in);
	case START_LF: return take(parser, in, '\n', START, bad_line_end);
	case METHOD: return take_method(parser, in);
	case TARGET: return take_target(parser, in);
	case VERSION: return take_version(parser, in);
	case CODE: return take_code(parser, in);
	case REASON: return take_reason(parser, in);
	case LINE_LF: return take(parser, in, '\n', LINE, bad_line_end);
	case LINE: return take_line(parser, in);
	case NAME: return take_name(parser, in);
	case BLANK: return take_blank(parser, in);
	case VALUE: return take_value(parser, in);
	case VALUE_LF: return take_field_end(parser, in);
	case END_LF: return take_end(parser, in);
	default: return MC_HEAD_BAD; /* REFUSED: nothing makes it good again */
	}
}

static enum mc_head_result
run(struct mc_head_parser *parser, struct mc_str in)
{
	bool cut = in.len >= MC_HEAD_SIZE_MAX;
	enum mc_head_result result = MC_HEAD_OK;

	if (cut)
		in.len = MC_HEAD_SIZE_MAX;
	/* Every step moves the position or the state forward. */
	while (result == MC_HEAD_OK && parser->state != DONE)
		result = step(parser, in);
	if (result != MC_HEAD_MORE || !cut)
		return result;
	if (parser->state < LINE_LF)
		return head_refuse(parser, 414, "The request line is too long.");
	return head_refuse(parser, 431, "The head is too big.");
}

static void
fill_fields(const struct mc_head_parser *parser, struct mc_str in, struct mc_field *fields)
{
	for (size_t i = 0; i < parser->n_fields; i++) {
		fields[i].name = head_text(in, parser->fields[i].name);
		fields[i].value = head_text(in, parser->fields[i].value);
	}
}

/* RFC 9112, 9.3: "close" outweighs everything else. */
static bool
keep_alive(const struct mc_head_parser *parser)
{
	if (parser->seen & SEEN_CLOSE)
		return false;
	return parser->minor_version == 1 || (parser->seen & SEEN_KEEP_ALIVE);
}

static enum mc_framing
framing(const struct mc_head_parser *parser)
{
	if (parser->seen & SEEN_CHUNKED)
		return MC_FRAMING_CHUNKED;
	if (parser->seen & SEEN_LENGTH)
		return MC_FRAMING_LENGTH;
	return parser->seen & SEEN_RESPONSE ? MC_FRAMING_UNTIL_CLOSE : MC_FRAMING_NONE;
}

static const struct mc_str method_names[MC_METHOD_COUNT] = {
	[MC_METHOD_GET] = MC_STR_INIT("GET"),
	[MC_METHOD_HEAD] = MC_STR_INIT("HEAD"),
	[MC_METHOD_POST] = MC_STR_INIT("POST"),
	[MC_METHOD_PUT] = MC_STR_INIT("PUT"),
	[MC_METHOD_DELETE] = MC_STR_INIT("DELETE"),
	[MC_METHOD_OPTIONS] = MC_STR_INIT("OPTIONS"),
	[MC_METHOD_OTHER] = MC_STR_INIT(""),
};

struct mc_str
mc_method_name(enum mc_method method)
{
	return method_names[method];
}

bool
mc_method_is_safe(enum mc_method method)
{
	return method == MC_METHOD_GET || method == MC_METHOD_HEAD || method == MC_METHOD_OPTIONS;
}

static enum mc_method
method_of(struct mc_str text)
{
	for (unsigned i = 0; i < MC_METHOD_OTHER; i++) {
		if (mc_str_equal(method_names[i], text))
			return (enum mc_method)i;
	}
	return MC_METHOD_OTHER;
}

enum mc_head_result
mc_request_head_parse(struct mc_head_parser *parser, struct mc_str in, struct mc_request_head *out)
{
	enum mc_head_result result = run(parser, in);
	if (result != MC_HEAD_OK)
		return result;

	struct mc_str authority;
	out->method_text = head_text(in, parser->method);
	out->method = method_of(out->method_text);
	/* It was whole and right when it was read. */
	(void)head_split_target(
		out->method_text, head_text(in, parser->target), &out->target, &authority);
	/* RFC 9112, 3.2.2: the target's authority stands for that of Host. */
	out->host = authority.ptr != NULL ? authority : head_text(in, parser->host);
	out->minor_version = parser->minor_version;
	out->keep_alive = keep_alive(parser);
	out->expects_continue = (parser->seen & SEEN_CONTINUE) != 0;
	out->framing = framing(parser);
	out->content_length = parser->content_length;
	out->size = parser->position;
	out->n_fields = parser->n_fields;
	fill_fields(parser, in, out->fields);
	return MC_HEAD_OK;
}

enum mc_head_result
mc_response_head_parse(
	struct mc_head_parser *parser, struct mc_str in, struct mc_response_head *out)
{
	parser->seen |= SEEN_RESPONSE;
	enum mc_head_result result = run(parser, in);
	if (result != MC_HEAD_OK)
		return result;

	out->status = parser->status_code;
	out->minor_version = parser->minor_version;
	out->keep_alive = keep_alive(parser);
	out->framing = framing(parser);
	out->content_length = parser->content_length;
	out->size = parser->position;
	out->n_fields = parser->n_fields;
	fill_fields(parser, in, out->fields);
	return MC_HEAD_OK;
}
