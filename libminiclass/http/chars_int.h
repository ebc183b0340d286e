/* chars - what a byte may be in HTTP: one table of classes for all parsers.  Not installed. */
#ifndef LIBMINICLASS_HTTP_CHARS_INT_H
#define LIBMINICLASS_HTTP_CHARS_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/str.h"

enum {
	HTTP_TOKEN = 1,  /* tchar: RFC 9110, 5.6.2 */
	HTTP_VALUE = 2,  /* VCHAR, obs-text, blank, tab: RFC 9110, 5.5 */
	HTTP_TARGET = 4, /* RFC 3986 without "#", and what browsers leave raw: [ ] ^ ` { | } */
	HTTP_HOST = 8,   /* reg-name with "%": RFC 3986, 3.2.2 */
	HTTP_DIGIT = 16,
	HTTP_HEX = 32,
	HTTP_COOKIE = 64, /* cookie-octet: RFC 6265, 4.1.1 */
	HTTP_ETAG = 128,  /* etagc: RFC 9110, 8.8.3 */
};

extern const uint8_t http_classes[256];

static inline bool
http_is(char byte, unsigned class)
{
	return (http_classes[(unsigned char)byte] & class) != 0;
}

/* The first position from `position` on whose byte is not of the class; `end` when all are. */
static inline size_t
http_skip(const char *bytes, size_t position, size_t end, unsigned class)
{
	while (position < end && http_is(bytes[position], class))
		position++;
	return position;
}

static inline bool
http_all(struct mc_str text, unsigned class)
{
	return http_skip(text.ptr, 0, text.len, class) == text.len;
}

/* Of a byte that is HTTP_HEX. */
static inline unsigned
http_hex_value(char digit)
{
	unsigned byte = (unsigned char)digit;

	return byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10;
}

/* OWS of RFC 9110, 5.6.3: blanks and tabs, no line ends. */
struct mc_str http_trim(struct mc_str text);

/*
 * Takes the next element off a comma-separated list, trimmed; commas within quoted strings do not
 * part.  False at the end.  Elements may be empty (RFC 9110, 5.6.1.2).
 */
bool http_list_next(struct mc_str *rest, struct mc_str *item);

#endif
