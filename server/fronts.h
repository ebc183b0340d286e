/*
 * fronts - the loop threads: they take connections, and let them go.
 */
#ifndef SERVER_FRONTS_H
#define SERVER_FRONTS_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"

struct server;

/* Makes the fronts of the server and its acceptors. */
enum mc_status fronts_create(struct server *server, struct mc_error *error) MC_MUST_USE;
/* After their threads have ended. */
void fronts_destroy(struct server *server);

#endif
