/*
 * screen - the whole terminal: raw keys, rows that are drawn when they changed, and the terminal
 * as it was, however the program ends.
 *
 * ECMA-48 as every terminal since the VT100 understands it, xterm's alternate screen, bracketed
 * paste and focus where they are known.  One screen a program, one thread.
 */
#ifndef CLI_COMMON_SCREEN_H
#define CLI_COMMON_SCREEN_H

#include <stdbool.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/str.h"

/* Of the terminal at stdout, with or without an open screen. */
void screen_size(int *rows, int *columns);

/* False: stdin or stdout is no terminal, or it takes no settings. */
bool screen_open(void) MC_MUST_USE;
void screen_close(void);

/*
 * A descriptor that is readable when a signal waits; then screen_signals: 0 when the size may have
 * changed or the program was stopped and goes on (all is drawn again), else the signal that ends
 * the program: close what is to be closed and call screen_die.
 */
int screen_signal_fd(void);
int screen_signals(void);
/* Ends by that signal, so that whoever started us knows. */
void screen_die(int number);
/* Ctrl-Z: stops, with the terminal as it was, until somebody brings it back. */
void screen_suspend(void);

/* A row from 0 on, styles included; not wider than the screen. */
void screen_row(int row, struct mc_str bytes);
/* What changed since goes out, with the cursor there; false: the terminal is gone. */
bool screen_show(int row, int column) MC_MUST_USE;
/* Ctrl-L: what is on the screen is not what we think. */
void screen_forget(void);
void screen_bell(void);

#endif
