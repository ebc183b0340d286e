/*
 * auth - the thread that says who somebody is, and whether that still holds.
 *
 * Apart from the store, so that a thousand hellos delay no message.
 */
#ifndef CHATD_AUTH_H
#define CHATD_AUTH_H

#include "chatd/jobs.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

struct daemon;
struct auth;

struct auth *auth_create(struct daemon *daemon);
enum mc_status auth_start(struct auth *auth) MC_MUST_USE;
void auth_stop(struct auth *auth);
void auth_destroy(struct auth *auth);
struct jobs *auth_jobs(struct auth *auth);

#endif
