/* The functions of OpenSSL 1.1, which allocate nothing: those that came after them may fail, and
 * who asks for a digest has nothing to say then. */
#define OPENSSL_API_COMPAT 10101

#include "libminiclass/crypt/digest.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

struct mc_digest
mc_sha256(struct mc_str bytes)
{
	struct mc_digest digest;
	SHA256_CTX context;

	SHA256_Init(&context);
	SHA256_Update(&context, bytes.ptr, bytes.len);
	SHA256_Final(digest.bytes, &context);
	mc_wipe(&context, sizeof(context));
	return digest;
}

struct mc_sha1
mc_sha1_for_websocket(struct mc_str bytes)
{
	struct mc_sha1 digest;
	SHA_CTX context;

	SHA1_Init(&context);
	SHA1_Update(&context, bytes.ptr, bytes.len);
	SHA1_Final(digest.bytes, &context);
	return digest;
}

void
mc_wipe(void *ptr, size_t size)
{
	if (ptr != NULL)
		OPENSSL_cleanse(ptr, size);
}
