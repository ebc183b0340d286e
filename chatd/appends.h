/*
 * appends - group commit: all sends that wait become one transaction; then their messages, and
 * behind them the acks, go to the fronts.  Store thread only.
 */
#ifndef CHATD_APPENDS_H
#define CHATD_APPENDS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chatd/fair_queue.h"
#include "chatd/jobs.h"
#include "chatd/outage.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/model/message.h"

struct daemon;
struct lease;
struct open_rooms;

struct batch {
	struct job *jobs[MC_MESSAGE_BATCH_MAX];
	struct mc_message_new messages[MC_MESSAGE_BATCH_MAX];
	struct mc_message_result results[MC_MESSAGE_BATCH_MAX];
	size_t n;
};

struct appends {
	const struct daemon *daemon;
	struct lease *lease;
	struct open_rooms *rooms;
	struct fair_queue sends; /* that wait */
	struct batch batch;      /* kept: to clear it each time costs more than one message does */
	bool doubtful; /* who repeats one message repeats more: the next batch may not be all new */
	struct outage failing;
	/* Written by the thread, read by anyone. */
	_Atomic uint64_t batches, messages, ns;
};

/* Of zeroed ones; borrows all three. */
void appends_init(struct appends *appends, const struct daemon *daemon, struct lease *lease,
	struct open_rooms *rooms);
/* One more JOB_SEND, consumed. */
void appends_add(struct appends *appends, struct job *job);
/*
 * Stores and answers a batch of what waits, however long the database is away; nothing when nothing
 * waits.  False: it is stored, but not all of it handed out.
 */
bool appends_commit(struct appends *appends) MC_MUST_USE;

#endif
