#include "chatd/presence.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chatd/daemon.h"
#include "chatd/front.h"
#include "chatd/hub.h"
#include "chatd/packet.h"
#include "libminiclass/base/lock.h"
#include "libminiclass/base/log.h"
#include "libminiclass/base/time.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/stay.h"

enum {
	SLOTS = 4096,
	CHANGES_MAX = 1000, /* in one statement */
	ROOMS_MAX = 500,    /* read in one statement */
	GATHER_MS = 20,     /* what comes together is told together */
	LEASE_WAIT_MS = 1000,
	RETRY_MS = 250,
	ARENA_BLOCK = 256 * 1024,
	ARENA_MAX = 256 * 1024 * 1024,
};

/* One user in one room through this daemon. */
struct guest {
	struct guest *chain;
	mc_room_id room;
	mc_user_id user;
	size_t connections;
	bool stored;  /* the stay is open in the database */
	bool changed; /* is in the list of changes */
	struct guest *next_changed;
};

struct person {
	mc_user_id id;
	enum mc_role role;
	struct mc_str name; /* in the block behind the list */
};

/* Who is in a room, over all daemons, as last read; by id. */
struct watched {
	struct watched *chain;
	mc_room_id room;
	size_t n_guests; /* of this daemon */
	bool stale;      /* to be read */
	struct person *people;
	size_t n_people;
	char *names; /* block of all names */
};

struct presence {
	struct daemon *daemon;
	pthread_t thread;
	bool started;
	struct mc_lock lock;
	pthread_cond_t changed;
	/* lock: */
	struct guest *guests[SLOTS];
	struct watched *rooms[SLOTS];
	struct guest *first_changed;
	bool any_stale, stopping;
	/* the thread's own: */
	struct mc_arena *arena;
	struct packet_builder builder;
};

struct presence *
presence_create(struct daemon *daemon)
{
	struct presence *presence = calloc(1, sizeof(*presence));

	if (presence == NULL)
		return NULL;
	presence->daemon = daemon;
	mc_lock_init(&presence->lock, "presence", MC_LOCK_PRESENCE);
	mc_condition_init(&presence->changed);
	packet_builder_init(&presence->builder);
	presence->arena = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	if (presence->arena == NULL) {
		presence_destroy(presence);
		return NULL;
	}
	return presence;
}

static void
free_watched(struct watched *watched)
{
	free(watched->people);
	free(watched->names);
	free(watched);
}

void
presence_destroy(struct presence *presence)
{
	if (presence == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		while (presence->guests[i] != NULL) {
			struct guest *guest = presence->guests[i];
			presence->guests[i] = guest->chain;
			free(guest);
		}
		while (presence->rooms[i] != NULL) {
			struct watched *watched = presence->rooms[i];
			presence->rooms[i] = watched->chain;
			free_watched(watched);
		}
	}
	packet_builder_finish(&presence->builder);
	mc_arena_destroy(presence->arena);
	pthread_cond_destroy(&presence->changed);
	mc_lock_finish(&presence->lock);
	free(presence);
}

static struct watched **
watched_slot(struct presence *presence, mc_room_id room)
{
	return &presence->rooms[(uint64_t)room % SLOTS];
}

static struct watched *
find_watched(struct presence *presence, mc_room_id room)
{
	struct watched *watched = *watched_slot(presence, room);

	mc_lock_assert_held(&presence->lock);
	while (watched != NULL && watched->room != room)
		watched = watched->chain;
	return watched;
}

static struct guest **
guest_slot(struct presence *presence, mc_room_id room, mc_user_id user)
{
	return &presence->guests[((uint64_t)room * 0x9e3779b97f4a7c15u + (uint64_t)user) % SLOTS];
}

static struct guest *
find_guest(struct presence *presence, mc_room_id room, mc_user_id user)
{
	struct guest *guest = *guest_slot(presence, room, user);

	mc_lock_assert_held(&presence->lock);
	while (guest != NULL && (guest->room != room || guest->user != user))
		guest = guest->chain;
	return guest;
}

static struct guest *
add_guest(struct presence *presence, mc_room_id room, mc_user_id user)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	struct watched *watched = find_watched(presence, room);

	if (watched == NULL && guest != NULL) {
		watched = calloc(1, sizeof(*watched));
		if (watched != NULL) {
			watched->room = room;
			watched->chain = *watched_slot(presence, room);
			*watched_slot(presence, room) = watched;
		}
	}
	if (guest == NULL || watched == NULL) {
		free(guest);
		return NULL;
	}
	watched->n_guests++;
	guest->room = room;
	guest->user = user;
	guest->chain = *guest_slot(presence, room, user);
	*guest_slot(presence, room, user) = guest;
	return guest;
}

static void
drop_guest(struct presence *presence, struct guest *guest)
{
	struct guest **link = guest_slot(presence, guest->room, guest->user);
	struct watched **room = watched_slot(presence, guest->room);

	while (*link != guest)
		link = &(*link)->chain;
	*link = guest->chain;
	while ((*room)->room != guest->room)
		room = &(*room)->chain;
	if (--(*room)->n_guests == 0) {
		struct watched *watched = *room;
		*room = watched->chain;
		free_watched(watched);
	}
	free(guest);
}

void
presence_change(struct presence *presence, mc_room_id room, mc_user_id user, bool came)
{
	mc_lock_take(&presence->lock);
	struct guest *guest = find_guest(presence, room, user);
	if (guest == NULL && came)
		guest = add_guest(presence, room, user);
	if (guest != NULL) {
		guest->connections += came ? 1 : (size_t)-1;
		if ((guest->connections > 0) != guest->stored && !guest->changed) {
			guest->changed = true;
			guest->next_changed = presence->first_changed;
			presence->first_changed = guest;
		}
	}
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

void
presence_look(struct presence *presence, mc_room_id room)
{
	mc_lock_take(&presence->lock);
	if (room != 0) {
		struct watched *watched = find_watched(presence, room);
		if (watched != NULL)
			watched->stale = presence->any_stale = true;
	} else {
		for (size_t i = 0; i < SLOTS; i++)
			for (struct watched *w = presence->rooms[i]; w != NULL; w = w->chain)
				w->stale = presence->any_stale = true;
	}
	mc_lock_release(&presence->lock);
	pthread_cond_signal(&presence->changed);
}

static struct mc_str
role_name(enum mc_role role)
{
	return role == MC_ROLE_INSTRUCTOR ? MC_STR("instructor") : MC_STR("student");
}

struct mc_chat_person *
presence_list(struct presence *presence, struct mc_arena *arena, mc_room_id room, enum mc_role role,
	size_t *n, int64_t *count)
{
	struct mc_chat_person *list = NULL;

	*n = 0;
	*count = 0;
	mc_lock_take(&presence->lock);
	struct watched *watched = find_watched(presence, room);
	if (watched != NULL) {
		list = mc_arena_array(arena, watched->n_people + 1, sizeof(*list));
		*count = (int64_t)watched->n_people;
	}
	for (size_t i = 0; list != NULL && i < watched->n_people; i++) {
		const struct person *person = &watched->people[i];
		if (role != MC_ROLE_INSTRUCTOR && person->role != MC_ROLE_INSTRUCTOR)
			continue;
		struct mc_str name = mc_arena_copy(arena, person->name);
		if (name.ptr != NULL)
			list[(*n)++] = (struct mc_chat_person){ person->id, name,
				role_name(person->role) };
	}
	mc_lock_release(&presence->lock);
	return list;
}

/* --- the thread: writing ---------------------------------------------------------------- */

/* Takes some changes out, as they are now; what came and went meanwhile is no change. */
static size_t
take_changes(struct presence *presence, struct mc_stay_change *changes)
{
	size_t n = 0;

	mc_lock_take(&presence->lock);
	while (n < CHANGES_MAX && presence->first_changed != NULL) {
		struct guest *guest = presence->first_changed;
		bool here = guest->connections > 0;
		presence->first_changed = guest->next_changed;
		guest->changed = false;
		if (here != guest->stored) {
			changes[n++] = (struct mc_stay_change){ guest->room, guest->user, here };
			guest->stored = here;
			struct watched *watched = find_watched(presence, guest->room);
			watched->stale = presence->any_stale = true;
		}
		if (!here)
			drop_guest(presence, guest);
	}
	mc_lock_release(&presence->lock);
	return n;
}

/* Other daemons may have ended our stays while we could not beat them: they are opened again. */
static void
open_again(struct presence *presence)
{
	mc_lock_take(&presence->lock);
	for (size_t i = 0; i < SLOTS; i++) {
		for (struct guest *guest = presence->guests[i]; guest != NULL;
			guest = guest->chain) {
			guest->stored = false;
			if (guest->changed)
				continue;
			guest->changed = true;
			guest->next_changed = presence->first_changed;
			presence->first_changed = guest;
		}
	}
	mc_lock_release(&presence->lock);
}

static enum mc_status
write_changes(
	struct presence *presence, struct mc_db *db, struct mc_stay_change *changes, size_t *n)
{
	enum mc_status status = MC_OK;

	for (;;) {
		if (*n == 0)
			*n = take_changes(presence, changes);
		if (*n == 0)
			return MC_OK;
		status = mc_stay_change(db, presence->daemon->instance, changes, *n);
		mc_db_forget(db);
		if (status == MC_OK || (status != MC_UNAVAILABLE && status != MC_TIMED_OUT))
			*n = 0;
		if (status != MC_OK)
			return status;
	}
}

/* --- the thread: reading and telling ---------------------------------------------------- */

static size_t
take_stale(struct presence *presence, mc_room_id rooms[ROOMS_MAX])
{
	size_t n = 0;

	mc_lock_take(&presence->lock);
	if (presence->any_stale) {
		presence->any_stale = false;
		for (size_t i = 0; i < SLOTS; i++) {
			for (struct watched *w = presence->rooms[i]; w != NULL; w = w->chain) {
				if (!w->stale)
					continue;
				if (n == ROOMS_MAX) {
					presence->any_stale = true;
					continue;
				}
				w->stale = false;
				rooms[n++] = w->room;
			}
		}
	}
	mc_lock_release(&presence->lock);
	return n;
}

static int
by_id(const void *a, const void *b)
{
	const struct person *x = a;
	const struct person *y = b;
	return x->id < y->id ? -1 : x->id > y->id;
}

struct difference {
	struct packet_builder *teachers, *students;
	mc_room_id room;
	int64_t count;
	bool student_came, student_left;
};

static void
tell(struct difference *difference, const struct person *person, bool came)
{
	struct mc_chat_event event = {
		.type = MC_CHAT_PRESENCE,
		.room = difference->room,
		.person = { person->id, person->name, role_name(person->role) },
		.joined = came,
		.member_count = difference->count,
	};

	packet_builder_add(difference->teachers, &event);
	if (person->role == MC_ROLE_INSTRUCTOR)
		packet_builder_add(difference->students, &event);
	else if (came)
		difference->student_came = true;
	else
		difference->student_left = true;
}

/* Students learn once that there are more or fewer, however many came at once. */
static void
tell_count(struct difference *difference)
{
	if (!difference->student_came && !difference->student_left)
		return;
	packet_builder_add(difference->students, &(struct mc_chat_event){
							 .type = MC_CHAT_PRESENCE,
							 .room = difference->room,
							 .joined = difference->student_came,
							 .member_count = difference->count,
						 });
}

/* Both lists are sorted by id. */
static void
compare(struct difference *difference, const struct person *old, size_t n_old,
	const struct person *new, size_t n_new)
{
	size_t i = 0, j = 0;

	while (i < n_old || j < n_new) {
		if (j == n_new || (i < n_old && old[i].id < new[j].id))
			tell(difference, &old[i++], false);
		else if (i == n_old || new[j].id < old[i].id)
			tell(difference, &new[j++], true);
		else
			i++, j++;
	}
	tell_count(difference);
}

static void
post_difference(struct presence *presence, mc_room_id room, struct packet_builder *students)
{
	struct daemon *daemon = presence->daemon;
	bool for_students = mc_buf_str(&students->forms[WIRE_FRAMED]).len > 0;

	if (mc_buf_str(&presence->builder.forms[WIRE_FRAMED]).len == 0)
		return;
	for (size_t i = 0; i < daemon->n_fronts; i++) {
		struct hub_mail *mail = hub_mail_create(daemon->fronts[i], HUB_PRESENCE, room);
		if (mail == NULL)
			return;
		mail->packet = packet_create(&presence->builder);
		mail->student_packet = for_students ? packet_create(students) : NULL;
		hub_post(mail);
	}
}

/* The people of one room out of what was read, with a block of names of their own. */
static bool
copy_people(const struct mc_present *read, size_t n, struct watched *out)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += read[i].name.len;
	out->people = calloc(n + 1, sizeof(*out->people));
	out->names = malloc(bytes + 1);
	if (out->people == NULL || out->names == NULL)
		return false;
	char *to = out->names;
	for (size_t i = 0; i < n; i++) {
		if (read[i].name.len > 0)
			memcpy(to, read[i].name.ptr, read[i].name.len);
		out->people[i] =
			(struct person){ read[i].user, read[i].role, { to, read[i].name.len } };
		to += read[i].name.len;
	}
	out->n_people = n;
	qsort(out->people, n, sizeof(*out->people), by_id);
	return true;
}

static void
renew(struct presence *presence, mc_room_id room, const struct mc_present *read, size_t n,
	struct packet_builder *students)
{
	struct watched new = { 0 };
	struct difference difference = { .teachers = &presence->builder,
		.students = students,
		.room = room,
		.count = (int64_t)n };

	if (!copy_people(read, n, &new)) {
		free(new.people);
		free(new.names);
		return;
	}
	packet_builder_clear(&presence->builder);
	packet_builder_clear(students);
	mc_lock_take(&presence->lock);
	struct watched *watched = find_watched(presence, room);
	if (watched != NULL) {
		compare(&difference, watched->people, watched->n_people, new.people, new.n_people);
		struct watched old = *watched;
		watched->people = new.people;
		watched->names = new.names;
		watched->n_people = new.n_people;
		new.people = old.people;
		new.names = old.names;
	}
	mc_lock_release(&presence->lock);
	free(new.people);
	free(new.names);
	if (watched != NULL)
		post_difference(presence, room, students);
}

static enum mc_status
read_rooms(struct presence *presence, struct mc_db *db)
{
	mc_room_id rooms[ROOMS_MAX];
	struct packet_builder students;
	enum mc_status status = MC_OK;
	size_t n_rooms;

	packet_builder_init(&students);
	while (status == MC_OK && (n_rooms = take_stale(presence, rooms)) > 0) {
		struct mc_present *people;
		size_t n = 0;
		mc_arena_reset(presence->arena);
		status = mc_stay_present(db, presence->arena, rooms, n_rooms, &people, &n);
		for (size_t i = 0; status != MC_OK && i < n_rooms; i++)
			presence_look(presence, rooms[i]);
		for (size_t i = 0; status == MC_OK && i < n_rooms; i++) {
			size_t first = 0, end;
			while (first < n && people[first].room != rooms[i])
				first++;
			for (end = first; end < n && people[end].room == rooms[i]; end++)
				continue;
			renew(presence, rooms[i], people + first, end - first, &students);
		}
		mc_db_forget(db);
	}
	packet_builder_finish(&students);
	return status;
}

/* --- the thread ------------------------------------------------------------------------- */

/* Until something changed or it is time to beat; true when it is to stop. */
static bool
wait_for_change(struct presence *presence, int64_t until_ms)
{
	mc_lock_take(&presence->lock);
	while (presence->first_changed == NULL && !presence->any_stale && !presence->stopping)
		if (!mc_lock_wait_until(&presence->lock, &presence->changed, until_ms))
			break;
	bool stopping = presence->stopping;
	mc_lock_release(&presence->lock);
	return stopping;
}

static void
sleep_ms(int64_t ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static enum mc_status
beat(struct presence *presence, struct mc_db *db)
{
	enum mc_status status = mc_stay_beat(db, presence->daemon->instance);

	if (status == MC_OK)
		status = mc_stay_end_stale(db);
	mc_db_forget(db);
	return status;
}

static void *
presence_main(void *arg)
{
	struct presence *presence = arg;
	struct mc_stay_change *changes = calloc(CHANGES_MAX, sizeof(*changes));
	size_t n_changes = 0; /* taken and not yet written */
	int64_t next_beat = mc_clock_ms();
	bool stopping = false;
	bool was_away = false;

	while (changes != NULL) {
		struct mc_error error = { 0 };
		struct mc_db *db = NULL;
		if (n_changes == 0 && !stopping)
			stopping = wait_for_change(presence, next_beat);
		if (!stopping)
			sleep_ms(GATHER_MS);
		enum mc_status status =
			mc_pool_acquire(presence->daemon->pool, LEASE_WAIT_MS, &db, &error);
		if (status == MC_OK && was_away)
			open_again(presence);
		was_away = status != MC_OK;
		if (status == MC_OK)
			status = write_changes(presence, db, changes, &n_changes);
		if (status == MC_OK && !stopping)
			status = read_rooms(presence, db);
		if (status == MC_OK && mc_clock_ms() >= next_beat) {
			status = beat(presence, db);
			next_beat = mc_clock_ms() + MC_STAY_BEAT_S * 1000;
		}
		if (status == MC_OK && stopping)
			status = mc_stay_end_all(db, presence->daemon->instance);
		mc_pool_release(presence->daemon->pool, db);
		if (status != MC_OK)
			mc_log(MC_LOG_WARN, "presence_waits",
				mc_log_text("status", mc_status_name(status)));
		if (stopping)
			break;
		if (status != MC_OK)
			sleep_ms(RETRY_MS);
	}
	free(changes);
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
