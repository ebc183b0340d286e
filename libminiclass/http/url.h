/* url - request targets: path, segments, query; percent-coding (RFC 3986).  Pure. */
#ifndef LIBMINICLASS_HTTP_URL_H
#define LIBMINICLASS_HTTP_URL_H

#include <stdbool.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/str.h"

struct mc_target {
	struct mc_str path;  /* as sent, begins with "/" */
	struct mc_str query; /* behind "?", as sent; ptr NULL without one */
};

/*
 * False for what is no origin-form: no "/" first, a fragment, a byte that no URL may have.  Bytes
 * that RFC 3986 excludes but browsers send raw are let through: [ ] ^ ` { | }
 */
bool mc_target_split(struct mc_str text, struct mc_target *out) MC_MUST_USE;

/* RFC 3986: all but unreserved characters become %XX, so it fits a path segment or a query value.
 * What is read from a query is decoded by mc_form_read. */
void mc_url_escape(struct mc_buf *buf, struct mc_str text);

/*
 * True when `text` is a path on this site that is safe to redirect to: begins with one "/", not
 * "//" or
 * "/\", and holds only what a URL may: no blank, control character, backslash or byte above 0x7E.
 */
bool mc_url_is_local_path(struct mc_str text);

/*
 * True for host[:port] of RFC 3986, 3.2, without user and with a host: a name, an IPv4 address or
 * an IPv6 address in brackets; port up to 65535, its digits may be missing behind the colon.
 */
bool mc_authority_is_valid(struct mc_str authority);
/* Of a valid authority: what stands before the port's colon, and the port's digits (may be none).
 */
struct mc_str mc_authority_host(struct mc_str authority);
struct mc_str mc_authority_port(struct mc_str authority);

#endif
