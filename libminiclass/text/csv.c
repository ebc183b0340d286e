#include "libminiclass/text/csv.h"

#include <stdbool.h>

/* "-3.5" is a number, and a number is not a formula. */
static bool
is_number(struct mc_str cell)
{
	size_t digits = 0, points = 0;

	if (cell.len > 0 && (cell.ptr[0] == '-' || cell.ptr[0] == '+'))
		cell = mc_str_skip(cell, 1);
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.ptr[i] >= '0' && cell.ptr[i] <= '9')
			digits++;
		else if (cell.ptr[i] == '.')
			points++;
		else
			return false;
	}
	return digits > 0 && points <= 1;
}

static bool
is_formula(struct mc_str cell)
{
	return cell.len > 0 && mc_str_find(MC_STR("=+-@\t\r"), cell.ptr[0]) < 6 && !is_number(cell);
}

static bool
needs_quotes(struct mc_str cell)
{
	for (size_t i = 0; i < cell.len; i++)
		if (mc_str_find(MC_STR("\",\r\n;\t"), cell.ptr[i]) < 6)
			return true;
	return false;
}

static void
add_cell(struct mc_buf *buf, struct mc_str cell)
{
	bool quotes = needs_quotes(cell);
	struct mc_str piece;

	if (quotes)
		mc_buf_add_char(buf, '"');
	if (is_formula(cell))
		mc_buf_add_char(buf, '\'');
	/* A quote is doubled (RFC 4180, 2.7): between two pieces there was one. */
	for (bool first = true; mc_str_next(&cell, '"', &piece); first = false) {
		if (!first)
			mc_buf_add(buf, MC_STR("\"\""));
		mc_buf_add(buf, piece);
	}
	if (quotes)
		mc_buf_add_char(buf, '"');
}

void
mc_csv_row(struct mc_buf *buf, const struct mc_str *cells, size_t n_cells)
{
	for (size_t i = 0; i < n_cells; i++) {
		if (i > 0)
			mc_buf_add_char(buf, ',');
		add_cell(buf, cells[i]);
	}
	mc_buf_add(buf, MC_STR("\r\n"));
}
