/*
 * form - urlencoded or JSON bodies as one checked form.
 *
 * A handler reads its fields one by one; each reader checks, normalises and notes what is wrong at
 * that field, so that one answer names all mistakes.  After reading, form_is_valid decides.  What
 * was typed is kept for the form that comes back, secrets excepted.
 */
#ifndef SERVER_FORM_H
#define SERVER_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

struct ctx;

/* How the client_ids begin that pages bring along. */
#define FORM_PAGE_ID "page:"

/*
 * Reads ctx->body by its Content-Type.  An empty body is an empty form.  MC_INVALID with ctx->error
 * for bad coding; *is_form is false for another type.
 */
enum mc_status form_read(struct ctx *ctx, bool *is_form) MC_MUST_USE;

/* Text of one line, min..max characters; min 0: may be missing, then empty. */
struct mc_str form_line(struct ctx *ctx, const char *name, size_t min, size_t max);
/* What others call a person by (mc_user_name_is_plain), 1 to MC_NAME_MAX characters. */
struct mc_str form_person_name(struct ctx *ctx, const char *name);
/* Text of several lines, min..max bytes. */
struct mc_str form_lines(struct ctx *ctx, const char *name, size_t min, size_t max);
/* Text of several lines, min..max characters. */
struct mc_str form_paragraphs(struct ctx *ctx, const char *name, size_t min, size_t max);
/*
 * What a client calls the thing that it makes, so that a second try makes no second one; may be
 * empty.  A page's own, in a form, begins with FORM_PAGE_ID and stands for all that it says:
 * browsers bring a page back as it was left, and other text under the same id is another thing.
 */
struct mc_str form_client_id(struct ctx *ctx);
/* The bytes as they are, min..max of them; never given back to the browser. */
struct mc_str form_secret(struct ctx *ctx, const char *name, size_t min, size_t max);
/*
 * A whole number, as digits or a JSON number.  False without a good one, and *out unchanged; noted
 * as wrong unless it may be missing and is.
 */
bool form_number(
	struct ctx *ctx, const char *name, bool required, int64_t min, int64_t max, int64_t *out);
/* RFC 3339, as we write them; may be missing, then 0. */
struct mc_time form_time(struct ctx *ctx, const char *name);
/* A well-formed e-mail address. */
struct mc_str form_email(struct ctx *ctx, const char *name);
/* Repeated field, comma-separated in one, or a JSON array: each a line of 1..max characters, no
 * comma, no two alike. */
size_t form_list(
	struct ctx *ctx, const char *name, size_t n_max, size_t max, const struct mc_str **out);

void form_error(struct ctx *ctx, const char *field, const char *format, ...) MC_PRINTF(3, 4);
/* The same for what is no UTF-8: the answer is 400. */
void form_not_text(struct ctx *ctx, const char *field);
bool form_is_valid(const struct ctx *ctx);
/* Of the answer to a form that is not valid. */
int form_status(const struct ctx *ctx);
/* Fills in what a form shows before anything was typed (editing); ptr NULL: nothing. HTML only. */
void form_value(struct ctx *ctx, const char *name, struct mc_str value);

#endif
