/*
 * table - rows in columns for people (aligned, cut to the terminal's width, a head), tab-separated
 * without a head when stdout is no terminal.
 *
 * Rows that are too wide lose from the widest columns, so that each keeps a fair share; columns
 * that are kept (numbers, times: half of one is worth nothing) lose only when nothing else is left.
 */
#ifndef CLI_COMMON_TABLE_H
#define CLI_COMMON_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/str.h"

struct table;

/* Column heads, "ID", "NAME", ... */
struct table *table_create(const char *const *heads, size_t n_columns);
void table_keep(struct table *table, size_t column);
/* Copied; control characters are cleaned. */
void table_add(struct table *table, const struct mc_str *cells);
/* Prints and destroys. */
void table_print(struct table *table);

#endif
