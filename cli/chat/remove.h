/*
 * remove - one message, or all of one person, for everybody in the room; by an instructor.
 */
#ifndef CLI_CHAT_REMOVE_H
#define CLI_CHAT_REMOVE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/chat/talk.h"

/* Without taking part, asked back unless `yes`: that message, or `all` of who wrote it.  The exit
 * status. */
int remove_message(struct talk *talk, int64_t seq, bool all, bool yes);

/* As it is typed in the room: numbers the last messages, or removes the one of that number or all
 * of its sender; says to `out` what it did. */
enum mc_status remove_typed(
	struct talk *talk, struct mc_str operand, FILE *out, struct mc_error *error) MC_MUST_USE;

#endif
