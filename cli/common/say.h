/*
 * say - exit statuses, errors on stderr, and text of other people on the way to a terminal.
 */
#ifndef CLI_COMMON_SAY_H
#define CLI_COMMON_SAY_H

#include <stdbool.h>
#include <stdio.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

/* The same in all tools. */
enum say_exit {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_FOUND = 3,
	EXIT_LOG_IN = 4,
	EXIT_REFUSED = 5,
	EXIT_AWAY = 6,
	EXIT_CONFLICT = 7,
	EXIT_INTERRUPTED = 130,
};

enum { SAY_EXITS = 9 };

/* Of --help and of the manual's section "EXIT STATUS". */
struct say_meaning {
	enum say_exit status;
	const char *brief, *full;
};
extern const struct say_meaning say_meanings[SAY_EXITS];

/*
 * Before anything is said, and again when the options are known: "mc-post"; `json`: errors are one
 * JSON object a line.  SIGPIPE is ignored from here on: give it back to programs that you start.
 */
void say_setup(const char *program, bool json);
/* The same before the options are known: wrong usage, too, is told in the form asked for. */
void say_setup_for(const char *program, char *const *argv);
int say_exit_of(enum mc_status status);

/*
 * "mc-post: what: why" on stderr, or {"error":{"program","what","why","status"}} with
 * the status as mc_status_name has it, "usage" from say_usage; returns the exit status that belongs
 * to it.
 */
int say_error(enum mc_status status, const char *what, const char *why);
/* The same with EXIT_USAGE. */
int say_usage(const char *what, const char *why);
/* Flushes stdout: EXIT_DONE becomes EXIT_FAILED when it cannot be written (not for EPIPE: 0). */
int say_finish(int exit_status);

/*
 * Writes text without control characters: newline and tab stay when `lines`, else become blanks;
 * C0, DEL, C1 and invalid UTF-8 become U+FFFD.  Bidirectional overrides and isolates are dropped.
 */
void say_clean(FILE *out, struct mc_str text, bool lines);

/* stdout is a terminal; colour too: no NO_COLOR, TERM not "dumb". */
bool say_is_terminal(void);
bool say_has_colour(void);

#endif
