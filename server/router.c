#include "server/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ctx.h"

enum { SEGMENTS_MAX = 8 };

enum segment_kind { SEGMENT_TEXT, SEGMENT_ID, SEGMENT_FILE };

struct segment {
	enum segment_kind kind;
	struct mc_str text; /* of SEGMENT_TEXT */
	size_t offset;      /* of SEGMENT_ID: where in struct ctx_path */
};

struct compiled {
	const struct route *route;
	size_t n_segments;
	struct segment segments[SEGMENTS_MAX];
};

struct router {
	size_t n_routes;
	struct compiled routes[];
};

/* clang-format off */
static const struct {
	struct mc_str name;
	size_t offset;
} id_placeholders[] = {
	{ MC_STR_INIT("{class}"),   offsetof(struct ctx_path, class_id) },
	{ MC_STR_INIT("{user}"),    offsetof(struct ctx_path, user_id) },
	{ MC_STR_INIT("{session}"), offsetof(struct ctx_path, session_id) },
	{ MC_STR_INIT("{post}"),    offsetof(struct ctx_path, post_id) },
	{ MC_STR_INIT("{live}"),    offsetof(struct ctx_path, live_id) },
	{ MC_STR_INIT("{discussion}"), offsetof(struct ctx_path, discussion_id) },
	{ MC_STR_INIT("{room}"),    offsetof(struct ctx_path, room_id) },
	{ MC_STR_INIT("{seq}"),     offsetof(struct ctx_path, seq) },
};
/* clang-format on */

static void
bad_route(const struct route *route, const char *why)
{
	fprintf(stderr, "mc-server: route %s: %s\n", route->path, why);
	abort();
}

static struct segment
segment_of(const struct route *route, struct mc_str text)
{
	if (text.len == 0 || text.ptr[0] != '{')
		return (struct segment){ .kind = SEGMENT_TEXT, .text = text };
	if (mc_str_equal(text, MC_STR("{file}")))
		return (struct segment){ .kind = SEGMENT_FILE };
	for (size_t i = 0; i < MC_COUNT(id_placeholders); i++)
		if (mc_str_equal(text, id_placeholders[i].name))
			return (struct segment){ .kind = SEGMENT_ID,
				.offset = id_placeholders[i].offset };
	bad_route(route, "unknown placeholder");
	return (struct segment){ 0 };
}

/* The segments behind the first "/"; 0 when there are too many. */
static size_t
split(struct mc_str path, struct mc_str out[SEGMENTS_MAX])
{
	size_t n = 0;
	struct mc_str rest = mc_str_skip(path, 1);
	struct mc_str segment;

	while (mc_str_next(&rest, '/', &segment)) {
		if (n == SEGMENTS_MAX)
			return 0;
		out[n++] = segment;
	}
	return n;
}

static bool
overlaps(const struct compiled *a, const struct compiled *b)
{
	if (a->route->method != b->route->method || a->n_segments != b->n_segments)
		return false;
	for (size_t i = 0; i < a->n_segments; i++)
		if (a->segments[i].kind != b->segments[i].kind ||
			!mc_str_equal(a->segments[i].text, b->segments[i].text))
			return false;
	return true;
}

static void
compile(const struct route *route, struct compiled *out)
{
	struct mc_str segments[SEGMENTS_MAX];

	if (route->access == ACCESS_UNSAID)
		bad_route(route, "no access rule");
	if (route->handle == NULL || route->name == NULL)
		bad_route(route, "no handler or no name");
	if (route->lane == LANE_LOOP && route->access != ACCESS_PUBLIC)
		bad_route(route, "the loop cannot ask who it is");
	if (route->lane == LANE_AHEAD && (route->method != MC_METHOD_GET || route->ask == NULL))
		bad_route(route, "only what is asked ahead is answered without a worker");
	bool in_class = strncmp(route->path, "/classes/{class}", 16) == 0;
	if (in_class && route->access != ACCESS_MEMBER && route->access != ACCESS_INSTRUCTOR)
		bad_route(route, "a path in a class needs a rule of the class");
	bool in_room = strncmp(route->path, "/rooms/{room}", 13) == 0;
	if (in_room != (route->access == ACCESS_ROOM || route->access == ACCESS_ROOM_INSTRUCTOR))
		bad_route(route, "a path in a room, and no other, needs the rule of the room");

	out->route = route;
	out->n_segments = split(mc_str_from(route->path), segments);
	for (size_t i = 0; i < out->n_segments; i++)
		out->segments[i] = segment_of(route, segments[i]);
}

struct router *
router_create(const struct route *const *tables)
{
	size_t n = 0;
	for (const struct route *const *table = tables; *table != NULL; table++)
		for (const struct route *route = *table; route->path != NULL; route++)
			n++;

	struct router *router = calloc(1, sizeof(*router) + n * sizeof(router->routes[0]));
	if (router == NULL)
		return NULL;
	for (const struct route *const *table = tables; *table != NULL; table++) {
		for (const struct route *route = *table; route->path != NULL; route++) {
			struct compiled *compiled = &router->routes[router->n_routes];
			compile(route, compiled);
			for (size_t i = 0; i < router->n_routes; i++)
				if (overlaps(&router->routes[i], compiled))
					bad_route(route, "answered by an earlier row");
			router->n_routes++;
		}
	}
	return router;
}

void
router_destroy(struct router *router)
{
	free(router);
}

static bool
matches(const struct compiled *compiled, const struct mc_str *segments, size_t n_segments,
	struct ctx_path *out)
{
	if (compiled->n_segments != n_segments)
		return false;
	for (size_t i = 0; i < n_segments; i++) {
		const struct segment *segment = &compiled->segments[i];
		int64_t id;

		switch (segment->kind) {
		case SEGMENT_TEXT:
			if (!mc_str_equal(segment->text, segments[i]))
				return false;
			break;
		case SEGMENT_ID:
			if (!mc_str_to_int(segments[i], 1, INT64_MAX, &id))
				return false;
			memcpy((char *)out + segment->offset, &id, sizeof(id));
			break;
		case SEGMENT_FILE: out->file = segments[i]; break;
		}
	}
	return true;
}

const struct route *
router_find(const struct router *router, enum mc_method method, struct mc_str path,
	struct ctx_path *out, bool *known)
{
	struct mc_str segments[SEGMENTS_MAX];
	size_t n_segments = split(path, segments);
	enum mc_method wanted = method == MC_METHOD_HEAD ? MC_METHOD_GET : method;

	*known = false;
	if (n_segments == 0)
		return NULL;
	for (size_t i = 0; i < router->n_routes; i++) {
		const struct compiled *compiled = &router->routes[i];
		struct ctx_path found = { 0 };
		if (!matches(compiled, segments, n_segments, &found))
			continue;
		*known = true;
		if (compiled->route->method == wanted) {
			*out = found;
			return compiled->route;
		}
	}
	return NULL;
}

void
router_allow(const struct router *router, struct mc_str path, struct mc_buf *out)
{
	struct mc_str segments[SEGMENTS_MAX];
	size_t n_segments = split(path, segments);
	bool any = mc_str_equal(path, MC_STR("*"));
	struct ctx_path ignored;
	bool allowed[MC_METHOD_COUNT] = { [MC_METHOD_OPTIONS] = true };

	for (size_t i = 0; i < router->n_routes; i++)
		if (any || matches(&router->routes[i], segments, n_segments, &ignored))
			allowed[router->routes[i].route->method] = true;
	allowed[MC_METHOD_HEAD] = allowed[MC_METHOD_GET];

	bool first = true;
	for (enum mc_method method = MC_METHOD_GET; method < MC_METHOD_OTHER; method++) {
		if (!allowed[method])
			continue;
		if (!first)
			mc_buf_add(out, MC_STR(", "));
		mc_buf_add(out, mc_method_name(method));
		first = false;
	}
}
