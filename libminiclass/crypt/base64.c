#include "libminiclass/crypt/base64.h"

#include <stdint.h>

static const char alphabets[2][65] = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

void
mc_base64_encode(enum mc_base64 alphabet, const void *bytes, size_t n, char *out)
{
	const unsigned char *from = bytes;
	const char *letters = alphabets[alphabet];

	for (size_t i = 0; i < n; i += 3) {
		size_t here = n - i < 3 ? n - i : 3;
		uint32_t group = (uint32_t)from[i] << 16;
		if (here > 1)
			group |= (uint32_t)from[i + 1] << 8;
		if (here > 2)
			group |= from[i + 2];
		for (size_t j = 0; j < 4; j++) {
			if (j <= here)
				*out++ = letters[group >> (18 - 6 * j) & 63];
			else if (alphabet == MC_BASE64)
				*out++ = '=';
		}
	}
}

/* The value of a letter, or -1. */
static int
value_of(enum mc_base64 alphabet, char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == alphabets[alphabet][62])
		return 62;
	return c == alphabets[alphabet][63] ? 63 : -1;
}

/* Takes the padding off; false when there is not exactly the right amount. */
static bool
unpad(enum mc_base64 alphabet, struct mc_str *text)
{
	if (alphabet == MC_BASE64URL)
		return text->len % 4 != 1;
	if (text->len % 4 != 0)
		return false;
	for (int i = 0; i < 2 && text->len > 0 && text->ptr[text->len - 1] == '='; i++)
		text->len--;
	return true;
}

bool
mc_base64_decode(enum mc_base64 alphabet, struct mc_str text, void *out, size_t size, size_t *n)
{
	unsigned char *to = out;
	size_t written = 0;
	uint32_t bits = 0;
	int n_bits = 0;

	if (!unpad(alphabet, &text) ||
		text.len / 4 * 3 + (text.len % 4 > 0 ? text.len % 4 - 1 : 0) > size)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int value = value_of(alphabet, text.ptr[i]);
		if (value < 0)
			return false;
		bits = (bits << 6 | (uint32_t)value) & 0xffffff;
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		to[written++] = (unsigned char)(bits >> n_bits);
	}
	/* Bits that are left over must be zero, or two texts would mean the same bytes. */
	if ((bits & ((1u << n_bits) - 1)) != 0)
		return false;
	*n = written;
	return true;
}
