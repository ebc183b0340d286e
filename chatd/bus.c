#include "chatd/bus.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "chatd/daemon.h"
#include "chatd/presence.h"
#include "chatd/rights.h"
#include "chatd/store.h"
#include "libminiclass/base/time.h"
#include "libminiclass/db/notify.h"
#include "libminiclass/service/log.h"

enum { DEAF_LOOK_MS = 2000 }; /* a right that is lost counts within five seconds */

struct bus {
	struct daemon *daemon;
	pthread_t thread;
	bool started;
	int wake; /* eventfd: it is time to stop */
	struct mc_notify *notify;
	/* The thread's own from here on. */
	bool listening;
	struct mc_deadline next_look; /* while it does not listen */
};

static const char *const channels[] = { "mc_room", "mc_presence", "mc_access", NULL };

static bool
take_id(struct mc_str *rest, char separator, int64_t *out)
{
	struct mc_str item;
	return mc_str_next(rest, separator, &item) && mc_str_to_int(item, 1, INT64_MAX, out);
}

/* "ROOM:LAST_SEQ ROOM:LAST_SEQ" */
static void
on_rooms(struct bus *bus, struct mc_str payload)
{
	struct mc_str item;

	while (mc_str_next(&payload, ' ', &item)) {
		int64_t room, seq;
		if (take_id(&item, ':', &room) && take_id(&item, ':', &seq))
			store_seen(bus->daemon->store, room, seq);
	}
}

static void
on_presence(struct bus *bus, struct mc_str payload)
{
	struct mc_str item;
	int64_t room;

	while (mc_str_next(&payload, ' ', &item))
		if (mc_str_to_int(item, 1, INT64_MAX, &room))
			presence_set_stale(bus->daemon->presence, room);
}

/* "session:ID", "member:CLASS:USER", "user:ID", "room:ID" */
static void
on_access(struct bus *bus, struct mc_str payload)
{
	struct mc_str kind;
	struct recheck what = { 0 };
	int64_t id;

	if (!mc_str_next(&payload, ':', &kind) || !take_id(&payload, ':', &id))
		return;
	if (mc_str_equal(kind, MC_STR("room"))) {
		store_seen(bus->daemon->store, id, -1);
		return;
	}
	if (mc_str_equal(kind, MC_STR("session")))
		what.session = id;
	else if (mc_str_equal(kind, MC_STR("user")))
		what.user = id;
	else if (!mc_str_equal(kind, MC_STR("member")) || !take_id(&payload, ':', &what.user))
		return;
	if (mc_str_equal(kind, MC_STR("member")))
		presence_set_stale_for(bus->daemon->presence, what.user);
	rights_recheck(bus->daemon, what);
}

static void
on_notice(void *user, const struct mc_notice *notice)
{
	struct bus *bus = user;

	if (mc_str_equal(notice->channel, MC_STR("mc_room"))) {
		/* What our store wrote it hands out without our help. */
		if (notice->backend != store_backend(bus->daemon->store))
			on_rooms(bus, notice->payload);
	} else if (mc_str_equal(notice->channel, MC_STR("mc_presence")))
		on_presence(bus, notice->payload);
	else if (mc_str_equal(notice->channel, MC_STR("mc_access")))
		on_access(bus, notice->payload);
}

/* While nobody listens anything may happen: everything is looked at again. */
static void
look_everywhere(struct bus *bus)
{
	/* Rights first: who has lost theirs meanwhile is told nothing of what is found. */
	rights_recheck(bus->daemon, (struct recheck){ .all = true });
	rights_told(bus->daemon, mc_clock_ms());
	store_look_everywhere(bus->daemon->store);
	presence_set_stale(bus->daemon->presence, 0);
	bus->next_look = mc_deadline_in(DEAF_LOOK_MS);
}

static void
on_state(void *user, bool listening)
{
	struct bus *bus = user;

	mc_log(MC_LOG_INFO, "bus", mc_log_text("state", listening ? "listening" : "lost"));
	bus->listening = listening;
	look_everywhere(bus);
}

struct bus *
bus_create(struct daemon *daemon)
{
	struct mc_notify_handler handler = { .notice = on_notice, .state = on_state };
	struct bus *bus = calloc(1, sizeof(*bus));

	if (bus == NULL)
		return NULL;
	bus->daemon = daemon;
	bus->next_look = mc_deadline_in(DEAF_LOOK_MS);
	handler.user = bus;
	bus->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	bus->notify = mc_notify_create(daemon->settings.db, "mc-chatd bus", channels, &handler);
	if (bus->wake < 0 || bus->notify == NULL) {
		bus_destroy(bus);
		return NULL;
	}
	return bus;
}

void
bus_destroy(struct bus *bus)
{
	if (bus == NULL)
		return;
	mc_notify_destroy(bus->notify);
	if (bus->wake >= 0)
		close(bus->wake);
	free(bus);
}

static void *
bus_main(void *arg)
{
	struct bus *bus = arg;

	while (!atomic_load(&bus->daemon->stopping)) {
		mc_notify_wait(bus->notify, bus->wake, 1000);
		if (bus->listening)
			rights_told(bus->daemon, mc_notify_heard_ms(bus->notify));
		/* The database may be there all the same, for others and for what asks it. */
		if (!bus->listening && mc_deadline_left(bus->next_look) <= 0)
			look_everywhere(bus);
	}
	return NULL;
}

enum mc_status
bus_start(struct bus *bus)
{
	bus->started = pthread_create(&bus->thread, NULL, bus_main, bus) == 0;
	return bus->started ? MC_OK : MC_FAILED;
}

void
bus_stop(struct bus *bus)
{
	if (bus == NULL || !bus->started)
		return;
	eventfd_write(bus->wake, 1);
	pthread_join(bus->thread, NULL);
	bus->started = false;
}
