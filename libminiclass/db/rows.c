/* Reading rows: what PostgreSQL sent in binary, as values. */

#include <assert.h>
#include <endian.h>
#include <libpq-fe.h>
#include <string.h>

#include "libminiclass/db/query.h"
#include "libminiclass/db/wire_int.h"

/* The bytes of one value, left to read. */
struct value {
	const char *ptr;
	size_t left;
};

struct mc_row
mc_rows_at(const struct mc_rows *rows, int index)
{
	assert(index >= 0 && index < rows->n);
	return (struct mc_row){ rows->result, index };
}

bool
mc_row_is_null(const struct mc_row *row, int column)
{
	assert(column < PQnfields(row->result));
	return PQgetisnull(row->result, row->index, column);
}

static const char *
value_of(const struct mc_row *row, int column, size_t size)
{
	assert((size_t)PQgetlength(row->result, row->index, column) == size);
	return PQgetvalue(row->result, row->index, column);
}

static int64_t
read_int64(const char *ptr)
{
	uint64_t wire;
	memcpy(&wire, ptr, sizeof(wire));
	return (int64_t)be64toh(wire);
}

static int32_t
read_int32(const char *ptr)
{
	uint32_t wire;
	memcpy(&wire, ptr, sizeof(wire));
	return (int32_t)be32toh(wire);
}

int64_t
mc_row_int(const struct mc_row *row, int column)
{
	if (mc_row_is_null(row, column))
		return 0;
	if (PQftype(row->result, column) == DB_TYPE_INT4)
		return read_int32(value_of(row, column, sizeof(int32_t)));
	assert(PQftype(row->result, column) == DB_TYPE_INT8);
	return read_int64(value_of(row, column, sizeof(int64_t)));
}

int64_t
mc_row_id(const struct mc_row *row, int column)
{
	return mc_row_int(row, column);
}

bool
mc_row_bool(const struct mc_row *row, int column)
{
	assert(PQftype(row->result, column) == DB_TYPE_BOOL);
	return !mc_row_is_null(row, column) && value_of(row, column, 1)[0] != 0;
}

struct mc_str
mc_row_text(const struct mc_row *row, int column)
{
	if (mc_row_is_null(row, column))
		return (struct mc_str){ NULL, 0 };
	assert(PQftype(row->result, column) == DB_TYPE_TEXT ||
		PQftype(row->result, column) == DB_TYPE_BYTEA);
	return (struct mc_str){ PQgetvalue(row->result, row->index, column),
		(size_t)PQgetlength(row->result, row->index, column) };
}

struct mc_time
mc_row_time(const struct mc_row *row, int column)
{
	if (mc_row_is_null(row, column))
		return (struct mc_time){ 0 };
	assert(PQftype(row->result, column) == DB_TYPE_TIMESTAMPTZ);
	return (struct mc_time){ read_int64(value_of(row, column, sizeof(int64_t))) + DB_EPOCH_US };
}

/* The database is no stranger, but a length is checked before it is followed. */
static bool
next_int32(struct value *value, int32_t *out)
{
	if (value->left < sizeof(*out))
		return false;
	*out = read_int32(value->ptr);
	value->ptr += sizeof(*out);
	value->left -= sizeof(*out);
	return true;
}

static bool
next_text(struct value *value, struct mc_str *out)
{
	int32_t length;

	if (!next_int32(value, &length) || length < 0 || (size_t)length > value->left)
		return false;
	*out = (struct mc_str){ value->ptr, (size_t)length };
	value->ptr += length;
	value->left -= (size_t)length;
	return true;
}

/* The number of elements of a text[] without NULLs and of one dimension at most; -1 for others. */
static int32_t
read_list_head(struct value *value)
{
	int32_t dimensions, has_null, type, n, lower;

	if (!next_int32(value, &dimensions) || !next_int32(value, &has_null) ||
		!next_int32(value, &type) || type != DB_TYPE_TEXT)
		return -1;
	if (dimensions == 0)
		return 0;
	if (dimensions != 1 || !next_int32(value, &n) || !next_int32(value, &lower))
		return -1;
	/* Each element has at least its length. */
	return n >= 0 && (size_t)n <= value->left / sizeof(int32_t) ? n : -1;
}

bool
mc_row_text_list(const struct mc_row *row, int column, struct mc_arena *arena,
	struct mc_str **texts, size_t *n_texts)
{
	assert(PQftype(row->result, column) == DB_TYPE_TEXT_ARRAY);
	struct value value = { PQgetvalue(row->result, row->index, column),
		(size_t)PQgetlength(row->result, row->index, column) };
	int32_t n = mc_row_is_null(row, column) ? 0 : read_list_head(&value);
	struct mc_str *list = NULL;

	assert(n >= 0);
	if (n > 0) {
		list = mc_arena_array(arena, (size_t)n, sizeof(*list));
		if (!list)
			return false;
	}
	for (int32_t i = 0; i < n; i++) {
		bool whole = next_text(&value, &list[i]);
		assert(whole);
		(void)whole;
	}
	*texts = list;
	*n_texts = (size_t)n;
	return true;
}
