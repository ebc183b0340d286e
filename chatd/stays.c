#include "chatd/stays.h"

#include <stdlib.h>

#include "chatd/daemon.h"
#include "chatd/occupants.h"
#include "chatd/outage.h"
#include "libminiclass/base/arena.h"
#include "libminiclass/base/lock.h"
#include "libminiclass/db/query.h"
#include "libminiclass/model/live.h"
#include "libminiclass/model/stay.h"
#include "libminiclass/service/log.h"

enum { CHANGES_MAX = 1000 }; /* in one statement */

bool
stays_init(struct stays *stays, const struct daemon *daemon, struct occupants *occupants,
	struct mc_arena *arena, struct outage *outage)
{
	stays->daemon = daemon;
	stays->occupants = occupants;
	stays->arena = arena;
	stays->outage = outage;
	stays->changes = calloc(CHANGES_MAX, sizeof(*stays->changes));
	return stays->changes != NULL;
}

void
stays_finish(struct stays *stays)
{
	free(stays->changes);
}

void
stays_begin(struct stays *stays)
{
	stays->next_beat_ms = stays->last_beat_ms = mc_clock_ms();
	stays->quiet_until_ms = stays->last_beat_ms + MC_STAY_STALE_S * 1000;
}

bool
stays_are_in_hand(const struct stays *stays)
{
	return stays->n_changes > 0 || stays->returning;
}

/* --- writing ---------------------------------------------------------------------------- */

static void
take_changes(struct stays *stays)
{
	mc_lock_take(stays->occupants->lock);
	stays->n_changes = occupants_take_changes(stays->occupants, stays->changes, CHANGES_MAX);
	mc_lock_release(stays->occupants->lock);
}

/* It may be written later: when the database is back, has room, or somebody's lock is gone. */
static bool
may_be_repeated(enum mc_status status)
{
	return status == MC_UNAVAILABLE || status == MC_TIMED_OUT || status == MC_NO_MEMORY;
}

/* Who is written down as here; NULL when memory is out. */
static struct mc_stay_change *
list_stored(struct stays *stays, size_t *n)
{
	mc_lock_take(stays->occupants->lock);
	*n = occupants_count_stored(stays->occupants);
	mc_arena_reset(stays->arena);
	struct mc_stay_change *list = mc_arena_array(stays->arena, *n + 1, sizeof(*list));
	if (list != NULL)
		occupants_list_stored(stays->occupants, list);
	mc_lock_release(stays->occupants->lock);
	return list;
}

/*
 * Other daemons may have ended our stays while we could not beat them: those go on, as who is in
 * them was there all the time, or has left since, which is still to be written down.  The others,
 * of people with another role now, are opened again.
 */
static enum mc_status
go_on(struct stays *stays, struct mc_db *db)
{
	size_t n;
	const struct mc_stay_change *stored = list_stored(stays, &n);

	if (stored == NULL)
		return MC_NO_MEMORY;
	enum mc_status status = mc_stay_go_on(db, stays->daemon->instance, stored, n);
	if (may_be_repeated(status))
		return status;
	/* What cannot go on is opened again with the rest. */
	if (status != MC_OK)
		outage_say(stays->outage, "presence_waits", status, mc_db_message(db));
	mc_db_forget(db);
	mc_lock_take(stays->occupants->lock);
	occupants_doubt_all(stays->occupants);
	mc_lock_release(stays->occupants->lock);
	stays->returning = false;
	return MC_OK;
}

/* One of them cannot be written down; the others can. */
static enum mc_status
write_singly(struct stays *stays, struct mc_db *db)
{
	while (stays->n_changes > 0) {
		const struct mc_stay_change *last = &stays->changes[stays->n_changes - 1];
		enum mc_status status = mc_stay_change(db, stays->daemon->instance, last, 1);
		if (may_be_repeated(status))
			return status;
		if (status != MC_OK)
			mc_log(MC_LOG_WARN, "presence_lost", mc_log_int("room", last->room),
				mc_log_int("user", last->user),
				mc_log_text("change", last->joined ? "joined" : "left"),
				mc_log_text("status", mc_status_name(status)),
				mc_log_text("why", mc_db_message(db)));
		stays->n_changes--;
	}
	return MC_OK;
}

/* Those in hand first, and what could not be written stays in hand. */
static enum mc_status
write_changes(struct stays *stays, struct mc_db *db)
{
	for (;;) {
		if (stays->n_changes == 0)
			take_changes(stays);
		if (stays->n_changes == 0)
			return MC_OK;
		enum mc_status status = mc_stay_change(
			db, stays->daemon->instance, stays->changes, stays->n_changes);
		if (status == MC_OK)
			stays->n_changes = 0;
		else if (!may_be_repeated(status))
			status = write_singly(stays, db);
		if (status != MC_OK)
			return status;
	}
}

/*
 * Out of touch for long enough that others may have ended our stays.  Whoever was cut off with us
 * comes back about now too, and has not beaten yet: to end its stays would cost its people the time
 * of the outage.
 */
static void
come_back(struct stays *stays)
{
	stays->quiet_until_ms = mc_clock_ms() + MC_STAY_STALE_S * 1000;
	stays->with_stale = true;
	stays->returning = true;
}

enum mc_status
stays_write(struct stays *stays, struct mc_db *db)
{
	if (mc_clock_ms() - stays->last_beat_ms > MC_STAY_STALE_S * 1000)
		come_back(stays);
	/* What goes on is there to be ended by who left meanwhile. */
	enum mc_status status = stays->returning ? go_on(stays, db) : MC_OK;
	return status == MC_OK ? write_changes(stays, db) : status;
}

/* --- beating ---------------------------------------------------------------------------- */

/*
 * How long ago the last one was is asked of the database, too: by its clock others judge, and ours
 * stands still while this machine sleeps.
 */
static enum mc_status
beat(struct stays *stays, struct mc_db *db)
{
	int64_t begun_ms = mc_clock_ms();
	struct mc_time now;

	enum mc_status status = mc_stay_beat(db, stays->daemon->instance, &now);
	if (status != MC_OK)
		return status;
	if (stays->last_beat.us != 0 &&
		now.us - stays->last_beat.us > MC_STAY_STALE_S * INT64_C(1000000))
		come_back(stays);
	stays->last_beat = now;
	stays->last_beat_ms = begun_ms;
	if (mc_clock_ms() < stays->quiet_until_ms)
		return MC_OK;
	/* Who was believed to be there, and has not come back, is ended here, and so told. */
	stays->with_stale = false;
	status = mc_stay_end_stale(db);
	if (status != MC_OK)
		return status;
	return mc_live_end_abandoned(db, stays->daemon->settings.live_abandoned / 1000);
}

enum mc_status
stays_beat(struct stays *stays, struct mc_db *db)
{
	if (mc_clock_ms() < stays->next_beat_ms)
		return MC_OK;
	enum mc_status status = beat(stays, db);
	mc_db_forget(db);
	stays->next_beat_ms = mc_clock_ms() + MC_STAY_BEAT_S * 1000;
	return status;
}

enum mc_status
stays_end(struct stays *stays, struct mc_db *db)
{
	return mc_stay_end_all(db, stays->daemon->instance);
}
