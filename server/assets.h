/*
 * assets - static files and templates: built into the binary, or read from html_dir while somebody designs.
 *
 * The build writes server/assets from html/: every file under html/static with its SHA-256 in the public name
 * (/static/app.3f9c2a1b.css, cached for a year), its type, its ETag, and gzip when that is smaller; and the
 * templates.  With html_dir they are read from there and read again when they change, without a year of caching.
 * The plain name (/static/app.css) works too, with a short cache life and its ETag.
 */
#ifndef SERVER_ASSETS_H
#define SERVER_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"

struct asset {
	struct mc_str name;      /* "app.css": below /static/ */
	struct mc_str public_name; /* "app.3f9c2a1b.css" */
	struct mc_str type;      /* "text/css; charset=utf-8" */
	struct mc_str etag;      /* with its quotes; of the identity coding */
	struct mc_str etag_gzip;
	struct mc_str bytes;
	struct mc_str gzip;      /* ptr NULL when it would not be smaller */
};

/* Written by the build (build/assets_data.c). */
extern const struct asset assets_built_in[];
extern const size_t assets_built_in_count;
struct template_source;
extern const struct template_source templates_built_in[];
extern const size_t templates_built_in_count;

#endif
