#include "cli/common/listing.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <json-c/json.h>

#include "cli/common/answer.h"
#include "cli/common/say.h"
#include "cli/common/table.h"
#include "libminiclass/base/time.h"

enum { CELL_SIZE = 1024 }; /* a name and an address, or less */

struct cell_space {
	char text[CELL_SIZE];
};

struct mc_str
listing_time(struct mc_str time, char space[LISTING_TIME_SIZE])
{
	struct mc_time at;
	struct tm local;

	if (!say_is_terminal() || !mc_time_parse_rfc3339(time, &at))
		return time;
	time_t seconds = (time_t)(at.us / 1000000);
	if (localtime_r(&seconds, &local) == NULL ||
		strftime(space, LISTING_TIME_SIZE, "%Y-%m-%d %H:%M", &local) == 0)
		return time;
	return mc_str_from(space);
}

/* Of one live class yes or no, of several in how many. */
static bool
has_attended(struct json_object *row)
{
	return answer_is(row, "attended") || answer_int(row, "attended") > 0;
}

/* A sum has the minutes that were said of each: those of its seconds may be others. */
static struct mc_str
span(struct json_object *row, const char *path, char space[LISTING_TIME_SIZE])
{
	int64_t seconds = answer_int(row, path);

	if (!say_is_terminal())
		snprintf(space, LISTING_TIME_SIZE, "%" PRId64, seconds);
	else if (answer_member(row, "minutes") != NULL)
		mc_time_spent(answer_int(row, "minutes") * 60, has_attended(row), space);
	else
		mc_time_spent(seconds, has_attended(row), space);
	return mc_str_from(space);
}

static struct json_object *
row_at(struct json_object *rows, size_t i)
{
	return json_object_is_type(rows, json_type_array) ? json_object_array_get_idx(rows, i)
							  : rows;
}

static bool
is_named(struct json_object *rows, size_t i, const char *path, struct mc_str name)
{
	return i < json_object_array_length(rows) &&
	       mc_str_equal(answer_text(json_object_array_get_idx(rows, i), path), name);
}

/* Lists are by name: those who have the same one stand together. */
static struct mc_str
name_cell(struct json_object *rows, size_t i, const char *path, char space[CELL_SIZE])
{
	struct mc_str name = answer_text(row_at(rows, i), path);
	struct mc_str email = answer_text(row_at(rows, i), "email");

	if (email.len == 0 || !json_object_is_type(rows, json_type_array) ||
		!((i > 0 && is_named(rows, i - 1, path, name)) ||
			is_named(rows, i + 1, path, name)))
		return name;
	snprintf(space, CELL_SIZE, "%.*s, %.*s", MC_STR_ARGS(name), MC_STR_ARGS(email));
	return mc_str_from(space);
}

static struct mc_str
cell(const struct column *column, struct json_object *rows, size_t i, struct cell_space *space)
{
	struct json_object *row = row_at(rows, i);
	struct mc_str text = answer_text(row, column->path);

	if (answer_member(row, column->path) == NULL)
		return MC_STR("-");
	switch (column->kind) {
	case COLUMN_INT:
		snprintf(space->text, sizeof(space->text), "%" PRId64,
			answer_int(row, column->path));
		return mc_str_from(space->text);
	case COLUMN_YES: return answer_is(row, column->path) ? MC_STR("yes") : MC_STR("no");
	case COLUMN_SET: return MC_STR("yes");
	case COLUMN_TIME: return listing_time(text, space->text);
	case COLUMN_SPAN: return span(row, column->path, space->text);
	case COLUMN_NAME: return name_cell(rows, i, column->path, space->text);
	case COLUMN_TEXT: break;
	}
	return text;
}

static void
add_row(struct table *table, const struct column *columns, size_t n_columns,
	struct json_object *rows, size_t row)
{
	struct mc_str cells[LISTING_COLUMNS_MAX];
	struct cell_space spaces[LISTING_COLUMNS_MAX];

	for (size_t i = 0; i < n_columns; i++)
		cells[i] = cell(&columns[i], rows, row, &spaces[i]);
	table_add(table, cells);
}

void
listing_print(
	const struct column *columns, size_t n_columns, struct json_object *rows, const char *none)
{
	const char *heads[LISTING_COLUMNS_MAX];
	bool is_list = json_object_is_type(rows, json_type_array);
	assert(n_columns <= LISTING_COLUMNS_MAX);
	size_t n = is_list ? json_object_array_length(rows) : rows != NULL;

	if (n == 0) {
		if (say_is_terminal())
			puts(none);
		return;
	}
	for (size_t i = 0; i < n_columns; i++)
		heads[i] = columns[i].head;
	struct table *table = table_create(heads, n_columns);
	for (size_t i = 0; i < n_columns; i++)
		if (columns[i].kind != COLUMN_TEXT && columns[i].kind != COLUMN_NAME)
			table_keep(table, i);
	for (size_t i = 0; i < n; i++)
		add_row(table, columns, n_columns, rows, i);
	table_print(table);
}

int
listing_answer(const struct mc_api_answer *answer, bool json, const struct column *columns,
	size_t n_columns, const char *key, const char *none)
{
	int done = answer_check(answer, key);

	if (done >= 0)
		return done;
	if (json)
		answer_print(answer);
	else
		listing_print(columns, n_columns, answer_member(answer->json, key), none);
	return EXIT_DONE;
}
