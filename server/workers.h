/*
 * workers - the threads behind the loops: those that use the database, and those that hash
 * passwords.
 *
 * Hashers run at a lower priority, so that a storm of log-ins does not delay pages.
 */
#ifndef SERVER_WORKERS_H
#define SERVER_WORKERS_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

struct server;
struct workers;

/* Starts settings.workers and settings.hashers threads on server->work and server->hashing. */
enum mc_status workers_start(struct server *server, struct workers **out) MC_MUST_USE;
/* The queues must be closed: ends when they are empty. */
void workers_finish(struct workers *workers);

#endif
