/* credentials - the log-in that a request shows (RFC 9110, 11.4).  Pure. */
#ifndef LIBMINICLASS_HTTP_CREDENTIALS_H
#define LIBMINICLASS_HTTP_CREDENTIALS_H

#include <stdbool.h>

#include "libminiclass/base/str.h"
#include "libminiclass/http/head.h"

/*
 * Whom a request says it comes from: a bearer token (RFC 6750, 2.1) before the session's cookie;
 * ptr NULL: nobody.  from_cookie may be NULL.
 */
struct mc_str mc_credentials_token(
	const struct mc_request_head *head, bool secure, bool *from_cookie);

#endif
