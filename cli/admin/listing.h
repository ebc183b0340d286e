/*
 * listing - a list of any length, page by page, as a table or as one JSON object.
 *
 *	{"users":[{...},{...}]}
 *
 * Rows in JSON go out as they come; a table waits for its widths.
 */
#ifndef CLI_ADMIN_LISTING_H
#define CLI_ADMIN_LISTING_H

#include <stddef.h>
#include <stdint.h>

#include "cli/admin/admin.h"
#include "cli/admin/table.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/time.h"

struct listing {
	const struct admin *admin;
	struct mc_arena *page; /* one page's rows and texts */
	struct table *table;   /* NULL: JSON */
	struct mc_buf json;
	size_t n_rows;
};

struct listing_kind {
	const char *name; /* the JSON member: "users" */
	const char *const *heads;
	size_t n_heads;
	/* Adds the page behind `after`; *after and *n are its last id and how many it had. */
	enum mc_status (*page)(
		struct listing *listing, struct mc_str part, int64_t *after, size_t *n);
};

/* The whole verb: `part` are the operands. */
int listing_run(const struct admin *admin, const struct listing_kind *kind);

/* For a kind's page function: a row of JSON begins, its members, and ends. */
void listing_row(struct listing *listing);
void listing_text(struct listing *listing, const char *name, struct mc_str value);
void listing_int(struct listing *listing, const char *name, int64_t value);
void listing_time(struct listing *listing, const char *name, struct mc_time value);
void listing_row_end(struct listing *listing);

/* A cell: the day for people, RFC 3339 for programs, "-" for none. */
struct mc_str listing_time_cell(struct listing *listing, struct mc_time time);
struct mc_str listing_int_cell(struct listing *listing, int64_t value);

#endif
