/*
 * pick - the one that somebody means, from lists of an answer.
 */
#ifndef CLI_COMMON_PICK_H
#define CLI_COMMON_PICK_H

struct json_object;

/*
 * The object whose "id" is `words`, or one of whose members `keys` is; else the only one that has
 * them as a part of one, whatever the case.  Both lists end in NULL.
 *
 * -1: *out is borrowed from the lists.  Else the exit status, after having said why: several fit
 * (it names them, EXIT_USAGE), or none does: `what` is "student" in "there is no such student".
 */
int pick_one(struct json_object *const *lists, const char *const *keys, const char *what,
	const char *words, struct json_object **out);

#endif
