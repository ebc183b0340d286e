#include "libminiclass/base/utf8.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

enum {
	MARKS_MAX = 30,
	PARTS_MAX = 8, /* a character decomposes into 4 at most */
};

/* Length of the character at text[at], 0 when it is none (RFC 3629, section 4). */
static size_t
character_at(struct mc_str text, size_t at)
{
	const unsigned char *c = (const unsigned char *)text.ptr + at;
	size_t left = text.len - at;

	if (c[0] < 0x80)
		return 1;
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 0;
	size_t size = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	if (left < size)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, above U+10FFFF. */
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
		(c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return size;
}

/* Where the ASCII at the front ends: eight bytes at a time. */
static size_t
ascii_run(struct mc_str text)
{
	size_t at = 0;
	uint64_t word;

	for (; text.len - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, text.ptr + at, sizeof(word));
		if (word & 0x8080808080808080u)
			break;
	}
	while (at < text.len && (unsigned char)text.ptr[at] < 0x80)
		at++;
	return at;
}

bool
mc_utf8_is_valid(struct mc_str text)
{
	for (size_t at = 0; at < text.len;) {
		at += ascii_run(mc_str_skip(text, at));
		if (at == text.len)
			break;
		size_t size = character_at(text, at);
		if (size == 0)
			return false;
		at += size;
	}
	return true;
}

size_t
mc_utf8_length(struct mc_str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return n;
}

struct mc_str
mc_utf8_cut(struct mc_str text, size_t max)
{
	if (text.len <= max)
		return text;
	size_t end = max;
	while (end > 0 && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
		end--;
	return mc_str_first(text, end);
}

static int32_t
code_point(struct mc_str text, size_t at, size_t *size)
{
	utf8proc_int32_t code = -1;
	utf8proc_ssize_t n = utf8proc_iterate(
		(const utf8proc_uint8_t *)text.ptr + at, (utf8proc_ssize_t)(text.len - at), &code);

	*size = n > 0 ? (size_t)n : 1;
	return code;
}

/* Unicode's White_Space property (PropList.txt): stable by Unicode's own policy. */
static bool
is_white_space(int32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
	       c == 0x205f || c == 0x3000;
}

static struct mc_str
trim(struct mc_str text)
{
	size_t size;

	while (text.len > 0 && is_white_space(code_point(text, 0, &size)))
		text = mc_str_skip(text, size);
	while (text.len > 0) {
		size_t at = text.len - 1;
		while (at > 0 && ((unsigned char)text.ptr[at] & 0xc0) == 0x80)
			at--;
		if (!is_white_space(code_point(text, at, &size)))
			break;
		text = mc_str_first(text, at);
	}
	return text;
}

bool
mc_text_has_control(enum mc_text_kind kind, struct mc_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (kind == MC_TEXT_LINES && (c == '\n' || c == '\t' || c == '\r'))
			continue;
		if (c < 0x20 || c == 0x7f)
			return true;
		/* C1: U+0080 to U+009F. */
		if (c == 0xc2 && i + 1 < text.len && (unsigned char)text.ptr[i + 1] < 0xa0)
			return true;
	}
	return false;
}

/* CRLF and CR become LF. */
static bool
unify_newlines(struct mc_arena *arena, struct mc_str *text)
{
	if (mc_str_find(*text, '\r') == text->len)
		return true;
	char *out = mc_arena_alloc(arena, text->len);
	size_t n = 0;

	if (out == NULL)
		return false;
	for (size_t i = 0; i < text->len; i++) {
		if (text->ptr[i] != '\r')
			out[n++] = text->ptr[i];
		else if (i + 1 == text->len || text->ptr[i + 1] != '\n')
			out[n++] = '\n';
	}
	*text = (struct mc_str){ out, n };
	return true;
}

/* Every character below U+0300 is composed (DerivedNormalizationProps.txt, NFC_Quick_Check). */
static bool
is_composed(struct mc_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] >= 0xcc)
			return false;
	return true;
}

/* The marks at both ends of what a character is decomposed into. */
struct marks {
	size_t leading, trailing;
	bool only; /* nothing else */
};

/* Of U+0F73, which is no mark itself, two: what counts is what is sorted. */
static struct marks
marks_of(int32_t c)
{
	utf8proc_int32_t parts[PARTS_MAX] = { c };
	struct marks marks = { .only = true };
	int boundary = 0;
	utf8proc_ssize_t n =
		utf8proc_decompose_char(c, parts, PARTS_MAX, UTF8PROC_DECOMPOSE, &boundary);

	for (utf8proc_ssize_t i = 0; i < n && i < PARTS_MAX; i++) {
		if (utf8proc_get_property(parts[i])->combining_class == 0) {
			marks.only = false;
			marks.trailing = 0;
			continue;
		}
		marks.trailing++;
		if (marks.only)
			marks.leading++;
	}
	return marks;
}

/*
 * Puts U+034F after each 30 marks in a row: the Stream-Safe Text Process of UAX #15, section 13.
 * Marks are sorted in quadratic time, and no language stacks more than a few.
 */
static bool
break_marks(struct mc_arena *arena, struct mc_str *text)
{
	/* Two bytes more for 27 marks at least, and no mark has less than one of its own. */
	char *out = mc_arena_alloc(arena, text->len + text->len / 8 + 2);
	size_t n = 0, row = 0, size;

	if (out == NULL)
		return false;
	for (size_t i = 0; i < text->len; i += size) {
		struct marks marks = marks_of(code_point(*text, i, &size));
		if (row + marks.leading > MARKS_MAX) {
			memcpy(out + n, "\xcd\x8f", 2);
			n += 2;
			row = 0;
		}
		row = marks.only ? row + marks.leading : marks.trailing;
		memcpy(out + n, text->ptr + i, size);
		n += size;
	}
	*text = (struct mc_str){ out, n };
	return true;
}

/* NFC. */
static bool
compose(struct mc_arena *arena, struct mc_str *text)
{
	utf8proc_uint8_t *composed = NULL;

	if (is_composed(*text))
		return true;
	if (!break_marks(arena, text))
		return false;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text->ptr,
		(utf8proc_ssize_t)text->len, &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (n < 0)
		return false;
	*text = mc_arena_copy(arena, (struct mc_str){ (const char *)composed, (size_t)n });
	free(composed);
	return text->ptr != NULL;
}

enum mc_text_result
mc_text_normalise(
	struct mc_arena *arena, enum mc_text_kind kind, struct mc_str text, struct mc_str *out)
{
	if (!mc_utf8_is_valid(text))
		return MC_TEXT_NOT_UTF8;
	text = trim(text);
	if (mc_text_has_control(kind, text))
		return MC_TEXT_CONTROL;
	if (!unify_newlines(arena, &text) || !compose(arena, &text))
		return MC_TEXT_NO_MEMORY;
	*out = text.ptr == NULL ? MC_STR("") : text;
	return MC_TEXT_OK;
}

/* Marks stand on something; U+2800 is a symbol without a dot. */
static bool
is_seen(int32_t c, const utf8proc_property_t *property)
{
	return property->category >= UTF8PROC_CATEGORY_LU &&
	       property->category <= UTF8PROC_CATEGORY_SO &&
	       (property->category < UTF8PROC_CATEGORY_MN ||
		       property->category > UTF8PROC_CATEGORY_ME) &&
	       !property->ignorable && c != 0x2800;
}

static bool
is_written_with(int32_t c)
{
	return c == 0x200c || c == 0x200d || (c >= 0xe0020 && c <= 0xe007f);
}

int32_t
mc_utf8_first_seen(struct mc_str text)
{
	int32_t first = 0;
	size_t size;

	for (size_t i = 0; i < text.len; i += size) {
		int32_t c = code_point(text, i, &size);
		const utf8proc_property_t *property = utf8proc_get_property(c);
		if (property->category == UTF8PROC_CATEGORY_CO ||
			(property->category == UTF8PROC_CATEGORY_CF && !is_written_with(c)))
			return 0;
		if (first == 0 && is_seen(c, property))
			first = c;
	}
	return first;
}
