/* guess - the likely word for one that is typed wrong.  Pure. */
#ifndef LIBMINICLASS_BASE_GUESS_H
#define LIBMINICLASS_BASE_GUESS_H

#include <stddef.h>

#include "libminiclass/base/str.h"

/* The name that is nearest to what was typed; begin with { typed } and offer each name. */
struct mc_guess {
	struct mc_str typed; /* borrowed, as are the names */
	const char *name;    /* NULL: nothing is near */
	size_t distance;
};
void mc_guess_offer(struct mc_guess *guess, const char *name);

#endif
