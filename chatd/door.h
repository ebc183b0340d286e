/*
 * door - the thread that says who somebody is, and whether that still holds.
 *
 * Apart from the store, so that a thousand hellos delay no message.
 */
#ifndef CHATD_DOOR_H
#define CHATD_DOOR_H

#include "chatd/jobs.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

struct daemon;
struct door;

struct door *door_create(struct daemon *daemon);
enum mc_status door_start(struct door *door) MC_MUST_USE;
void door_stop(struct door *door);
void door_destroy(struct door *door);
struct jobs *door_jobs(struct door *door);

#endif
