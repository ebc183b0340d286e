/*
 * fronts - the loop threads: they take connections, look after them, and let them go.
 */
#ifndef CHATD_FRONTS_H
#define CHATD_FRONTS_H

#include <stdbool.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"

struct daemon;

/* Makes the fronts of the daemon and its acceptors. */
enum mc_status fronts_create(struct daemon *daemon, struct mc_error *error) MC_MUST_USE;
/* Before they run: whether all write to many members at once (chatd/burst). */
bool fronts_have_rings(const struct daemon *daemon);
/* After their threads have ended. */
void fronts_destroy(struct daemon *daemon);

#endif
