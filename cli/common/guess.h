/* guess - the likely word for one that is typed wrong.  Pure. */
#ifndef CLI_COMMON_GUESS_H
#define CLI_COMMON_GUESS_H

#include <stddef.h>

#include "libminiclass/base/str.h"

/* Edits that make `a` of `b`: a letter more, less or other, or two neighbours the other way. */
size_t guess_distance(struct mc_str a, struct mc_str b);

/* The name that is nearest to what was typed; begin with { typed } and offer each name. */
struct guess {
	struct mc_str typed;
	const char *name; /* NULL: nothing is near */
	size_t distance;
};
void guess_offer(struct guess *guess, const char *name);

#endif
