/*
 * confirm - asking back before what cannot be undone, in the words of the server's own page.
 */
#ifndef CLI_COMMON_CONFIRM_H
#define CLI_COMMON_CONFIRM_H

#include <stdbool.h>

#include "cli/common/seat.h"

/*
 * Before anything is asked of the server: when there is nobody to ask, --yes must have been given.
 * -1 to go on, else the exit status, after having said why; `what` is what needs it.
 */
int confirm_possible(bool yes, const char *what);

/* Shows the confirmation page at `path` and asks.  -1: confirmed, or --yes; else as above. */
int confirm(struct seat *seat, bool yes, const char *what, const char *path);

#endif
