/* Parameters: values as PostgreSQL takes them in binary. */

#include "libminiclass/db/params_int.h"

#include <assert.h>
#include <endian.h>
#include <limits.h>
#include <string.h>

#include "libminiclass/db/wire_int.h"

struct mc_param
mc_p_null(void)
{
	return (struct mc_param){ .type = MC_P_NULL };
}

struct mc_param
mc_p_id(int64_t id)
{
	return (struct mc_param){ .type = MC_P_ID, .number = id };
}

struct mc_param
mc_p_int(int32_t value)
{
	return (struct mc_param){ .type = MC_P_INT, .number = value };
}

struct mc_param
mc_p_bool(bool value)
{
	return (struct mc_param){ .type = MC_P_BOOL, .number = value };
}

struct mc_param
mc_p_text(struct mc_str text)
{
	return (struct mc_param){ .type = MC_P_TEXT, .text = text };
}

struct mc_param
mc_p_bytes(const void *bytes, size_t size)
{
	return (struct mc_param){ .type = MC_P_BYTES, .text = { bytes, size } };
}

struct mc_param
mc_p_time(struct mc_time time)
{
	return (struct mc_param){ .type = MC_P_TIME, .number = time.us };
}

struct mc_param
mc_p_text_list(const struct mc_str *texts, size_t n_texts)
{
	return (struct mc_param){ .type = MC_P_TEXT_LIST, .texts = texts, .n_texts = n_texts };
}

struct mc_param
mc_p_id_list(const int64_t *ids, size_t n_ids)
{
	return (struct mc_param){ .type = MC_P_ID_LIST, .ids = ids, .n_texts = n_ids };
}

static size_t
list_size(const struct mc_param *param)
{
	size_t size = DB_ARRAY_HEAD_SIZE;

	if (param->type == MC_P_ID_LIST)
		return size + param->n_texts * (sizeof(int32_t) + sizeof(int64_t));
	for (size_t i = 0; i < param->n_texts; i++)
		size += sizeof(int32_t) + param->texts[i].len;
	return size;
}

static void
add_int32(struct mc_buf *buf, size_t value)
{
	assert(value <= INT32_MAX);
	uint32_t wire = htobe32((uint32_t)value);
	mc_buf_add(buf, (struct mc_str){ (const char *)&wire, sizeof(wire) });
}

/* PostgreSQL's array_send: dimensions, has-null, element type, then length and lower bound. */
static void
add_list_head(struct mc_buf *buf, size_t type, size_t n)
{
	add_int32(buf, n > 0 ? 1 : 0);
	add_int32(buf, 0);
	add_int32(buf, type);
	if (n == 0)
		return;
	add_int32(buf, n);
	add_int32(buf, 1);
}

static void
add_texts(struct mc_buf *buf, const struct mc_str *texts, size_t n)
{
	add_list_head(buf, DB_TYPE_TEXT, n);
	for (size_t i = 0; i < n; i++) {
		add_int32(buf, texts[i].len);
		mc_buf_add(buf, texts[i]);
	}
}

static void
add_ids(struct mc_buf *buf, const int64_t *ids, size_t n)
{
	add_list_head(buf, DB_TYPE_INT8, n);
	for (size_t i = 0; i < n; i++) {
		uint64_t wire = htobe64((uint64_t)ids[i]);
		add_int32(buf, sizeof(wire));
		mc_buf_add(buf, (struct mc_str){ (const char *)&wire, sizeof(wire) });
	}
}

static void
encode_bytes(struct db_encoded *out, size_t i, Oid type, const char *ptr, size_t size)
{
	assert(size <= INT_MAX);
	out->types[i] = type;
	out->values[i] = ptr ? ptr : "";
	out->lengths[i] = (int)size;
}

static void
encode_int64(struct db_encoded *out, size_t i, Oid type, int64_t value)
{
	out->numbers[i] = htobe64((uint64_t)value);
	encode_bytes(out, i, type, (const char *)&out->numbers[i], sizeof(uint64_t));
}

/* What was added to the scratch from `start` on; it was reserved, so it does not move. */
static void
encode_list(const struct mc_buf *scratch, struct db_encoded *out, size_t i, Oid type, size_t start)
{
	encode_bytes(out, i, type, scratch->ptr + start, scratch->len - start);
}

static void
encode_param(const struct mc_param *param, size_t i, struct mc_buf *scratch, struct db_encoded *out)
{
	size_t start = scratch->len;
	uint32_t narrow;

	out->formats[i] = 1;
	switch (param->type) {
	case MC_P_NULL:
		out->types[i] = 0;
		out->values[i] = NULL;
		out->lengths[i] = 0;
		return;
	case MC_P_ID: encode_int64(out, i, DB_TYPE_INT8, param->number); return;
	case MC_P_TIME:
		encode_int64(out, i, DB_TYPE_TIMESTAMPTZ, param->number - DB_EPOCH_US);
		return;
	case MC_P_INT:
		narrow = htobe32((uint32_t)(int32_t)param->number);
		memcpy(&out->numbers[i], &narrow, sizeof(narrow));
		encode_bytes(out, i, DB_TYPE_INT4, (const char *)&out->numbers[i], sizeof(narrow));
		return;
	case MC_P_BOOL: encode_bytes(out, i, DB_TYPE_BOOL, param->number ? "\1" : "\0", 1); return;
	case MC_P_TEXT:
		encode_bytes(out, i, DB_TYPE_TEXT, param->text.ptr, param->text.len);
		return;
	case MC_P_BYTES:
		encode_bytes(out, i, DB_TYPE_BYTEA, param->text.ptr, param->text.len);
		return;
	case MC_P_TEXT_LIST:
		add_texts(scratch, param->texts, param->n_texts);
		encode_list(scratch, out, i, DB_TYPE_TEXT_ARRAY, start);
		return;
	case MC_P_ID_LIST:
		add_ids(scratch, param->ids, param->n_texts);
		encode_list(scratch, out, i, DB_TYPE_INT8_ARRAY, start);
		return;
	}
}

bool
db_encode(const struct mc_param *params, size_t n, struct mc_buf *scratch, struct db_encoded *out)
{
	size_t lists = 0;

	assert(n <= MC_PARAMS_MAX);
	for (size_t i = 0; i < n; i++)
		if (params[i].type == MC_P_TEXT_LIST || params[i].type == MC_P_ID_LIST)
			lists += list_size(&params[i]);
	if (lists > 0) {
		mc_buf_clear(scratch);
		if (!mc_buf_reserve(scratch, lists))
			return false;
	}
	for (size_t i = 0; i < n; i++)
		encode_param(&params[i], i, scratch, out);
	return lists == 0 || mc_buf_ok(scratch);
}
