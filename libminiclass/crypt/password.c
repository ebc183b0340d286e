#include "libminiclass/crypt/password.h"

#include <string.h>

#include <argon2.h>

#include "libminiclass/base/random.h"
#include "libminiclass/crypt/digest.h"

enum {
	SALT_SIZE = 16, /* RFC 9106, 3.1 */
	HASH_SIZE = 32,
};

const struct mc_password_cost mc_password_cost_least = {
	.memory_kib = 19456, .passes = 2, .lanes = 1
};

static enum mc_status
status_of(int code)
{
	switch (code) {
	case ARGON2_OK: return MC_OK;
	case ARGON2_VERIFY_MISMATCH: return MC_UNAUTHENTICATED;
	case ARGON2_MEMORY_ALLOCATION_ERROR: return MC_NO_MEMORY;
	default: return MC_FAILED;
	}
}

enum mc_status
mc_password_hash(const struct mc_password_cost *cost, struct mc_str password,
	char out[MC_PASSWORD_HASH_SIZE])
{
	unsigned char salt[SALT_SIZE];
	char encoded[MC_PASSWORD_HASH_SIZE];

	mc_random_bytes(salt, sizeof(salt));
	enum mc_status status = status_of(
		argon2id_hash_encoded(cost->passes, cost->memory_kib, cost->lanes, password.ptr,
			password.len, salt, sizeof(salt), HASH_SIZE, encoded, sizeof(encoded)));
	if (status == MC_OK)
		memcpy(out, encoded, sizeof(encoded));
	return status;
}

enum mc_status
mc_password_verify(const struct mc_password_cost *cost, struct mc_str hash, struct mc_str password)
{
	char encoded[MC_PASSWORD_HASH_SIZE];

	if (hash.len == 0) {
		enum mc_status status = mc_password_hash(cost, password, encoded);
		mc_wipe(encoded, sizeof(encoded));
		return status == MC_OK ? MC_UNAUTHENTICATED : status;
	}
	if (hash.len >= sizeof(encoded))
		return MC_FAILED;
	memcpy(encoded, hash.ptr, hash.len);
	encoded[hash.len] = '\0';
	enum mc_status status = status_of(argon2id_verify(encoded, password.ptr, password.len));
	mc_wipe(encoded, sizeof(encoded));
	return status;
}

/* "name=123" at the front of *rest, up to a comma or the end. */
static bool
parameter(struct mc_str *rest, struct mc_str name, int64_t *out)
{
	struct mc_str item;

	return mc_str_next(rest, ',', &item) && mc_str_starts_with(item, name) &&
	       mc_str_to_int(mc_str_skip(item, name.len), 1, UINT32_MAX, out);
}

bool
mc_password_needs_rehash(const struct mc_password_cost *cost, struct mc_str hash)
{
	struct mc_str empty, kind, version, parameters;
	int64_t memory, passes, lanes;

	/* $argon2id$v=19$m=19456,t=2,p=1$salt$hash */
	if (!mc_str_next(&hash, '$', &empty) || !mc_str_next(&hash, '$', &kind) ||
		!mc_str_next(&hash, '$', &version) || !mc_str_next(&hash, '$', &parameters))
		return true;
	if (!mc_str_equal(kind, MC_STR("argon2id")) || !mc_str_equal(version, MC_STR("v=19")) ||
		!parameter(&parameters, MC_STR("m="), &memory) ||
		!parameter(&parameters, MC_STR("t="), &passes) ||
		!parameter(&parameters, MC_STR("p="), &lanes))
		return true;
	return memory < cost->memory_kib || passes < cost->passes || lanes < cost->lanes;
}
