/* html - escaping for HTML text and quoted attributes.  Pure, into a buffer. */
#ifndef LIBMINICLASS_TEXT_HTML_H
#define LIBMINICLASS_TEXT_HTML_H

#include "libminiclass/base/buf.h"
#include "libminiclass/base/str.h"

/* & < > " ' become character references; everything else stays. */
void mc_html_escape(struct mc_buf *buf, struct mc_str text);

#endif
