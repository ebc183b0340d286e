/* etag - conditional requests and ranges (RFC 9110, 13 and 14).  Pure. */
#ifndef LIBMINICLASS_HTTP_ETAG_H
#define LIBMINICLASS_HTTP_ETAG_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"

/* If-None-Match against an entity tag with its quotes: weak comparison, lists and "*". */
bool mc_etag_matches(struct mc_str if_none_match, struct mc_str etag);
/* If-Match: strong comparison, lists and "*". */
bool mc_etag_is_same(struct mc_str if_match, struct mc_str etag);

enum mc_range_result {
	MC_RANGE_NONE, /* no Range, not bytes, malformed, or more than one range: send all, 200 */
	MC_RANGE_PART, /* 206: *first..*last, both included */
	MC_RANGE_UNSATISFIABLE, /* 416 */
};

enum mc_range_result mc_range_read(
	struct mc_str range, uint64_t size, uint64_t *first, uint64_t *last);

#endif
