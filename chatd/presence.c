#include "chatd/presence.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chatd/daemon.h"
#include "chatd/guests.h"
#include "chatd/jobs.h"
#include "chatd/outage.h"
#include "chatd/people.h"
#include "libminiclass/base/lock.h"
#include "libminiclass/base/time.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/live.h"
#include "libminiclass/model/stay.h"
#include "libminiclass/service/log.h"

enum {
	CHANGES_MAX = 1000, /* in one statement */
	ROOMS_MAX = 500,    /* read in one statement */
	GATHER_MS = 5,      /* what comes together is told together */
	JOBS_MAX = 200000,  /* more than there are connections */
	LEASE_WAIT_MS = 1000,
	RETRY_MS = 250,
	ARENA_BLOCK = 256 * 1024,
	ARENA_MAX = 256 * 1024 * 1024,
};

struct presence {
	struct daemon *daemon;
	pthread_t thread;
	bool started;
	struct mc_lock lock;
	pthread_cond_t changed;
	/* lock: */
	struct guests guests;
	bool asked, stopping;
	/* the thread's own: */
	struct mc_arena *arena; /* of what is read or listed just now */
	struct people_news *news;
	struct job_list entering;       /* who waits to be counted */
	struct mc_stay_change *changes; /* taken and not yet written */
	size_t n_changes;
	struct outage outage;
	int64_t last_beat_ms;     /* of this machine's clock */
	struct mc_time last_beat; /* of the database's; 0: none yet */
	int64_t quiet_until_ms;   /* other daemons' stays are left alone */
	bool returning;           /* others may have ended ours meanwhile */
	bool with_stale_stays;    /* theirs count as present meanwhile: they come back as we do */
	/* has a lock of its own: */
	struct jobs jobs;
};

struct presence *
presence_create(struct daemon *daemon)
{
	struct presence *presence = calloc(1, sizeof(*presence));

	if (presence == NULL)
		return NULL;
	presence->daemon = daemon;
	mc_lock_init(&presence->lock, "presence", MC_LOCK_PRESENCE);
	guests_init(&presence->guests, &presence->lock);
	mc_condition_init(&presence->changed);
	jobs_init(&presence->jobs, "entering", JOBS_MAX);
	job_list_init(&presence->entering);
	presence->arena = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	presence->news = people_news_create();
	presence->changes = calloc(CHANGES_MAX, sizeof(*presence->changes));
	if (presence->arena == NULL || presence->news == NULL || presence->changes == NULL) {
		presence_destroy(presence);
		return NULL;
	}
	return presence;
}

void
presence_destroy(struct presence *presence)
{
	if (presence == NULL)
		return;
	guests_finish(&presence->guests);
	people_news_destroy(presence->news);
	free(presence->changes);
	jobs_finish(&presence->jobs);
	mc_arena_destroy(presence->arena);
	pthread_cond_destroy(&presence->changed);
	mc_lock_finish(&presence->lock);
	free(presence);
}

bool
presence_came(struct presence *presence, mc_room_id room, mc_user_id user)
{
	mc_lock_take(&presence->lock);
	struct guest *guest = guests_find(&presence->guests, room, user);
	if (guest == NULL)
		guest = guests_add(&presence->guests, room, user);
	if (guest != NULL)
		guests_set_connections(&presence->guests, guest, guest->connections + 1);
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
	return guest != NULL;
}

void
presence_left(struct presence *presence, mc_room_id room, mc_user_id user)
{
	mc_lock_take(&presence->lock);
	struct guest *guest = guests_find(&presence->guests, room, user);
	assert(guest != NULL && guest->connections > 0);
	guests_set_connections(&presence->guests, guest, guest->connections - 1);
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

void
presence_doubt(struct presence *presence, mc_room_id room, mc_user_id user)
{
	mc_lock_take(&presence->lock);
	struct guest *guest = guests_find(&presence->guests, room, user);
	if (guest != NULL)
		guests_doubt(&presence->guests, guest);
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

void
presence_set_stale(struct presence *presence, mc_room_id room)
{
	mc_lock_take(&presence->lock);
	if (room != 0)
		guests_set_stale(&presence->guests, room);
	else
		guests_set_all_stale(&presence->guests);
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

void
presence_set_stale_for(struct presence *presence, mc_user_id user)
{
	mc_lock_take(&presence->lock);
	guests_set_stale_for(&presence->guests, user);
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

struct jobs *
presence_jobs(struct presence *presence)
{
	return &presence->jobs;
}

void
presence_wake(struct presence *presence)
{
	mc_lock_take(&presence->lock);
	presence->asked = true;
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

struct mc_chat_person *
presence_list(struct presence *presence, struct mc_arena *arena, mc_room_id room, enum mc_role role,
	size_t *n, int64_t *count)
{
	struct mc_chat_person *list = NULL;

	*n = 0;
	*count = 0;
	mc_lock_take(&presence->lock);
	struct watched *watched = guests_room(&presence->guests, room);
	if (watched != NULL) {
		list = people_list(&watched->people, arena, role, n);
		*count = (int64_t)watched->people.n;
	}
	mc_lock_release(&presence->lock);
	return list;
}

/* --- the thread: writing ---------------------------------------------------------------- */

static void
take_changes(struct presence *presence)
{
	mc_lock_take(&presence->lock);
	presence->n_changes =
		guests_take_changes(&presence->guests, presence->changes, CHANGES_MAX);
	mc_lock_release(&presence->lock);
}

/* It may be written later: when the database is back, has room, or somebody's lock is gone. */
static bool
may_be_repeated(enum mc_status status)
{
	return status == MC_UNAVAILABLE || status == MC_TIMED_OUT || status == MC_NO_MEMORY;
}

static void
say_waiting(struct presence *presence, enum mc_status status, const char *why)
{
	if (outage_note(&presence->outage))
		mc_log(MC_LOG_WARN, "presence_waits", mc_log_text("status", mc_status_name(status)),
			mc_log_text("why", why));
}

/* Who is written down as here; NULL when memory is out. */
static struct mc_stay_change *
list_stored(struct presence *presence, size_t *n)
{
	mc_lock_take(&presence->lock);
	*n = guests_count_stored(&presence->guests);
	mc_arena_reset(presence->arena);
	struct mc_stay_change *list = mc_arena_array(presence->arena, *n + 1, sizeof(*list));
	if (list != NULL)
		guests_list_stored(&presence->guests, list);
	mc_lock_release(&presence->lock);
	return list;
}

/*
 * Other daemons may have ended our stays while we could not beat them: those go on, as who is in
 * them was there all the time, or has left since, which is still to be written down.  The others,
 * of people with another role now, are opened again.
 */
static enum mc_status
go_on(struct presence *presence, struct mc_db *db)
{
	size_t n;
	const struct mc_stay_change *stored = list_stored(presence, &n);

	if (stored == NULL)
		return MC_NO_MEMORY;
	enum mc_status status = mc_stay_go_on(db, presence->daemon->instance, stored, n);
	if (may_be_repeated(status))
		return status;
	/* What cannot go on is opened again with the rest. */
	if (status != MC_OK)
		say_waiting(presence, status, mc_db_message(db));
	mc_db_forget(db);
	mc_lock_take(&presence->lock);
	guests_doubt_all(&presence->guests);
	mc_lock_release(&presence->lock);
	presence->returning = false;
	return MC_OK;
}

/* One of them cannot be written down; the others can. */
static enum mc_status
write_singly(struct presence *presence, struct mc_db *db)
{
	while (presence->n_changes > 0) {
		const struct mc_stay_change *last = &presence->changes[presence->n_changes - 1];
		enum mc_status status = mc_stay_change(db, presence->daemon->instance, last, 1);
		if (may_be_repeated(status))
			return status;
		if (status != MC_OK)
			mc_log(MC_LOG_WARN, "presence_lost", mc_log_int("room", last->room),
				mc_log_int("user", last->user),
				mc_log_text("change", last->joined ? "joined" : "left"),
				mc_log_text("status", mc_status_name(status)),
				mc_log_text("why", mc_db_message(db)));
		presence->n_changes--;
	}
	return MC_OK;
}

/* Those in hand first, and what could not be written stays in hand. */
static enum mc_status
write_changes(struct presence *presence, struct mc_db *db)
{
	for (;;) {
		if (presence->n_changes == 0)
			take_changes(presence);
		if (presence->n_changes == 0)
			return MC_OK;
		enum mc_status status = mc_stay_change(
			db, presence->daemon->instance, presence->changes, presence->n_changes);
		if (status == MC_OK)
			presence->n_changes = 0;
		else if (!may_be_repeated(status))
			status = write_singly(presence, db);
		if (status != MC_OK)
			return status;
	}
}

/* --- the thread: reading and telling ---------------------------------------------------- */

static size_t
take_stale(struct presence *presence, mc_room_id rooms[ROOMS_MAX])
{
	mc_lock_take(&presence->lock);
	size_t n = guests_take_stale(&presence->guests, rooms, ROOMS_MAX);
	mc_lock_release(&presence->lock);
	return n;
}

/* Either the room is as it was read and its members are told, or nothing has happened. */
static enum mc_status
renew(struct presence *presence, mc_room_id room, const struct mc_present *read, size_t n)
{
	bool ready = true;
	struct people new;

	if (!people_copy(read, n, &new))
		return MC_NO_MEMORY;
	mc_lock_take(&presence->lock);
	struct watched *watched = guests_room(&presence->guests, room);
	if (watched != NULL)
		ready = people_compare(
			presence->news, presence->daemon, room, &watched->people, &new);
	if (watched != NULL && ready) {
		struct people old = watched->people;
		watched->people = new;
		new = old;
	}
	mc_lock_release(&presence->lock);
	people_free(&new);
	if (watched != NULL && ready)
		people_tell(presence->news);
	return ready ? MC_OK : MC_NO_MEMORY;
}

/* In `people` the rooms follow each other. */
static enum mc_status
renew_from(struct presence *presence, mc_room_id room, const struct mc_present *people, size_t n)
{
	size_t first = 0, end;

	while (first < n && people[first].room != room)
		first++;
	for (end = first; end < n && people[end].room == room; end++)
		continue;
	return renew(presence, room, people + first, end - first);
}

/* Those that changed until now.  Others may say so of one without end, as fast as it is read: who
 * waits to be let in, and the next beat, do not wait for that. */
static enum mc_status
read_rooms(struct presence *presence, struct mc_db *db)
{
	mc_room_id rooms[ROOMS_MAX];
	enum mc_status status = MC_OK;
	size_t n_rooms;

	do {
		struct mc_present *people;
		size_t n = 0;
		n_rooms = take_stale(presence, rooms);
		if (n_rooms == 0)
			break;
		mc_arena_reset(presence->arena);
		status = mc_stay_present(db, presence->arena, rooms, n_rooms,
			presence->with_stale_stays, &people, &n);
		for (size_t i = 0; i < n_rooms; i++) {
			if (status == MC_OK)
				status = renew_from(presence, rooms[i], people, n);
			if (status != MC_OK)
				presence_set_stale(presence, rooms[i]);
		}
		mc_db_forget(db);
	} while (status == MC_OK && n_rooms == ROOMS_MAX);
	return status;
}

/* --- the thread ------------------------------------------------------------------------- */

/* Until something changed or that moment has come; true when it is to stop. */
static bool
wait_for_change(struct presence *presence, int64_t until_ms)
{
	mc_lock_take(&presence->lock);
	while (presence->guests.first_changed == NULL && !presence->guests.any_stale &&
		!presence->asked && !presence->stopping)
		if (!mc_lock_wait_until(&presence->lock, &presence->changed, until_ms))
			break;
	presence->asked = false;
	bool stopping = presence->stopping;
	mc_lock_release(&presence->lock);
	return stopping;
}

static void
sleep_ms(int64_t ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/*
 * Out of touch for long enough that others may have ended our stays.  Whoever was cut off with us
 * comes back about now too, and has not beaten yet: to end its stays would cost its people the time
 * of the outage.
 */
static void
come_back(struct presence *presence)
{
	presence->quiet_until_ms = mc_clock_ms() + MC_STAY_STALE_S * 1000;
	presence->with_stale_stays = true;
	presence->returning = true;
}

/*
 * How long ago the last one was is asked of the database, too: by its clock others judge, and ours
 * stands still while this machine sleeps.
 */
static enum mc_status
beat(struct presence *presence, struct mc_db *db)
{
	int64_t begun_ms = mc_clock_ms();
	struct mc_time now;

	enum mc_status status = mc_stay_beat(db, presence->daemon->instance, &now);
	if (status == MC_OK) {
		if (presence->last_beat.us != 0 &&
			now.us - presence->last_beat.us > MC_STAY_STALE_S * INT64_C(1000000))
			come_back(presence);
		presence->last_beat = now;
		presence->last_beat_ms = begun_ms;
		if (mc_clock_ms() >= presence->quiet_until_ms) {
			/* Those who were believed to be there, and have not come back. */
			if (presence->with_stale_stays)
				presence_set_stale(presence, 0);
			presence->with_stale_stays = false;
			status = mc_stay_end_stale(db);
			if (status == MC_OK)
				status = mc_live_end_abandoned(
					db, presence->daemon->settings.live_abandoned / 1000);
		}
	}
	mc_db_forget(db);
	return status;
}

/* They are counted and read: the list that they are told has themselves. */
static void
let_in(struct presence *presence, enum mc_status status)
{
	struct job *job;

	while ((job = job_list_pop(&presence->entering)) != NULL)
		job_send_home(job, status);
}

/*
 * Everything that there is to do, with a lease.  Changes that cannot be written yet hold up nothing
 * else: people are let in, and those who are there are beaten.
 */
static enum mc_status
work(struct presence *presence, struct mc_db *db, int64_t *next_beat)
{
	if (mc_clock_ms() - presence->last_beat_ms > MC_STAY_STALE_S * 1000)
		come_back(presence);
	/* What goes on is there to be ended by who left meanwhile. */
	enum mc_status written = presence->returning ? go_on(presence, db) : MC_OK;
	if (written == MC_OK)
		written = write_changes(presence, db);
	if (written != MC_OK)
		say_waiting(presence, written, mc_db_message(db));
	if (written == MC_UNAVAILABLE)
		return written;
	enum mc_status status = read_rooms(presence, db);
	if (status == MC_OK)
		let_in(presence, MC_OK);
	if (status == MC_OK && mc_clock_ms() >= *next_beat) {
		status = beat(presence, db);
		*next_beat = mc_clock_ms() + MC_STAY_BEAT_S * 1000;
	}
	return status == MC_OK ? written : status;
}

static void *
presence_main(void *arg)
{
	struct presence *presence = arg;
	int64_t next_beat = mc_clock_ms();
	bool stopping = false;

	presence->last_beat_ms = mc_clock_ms();
	presence->quiet_until_ms = mc_clock_ms() + MC_STAY_STALE_S * 1000;
	for (;;) {
		struct mc_error error = { 0 };
		struct mc_db *db = NULL;
		/* What is in hand is tried again at once. */
		bool in_hand =
			presence->n_changes > 0 || presence->entering.n > 0 || presence->returning;
		stopping = wait_for_change(presence, in_hand ? 0 : next_beat);
		if (!stopping)
			sleep_ms(GATHER_MS);
		/* Before the changes are taken: who waits has said that it came. */
		(void)jobs_take(&presence->jobs, &presence->entering, 0);
		enum mc_status status =
			mc_pool_acquire(presence->daemon->pool, LEASE_WAIT_MS, &db, &error);
		if (status == MC_OK)
			status = work(presence, db, &next_beat);
		if (status == MC_OK && stopping)
			status = mc_stay_end_all(db, presence->daemon->instance);
		if (status == MC_OK)
			outage_end(&presence->outage);
		else
			say_waiting(
				presence, status, db == NULL ? error.message : mc_db_message(db));
		mc_pool_release(presence->daemon->pool, db);
		/* The fronts cannot end while somebody waits here. */
		if (status != MC_OK && atomic_load(&presence->daemon->stopping))
			let_in(presence, MC_UNAVAILABLE);
		if (stopping)
			break;
		if (status != MC_OK)
			sleep_ms(RETRY_MS);
	}
	jobs_close(&presence->jobs);
	(void)jobs_take(&presence->jobs, &presence->entering, 0);
	let_in(presence, MC_UNAVAILABLE);
	return NULL;
}

enum mc_status
presence_start(struct presence *presence)
{
	presence->started = pthread_create(&presence->thread, NULL, presence_main, presence) == 0;
	return presence->started ? MC_OK : MC_FAILED;
}

void
presence_stop(struct presence *presence)
{
	if (presence == NULL || !presence->started)
		return;
	mc_lock_take(&presence->lock);
	presence->stopping = true;
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
	pthread_join(presence->thread, NULL);
	presence->started = false;
}
