/*
 * pick_class - the class that somebody means, and what a web address of its server names.
 */
#ifndef CLI_COMMON_PICK_CLASS_H
#define CLI_COMMON_PICK_CLASS_H

#include <stdint.h>

#include "cli/common/seat.h"

/* CLASS as an id, a web address, or an unambiguous part of the name; says what it found if it is
 * not one (several: lists them, EXIT_USAGE; none: EXIT_NOT_FOUND).  -1: *id is set. */
int pick_class(struct seat *seat, const char *words, int64_t *id);
/* The number behind `part` ("/rooms/") of a web address on this server; 0: it is none like that. */
int64_t pick_number_in(const struct seat *seat, const char *words, const char *part);

#endif
