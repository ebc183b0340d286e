/*
 * markdown - CommonMark (with tables, strikethrough and autolinks) to HTML that is safe to show.
 *
 * cmark-gfm in safe mode: HTML is text like any other, and links to javascript:, vbscript:, file:
 * and data: are left out.  Links to other sites get rel="nofollow noopener noreferrer".  Images
 * become links: a picture on a stranger's server would tell him who reads.  Headings start at the
 * third level. Time and size are bounded: a text above MC_POST_BODY_MAX, or one whose nesting,
 * tables or references would make the work or the HTML far larger than itself, is MC_TOO_LARGE;
 * nothing is appended then.  Any thread.
 */
#ifndef LIBMINICLASS_TEXT_MARKDOWN_H
#define LIBMINICLASS_TEXT_MARKDOWN_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

/* Appends the HTML of valid UTF-8 `text`.  Any thread. */
enum mc_status mc_markdown_html(struct mc_buf *buf, struct mc_str text) MC_MUST_USE;
/* Appends what is read of it, without markup, on one line; not HTML, so it is still to be escaped.
 */
enum mc_status mc_markdown_text(struct mc_buf *buf, struct mc_str text) MC_MUST_USE;

#endif
