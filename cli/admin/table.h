/*
 * table - rows in columns for people (aligned, with a head), tab-separated without a head when
 * stdout is no terminal; and text of other people on the way there.
 */
#ifndef CLI_ADMIN_TABLE_H
#define CLI_ADMIN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

struct table;

/* NULL when memory is out; the rest takes that as a table that cannot be printed. */
struct table *table_create(const char *const *heads, size_t n_columns);
/* Copied; control characters are cleaned. */
void table_add(struct table *table, const struct mc_str *cells);
/* Prints and destroys; false when memory was out. */
bool table_print(struct table *table) MC_MUST_USE;

bool table_is_for_people(void);
/* Control characters (C0, DEL, C1) become U+FFFD, tab and newline a blank; what turns the direction
 * of the text around is dropped. */
void table_clean(FILE *out, struct mc_str text);

#endif
