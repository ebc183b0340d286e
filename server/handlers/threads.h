/* threads - what pages and JSON show of private threads. */
#ifndef SERVER_HANDLERS_THREADS_H
#define SERVER_HANDLERS_THREADS_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/model/id.h"

struct ctx;

/* Takes "threads" of all discussions of the class in which something was written. */
enum mc_status view_recent_threads(struct ctx *ctx) MC_MUST_USE;
/* "threads" of a discussion that one may read, and in an instructor's page "students". */
enum mc_status view_discussion_threads(struct ctx *ctx, mc_discussion_id discussion) MC_MUST_USE;

#endif
