#include "libminiclass/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 256 };

void
mc_buf_init(struct mc_buf *buf, size_t limit)
{
	*buf = (struct mc_buf){ .limit = limit };
}

void
mc_buf_finish(struct mc_buf *buf)
{
	free(buf->ptr);
	mc_buf_init(buf, buf->limit);
}

void
mc_buf_clear(struct mc_buf *buf)
{
	buf->len = 0;
	buf->failed = false;
}

bool
mc_buf_ok(const struct mc_buf *buf)
{
	return !buf->failed;
}

struct mc_str
mc_buf_str(const struct mc_buf *buf)
{
	return (struct mc_str){ buf->ptr == NULL ? "" : buf->ptr, buf->len };
}

/* Doubles, so that n appends cost O(n); never above the limit. */
static bool
grow(struct mc_buf *buf, size_t n)
{
	if (n > buf->limit - buf->len) {
		buf->failed = true;
		return false;
	}
	size_t size = buf->size == 0 ? FIRST_SIZE : buf->size;
	while (size < buf->len + n)
		size = size > buf->limit / 2 ? buf->limit : size * 2;
	if (size > buf->limit)
		size = buf->limit;
	char *ptr = realloc(buf->ptr, size);
	if (ptr == NULL) {
		buf->failed = true;
		return false;
	}
	buf->ptr = ptr;
	buf->size = size;
	return true;
}

char *
mc_buf_reserve(struct mc_buf *buf, size_t n)
{
	if (buf->failed || (n > buf->size - buf->len && !grow(buf, n)))
		return NULL;
	return buf->ptr + buf->len;
}

void
mc_buf_commit(struct mc_buf *buf, size_t n)
{
	buf->len += n;
}

void
mc_buf_add(struct mc_buf *buf, struct mc_str bytes)
{
	if (bytes.len == 0)
		return;
	char *to = mc_buf_reserve(buf, bytes.len);
	if (to == NULL)
		return;
	memcpy(to, bytes.ptr, bytes.len);
	buf->len += bytes.len;
}

void
mc_buf_add_char(struct mc_buf *buf, char byte)
{
	char *to = mc_buf_reserve(buf, 1);

	if (to == NULL)
		return;
	*to = byte;
	buf->len++;
}

void
mc_buf_add_text(struct mc_buf *buf, const char *text)
{
	mc_buf_add(buf, mc_str_from(text));
}

void
mc_buf_add_int(struct mc_buf *buf, int64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (value < 0)
		digits[--at] = '-';
	mc_buf_add(buf, (struct mc_str){ digits + at, sizeof(digits) - at });
}

void
mc_buf_addf(struct mc_buf *buf, const char *format, ...)
{
	char small[256], *large = NULL;
	va_list args, again;

	if (buf->failed)
		return;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	/* Not printed in place: the buffer may have no byte more for the NUL. */
	if (n >= (int)sizeof(small))
		n = vasprintf(&large, format, again);
	va_end(again);
	if (n < 0) {
		buf->failed = true;
		return;
	}
	mc_buf_add(buf, (struct mc_str){ large == NULL ? small : large, (size_t)n });
	free(large);
}

void
mc_buf_drop(struct mc_buf *buf, size_t n)
{
	if (n >= buf->len) {
		buf->len = 0;
		return;
	}
	memmove(buf->ptr, buf->ptr + n, buf->len - n);
	buf->len -= n;
}
