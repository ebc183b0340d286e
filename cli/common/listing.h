/*
 * listing - objects of an answer as rows of a table (table.h).
 *
 * On a terminal times are of the reader's own clock and spans in hours and minutes; in pipes times
 * are as the server wrote them and spans in seconds.  What has no value is "-".
 */
#ifndef CLI_COMMON_LISTING_H
#define CLI_COMMON_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/str.h"
#include "libminiclass/client/api.h"

struct json_object;

enum column_kind {
	COLUMN_TEXT,
	COLUMN_INT,
	COLUMN_YES,  /* of a boolean: "yes", "no" */
	COLUMN_SET,  /* of anything: "yes" when there is something */
	COLUMN_TIME, /* RFC 3339 */
	COLUMN_SPAN, /* seconds of attendance */
	COLUMN_NAME, /* with the row's "email" behind it when a row beside it has the same */
};

struct column {
	const char *head;
	enum column_kind kind;
	const char *path; /* of the member in each object (answer.h) */
};

enum { LISTING_COLUMNS_MAX = 9, LISTING_TIME_SIZE = 32 };

/*
 * `rows`: an array of objects, or one object.  When there are none: the sentence `none` on a
 * terminal, nothing in pipes.
 */
void listing_print(
	const struct column *columns, size_t n_columns, struct json_object *rows, const char *none);
/* The same of the member `key` of an answer, or with `json` the answer as it came; the exit status.
 */
int listing_answer(const struct mc_api_answer *answer, bool json, const struct column *columns,
	size_t n_columns, const char *key, const char *none);

/* A time as it is shown; the result is in `space` or is `time`. */
struct mc_str listing_time(struct mc_str time, char space[LISTING_TIME_SIZE]);

#endif
