#include "libminiclass/chat/frame.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum { SIZE_DIGITS_MAX = 7, JSON_SIZE_MAX = 9999999 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* MORE: the input ends before it can tell, also when `at` is past its end. */
static enum mc_frame_result
crlf_at(struct mc_str in, size_t at)
{
	if (at < in.len && in.ptr[at] != '\r')
		return MC_FRAME_BAD;
	if (at + 1 < in.len && in.ptr[at + 1] != '\n')
		return MC_FRAME_BAD;
	return at + 2 <= in.len ? MC_FRAME_OK : MC_FRAME_MORE;
}

enum mc_frame_result
mc_frame_next(struct mc_str in, size_t limit, struct mc_frame *out)
{
	size_t digits = 0, size = 0;

	/* A first 0 is padding or an empty object: we send neither and take neither. */
	if (in.len > 0 && in.ptr[0] == '0')
		return MC_FRAME_BAD;
	while (digits < in.len && digits < SIZE_DIGITS_MAX && is_digit(in.ptr[digits]))
		size = size * 10 + (size_t)(in.ptr[digits++] - '0');
	if (digits == 0)
		return in.len > 0 ? MC_FRAME_BAD : MC_FRAME_MORE;

	enum mc_frame_result found = crlf_at(in, digits);
	if (found != MC_FRAME_OK)
		return found;
	if (size > limit)
		return MC_FRAME_TOO_BIG;

	/* Seven digits at most, so these sums cannot wrap. */
	size_t start = digits + 2;
	found = crlf_at(in, start + size);
	if (found != MC_FRAME_OK)
		return found;
	out->json = (struct mc_str){ in.ptr + start, size };
	out->size = start + size + 2;
	return MC_FRAME_OK;
}

void
mc_frame_write(struct mc_buf *buf, struct mc_str json)
{
	char digits[SIZE_DIGITS_MAX];
	size_t first = SIZE_DIGITS_MAX;

	assert(json.len > 0 && json.len <= JSON_SIZE_MAX);
	for (size_t left = json.len; left > 0; left /= 10)
		digits[--first] = (char)('0' + left % 10);
	size_t n = SIZE_DIGITS_MAX - first;
	/* All or nothing: half a frame would spoil what follows it. */
	char *to = mc_buf_reserve(buf, n + json.len + 4);
	if (to == NULL)
		return;
	memcpy(to, digits + first, n);
	memcpy(to + n, "\r\n", 2);
	memcpy(to + n + 2, json.ptr, json.len);
	memcpy(to + n + 2 + json.len, "\r\n", 2);
	mc_buf_commit(buf, n + json.len + 4);
}
