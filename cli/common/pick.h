/*
 * pick - the one that somebody means, from lists of an answer.
 */
#ifndef CLI_COMMON_PICK_H
#define CLI_COMMON_PICK_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"

struct json_object;

/* Where in an object words are looked for. */
struct pick_key {
	const char *member; /* NULL: the end */
	bool is_anybodys;   /* people call themselves as they like: the whole is no more than a part
			     */
};
extern const struct pick_key pick_people[]; /* name, address */

/*
 * The object whose "id" is `words`; else the one one of whose keys is; else the only one that has
 * them as a part of one, whatever the case; without words the only one there is.  What is anybody's
 * counts in part only: who calls themselves "ben" is not meant before Ben Student.  A NULL list has
 * nothing.  The first key is what several that fit are named by, and their "email" those who share
 * it.
 *
 * *out is borrowed from the lists.  MC_INVALID: several fit, and the error names them;
 * MC_NOT_FOUND: none does, `what` is "student" in "there is no such student".
 */
enum mc_status pick_among(struct json_object *const *lists, size_t n_lists,
	const struct pick_key *keys, const char *what, const char *words, struct json_object **out,
	struct mc_error *error) MC_MUST_USE;
/* The same with a word about it, and `words` are not empty: -1, else the exit status (several:
 * EXIT_USAGE). */
int pick_one(struct json_object *const *lists, size_t n_lists, const struct pick_key *keys,
	const char *what, const char *words, struct json_object **out);

#endif
