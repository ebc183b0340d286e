/*
 * head - request and response heads, parsed strictly and piece by piece (RFC 9112).
 *
 * One right way: what two parsers could read differently is refused, whatever RFC 9112 lets a
 * lenient recipient do.  Refused with 400 are a bare LF or CR, obs-fold, white space before the
 * colon or the first field, an empty, malformed or doubled Host, Content-Length twice, as a list or
 * beside Transfer-Encoding, Transfer-Encoding twice or in HTTP/1.0, control characters in values, a
 * target that is not of a form for its method.  One empty line before the request line is
 * skipped (RFC 9112, 2.2).
 *
 * Pure functions over bytes: no socket, clock or allocation.  The parser remembers how far
 * it is, so bytes that come one by one cost no more than bytes that come at once; and it keeps
 * offsets, so the caller may move the bytes between calls.  The answer never depends on how the
 * bytes were cut: a byte that cannot be right is refused without waiting for its line, and what a
 * field or target means is judged when it is whole.
 */
#ifndef LIBMINICLASS_HTTP_HEAD_H
#define LIBMINICLASS_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

enum {
	MC_HEAD_SIZE_MAX = 16 * 1024, /* contract: request head 16 KiB; fits the 16-bit offsets */
	MC_HEAD_FIELDS_MAX = 64,      /* browsers send about 20 */
	MC_METHOD_SIZE_MAX = 32,      /* the longest registered one has 17 (RFC 9110, 9.1: 501) */
};

enum mc_method {
	MC_METHOD_GET,
	MC_METHOD_HEAD,
	MC_METHOD_POST,
	MC_METHOD_PUT,
	MC_METHOD_DELETE,
	MC_METHOD_OPTIONS,
	MC_METHOD_OTHER, /* a well-formed token that is none of these */
	MC_METHOD_COUNT
};

/* "GET"; "" for MC_METHOD_OTHER. */
struct mc_str mc_method_name(enum mc_method method);
/* RFC 9110, 9.2.1: it only reads, so it may be repeated, and whoever sent it wants no change. */
bool mc_method_is_safe(enum mc_method method);

enum mc_head_result {
	MC_HEAD_OK,   /* a whole head; *out is set */
	MC_HEAD_MORE, /* a good beginning: come again with the same bytes and more behind them */
	MC_HEAD_BAD,  /* parser->refusal says which status and why: answer and close */
};

struct mc_field {
	struct mc_str name;  /* as sent */
	struct mc_str value; /* without blanks around it */
};

enum mc_framing { MC_FRAMING_NONE, MC_FRAMING_LENGTH, MC_FRAMING_CHUNKED, MC_FRAMING_UNTIL_CLOSE };

struct mc_head_span {
	uint16_t start, length;
};

/*
 * A value type; ready for a head when everything before `fields` is zero.  Zero that again for the
 * next one.  All but `position` and the refusal is the parser's own.
 */
struct mc_head_parser {
	uint32_t position;       /* bytes looked at */
	uint32_t piece_start;    /* of the method, target, version, name or value under work */
	uint64_t content_length; /* of the field, once seen */
	const char *refusal;     /* with MC_HEAD_BAD: a constant sentence */
	int refusal_status;      /* with MC_HEAD_BAD: 400, 414, 417, 431, 501 or 505 */
	uint16_t status_code;    /* of a response */
	uint16_t n_fields;
	uint16_t seen; /* what the fields so far have said */
	uint8_t state;
	uint8_t minor_version;
	struct mc_head_span method, target, host;
	struct {
		struct mc_head_span name, value;
	} fields[MC_HEAD_FIELDS_MAX];
};

struct mc_request_head {
	enum mc_method method;
	struct mc_str method_text;
	/*
	 * Origin-form or "*"; of an absolute-form what stands behind its authority, or "/".  For
	 * CONNECT the authority itself, which is no path: mc_target_split refuses it.
	 */
	struct mc_str target;
	struct mc_str host; /* of Host, or of an absolute-form target; empty only in HTTP/1.0 */
	int minor_version;  /* 0 or 1; a higher one is read as 1 (RFC 9110, 2.5) */
	bool keep_alive;    /* the client wants the connection kept */
	bool expects_continue;
	enum mc_framing framing; /* NONE, LENGTH or CHUNKED */
	uint64_t content_length; /* with LENGTH */
	size_t size;             /* bytes of the head: where the body begins */
	size_t n_fields;
	struct mc_field fields[MC_HEAD_FIELDS_MAX];
};

/*
 * Looks at `in`, which always starts with the head's first byte.  What *out holds borrows `in`; it
 * is set only with MC_HEAD_OK, and another call after that sets it again, for bytes that have moved
 * since.
 */
enum mc_head_result mc_request_head_parse(
	struct mc_head_parser *parser, struct mc_str in, struct mc_request_head *out) MC_MUST_USE;

struct mc_response_head {
	int status;
	int minor_version;
	bool keep_alive;
	enum mc_framing
		framing; /* as told by the fields; there may be no body at all (http/status.h) */
	uint64_t content_length;
	size_t size;
	size_t n_fields;
	struct mc_field fields[MC_HEAD_FIELDS_MAX];
};

/* The same for a response; transfer codings other than chunked alone are refused. */
enum mc_head_result mc_response_head_parse(
	struct mc_head_parser *parser, struct mc_str in, struct mc_response_head *out) MC_MUST_USE;

/* The first field of that name (without case), or an empty str with ptr NULL. */
struct mc_str mc_field_find(const struct mc_field *fields, size_t n_fields, struct mc_str name);
/* True when a comma-separated list in any field of that name has the token, without case. */
bool mc_field_has_token(
	const struct mc_field *fields, size_t n_fields, struct mc_str name, struct mc_str token);

#endif
