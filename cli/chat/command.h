/*
 * command - what somebody types in a room: a slash command, or a message.
 */
#ifndef CLI_CHAT_COMMAND_H
#define CLI_CHAT_COMMAND_H

#include <stddef.h>
#include <stdio.h>

#include "cli/chat/talk.h"
#include "libminiclass/base/str.h"

enum command_result {
	COMMAND_TEXT,   /* it was none: a message; *text is what to send */
	COMMAND_SAID,   /* done, and `out` says what */
	COMMAND_MOVED,  /* talk->room is another one, joined */
	COMMAND_FAILED, /* `out` says why */
	COMMAND_QUIT,
};

/* Runs one of the commands that command_name names, or takes the line as a message ("//x" is the
 * message "/x"); without blanks around it. */
enum command_result command_run(
	struct talk *talk, struct mc_str line, struct mc_str *text, FILE *out);

/* "/who"; NULL behind the last. */
const char *command_name(size_t i);

/* How many bytes too long for a message that line is, if it is no command. */
size_t command_surplus(struct mc_str line);

#endif
