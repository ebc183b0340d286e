/*
 * origin - is this unsafe request from our own pages?  Sec-Fetch-Site and Origin as one verdict.
 *
 * contract.md, "Cross-site requests": no tokens in forms; the browser says where a request comes from.
 */
#ifndef LIBMINICLASS_HTTP_ORIGIN_H
#define LIBMINICLASS_HTTP_ORIGIN_H

#include "libminiclass/base/str.h"
#include "libminiclass/http/head.h"

enum mc_origin {
	MC_ORIGIN_OWN,     /* Sec-Fetch-Site same-origin or none; or our own Origin without Sec-Fetch-Site */
	MC_ORIGIN_FOREIGN, /* Sec-Fetch-Site cross-site, same-site or unknown; or another Origin, "null" too */
	MC_ORIGIN_UNSAID,  /* neither field: no browser of today; refused when a cookie came along */
};

/* `scheme` is "http" or "https", `host` the request's Host. A default port may be left out on either side. */
enum mc_origin mc_origin_of(const struct mc_field *fields, size_t n_fields, struct mc_str scheme,
	struct mc_str host);

#endif
