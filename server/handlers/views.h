/* views - how a class, a post, a confirmation look in every answer that shows one. */
#ifndef SERVER_HANDLERS_VIEWS_H
#define SERVER_HANDLERS_VIEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/model/classroom.h"
#include "libminiclass/model/live.h"
#include "libminiclass/model/post.h"

struct ctx;
struct json_object;

/* `with_code`: the join code too, where the role may see it. */
void view_class(struct ctx *ctx, struct json_object *parent, const char *key,
	const struct mc_classroom *classroom, bool with_code);
/* The class of the request under "class", its name as the page's title. */
void view_this_class(struct ctx *ctx);
/* In a page of the class: which tab is open (partials/tabs.html). */
void view_tab(struct ctx *ctx, const char *tab);
enum mc_status view_post(
	struct ctx *ctx, struct json_object *object, const struct mc_post *post) MC_MUST_USE;
/* "posts" and "next"; `more_path` is the path of the next page up to the value of `before`. */
enum mc_status view_posts(
	struct ctx *ctx, const struct mc_post_page *page, struct mc_str more_path) MC_MUST_USE;

/*
 * In a list by name those who have the same one stand together: whether somebody beside row `i` of
 * `n` has its name.  `name` is that of the first row, `row_size` leads to the next one's.  Their
 * address says then which is which, to teachers only.
 */
bool has_namesake(const struct mc_str *name, size_t row_size, size_t n, size_t i);

/* A live session; in a page with its times to read. */
void view_session(struct ctx *ctx, struct json_object *object, const struct mc_live *live);

struct confirmation {
	const char *title, *label;
	struct mc_str text;
	struct mc_str action, cancel; /* paths */
	const char *field, *value;    /* one hidden field; NULL: none */
	const char *also;             /* a link of a page to what goes with it; NULL: none */
	struct mc_str also_path;
};
/* The page that asks before something that cannot be undone by the same button; works without
 * JavaScript. */
enum mc_status reply_confirm(struct ctx *ctx, const struct confirmation *confirmation) MC_MUST_USE;

/* `name` of the query string as a whole number from `min`, more than `max` as `max`, `fallback`
 * without it; notes what is wrong. */
int64_t query_number(struct ctx *ctx, const char *name, int64_t min, int64_t max, int64_t fallback);
/* `name` of the query string as text is kept; ptr NULL without one or when it is blank. Notes a
 * control character; MC_INVALID: no UTF-8. */
enum mc_status query_line(struct ctx *ctx, const char *name, struct mc_str *out) MC_MUST_USE;

#endif
