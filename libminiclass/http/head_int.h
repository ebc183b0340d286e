/* head_int - what head.c and head_fields.c share: from bytes to spans, and what they mean. */
#ifndef LIBMINICLASS_HTTP_HEAD_INT_H
#define LIBMINICLASS_HTTP_HEAD_INT_H

#include "libminiclass/base/attr.h"
#include "libminiclass/http/head.h"

/* Bits of parser->seen. */
enum {
	SEEN_RESPONSE = 1, /* this is one: set before the first byte */
	SEEN_HOST = 2,
	SEEN_LENGTH = 4,
	SEEN_CHUNKED = 8,
	SEEN_CLOSE = 16,
	SEEN_KEEP_ALIVE = 32,
	SEEN_CONTINUE = 64,
};

/* Remembers why; the parser takes nothing more.  Always MC_HEAD_BAD. */
enum mc_head_result head_refuse(struct mc_head_parser *parser, int status, const char *why) MC_COLD;

static inline struct mc_str
head_text(struct mc_str in, struct mc_head_span span)
{
	return (struct mc_str){ in.ptr + span.start, span.length };
}

/* Notes what the last field means for host, framing and connection; MC_HEAD_OK or refused. */
enum mc_head_result head_take_field(struct mc_head_parser *parser, struct mc_str in);

/*
 * The part of the target that a router sees, and the authority of an absolute-form (else ptr
 * NULL), by RFC 9112, 3.2.  False when it is of no form that the method may have.
 */
bool head_split_target(
	struct mc_str method, struct mc_str target, struct mc_str *path, struct mc_str *authority);

#endif
