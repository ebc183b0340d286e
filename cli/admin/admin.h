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
	int64_t timeout_ms;
	const char *conninfo;        /* may be NULL */
	const char *database, *role; /* of init; database: NULL, then what conninfo names */
};

struct verb {
	const char *name;     /* one word or two: "users create" */
	const char *operands; /* as in the help: "EMAIL NAME"; "" for none */
	size_t min, max;      /* how many operands */
	int (*run)(struct admin *admin);
	const char *help;
	const char *database; /* where it begins; NULL: where the setting says */
};

/* say_error with what the database said last. */
int admin_fail_db(const struct admin *admin, enum mc_status status, const char *what);
/*
 * The operands from that one on as one line of text, with single blanks between; "" when there is
 * none.  EXIT_USAGE, and said of `what`, for what is no text.
 */
int admin_text(const struct admin *admin, size_t first, const char *what, struct mc_str *out);

/* Before the first statement: none takes longer than the setting allows. */
enum mc_status admin_set_timeout(struct mc_db *db, int64_t timeout_ms) MC_MUST_USE;

/* schema.c, init.c, users.c and classes.c */
int schema_migrate(struct admin *admin);
int schema_health(struct admin *admin);
/* The two halves of migrate: roles, and the schema that belongs to one of them. */
int schema_roles(struct admin *admin);
int schema_steps(struct admin *admin);
int init_all(struct admin *admin);
int users_list(struct admin *admin);
int users_create(struct admin *admin);
int users_rename(struct admin *admin);
int users_reset(struct admin *admin);
int users_disable(struct admin *admin);
int users_enable(struct admin *admin);
int classes_list(struct admin *admin);

#endif
