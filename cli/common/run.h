/*
 * run - a program of the person's own choice ($EDITOR, $PAGER) at their terminal.  One at a time.
 *
 * As everywhere, such a variable may hold options and quotes ("code --wait"), so a shell reads it;
 * nothing of anybody else's is part of what it reads.
 */
#ifndef CLI_COMMON_RUN_H
#define CLI_COMMON_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#include "libminiclass/base/attr.h"

/*
 * `operand`: its last one; NULL: none.  `input`: its standard input; -1: ours.  When our output is
 * no terminal, it gets the terminal all the same.  -1: it could not be started.
 */
pid_t run_begin(const char *command, const char *operand, int input) MC_MUST_USE;
/* Its exit status, 128 + the number of the signal that ended it.  Until then Ctrl-C is its own. */
int run_wait(pid_t child);

/* The first of the variables that is set (an empty one counts when `empty`), else `otherwise`. */
const char *run_choice(const char *const *variables, bool empty, const char *otherwise);

#endif
