/*
 * access - who asks, and may they?  Token to session to user to member; the route's rule;
 * cross-site verdict.
 */
#ifndef SERVER_ACCESS_H
#define SERVER_ACCESS_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

struct ctx;

/*
 * Refuses an unsafe request that another site sent (MC_FORBIDDEN), or one with a cookie that
 * does not say where it comes from.  Reads the token out of Authorization or the cookie.
 */
enum mc_status access_begin(struct ctx *ctx) MC_MUST_USE;
/* Asks the database what the route's rule needs; takes a lease if so. */
enum mc_status access_ask(struct ctx *ctx) MC_MUST_USE;
/* Takes the answer and decides: MC_OK, or MC_UNAUTHENTICATED, MC_NOT_FOUND, MC_FORBIDDEN. */
enum mc_status access_take(struct ctx *ctx) MC_MUST_USE;

#endif
