/* accept - content negotiation by quality values (RFC 9110, 12.4 and 12.5).  Pure. */
#ifndef LIBMINICLASS_HTTP_ACCEPT_H
#define LIBMINICLASS_HTTP_ACCEPT_H

#include <stdbool.h>

#include "libminiclass/base/str.h"

/*
 * Quality of a media type ("application/json") in an Accept value, 0 to 1000, the most specific
 * range deciding; 1000 when `accept` is absent (ptr NULL).  A malformed element counts as not
 * there.
 */
int mc_accept_quality(struct mc_str accept, struct mc_str type);
/* True when Accept is there and asks for JSON rather than HTML: its quality is above that of
 * text/html. */
bool mc_accept_prefers_json(struct mc_str accept);
/* Quality of a coding ("gzip") in an Accept-Encoding value; 0 when the field is absent. */
int mc_accept_coding_quality(struct mc_str accept_encoding, struct mc_str coding);
/* The type/subtype of a Content-Type value, without parameters and blanks. */
struct mc_str mc_media_type(struct mc_str content_type);

#endif
