/* status - HTTP status codes and their reason phrases (RFC 9110, section 15; RFC 6585).  Pure. */
#ifndef LIBMINICLASS_HTTP_STATUS_H
#define LIBMINICLASS_HTTP_STATUS_H

#include <stdbool.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

/* "Not Found"; empty for a code that we never send. */
struct mc_str mc_http_reason(int code);
/* Whether an answer with that code may have a body (RFC 9112, 6.3); to a HEAD none has. */
bool mc_http_has_body(int code) MC_MUST_USE;

#endif
