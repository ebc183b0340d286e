/* cookie - reading Cookie and writing Set-Cookie (RFC 6265).  Pure. */
#ifndef LIBMINICLASS_HTTP_COOKIE_H
#define LIBMINICLASS_HTTP_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/str.h"
#include "libminiclass/http/head.h"

/*
 * The name of the cookie that holds a log-in session's token, for what is served and for the chat
 * beside it.  Where the connection is secure a browser takes the name from this host alone
 * (RFC 6265bis, 4.1.3.2).
 */
struct mc_str mc_cookie_session_name(bool secure);

/*
 * The value of the cookie of exactly that name over all Cookie fields, without quotes around it;
 * ptr NULL when there is none, or two that differ.
 */
struct mc_str mc_cookie_find(const struct mc_field *fields, size_t n_fields, struct mc_str name);

/*
 * Appends the value of a Set-Cookie field: NAME=VALUE; Path=/; HttpOnly; SameSite=Lax, and Secure
 * when asked. max_age_s < 0: until the browser closes; 0: removes the cookie.
 */
void mc_cookie_write(struct mc_buf *buf, struct mc_str name, struct mc_str value, int64_t max_age_s,
	bool secure);

#endif
