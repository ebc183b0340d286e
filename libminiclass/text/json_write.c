/* json_write - json-c objects as text that may stand anywhere, also inside a script element. */

#include "libminiclass/text/json.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "libminiclass/base/utf8.h"

/* Bytes that do not stand for themselves: quotes, controls, markup, and what begins U+2028 and
 * U+2029. */
static const unsigned char special[256] = { [0] = 1,
	[1] = 1,
	[2] = 1,
	[3] = 1,
	[4] = 1,
	[5] = 1,
	[6] = 1,
	[7] = 1,
	[8] = 1,
	[9] = 1,
	[10] = 1,
	[11] = 1,
	[12] = 1,
	[13] = 1,
	[14] = 1,
	[15] = 1,
	[16] = 1,
	[17] = 1,
	[18] = 1,
	[19] = 1,
	[20] = 1,
	[21] = 1,
	[22] = 1,
	[23] = 1,
	[24] = 1,
	[25] = 1,
	[26] = 1,
	[27] = 1,
	[28] = 1,
	[29] = 1,
	[30] = 1,
	[31] = 1,
	['"'] = 1,
	['\\'] = 1,
	['<'] = 1,
	['>'] = 1,
	['&'] = 1,
	[0x7f] = 1,
	[0xe2] = 1 };

/* Writes the escape for what stands at the front; returns the bytes that it stands for, 0: none
 * needed. */
static size_t
write_escape(struct mc_buf *buf, struct mc_str text)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char c = (unsigned char)text.ptr[0];
	char unicode[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	switch (c) {
	case '"': mc_buf_add(buf, MC_STR("\\\"")); return 1;
	case '\\': mc_buf_add(buf, MC_STR("\\\\")); return 1;
	case '\n': mc_buf_add(buf, MC_STR("\\n")); return 1;
	case '\r': mc_buf_add(buf, MC_STR("\\r")); return 1;
	case '\t': mc_buf_add(buf, MC_STR("\\t")); return 1;
	case 0xe2:
		if (mc_str_starts_with(text, MC_STR("\xe2\x80\xa8")))
			mc_buf_add(buf, MC_STR("\\u2028"));
		else if (mc_str_starts_with(text, MC_STR("\xe2\x80\xa9")))
			mc_buf_add(buf, MC_STR("\\u2029"));
		else
			return 0;
		return 3;
	default: mc_buf_add(buf, (struct mc_str){ unicode, sizeof(unicode) }); return 1;
	}
}

/* Sixteen bytes at once: how far the front is free of special ones, in whole steps. */
static size_t
clean_run(struct mc_str text)
{
	typedef unsigned char bytes16 __attribute__((vector_size(16)));
	typedef signed char mask16 __attribute__((vector_size(16)));
	size_t at = 0;

	for (; text.len - at >= sizeof(bytes16); at += sizeof(bytes16)) {
		bytes16 v;
		uint64_t found[2];
		memcpy(&v, text.ptr + at, sizeof(v));
		mask16 any = (v < 0x20) | (v == '"') | (v == '\\') | (v == '<') | (v == '>') |
			     (v == '&') | (v == 0x7f) | (v == 0xe2);
		memcpy(found, &any, sizeof(found));
		if ((found[0] | found[1]) != 0)
			break;
	}
	return at;
}

static void
write_valid(struct mc_buf *buf, struct mc_str text)
{
	size_t clean = 0, i = clean_run(text);

	while (i < text.len) {
		if (!special[(unsigned char)text.ptr[i]]) {
			i++;
			continue;
		}
		mc_buf_add(buf, (struct mc_str){ text.ptr + clean, i - clean });
		size_t n = write_escape(buf, mc_str_skip(text, i));
		clean = i + n;
		i += n > 0 ? n : 1;
		i += clean_run(mc_str_skip(text, i));
	}
	mc_buf_add(buf, mc_str_skip(text, clean));
}

void
mc_json_write_text(struct mc_buf *buf, struct mc_str text)
{
	mc_buf_add_char(buf, '"');
	while (!mc_utf8_is_valid(text)) {
		/* The longest good beginning, then a replacement for the byte that spoils it. */
		size_t good = 0;
		for (size_t n = 1; good + n <= text.len && n <= 4;) {
			if (mc_utf8_is_valid((struct mc_str){ text.ptr + good, n })) {
				good += n;
				n = 1;
			} else {
				n++;
			}
		}
		write_valid(buf, mc_str_first(text, good));
		mc_buf_add(buf, MC_STR("\xef\xbf\xbd"));
		text = mc_str_skip(text, good + 1);
	}
	write_valid(buf, text);
	mc_buf_add_char(buf, '"');
}

static void
write_object(struct mc_buf *buf, struct json_object *object)
{
	bool first = true;

	mc_buf_add_char(buf, '{');
	json_object_object_foreach(object, key, value)
	{
		if (!first)
			mc_buf_add_char(buf, ',');
		first = false;
		mc_json_write_text(buf, mc_str_from(key));
		mc_buf_add_char(buf, ':');
		mc_json_write(buf, value);
	}
	mc_buf_add_char(buf, '}');
}

static void
write_array(struct mc_buf *buf, struct json_object *array)
{
	mc_buf_add_char(buf, '[');
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		if (i > 0)
			mc_buf_add_char(buf, ',');
		mc_json_write(buf, json_object_array_get_idx(array, i));
	}
	mc_buf_add_char(buf, ']');
}

/* Short when that reads back as the same number, and never as an integer. */
static void
write_double(struct mc_buf *buf, double number)
{
	char text[32];

	/* JSON has no infinity. */
	if (!isfinite(number)) {
		mc_buf_add(buf, MC_STR("null"));
		return;
	}
	snprintf(text, sizeof(text), "%.15g", number);
	if (strtod(text, NULL) < number || strtod(text, NULL) > number)
		snprintf(text, sizeof(text), "%.17g", number);
	mc_buf_add_text(buf, text);
	if (strpbrk(text, ".e") == NULL)
		mc_buf_add(buf, MC_STR(".0"));
}

void
mc_json_write(struct mc_buf *buf, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null: mc_buf_add(buf, MC_STR("null")); break;
	case json_type_boolean:
		mc_buf_add(buf, json_object_get_boolean(value) ? MC_STR("true") : MC_STR("false"));
		break;
	case json_type_int: mc_buf_add_int(buf, json_object_get_int64(value)); break;
	case json_type_double: write_double(buf, json_object_get_double(value)); break;
	case json_type_string:
		mc_json_write_text(buf, (struct mc_str){ json_object_get_string(value),
						(size_t)json_object_get_string_len(value) });
		break;
	case json_type_object: write_object(buf, value); break;
	case json_type_array: write_array(buf, value); break;
	}
}
