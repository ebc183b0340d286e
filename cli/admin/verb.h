/*
 * verb - which verb somebody means: one word or two, and the likely one for a wrong one.
 */
#ifndef CLI_ADMIN_VERB_H
#define CLI_ADMIN_VERB_H

#include <stddef.h>

#include "cli/admin/admin.h"

struct mc_conf;

/* Prints a line for each verb. */
void verb_help(const struct verb *verbs, size_t n);
/*
 * The verb that the operands begin with; *admin gets what follows it.  NULL, and said in a line,
 * when there is none or it has too few or too many operands: EXIT_USAGE.
 */
const struct verb *verb_find(
	const struct verb *verbs, size_t n, char *const *operands, struct admin *admin);
/* Prints the completions for a shell (complete.c); the exit status. */
int verb_complete(
	const struct verb *verbs, size_t n, const struct mc_conf *conf, const char *shell);

#endif
