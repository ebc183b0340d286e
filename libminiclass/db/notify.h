/*
 * notify - LISTEN on a connection of its own, waited for by a thread of its own.
 *
 * Notices can be lost while the connection is down; whoever listens is told (`state` of the
 * handler: false, and true again) and catches up by itself.  Reconnects by itself with a pause (250
 * ms to 1 s), also when the server does not answer any more: after 2 s of silence it is asked, and
 * has 2 s to answer. One thread.
 */
#ifndef LIBMINICLASS_DB_NOTIFY_H
#define LIBMINICLASS_DB_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"

struct mc_notify;

/* Texts are borrowed for the call. */
struct mc_notice {
	struct mc_str channel, payload;
	int backend; /* whose it is: mc_db_backend() of that connection */
};

struct mc_notify_handler {
	void *user;
	void (*notice)(void *user, const struct mc_notice *notice);
	/* true: listening (again): whatever was missed must be read now; false: the connection is
	 * lost. */
	void (*state)(void *user, bool listening);
};

/*
 * Channels are constant identifiers, NULL-ended.  Connects with the first mc_notify_wait.  Handlers
 * must not destroy it. NULL when memory is out.
 */
struct mc_notify *mc_notify_create(const char *conninfo, const char *application,
	const char *const *channels, const struct mc_notify_handler *handler);
void mc_notify_destroy(struct mc_notify *notify);

/*
 * Waits for a notice, a state change, `wake_fd` to be readable (-1: none) or timeout_ms, calls the
 * handlers, returns. For a thread of its own.
 */
void mc_notify_wait(struct mc_notify *notify, int wake_fd, int timeout_ms);

/*
 * When it last heard something, by the monotonic clock (mc_clock_ms), 0: never; the handlers have
 * had all that had come by then.  Not older than 4 s while it listens and its thread waits.
 */
int64_t mc_notify_heard_ms(const struct mc_notify *notify);

#endif
