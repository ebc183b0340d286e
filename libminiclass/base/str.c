#include "libminiclass/base/str.h"

#include <string.h>

struct mc_str
mc_str_from(const char *text)
{
	return text == NULL ? (struct mc_str){ 0 } : (struct mc_str){ text, strlen(text) };
}

bool
mc_str_equal(struct mc_str a, struct mc_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static unsigned char
lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool
mc_str_equal_nocase(struct mc_str a, struct mc_str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

bool
mc_str_starts_with(struct mc_str str, struct mc_str prefix)
{
	return str.len >= prefix.len && mc_str_equal(mc_str_first(str, prefix.len), prefix);
}

bool
mc_str_ends_with(struct mc_str str, struct mc_str suffix)
{
	return str.len >= suffix.len &&
	       mc_str_equal(mc_str_skip(str, str.len - suffix.len), suffix);
}

int
mc_str_compare(struct mc_str a, struct mc_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

size_t
mc_str_find(struct mc_str str, char byte)
{
	const char *found = str.len == 0 ? NULL : memchr(str.ptr, byte, str.len);
	return found == NULL ? str.len : (size_t)(found - str.ptr);
}

struct mc_str
mc_str_first(struct mc_str str, size_t n)
{
	return (struct mc_str){ str.ptr, n < str.len ? n : str.len };
}

struct mc_str
mc_str_skip(struct mc_str str, size_t n)
{
	if (n >= str.len)
		return (struct mc_str){ str.ptr == NULL ? NULL : str.ptr + str.len, 0 };
	return (struct mc_str){ str.ptr + n, str.len - n };
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct mc_str
mc_str_trim(struct mc_str str)
{
	while (str.len > 0 && is_blank(str.ptr[str.len - 1]))
		str.len--;
	while (str.len > 0 && is_blank(str.ptr[0]))
		str = mc_str_skip(str, 1);
	return str;
}

bool
mc_str_next(struct mc_str *rest, char separator, struct mc_str *item)
{
	if (rest->ptr == NULL)
		return false;
	size_t end = mc_str_find(*rest, separator);
	*item = mc_str_first(*rest, end);
	*rest = end < rest->len ? mc_str_skip(*rest, end + 1) : (struct mc_str){ 0 };
	return true;
}

bool
mc_str_to_int(struct mc_str str, int64_t min, int64_t max, int64_t *out)
{
	uint64_t value = 0;

	/* 19 digits are below 2^64, so the sum cannot wrap. */
	if (str.len == 0 || str.len > 19 || (str.len > 1 && str.ptr[0] == '0'))
		return false;
	for (size_t i = 0; i < str.len; i++) {
		if (str.ptr[i] < '0' || str.ptr[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(str.ptr[i] - '0');
	}
	if (value > INT64_MAX || (int64_t)value < min || (int64_t)value > max)
		return false;
	*out = (int64_t)value;
	return true;
}
