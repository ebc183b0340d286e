#include "cli/common/table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/common/glyph.h"
#include "cli/common/say.h"
#include "cli/common/screen.h"
#include "libminiclass/base/buf.h"

enum { COLUMNS_MAX = 16, MEMORY_MAX = 256 << 20, LAST_MIN = 10, GAP = 2 };

struct table {
	const char *heads[COLUMNS_MAX];
	int widths[COLUMNS_MAX];
	size_t n_columns;
	struct mc_buf cells; /* each ends in NUL */
	size_t n_cells;
};

struct table *
table_create(const char *const *heads, size_t n_columns)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	mc_buf_init(&table->cells, MEMORY_MAX);
	table->n_columns = n_columns < COLUMNS_MAX ? n_columns : COLUMNS_MAX;
	for (size_t i = 0; i < table->n_columns; i++) {
		table->heads[i] = heads[i];
		table->widths[i] = glyph_width(mc_str_from(heads[i]));
	}
	return table;
}

static void
add_cell(struct table *table, size_t column, struct mc_str text)
{
	char *clean = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&clean, &size);

	if (out == NULL)
		return;
	say_clean(out, text, false);
	if (fclose(out) == 0) {
		struct mc_str cell = { clean, size };
		int width = glyph_width(cell);
		if (width > table->widths[column])
			table->widths[column] = width;
		mc_buf_add(&table->cells, cell);
	}
	mc_buf_add_char(&table->cells, '\0');
	table->n_cells++;
	free(clean);
}

void
table_add(struct table *table, const struct mc_str *cells)
{
	for (size_t i = 0; table != NULL && i < table->n_columns; i++)
		add_cell(table, i, cells[i]);
}

static void
print_padded(struct mc_str text, int width)
{
	(void)fwrite(text.ptr, 1, text.len, stdout);
	for (int n = glyph_width(text); n < width; n++)
		putchar(' ');
}

/* What is left for the last column; what stands there is cut. */
static int
room_for_last(const struct table *table)
{
	int rows, columns;

	screen_size(&rows, &columns);
	for (size_t i = 0; i + 1 < table->n_columns; i++)
		columns -= table->widths[i] + GAP;
	return columns > LAST_MIN ? columns : LAST_MIN;
}

static void
print_row(const struct table *table, const struct mc_str *cells, bool aligned, int last)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		bool is_last = i + 1 == table->n_columns;
		struct mc_str cell = cells[i];
		if (aligned && is_last && glyph_width(cell) > last) {
			cell = glyph_cut(cell, last - 1);
			printf("%.*s\xe2\x80\xa6", MC_STR_ARGS(cell));
			continue;
		}
		print_padded(cell, aligned && !is_last ? table->widths[i] + GAP : 0);
		if (!aligned && !is_last)
			putchar('\t');
	}
	putchar('\n');
}

static void
print_heads(const struct table *table, int last)
{
	struct mc_str heads[COLUMNS_MAX];

	for (size_t i = 0; i < table->n_columns; i++)
		heads[i] = mc_str_from(table->heads[i]);
	if (say_has_colour())
		fputs("\033[1m", stdout);
	print_row(table, heads, true, last);
	if (say_has_colour())
		fputs("\033[0m", stdout);
}

static void
print_rows(const struct table *table, bool aligned)
{
	struct mc_str cells[COLUMNS_MAX];
	struct mc_str rest = mc_buf_str(&table->cells);
	int last = aligned ? room_for_last(table) : 0;

	if (aligned)
		print_heads(table, last);
	for (size_t n = 0; n + table->n_columns <= table->n_cells; n += table->n_columns) {
		for (size_t i = 0; i < table->n_columns; i++)
			(void)mc_str_next(&rest, '\0', &cells[i]);
		print_row(table, cells, aligned, last);
	}
}

void
table_print(struct table *table)
{
	if (table == NULL || !mc_buf_ok(&table->cells)) {
		(void)say_error(MC_NO_MEMORY, "table", "out of memory");
	} else if (table->n_cells > 0) {
		print_rows(table, say_is_terminal());
	}
	if (table != NULL)
		mc_buf_finish(&table->cells);
	free(table);
}
