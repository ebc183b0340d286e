#include "libminiclass/text/json.h"

#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "libminiclass/base/utf8.h"

enum {
	KEYS_MAX = 256,
	VALUES_MAX = 10000, /* json-c takes 400 bytes for the three of "[]," */
	NUMBER_SIZE_MAX = 32,
};

/*
 * Reading: a recursive descent over RFC 8259's grammar that builds json-c objects as it goes.
 * json-c's own parser takes more than the grammar (and the last of two equal keys), which two
 * readers could understand differently.
 */
struct reader {
	struct mc_str text;
	size_t at;
	int depth_left;
	size_t values_left;
	enum mc_status status; /* of the first failure */
	const char *why;
};

static struct json_object *read_value(struct reader *reader, bool *ok);

static bool
fail(struct reader *reader, enum mc_status status, const char *why)
{
	if (reader->status == MC_OK) {
		reader->status = status;
		reader->why = why;
	}
	return false;
}

static char
peek(const struct reader *reader)
{
	return reader->at < reader->text.len ? reader->text.ptr[reader->at] : '\0';
}

static void
skip_blanks(struct reader *reader)
{
	while (reader->at < reader->text.len &&
		memchr(" \t\r\n", reader->text.ptr[reader->at], 4) != NULL)
		reader->at++;
}

static bool
take(struct reader *reader, char c)
{
	if (reader->at >= reader->text.len || reader->text.ptr[reader->at] != c)
		return false;
	reader->at++;
	return true;
}

static bool
read_hex4(struct reader *reader, uint32_t *out)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		char c = peek(reader);
		uint32_t digit;
		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			digit = (uint32_t)(c - 'A' + 10);
		else
			return fail(
				reader, MC_INVALID, "a \\u escape needs four hexadecimal digits");
		value = value << 4 | digit;
		reader->at++;
	}
	*out = value;
	return true;
}

static void
add_utf8(struct mc_buf *buf, uint32_t c)
{
	char bytes[4];
	size_t n;

	if (c < 0x80) {
		bytes[0] = (char)c;
		n = 1;
	} else if (c < 0x800) {
		bytes[0] = (char)(0xc0 | c >> 6);
		bytes[1] = (char)(0x80 | (c & 63));
		n = 2;
	} else if (c < 0x10000) {
		bytes[0] = (char)(0xe0 | c >> 12);
		bytes[1] = (char)(0x80 | (c >> 6 & 63));
		bytes[2] = (char)(0x80 | (c & 63));
		n = 3;
	} else {
		bytes[0] = (char)(0xf0 | c >> 18);
		bytes[1] = (char)(0x80 | (c >> 12 & 63));
		bytes[2] = (char)(0x80 | (c >> 6 & 63));
		bytes[3] = (char)(0x80 | (c & 63));
		n = 4;
	}
	mc_buf_add(buf, (struct mc_str){ bytes, n });
}

/* Behind "\u": a character, or the first half of a pair whose second half must follow. */
static bool
read_unicode(struct reader *reader, struct mc_buf *buf)
{
	uint32_t c, low;

	if (!read_hex4(reader, &c))
		return false;
	if (c >= 0xdc00 && c <= 0xdfff)
		return fail(reader, MC_INVALID, "half of a surrogate pair stands alone");
	if (c >= 0xd800 && c <= 0xdbff) {
		if (!take(reader, '\\') || !take(reader, 'u') || !read_hex4(reader, &low) ||
			low < 0xdc00 || low > 0xdfff)
			return fail(reader, MC_INVALID, "half of a surrogate pair stands alone");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	add_utf8(buf, c);
	return true;
}

static bool
read_escape(struct reader *reader, struct mc_buf *buf)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	char c = peek(reader);

	reader->at++;
	if (c == 'u')
		return read_unicode(reader, buf);
	const char *found = c == '\0' ? NULL : strchr(names, c);
	if (found == NULL)
		return fail(reader, MC_INVALID, "there is no such escape");
	mc_buf_add_char(buf, values[found - names]);
	return true;
}

/* Appends the string's bytes; the opening quote is next. */
static bool
read_text(struct reader *reader, struct mc_buf *buf)
{
	if (!take(reader, '"'))
		return fail(reader, MC_INVALID, "a string is expected");
	for (;;) {
		size_t start = reader->at;
		while (reader->at < reader->text.len) {
			unsigned char c = (unsigned char)reader->text.ptr[reader->at];
			if (c == '"' || c == '\\' || c < 0x20)
				break;
			reader->at++;
		}
		mc_buf_add(buf, (struct mc_str){ reader->text.ptr + start, reader->at - start });
		if (take(reader, '"'))
			return mc_buf_ok(buf) || fail(reader, MC_NO_MEMORY, "out of memory");
		if (!take(reader, '\\'))
			return fail(reader, MC_INVALID,
				reader->at == reader->text.len
					? "a string does not end"
					: "a control character must be escaped");
		if (!read_escape(reader, buf))
			return false;
	}
}

static struct json_object *
read_string(struct reader *reader, bool *ok)
{
	struct json_object *object = NULL;
	struct mc_buf buf;

	mc_buf_init(&buf, reader->text.len + 1);
	*ok = read_text(reader, &buf);
	if (*ok) {
		struct mc_str text = mc_buf_str(&buf);
		object = json_object_new_string_len(text.ptr, (int)text.len);
		if (object == NULL)
			*ok = fail(reader, MC_NO_MEMORY, "out of memory");
	}
	mc_buf_finish(&buf);
	return object;
}

static size_t
take_digits(struct reader *reader)
{
	size_t start = reader->at;

	while (peek(reader) >= '0' && peek(reader) <= '9')
		reader->at++;
	return reader->at - start;
}

/* NULL is JSON's null: without memory a value must not become that. */
static struct json_object *
made(struct reader *reader, struct json_object *object, bool *ok)
{
	if (*ok && object == NULL)
		*ok = fail(reader, MC_NO_MEMORY, "out of memory");
	return object;
}

static struct json_object *
make_number(struct reader *reader, struct mc_str text, bool whole, bool *ok)
{
	char copy[NUMBER_SIZE_MAX + 1];
	struct json_object *object = NULL;
	bool negative = text.ptr[0] == '-';
	int64_t value;

	if (whole) {
		/* The least int64 has no positive twin. */
		if (mc_str_equal(text, MC_STR("-9223372036854775808")))
			object = json_object_new_int64(INT64_MIN);
		else if (mc_str_to_int(mc_str_skip(text, negative), 0, INT64_MAX, &value))
			object = json_object_new_int64(negative ? -value : value);
		else
			*ok = fail(reader, MC_INVALID, "a whole number is out of range");
		return made(reader, object, ok);
	}
	if (text.len > NUMBER_SIZE_MAX) {
		*ok = fail(reader, MC_INVALID, "a number is too long");
		return NULL;
	}
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	double number = 0;
	if (json_parse_double(copy, &number) != 0 || number - number != 0)
		*ok = fail(reader, MC_INVALID, "a number is out of range");
	else
		object = json_object_new_double(number);
	return made(reader, object, ok);
}

static struct json_object *
read_number(struct reader *reader, bool *ok)
{
	size_t start = reader->at;
	bool whole = true;

	*ok = true;
	take(reader, '-');
	if (take(reader, '0') ? false : take_digits(reader) == 0)
		*ok = fail(reader, MC_INVALID, "a value is expected");
	if (*ok && take(reader, '.')) {
		whole = false;
		if (take_digits(reader) == 0)
			*ok = fail(reader, MC_INVALID, "digits are expected behind the point");
	}
	if (*ok && (peek(reader) == 'e' || peek(reader) == 'E')) {
		whole = false;
		reader->at++;
		if (!take(reader, '+'))
			take(reader, '-');
		if (take_digits(reader) == 0)
			*ok = fail(reader, MC_INVALID, "digits are expected in the exponent");
	}
	if (!*ok)
		return NULL;
	struct mc_str text = { reader->text.ptr + start, reader->at - start };
	return make_number(reader, text, whole, ok);
}

static bool
read_member(struct reader *reader, struct json_object *object)
{
	struct mc_buf key;
	bool ok;

	mc_buf_init(&key, reader->text.len + 1);
	ok = read_text(reader, &key);
	mc_buf_add_char(&key, '\0');
	/* A key with a NUL inside would be two keys for json-c, which wants C strings. */
	if (ok && !mc_buf_ok(&key))
		ok = fail(reader, MC_NO_MEMORY, "out of memory");
	if (ok && strlen(key.ptr) != key.len - 1)
		ok = fail(reader, MC_INVALID, "a key contains NUL");
	if (ok && json_object_object_get_ex(object, key.ptr, NULL))
		ok = fail(reader, MC_INVALID, "a key stands twice");
	if (ok && json_object_object_length(object) >= KEYS_MAX)
		ok = fail(reader, MC_TOO_LARGE, "an object has too many keys");
	skip_blanks(reader);
	if (ok && !take(reader, ':'))
		ok = fail(reader, MC_INVALID, "a colon is expected");
	if (ok) {
		struct json_object *value = read_value(reader, &ok);
		if (ok && json_object_object_add(object, key.ptr, value) != 0) {
			json_object_put(value);
			ok = fail(reader, MC_NO_MEMORY, "out of memory");
		}
	}
	mc_buf_finish(&key);
	return ok;
}

static bool
read_element(struct reader *reader, struct json_object *array)
{
	bool ok;
	struct json_object *value = read_value(reader, &ok);

	if (ok && json_object_array_add(array, value) != 0) {
		json_object_put(value);
		ok = fail(reader, MC_NO_MEMORY, "out of memory");
	}
	return ok;
}

/* An object or an array: what is between the brackets differs, the commas do not. */
static struct json_object *
read_nested(struct reader *reader, bool *ok)
{
	bool is_object = peek(reader) == '{';
	char end = is_object ? '}' : ']';

	if (reader->depth_left == 0) {
		*ok = fail(reader, MC_TOO_LARGE, "this is nested too deeply");
		return NULL;
	}
	struct json_object *nested = is_object ? json_object_new_object() : json_object_new_array();
	*ok = nested != NULL || fail(reader, MC_NO_MEMORY, "out of memory");
	reader->depth_left--;
	reader->at++;
	skip_blanks(reader);
	if (!take(reader, end)) {
		while (*ok) {
			skip_blanks(reader);
			*ok = is_object ? read_member(reader, nested)
					: read_element(reader, nested);
			skip_blanks(reader);
			if (!*ok || take(reader, end))
				break;
			if (!take(reader, ','))
				*ok = fail(reader, MC_INVALID, "a comma or the end is expected");
		}
	}
	reader->depth_left++;
	if (*ok)
		return nested;
	json_object_put(nested);
	return NULL;
}

static bool
take_word(struct reader *reader, struct mc_str word)
{
	if (!mc_str_starts_with(mc_str_skip(reader->text, reader->at), word))
		return false;
	reader->at += word.len;
	return true;
}

static struct json_object *
read_value(struct reader *reader, bool *ok)
{
	*ok = reader->values_left > 0 || fail(reader, MC_TOO_LARGE, "there are too many values");
	if (!*ok)
		return NULL;
	reader->values_left--;
	skip_blanks(reader);
	switch (peek(reader)) {
	case '{':
	case '[': return read_nested(reader, ok);
	case '"': return read_string(reader, ok);
	case 't':
		if (take_word(reader, MC_STR("true")))
			return made(reader, json_object_new_boolean(true), ok);
		break;
	case 'f':
		if (take_word(reader, MC_STR("false")))
			return made(reader, json_object_new_boolean(false), ok);
		break;
	case 'n':
		if (take_word(reader, MC_STR("null")))
			return NULL;
		break;
	default: return read_number(reader, ok);
	}
	*ok = fail(reader, MC_INVALID, "a value is expected");
	return NULL;
}

enum mc_status
mc_json_read(struct mc_str text, int depth, struct json_object **out, struct mc_error *error)
{
	return mc_json_read_long(text, depth, VALUES_MAX, out, error);
}

enum mc_status
mc_json_read_long(struct mc_str text, int depth, size_t n_values, struct json_object **out,
	struct mc_error *error)
{
	struct reader reader = { .text = text, .depth_left = depth, .values_left = n_values };
	bool ok = true;

	if (text.len > INT32_MAX)
		return mc_error_set(error, MC_TOO_LARGE, NULL, "The JSON is too long.");
	if (!mc_utf8_is_valid(text))
		return mc_error_set(error, MC_INVALID, NULL, "The JSON is not valid UTF-8.");
	struct json_object *value = read_value(&reader, &ok);
	if (ok) {
		skip_blanks(&reader);
		if (reader.at < text.len)
			ok = fail(&reader, MC_INVALID, "there is something behind the value");
	}
	if (!ok) {
		json_object_put(value);
		return mc_error_set(error, reader.status, NULL,
			"The JSON is wrong at byte %zu: %s.", reader.at, reader.why);
	}
	*out = value;
	return MC_OK;
}

bool
mc_json_text(struct json_object *object, const char *key, struct mc_str *out)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
		!json_object_is_type(value, json_type_string))
		return false;
	*out = (struct mc_str){ json_object_get_string(value),
		(size_t)json_object_get_string_len(value) };
	return true;
}

bool
mc_json_int(struct json_object *object, const char *key, int64_t *out)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
		!json_object_is_type(value, json_type_int))
		return false;
	*out = json_object_get_int64(value);
	return true;
}
