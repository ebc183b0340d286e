/*
 * report - a list of any length, page by page, as a table or as one JSON object.
 *
 *	{"users":[{...},{...}]}
 *
 * Rows in JSON go out as they come; a table waits for its widths.
 */
#ifndef CLI_ADMIN_REPORT_H
#define CLI_ADMIN_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "cli/admin/admin.h"
#include "cli/common/table.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/time.h"

struct report {
	const struct admin *admin;
	struct mc_arena *page; /* one page's rows and texts */
	struct table *table;   /* NULL: JSON */
	struct mc_buf json;
	size_t n_rows;
};

struct report_kind {
	const char *name; /* the JSON member: "users" */
	const char *const *heads;
	size_t n_heads;
	/* Adds the page behind `after`; *after and *n are its last id and how many it had. */
	enum mc_status (*page)(
		struct report *report, struct mc_str part, int64_t *after, size_t *n);
};

/* The whole verb: `part` are the operands. */
int report_run(const struct admin *admin, const struct report_kind *kind);

/* For a kind's page function: a row of JSON begins, its members, and ends. */
void report_row(struct report *report);
void report_text(struct report *report, const char *name, struct mc_str value);
void report_int(struct report *report, const char *name, int64_t value);
void report_time(struct report *report, const char *name, struct mc_time value);
void report_row_end(struct report *report);

/* A cell: the day for people, RFC 3339 for programs, "-" for none. */
struct mc_str report_time_cell(struct report *report, struct mc_time time);
struct mc_str report_int_cell(struct report *report, int64_t value);

#endif
