#include "libminiclass/crypt/digest.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

struct mc_digest
mc_sha256(struct mc_str bytes)
{
	struct mc_digest digest;

	SHA256((const unsigned char *)(bytes.len == 0 ? "" : bytes.ptr), bytes.len, digest.bytes);
	return digest;
}

struct mc_sha1
mc_sha1_for_websocket(struct mc_str bytes)
{
	struct mc_sha1 digest;

	SHA1((const unsigned char *)(bytes.len == 0 ? "" : bytes.ptr), bytes.len, digest.bytes);
	return digest;
}

void
mc_wipe(void *ptr, size_t size)
{
	if (ptr != NULL)
		OPENSSL_cleanse(ptr, size);
}
