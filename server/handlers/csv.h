/* csv - a table as an answer, row by row, for spreadsheets. */
#ifndef SERVER_HANDLERS_CSV_H
#define SERVER_HANDLERS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"

struct ctx;

enum { CSV_CELLS_MAX = 16 }; /* of a row */

/* A table under way; its cells live in the arena of the request.  csv_reply ends it. */
struct csv {
	struct ctx *ctx;
	struct mc_buf text;
	struct mc_str cells[CSV_CELLS_MAX];
	size_t n_cells;
};

/* With its first row, the names of the columns. */
void csv_begin(struct csv *csv, struct ctx *ctx, const struct mc_str *names, size_t n_names);
/* One more cell of the row; a time of 0 is empty. */
void csv_cell(struct csv *csv, struct mc_str text);
void csv_number(struct csv *csv, int64_t number);
void csv_yes(struct csv *csv, bool value);
void csv_time(struct csv *csv, struct mc_time time);
void csv_end_row(struct csv *csv);
/* Answers with it, to be kept as a file of that name. */
enum mc_status csv_reply(struct csv *csv, struct mc_str file_name) MC_MUST_USE;

#endif
