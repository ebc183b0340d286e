/*
 * template - Mustache (the published specification: core and partials), compiled once to a flat list of operations.
 *
 * {{name}} escapes for HTML, {{{name}}} and {{&name}} do not, {{#name}} {{^name}} {{/name}} sections,
 * {{>name}} partials, {{!comment}}, {{=<% %>=}} delimiters, dotted names, {{.}}; stand-alone lines and the indentation of partials as
 * the specification says.  No lambdas, no inheritance.  A false, empty or missing value is "" and false; so is
 * null, and an empty string is false as well.
 *
 * A set of compiled templates is immutable while rendered from: any number of threads may.
 */
#ifndef SERVER_TEMPLATE_H
#define SERVER_TEMPLATE_H

#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"

struct json_object;
struct template_set;
struct template;

struct template_source {
	struct mc_str name; /* "class.html", "partials/post.html" */
	struct mc_str text;
};

/* Compiles all of them; partials are found by their name in the same set.  MC_INVALID names template and line. Sources are copied. */
enum mc_status template_set_create(const struct template_source *sources, size_t n_sources,
	struct template_set **out, struct mc_error *error) MC_MUST_USE;
void template_set_destroy(struct template_set *set);

/* NULL when there is no such template. Borrowed from the set. */
const struct template *template_find(const struct template_set *set, struct mc_str name);
/* Appends; recursion of partials is bounded (MC_TOO_LARGE). */
enum mc_status template_render(const struct template *tmpl, struct json_object *view,
	struct mc_buf *out) MC_MUST_USE;

#endif
