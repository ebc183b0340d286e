/* html - escaping for HTML text and quoted attributes, and percent-encoding for URLs. */
#ifndef LIBMINICLASS_TEXT_HTML_H
#define LIBMINICLASS_TEXT_HTML_H

#include "libminiclass/base/buf.h"
#include "libminiclass/base/str.h"

/* & < > " ' become character references; everything else stays. */
void mc_html_escape(struct mc_buf *buf, struct mc_str text);
/* RFC 3986: all but unreserved characters become %XX, so it fits a path segment or a query value.
 */
void mc_url_escape(struct mc_buf *buf, struct mc_str text);

#endif
