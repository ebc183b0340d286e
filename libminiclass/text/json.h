/*
 * json - strangers' JSON, read strictly (RFC 8259), into json-c objects; and written back.
 *
 * Refused: what is not UTF-8, comments, trailing commas or bytes, NaN and Infinity, single quotes,
 * unescaped control characters, duplicate keys, nesting above `depth`, integers outside int64.  Any
 * thread; an object is one thread's at a time.
 */
#ifndef LIBMINICLASS_TEXT_JSON_H
#define LIBMINICLASS_TEXT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"

struct json_object;

/*
 * One whole value.  *out is owned by the caller (json_object_put).  MC_INVALID with the offset in
 * the message, MC_TOO_LARGE for nesting, MC_NO_MEMORY.
 */
enum mc_status mc_json_read(struct mc_str text, int depth, struct json_object **out,
	struct mc_error *error) MC_MUST_USE;
/* The same for lists of another length: up to `n_values` values, each of some 130 bytes of memory.
 */
enum mc_status mc_json_read_long(struct mc_str text, int depth, size_t n_values,
	struct json_object **out, struct mc_error *error) MC_MUST_USE;

/*
 * Appends the value without blanks.  Escapes what RFC 8259 demands and "<", ">", "&", U+2028 and
 * U+2029, so that the text may stand inside a script element too.
 */
void mc_json_write(struct mc_buf *buf, struct json_object *value);
/* Appends one string with its quotes; invalid UTF-8 becomes U+FFFD. */
void mc_json_write_text(struct mc_buf *buf, struct mc_str text);

/* A string member of an object as a view, borrowed from it; false when absent or no string. */
bool mc_json_text(struct json_object *object, const char *key, struct mc_str *out) MC_MUST_USE;
/* An integer member in int64; false when absent or no integer. */
bool mc_json_int(struct json_object *object, const char *key, int64_t *out) MC_MUST_USE;

#endif
