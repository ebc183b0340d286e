/* digest - SHA-256, and wiping.  Any thread. */
#ifndef LIBMINICLASS_CRYPT_DIGEST_H
#define LIBMINICLASS_CRYPT_DIGEST_H

#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

enum { MC_DIGEST_SIZE = 32 };

struct mc_digest {
	unsigned char bytes[MC_DIGEST_SIZE];
};

struct mc_sha1 {
	unsigned char bytes[20];
};

/* FIPS 180-4. */
struct mc_digest mc_sha256(struct mc_str bytes);
/* FIPS 180-4.  Broken as a digest; RFC 6455, section 4.2.2 asks for it, and nothing else may. */
struct mc_sha1 mc_sha1_for_websocket(struct mc_str bytes);
/* Overwrites in a way that no optimiser removes. */
void mc_wipe(void *ptr, size_t size);

#endif
