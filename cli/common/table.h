/*
 * table - rows in columns for people (aligned, cut to the terminal's width, a head), tab-separated
 * without a head when stdout is no terminal.
 */
#ifndef CLI_COMMON_TABLE_H
#define CLI_COMMON_TABLE_H

#include <stddef.h>

#include "libminiclass/base/str.h"

struct table;

/* Column heads, "ID", "NAME", ...; the last column takes what room is left. */
struct table *table_create(const char *const *heads, size_t n_columns);
/* Copied; control characters are cleaned. */
void table_add(struct table *table, const struct mc_str *cells);
/* Prints and destroys. */
void table_print(struct table *table);

#endif
