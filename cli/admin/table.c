#include "cli/admin/table.h"

#include <stdlib.h>
#include <unistd.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/utf8.h"

enum { COLUMNS_MAX = 8, MEMORY_MAX = 256 << 20, GAP = 2 };

struct table {
	const char *heads[COLUMNS_MAX];
	size_t widths[COLUMNS_MAX]; /* in characters */
	size_t n_columns;
	struct mc_buf cells; /* each ends in NUL */
	size_t n_cells;
};

static const struct mc_str replacement = MC_STR_INIT("\xef\xbf\xbd");

/* The Unicode marks, embeddings, overrides and isolates: U+200E, 200F, 202A-202E, 2066-2069. */
static bool
turns_direction(struct mc_str text)
{
	if (text.len < 3 || text.ptr[0] != '\xe2')
		return false;
	unsigned char second = (unsigned char)text.ptr[1], third = (unsigned char)text.ptr[2];
	if (second == 0x80)
		return third == 0x8e || third == 0x8f || (third >= 0xaa && third <= 0xae);
	return second == 0x81 && third >= 0xa6 && third <= 0xa9;
}

/* How many bytes at the front of the text were dealt with; what the database gives is UTF-8. */
static size_t
clean_one(struct mc_str text, struct mc_str *out)
{
	unsigned char c = (unsigned char)text.ptr[0];

	if (turns_direction(text)) {
		*out = MC_STR("");
		return 3;
	}
	*out = replacement;
	if (c == 0xc2 && text.len > 1 && (unsigned char)text.ptr[1] < 0xa0)
		return 2;
	if (c == '\t' || c == '\n')
		*out = MC_STR(" ");
	else if (c >= ' ' && c != 0x7f)
		*out = mc_str_first(text, 1);
	return 1;
}

void
table_clean(FILE *out, struct mc_str text)
{
	while (text.len > 0) {
		struct mc_str piece;
		text = mc_str_skip(text, clean_one(text, &piece));
		(void)fwrite(piece.ptr, 1, piece.len, out);
	}
}

bool
table_is_for_people(void)
{
	return isatty(STDOUT_FILENO) == 1;
}

struct table *
table_create(const char *const *heads, size_t n_columns)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	mc_buf_init(&table->cells, MEMORY_MAX);
	table->n_columns = n_columns < COLUMNS_MAX ? n_columns : COLUMNS_MAX;
	for (size_t i = 0; i < table->n_columns; i++) {
		table->heads[i] = heads[i];
		table->widths[i] = mc_utf8_length(mc_str_from(heads[i]));
	}
	return table;
}

static void
add_cell(struct table *table, size_t column, struct mc_str text)
{
	size_t start = table->cells.len;

	while (text.len > 0) {
		struct mc_str piece;
		text = mc_str_skip(text, clean_one(text, &piece));
		mc_buf_add(&table->cells, piece);
	}
	size_t width = mc_utf8_length(mc_str_skip(mc_buf_str(&table->cells), start));
	if (width > table->widths[column])
		table->widths[column] = width;
	mc_buf_add_char(&table->cells, '\0');
	table->n_cells++;
}

void
table_add(struct table *table, const struct mc_str *cells)
{
	for (size_t i = 0; table && i < table->n_columns; i++)
		add_cell(table, i, cells[i]);
}

static void
print_row(const struct table *table, const struct mc_str *cells, bool aligned)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		bool is_last = i + 1 == table->n_columns;
		(void)fwrite(cells[i].ptr, 1, cells[i].len, stdout);
		if (is_last)
			putchar('\n');
		else if (aligned)
			printf("%*s", (int)(table->widths[i] + GAP - mc_utf8_length(cells[i])), "");
		else
			putchar('\t');
	}
}

static void
print_rows(const struct table *table)
{
	struct mc_str cells[COLUMNS_MAX];
	struct mc_str rest = mc_buf_str(&table->cells);
	bool aligned = table_is_for_people();

	for (size_t i = 0; i < table->n_columns; i++)
		cells[i] = mc_str_from(table->heads[i]);
	if (aligned)
		print_row(table, cells, aligned);
	for (size_t n = 0; n < table->n_cells; n += table->n_columns) {
		for (size_t i = 0; i < table->n_columns; i++)
			(void)mc_str_next(&rest, '\0', &cells[i]);
		print_row(table, cells, aligned);
	}
}

bool
table_print(struct table *table)
{
	if (!table)
		return false;
	bool is_whole = mc_buf_ok(&table->cells);
	if (is_whole && table->n_cells > 0)
		print_rows(table);
	mc_buf_finish(&table->cells);
	free(table);
	return is_whole;
}
