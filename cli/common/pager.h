/*
 * pager - long text at a terminal: $MC_PAGER, $PAGER, else less -FIRX.
 */
#ifndef CLI_COMMON_PAGER_H
#define CLI_COMMON_PAGER_H

#include "libminiclass/base/str.h"

/*
 * To stdout; through the pager when that is a terminal and the text longer than its screen.  Clean
 * (say_clean), but for styles ("\033[1m") of ours.
 */
void pager_show(struct mc_str text);

#endif
