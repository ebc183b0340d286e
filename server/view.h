/*
 * view - the model of an answer: a json-c object, printed as JSON or rendered by a template.
 *
 * Keys are string literals.  What finds no memory is left out, and so is all that would have been
 * in it: parents may be NULL.  Who prints asks view_is_whole, and answers 503.  What only a page
 * needs (safe HTML, readable times, links) is added when ctx->json is false: it is derived from
 * what the JSON has.
 */
#ifndef SERVER_VIEW_H
#define SERVER_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"

struct ctx;
struct json_object;

/* What this thread makes from here on is another answer's. */
void view_begin(void);
/* False: something that was made since view_begin found no memory. */
bool view_is_whole(void) MC_MUST_USE;

/* By itself, and owned by the caller (json_object_put). */
struct json_object *view_new(void);
struct json_object *view_new_array(void);
/* Under `key`, copied, in the place of what was there; the value is shared with its owner. */
void view_share(struct json_object *object, const char *key, struct json_object *value);

/* A new object or array under `key` of `parent`, owned by it and borrowed from it. */
struct json_object *view_object(struct json_object *parent, const char *key);
struct json_object *view_array(struct json_object *parent, const char *key);
/* A new object at the end of an array. */
struct json_object *view_item(struct json_object *array);

void view_text(struct json_object *object, const char *key, struct mc_str text);
void view_int(struct json_object *object, const char *key, int64_t number);
void view_bool(struct json_object *object, const char *key, bool value);
void view_null(struct json_object *object, const char *key);
/* RFC 3339; null for 0, which is no time. */
void view_time(struct json_object *object, const char *key, struct mc_time time);
/* "23 Nov 2026, 06:15 UTC", for a page. */
void view_time_text(struct json_object *object, const char *key, struct mc_time time);
/* The same, but only "06:15 UTC" on the day of `since`, which stands before it. */
void view_until_text(
	struct json_object *object, const char *key, struct mc_time since, struct mc_time time);
/* {"id","name"} under `key`. */
void view_person(struct json_object *parent, const char *key, int64_t id, struct mc_str name);
void view_texts(struct json_object *object, const char *key, const struct mc_str *texts, size_t n);
/* The text percent-encoded, for a link. */
void view_query(struct json_object *object, const char *key, struct mc_str text);

#endif
