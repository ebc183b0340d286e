/* opt_int - what the files of opt share. */
#ifndef CLI_COMMON_OPT_INT_H
#define CLI_COMMON_OPT_INT_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/common/opt.h"
#include "libminiclass/base/str.h"

/* Edits that make `a` of `b`: a letter more, less or other, or two neighbours the other way. */
size_t opt_distance(struct mc_str a, struct mc_str b);

/* The name that is nearest to what was typed; begin with { typed } and offer each name. */
struct opt_guess {
	struct mc_str typed;
	const char *name; /* NULL: nothing is near */
	size_t distance;
};
void opt_offer(struct opt_guess *guess, const char *name);

/* Words of a verb's name: 1 or 2. */
size_t opt_verb_words(const struct opt_verb *verb);

/* What every tool has.  Those behind OPT_SHOWN are not shown. */
enum { OPT_HELP, OPT_VERSION, OPT_SHOWN, OPT_COMPLETION = OPT_SHOWN, OPT_OWN };
extern const struct opt opt_own[OPT_OWN];

void opt_print_help(const struct opt_tool *tool, FILE *out);
/* "--completion mdoc": what the build puts into the manual page. */
void opt_print_manual(const struct opt_tool *tool, FILE *out);
/* False: no such shell. */
bool opt_print_completion(const struct opt_tool *tool, const char *shell, FILE *out);

#endif
