/*
 * csv - RFC 4180 rows that no spreadsheet executes.
 *
 * A cell that begins with = + - @ (full-width ones too), tab or CR gets an apostrophe in front
 * (numbers excepted), as a spreadsheet would otherwise take it for a formula; and so does what
 * stands behind ; tab CR LF or | within a cell, for some spreadsheets begin a cell there.  Pure,
 * into a buffer.
 */
#ifndef LIBMINICLASS_TEXT_CSV_H
#define LIBMINICLASS_TEXT_CSV_H

#include <stddef.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/str.h"

/* Appends the cells and CRLF. */
void mc_csv_row(struct mc_buf *buf, const struct mc_str *cells, size_t n_cells);

#endif
