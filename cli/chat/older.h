/* older - what was said before what the log has, over HTTP. */
#ifndef CLI_CHAT_OLDER_H
#define CLI_CHAT_OLDER_H

#include "cli/chat/log.h"
#include "cli/chat/talk.h"

/* The hundred in front of the log's first one. */
enum mc_status older_fetch(struct talk *talk, struct log *log, struct mc_error *error) MC_MUST_USE;

#endif
