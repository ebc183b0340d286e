/*
 * proxy - which proxy a server is asked through, as most programs read the environment:
 * http_proxy, https_proxy, HTTPS_PROXY, no_proxy, NO_PROXY.
 *
 * HTTP_PROXY in capitals is not read: in a CGI program it is what a stranger sent (httpoxy).
 */
#ifndef CLI_COMMON_PROXY_H
#define CLI_COMMON_PROXY_H

#include <stdbool.h>

#include "libminiclass/base/str.h"

/* For that host, with or without TLS; NULL: none.  Borrowed from the environment. */
const char *proxy_for(struct mc_str host, bool secure);

#endif
