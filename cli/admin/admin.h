/*
 * admin - what the verbs of mc-admin share: the connection, their operands, errors.
 */
#ifndef CLI_ADMIN_ADMIN_H
#define CLI_ADMIN_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/common/say.h"
#include "libminiclass/base/arena.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

struct mc_db;

struct admin {
	struct mc_db *db;
	struct mc_arena *arena; /* as long as the program */
	char *const *operands;  /* behind the verb; NULL-ended */
	bool json;
	int64_t valid_ms; /* of a one-time code */
};

struct verb {
	const char *name;     /* one word or two: "users create" */
	const char *operands; /* as in the help: "EMAIL NAME"; "" for none */
	size_t min, max;      /* how many operands */
	int (*run)(struct admin *admin);
	const char *help;
};

/* say_error with what the database said last. */
int admin_fail_db(const struct admin *admin, enum mc_status status, const char *what);
/*
 * The operands from that one on as one line of text, with single blanks between; "" when there is
 * none.  EXIT_USAGE, and said, for what is no text.
 */
int admin_text(const struct admin *admin, size_t first, struct mc_str *out);

/* users.c and classes.c */
int users_list(struct admin *admin);
int users_create(struct admin *admin);
int users_reset(struct admin *admin);
int users_disable(struct admin *admin);
int users_enable(struct admin *admin);
int classes_list(struct admin *admin);

#endif
