/*
 * assets - static files and templates: built into the binary, or read from html_dir while somebody
 * designs.
 *
 * Every file below html/static has two names: /static/app.css, with a short cache life, and
 * /static/app.3f9c2a1b7d04.css with a part of its SHA-256, cached for a year.  Templates say the
 * first; they are compiled with the second, so a page never meets a stale file and a browser never
 * asks for the same bytes twice. What the head of an answer says about a file is written once, when
 * it is loaded.
 *
 * With html_dir, files and templates are read again as soon as one of them changes; when they are
 * wrong then, the last good ones stay and a line in the log says why.  Whatever was handed out
 * stays valid until assets_close.
 */
#ifndef SERVER_ASSETS_H
#define SERVER_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"

struct assets;
struct template_set;

/* The bytes of a file in one content coding. */
struct asset_form {
	struct mc_str bytes; /* ptr NULL: not in this coding */
	struct mc_str etag;  /* with its quotes */
	/*
	 * Field lines with their CRLF.  `fields` for 200 and 206: Content-Type, Content-Encoding
	 * where there is one, and all of `fields_304` (RFC 9110, 15.4.5): ETag, Cache-Control,
	 * Vary; then what a browser may do with it.
	 */
	struct mc_str fields, fields_304;
};

struct asset {
	struct mc_str name; /* "app.css" or "app.3f9c2a1b7d04.css": below /static/ */
	struct mc_str type; /* "text/css; charset=utf-8" */
	bool immutable;     /* the name says what is in it */
	struct asset_form identity;
	struct asset_form gzip; /* made at build time; only where it is smaller */
};

/* NULL: what was built in.  MC_NOT_FOUND, MC_INVALID for a template that does not compile. */
enum mc_status assets_open(
	const char *html_dir, struct assets **out, struct mc_error *error) MC_MUST_USE;
void assets_close(struct assets *assets);

/* The file of that name below /static/, or NULL.  Any thread. */
const struct asset *assets_find(struct assets *assets, struct mc_str name);
/* Any thread. */
const struct template_set *assets_templates(struct assets *assets);

#endif
