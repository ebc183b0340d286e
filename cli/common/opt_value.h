/* opt_value - the text of an option into its field. */
#ifndef CLI_COMMON_OPT_VALUE_H
#define CLI_COMMON_OPT_VALUE_H

#include "cli/common/opt.h"

enum { OPT_WHY_SIZE = 192 };

/* `text` is kept (borrowed) by TEXT and LIST; NULL for a FLAG.  False: why says what is wrong. */
bool opt_store(const struct opt *opt, void *target, const char *text, char why[OPT_WHY_SIZE]);

#endif
