#include "cli/common/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/common/glyph.h"
#include "cli/common/say.h"
#include "cli/common/screen.h"
#include "libminiclass/base/buf.h"

enum { COLUMNS_MAX = 16, MEMORY_MAX = 256 << 20, TEXT_MIN = 10, KEPT_MIN = 4, GAP = 2 };

struct table {
	const char *heads[COLUMNS_MAX];
	int widths[COLUMNS_MAX];
	bool is_kept[COLUMNS_MAX];
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

void
table_keep(struct table *table, size_t column)
{
	if (table != NULL && column < table->n_columns)
		table->is_kept[column] = true;
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

/* The widest one by a column; false: all that may be are at `least` or below. */
static bool
shorten_widest(struct table *table, bool also_kept, int least)
{
	size_t widest = COLUMNS_MAX;

	for (size_t i = 0; i < table->n_columns; i++)
		if (table->widths[i] > least && (also_kept || !table->is_kept[i]) &&
			(widest == COLUMNS_MAX || table->widths[i] > table->widths[widest]))
			widest = i;
	if (widest < COLUMNS_MAX)
		table->widths[widest]--;
	return widest < COLUMNS_MAX;
}

static void
fit(struct table *table)
{
	int rows, columns, surplus = -GAP;

	screen_size(&rows, &columns);
	for (size_t i = 0; i < table->n_columns; i++)
		surplus += table->widths[i] + GAP;
	surplus -= columns;
	while (surplus > 0 &&
		(shorten_widest(table, false, TEXT_MIN) || shorten_widest(table, true, KEPT_MIN)))
		surplus--;
}

/* In its column's width; the last one needs no blanks. */
static void
print_aligned(struct mc_str cell, int width, bool is_last)
{
	if (glyph_width(cell) > width) {
		cell = glyph_cut(cell, width - 1);
		printf("%.*s\xe2\x80\xa6", MC_STR_ARGS(cell));
		width--;
	} else {
		(void)fwrite(cell.ptr, 1, cell.len, stdout);
	}
	for (int n = glyph_width(cell); !is_last && n < width + GAP; n++)
		putchar(' ');
}

static void
print_row(const struct table *table, const struct mc_str *cells, bool aligned)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		bool is_last = i + 1 == table->n_columns;
		if (aligned) {
			print_aligned(cells[i], table->widths[i], is_last);
			continue;
		}
		(void)fwrite(cells[i].ptr, 1, cells[i].len, stdout);
		if (!is_last)
			putchar('\t');
	}
	putchar('\n');
}

static void
print_heads(const struct table *table)
{
	struct mc_str heads[COLUMNS_MAX];

	for (size_t i = 0; i < table->n_columns; i++)
		heads[i] = mc_str_from(table->heads[i]);
	if (say_has_colour())
		fputs("\033[1m", stdout);
	print_row(table, heads, true);
	if (say_has_colour())
		fputs("\033[0m", stdout);
}

static void
print_rows(struct table *table, bool aligned)
{
	struct mc_str cells[COLUMNS_MAX];
	struct mc_str rest = mc_buf_str(&table->cells);

	if (aligned) {
		fit(table);
		print_heads(table);
	}
	for (size_t n = 0; n + table->n_columns <= table->n_cells; n += table->n_columns) {
		for (size_t i = 0; i < table->n_columns; i++)
			(void)mc_str_next(&rest, '\0', &cells[i]);
		print_row(table, cells, aligned);
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
