/*
 * token - what opens a door: session tokens, join codes, reset codes; and client_ids, which do not.
 *
 * A session token is 32 random bytes as base64url; we store its SHA-256 only.  A join code is ten
 * characters that are hard to mistake for each other (no 0 O 1 I L U), about 49 bits, random:
 * nothing about a class gives it away.  A reset code is twenty of the same characters, about 98
 * bits: too many to try even for whoever has its SHA-256, which is all that we store.  Any thread.
 */
#ifndef LIBMINICLASS_CRYPT_TOKEN_H
#define LIBMINICLASS_CRYPT_TOKEN_H

#include <stdbool.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"
#include "libminiclass/crypt/digest.h"

enum {
	MC_TOKEN_LENGTH = 43,
	MC_JOIN_CODE_LENGTH = 10,
	MC_RESET_CODE_LENGTH = 20,
	MC_RESET_CODE_SHOWN = 24, /* with the hyphens between its groups and NUL */
	MC_CLIENT_ID_LENGTH = 22, /* of one that we make; a client's own: MC_CLIENT_ID_MAX */
};

struct mc_token {
	char text[MC_TOKEN_LENGTH]; /* a secret: wipe it when done; no log field takes it */
};

void mc_token_make(struct mc_token *out);
/* False when `text` does not have the form of a token. */
bool mc_token_digest(struct mc_str text, struct mc_digest *out) MC_MUST_USE;

struct mc_join_code {
	char text[MC_JOIN_CODE_LENGTH];
};

void mc_join_code_make(struct mc_join_code *out);
/*
 * Reads what a person typed: case, blanks and hyphens do not matter.  False when the rest cannot
 * be a code.
 */
bool mc_join_code_read(struct mc_str typed, struct mc_join_code *out) MC_MUST_USE;

/* "ABCDE-FGHJK-MNPQR-STVWX": a secret, as above; wipe it when it was shown. */
void mc_reset_code_make(char out[MC_RESET_CODE_SHOWN]);
/* Of the code without its hyphens, read like a join code.  False when it cannot be one. */
bool mc_reset_code_digest(struct mc_str typed, struct mc_digest *out) MC_MUST_USE;

/* 16 random bytes as base64url, without a NUL: what is sent twice under it is done once. */
void mc_client_id_make(char out[MC_CLIENT_ID_LENGTH]);

#endif
