/*
 * signal - SIGTERM, SIGINT, SIGHUP as readable events.
 *
 * Call mc_signal_open before any thread starts: it blocks the signals, so that all threads
 * inherit the mask, and ignores SIGPIPE.
 */
#ifndef LIBMINICLASS_SERVICE_SIGNAL_H
#define LIBMINICLASS_SERVICE_SIGNAL_H

#include "libminiclass/base/attr.h"

/* A non-blocking descriptor, owned by the caller, that is readable when a signal waits; -1 on
 * failure. */
int mc_signal_open(void) MC_MUST_USE;
/* The next signal's number, or 0 when none waits. */
int mc_signal_read(int fd);

#endif
