/* bus - the thread that listens to the database's notices and passes them on. */
#ifndef CHATD_BUS_H
#define CHATD_BUS_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"

struct bus;
struct daemon;

struct bus *bus_create(struct daemon *daemon);
enum mc_status bus_start(struct bus *bus) MC_MUST_USE;
void bus_stop(struct bus *bus);
void bus_destroy(struct bus *bus);

#endif
