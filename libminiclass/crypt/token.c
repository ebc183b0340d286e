#include "libminiclass/crypt/token.h"

#include "libminiclass/base/random.h"
#include "libminiclass/crypt/base64.h"

enum { TOKEN_BYTES = 32, CLIENT_ID_BYTES = 16, GROUP = 5 };

/* Without 0 O, 1 I L, U: 30 letters and digits. */
static const char code_letters[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

void
mc_token_make(struct mc_token *out)
{
	unsigned char bytes[TOKEN_BYTES];

	mc_random_bytes(bytes, sizeof(bytes));
	mc_base64_encode(MC_BASE64URL, bytes, sizeof(bytes), out->text);
	mc_wipe(bytes, sizeof(bytes));
}

bool
mc_token_digest(struct mc_str text, struct mc_digest *out)
{
	unsigned char bytes[TOKEN_BYTES];
	size_t n;

	if (text.len != MC_TOKEN_LENGTH ||
		!mc_base64_decode(MC_BASE64URL, text, bytes, sizeof(bytes), &n))
		return false;
	*out = mc_sha256((struct mc_str){ (const char *)bytes, n });
	mc_wipe(bytes, sizeof(bytes));
	return true;
}

static char
random_letter(void)
{
	return code_letters[mc_random_below(sizeof(code_letters) - 1)];
}

/* True for `length` letters, in any case, with blanks and hyphens between them. */
static bool
read_code(struct mc_str typed, char *out, size_t length)
{
	struct mc_str letters = { code_letters, sizeof(code_letters) - 1 };
	size_t n = 0;

	for (size_t i = 0; i < typed.len; i++) {
		char c = typed.ptr[i];
		if (c == ' ' || c == '-' || c == '\t')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (n == length || mc_str_find(letters, c) == letters.len)
			return false;
		out[n++] = c;
	}
	return n == length;
}

void
mc_join_code_make(struct mc_join_code *out)
{
	for (size_t i = 0; i < sizeof(out->text); i++)
		out->text[i] = random_letter();
}

bool
mc_join_code_read(struct mc_str typed, struct mc_join_code *out)
{
	struct mc_join_code code = { .text = "" };

	if (!read_code(typed, code.text, sizeof(code.text)))
		return false;
	*out = code;
	return true;
}

void
mc_reset_code_make(char out[MC_RESET_CODE_SHOWN])
{
	size_t n = 0;

	for (size_t i = 0; i < MC_RESET_CODE_LENGTH; i++) {
		if (i > 0 && i % GROUP == 0)
			out[n++] = '-';
		out[n++] = random_letter();
	}
	out[n] = '\0';
}

bool
mc_reset_code_digest(struct mc_str typed, struct mc_digest *out)
{
	char code[MC_RESET_CODE_LENGTH];
	bool is_code = read_code(typed, code, sizeof(code));

	if (is_code)
		*out = mc_sha256((struct mc_str){ code, sizeof(code) });
	mc_wipe(code, sizeof(code));
	return is_code;
}

void
mc_client_id_make(char out[MC_CLIENT_ID_LENGTH])
{
	unsigned char bytes[CLIENT_ID_BYTES];

	mc_random_bytes(bytes, sizeof(bytes));
	mc_base64_encode(MC_BASE64URL, bytes, sizeof(bytes), out);
}
