/*
 * origin - is this unsafe request from our own pages?  Sec-Fetch-Site and Origin as one verdict.
 *
 * docs/HTTP.md, Other sites: no tokens in forms; the browser says where a request comes from.  Both
 * fields are heard and either may refuse.  Where Sec-Fetch-Site vouches, Origin is only held
 * against the host: its scheme is https behind a proxy that ends TLS, and it is "null" on our own
 * pages under some referrer policies.  Pure.
 */
#ifndef LIBMINICLASS_HTTP_ORIGIN_H
#define LIBMINICLASS_HTTP_ORIGIN_H

#include <stdbool.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"
#include "libminiclass/http/head.h"

enum mc_origin {
	MC_ORIGIN_OWN,     /* Sec-Fetch-Site same-origin or none; or, without it, our own Origin */
	MC_ORIGIN_FOREIGN, /* any other Sec-Fetch-Site; another Origin; "null" without the former */
	MC_ORIGIN_UNSAID, /* neither field: no browser of today; refused when a cookie came along */
};

/*
 * "https://host:1" as a browser writes it (RFC 6454, 6.2): no path, not even "/".  False for
 * "null" and whatever else it would not send.
 */
bool mc_origin_split(
	struct mc_str origin, struct mc_str *scheme, struct mc_str *authority) MC_MUST_USE;

/*
 * `scheme` is "http" or "https", `host` the request's Host.  A default port may be left out on
 * either side.
 */
enum mc_origin mc_origin_of(
	const struct mc_field *fields, size_t n_fields, struct mc_str scheme, struct mc_str host);

#endif
