/*
 * rights - who may have lost one is asked about anew, before they are told anything more.
 *
 * The bus passes on in their order what is said of rights and of messages, and a connection whose
 * rights are being asked about is told nothing meanwhile (hub).  But a process that stood still, or
 * that has lost sight of the database, may come upon a message first: then everybody is asked
 * about.
 */
#ifndef CHATD_RIGHTS_H
#define CHATD_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/model/id.h"

struct daemon;

/* session or user (0: any) may have lost something; `all`: everybody may. */
struct recheck {
	mc_session_id session;
	mc_user_id user;
	bool all;
};

/* Any thread: their connections are asked about, on all fronts, before what is posted next. */
void rights_recheck(const struct daemon *daemon, struct recheck what);
/* Any thread: what was lost until `until_ms`, by the monotonic clock, has been passed on. */
void rights_told(struct daemon *daemon, int64_t until_ms);
/* Any thread, before something is posted for members. */
void rights_refresh(struct daemon *daemon);

#endif
