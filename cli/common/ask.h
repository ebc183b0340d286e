/*
 * ask - questions at the terminal (/dev/tty), never of a pipe.
 */
#ifndef CLI_COMMON_ASK_H
#define CLI_COMMON_ASK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A password: each character shows as *, Backspace and Ctrl-U edit, Ctrl-C ends the program with
 * 130; the terminal is as it was, however it ends.  False: no terminal, or end of input.
 */
bool ask_password(const char *prompt, char *out, size_t size);
/* A line; false as above. */
bool ask_line(const char *prompt, char *out, size_t size);

#endif
