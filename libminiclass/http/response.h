/*
 * response - writing a response head (RFC 9112, section 4).
 *
 * The caller adds fields one by one; a control character in a value (or a name that is no token)
 * makes the buffer fail, so that no text from outside can forge a field.  Pure functions into a
 * buf.
 */
#ifndef LIBMINICLASS_HTTP_RESPONSE_H
#define LIBMINICLASS_HTTP_RESPONSE_H

#include <stdint.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/str.h"

/* "HTTP/1.1 200 OK" and CRLF; `status` has three digits. */
void mc_response_begin(struct mc_buf *buf, int status);
/* "Name: value" and CRLF. */
void mc_response_field(struct mc_buf *buf, struct mc_str name, struct mc_str value);
void mc_response_field_int(struct mc_buf *buf, struct mc_str name, int64_t value);
/* The empty line. */
void mc_response_end(struct mc_buf *buf);

#endif
