/* status - HTTP status codes and their reason phrases (RFC 9110, section 15; RFC 6585).  Pure. */
#ifndef LIBMINICLASS_HTTP_STATUS_H
#define LIBMINICLASS_HTTP_STATUS_H

#include "libminiclass/base/str.h"

/* "Not Found"; empty for a code that we never send. */
struct mc_str mc_http_reason(int code);

#endif
