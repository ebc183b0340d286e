#include "libminiclass/crypt/token.h"

#include "libminiclass/base/random.h"
#include "libminiclass/crypt/base64.h"

enum { TOKEN_BYTES = 32 };

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

void
mc_join_code_make(struct mc_join_code *out)
{
	for (size_t i = 0; i < sizeof(out->text); i++)
		out->text[i] = code_letters[mc_random_below(sizeof(code_letters) - 1)];
}

bool
mc_join_code_read(struct mc_str typed, struct mc_join_code *out)
{
	struct mc_join_code code;
	struct mc_str letters = { code_letters, sizeof(code_letters) - 1 };
	size_t n = 0;

	for (size_t i = 0; i < typed.len; i++) {
		char c = typed.ptr[i];
		if (c == ' ' || c == '-' || c == '\t')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (n == sizeof(code.text) || mc_str_find(letters, c) == letters.len)
			return false;
		code.text[n++] = c;
	}
	if (n != sizeof(code.text))
		return false;
	*out = code;
	return true;
}
