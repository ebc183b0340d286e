/*
 * tokens - who is logged in where, kept between commands.
 *
 * ${XDG_CONFIG_HOME:-~/.config}/miniclass/tokens.json, mode 0600, one token a server, and which
 * server was logged in to last.  A file that others may read or change is refused.  It is replaced
 * as a whole, so that it is never half written, under a lock, so that two log-ins at once are both
 * kept.
 */
#ifndef CLI_COMMON_TOKENS_H
#define CLI_COMMON_TOKENS_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"

struct json_object;

enum { TOKENS_SERVER_SIZE = 512, TOKENS_TOKEN_SIZE = 64, TOKENS_EMAIL_SIZE = 320 };

struct tokens_entry {
	char server[TOKENS_SERVER_SIZE];
	char token[TOKENS_TOKEN_SIZE];
	char email[TOKENS_EMAIL_SIZE];
};

/*
 * What is kept for `server`; NULL: for the one logged in to last.  MC_NOT_FOUND: nothing, but
 * which server that was, if any was;
 * MC_FORBIDDEN: the file is not ours alone; MC_INVALID: it cannot be read.
 */
enum mc_status tokens_find(
	const char *server, struct tokens_entry *out, struct mc_error *error) MC_MUST_USE;
/* Whether there is a place to keep one, which is made: before the server gives one that would be
 * lost here and be valid there. */
enum mc_status tokens_check(struct mc_error *error) MC_MUST_USE;
/* Keeps it as the last one. */
enum mc_status tokens_keep(const struct tokens_entry *entry, struct mc_error *error) MC_MUST_USE;
enum mc_status tokens_forget(const char *server, struct mc_error *error) MC_MUST_USE;
/* That one is meant from now on; MC_NOT_FOUND: nothing is kept for it. */
enum mc_status tokens_use(const char *server, struct mc_error *error) MC_MUST_USE;
/* An array of {"server", "email", "default"}, owned by the caller; no tokens. */
enum mc_status tokens_list(struct json_object **out, struct mc_error *error) MC_MUST_USE;

#endif
