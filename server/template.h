/*
 * template - Mustache (the published specification: core and partials), compiled once to a flat
 * list of operations.
 *
 * {{name}} escapes for HTML, {{{name}}} and {{&name}} do not, {{#name}} {{^name}} {{/name}}
 * sections,
 * {{>name}} partials, {{!comment}}, {{=<% %>=}} delimiters, dotted names, {{.}}; stand-alone lines
 * and the indentation of partials as the specification says.  No lambdas, no inheritance.  What is
 * missing, null, false, zero, an empty string or an empty list is false and everything else is
 * true, an empty object too (the specification's `!!data`).  Numbers print as JSON prints them.
 *
 * A set of compiled templates never changes: any number of threads may render from it.
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

/*
 * Compiles all of them; partials are found by their name in the same set.  Sources are copied.
 * MC_INVALID names template and line, MC_NO_MEMORY.
 */
enum mc_status template_set_create(const struct template_source *sources, size_t n_sources,
	struct template_set **out, struct mc_error *error) MC_MUST_USE;
void template_set_destroy(struct template_set *set);

/* NULL when there is no such template.  Borrowed from the set. */
const struct template *template_find(const struct template_set *set, struct mc_str name);
/*
 * The specification renders a partial that is not there as nothing.  Who wants all of them asks
 * here: the name of the first that is missing, borrowed from the set, or ptr NULL.
 */
struct mc_str template_set_missing(const struct template_set *set);
/*
 * Appends.  Bounded: MC_TOO_LARGE when sections and partials nest too deeply or never end,
 * MC_NO_MEMORY when `out` has failed.
 */
enum mc_status template_render(
	const struct template *tmpl, struct json_object *view, struct mc_buf *out) MC_MUST_USE;

#endif
