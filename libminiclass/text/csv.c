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

/* Full-width forms of = + - @ count too: some spreadsheets fold them. */
static bool
is_formula(struct mc_str cell)
{
	static const char *const wide[] = { "\uff1d", "\uff0b", "\uff0d", "\uff20" };

	if (cell.len > 0 && mc_str_find(MC_STR("=+-@\t\r"), cell.ptr[0]) < 6)
		return !is_number(cell);
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (mc_str_starts_with(cell, mc_str_from(wide[i])))
			return true;
	return false;
}

static bool
is_separator(char c)
{
	return mc_str_find(MC_STR(";\t\r\n|"), c) < 5;
}

/*
 * A spreadsheet whose cells are separated by something else, as in countries with a decimal comma,
 * cuts within ours and does not see our quotes: what stands behind such a separator begins a cell.
 */
static bool
begins_formula(struct mc_str cell, size_t at)
{
	if (at == 0)
		return is_formula(cell);
	if (!is_separator(cell.ptr[at - 1]))
		return false;
	size_t end = at;
	while (end < cell.len && !is_separator(cell.ptr[end]))
		end++;
	while (at < end && cell.ptr[at] == '"')
		at++;
	return is_formula(mc_str_first(mc_str_skip(cell, at), end - at));
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

	if (quotes)
		mc_buf_add_char(buf, '"');
	for (size_t i = 0; i < cell.len; i++) {
		if (begins_formula(cell, i))
			mc_buf_add_char(buf, '\'');
		/* A quote is doubled (RFC 4180, 2.7). */
		if (cell.ptr[i] == '"')
			mc_buf_add_char(buf, '"');
		mc_buf_add_char(buf, cell.ptr[i]);
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
