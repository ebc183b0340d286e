/*
 * supervisor - who started us and watches over us: systemd, or whatever speaks its protocols.
 *
 * Sockets that listen already are handed over at the start (sd_listen_fds(3)), so that connections
 * wait in them, and none is refused, while a program is replaced by its next version; and we say
 * when we are ready and when we stop (sd_notify(3)).  Without such variables in the environment
 * nothing of this happens.  Both only while there is one thread.
 */
#ifndef LIBMINICLASS_SERVICE_SUPERVISOR_H
#define LIBMINICLASS_SERVICE_SUPERVISOR_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"

/*
 * *fd is the socket that was handed over, non-blocking, close-on-exec, owned by the caller; -1:
 * none was.  The variables are taken out of the environment.  MC_INVALID: more than one, or one
 * that does not listen.
 */
enum mc_status mc_supervisor_listener(int *fd, struct mc_error *error) MC_MUST_USE;
/* "READY=1", "STOPPING=1".  Nobody listens: nothing happens. */
void mc_supervisor_say(const char *state);

#endif
