#include "libminiclass/chat/resume.h"

#include <stdlib.h>
#include <string.h>

#include "libminiclass/limits.h"

enum { UNACKED_MAX = 1000 };

struct room {
	struct room *next;
	int64_t id;
	int64_t last; /* seen; -1: nothing yet, the last messages are wanted */
	bool joining; /* said, and not answered */
};

struct unacked {
	struct unacked *next;
	int64_t room;
	struct mc_str client_id, body; /* in `bytes` */
	char bytes[];
};

struct mc_resume {
	struct room *rooms;
	struct unacked *first, **end; /* in the order of sending */
	size_t n_unacked;
};

struct mc_resume *
mc_resume_create(void)
{
	struct mc_resume *resume = calloc(1, sizeof(*resume));

	if (resume != NULL)
		resume->end = &resume->first;
	return resume;
}

void
mc_resume_destroy(struct mc_resume *resume)
{
	if (resume == NULL)
		return;
	while (resume->rooms != NULL)
		mc_resume_leave(resume, resume->rooms->id);
	while (resume->first != NULL) {
		struct unacked *unacked = resume->first;
		resume->first = unacked->next;
		free(unacked);
	}
	free(resume);
}

static struct room *
find_room(const struct mc_resume *resume, int64_t id)
{
	struct room *room = resume->rooms;

	while (room != NULL && room->id != id)
		room = room->next;
	return room;
}

enum mc_status
mc_resume_join(struct mc_resume *resume, int64_t id, int64_t after)
{
	struct room *room = find_room(resume, id);

	if (room == NULL) {
		room = calloc(1, sizeof(*room));
		if (room == NULL)
			return MC_NO_MEMORY;
		room->id = id;
		room->next = resume->rooms;
		resume->rooms = room;
	}
	room->last = after < 0 ? -1 : after;
	return MC_OK;
}

void
mc_resume_leave(struct mc_resume *resume, int64_t id)
{
	for (struct room **link = &resume->rooms; *link != NULL; link = &(*link)->next) {
		if ((*link)->id == id) {
			struct room *room = *link;
			*link = room->next;
			free(room);
			return;
		}
	}
}

enum mc_status
mc_resume_send(struct mc_resume *resume, int64_t room, struct mc_str client_id, struct mc_str body)
{
	if (resume->n_unacked == UNACKED_MAX)
		return MC_TOO_LARGE;
	struct unacked *unacked = malloc(sizeof(*unacked) + client_id.len + body.len);
	if (unacked == NULL)
		return MC_NO_MEMORY;
	*unacked = (struct unacked){ .room = room,
		.client_id = { unacked->bytes, client_id.len },
		.body = { unacked->bytes + client_id.len, body.len } };
	if (client_id.len > 0)
		memcpy(unacked->bytes, client_id.ptr, client_id.len);
	if (body.len > 0)
		memcpy(unacked->bytes + client_id.len, body.ptr, body.len);
	*resume->end = unacked;
	resume->end = &unacked->next;
	resume->n_unacked++;
	return MC_OK;
}

/* It is stored, or never will be. */
static void
settle(struct mc_resume *resume, int64_t room, struct mc_str client_id)
{
	for (struct unacked **link = &resume->first; *link != NULL; link = &(*link)->next) {
		struct unacked *unacked = *link;
		if (unacked->room != room || !mc_str_equal(unacked->client_id, client_id))
			continue;
		*link = unacked->next;
		if (unacked->next == NULL)
			resume->end = link;
		resume->n_unacked--;
		free(unacked);
		return;
	}
}

/* Whether the same message may be taken when it is sent again: the daemon was busy, or its
 * database was away. */
static bool
is_for_now(struct mc_str code)
{
	return mc_str_equal(code, MC_STR("busy")) || mc_str_equal(code, MC_STR("unavailable"));
}

static enum mc_resume_verdict
see_message(struct mc_resume *resume, const struct mc_chat_event *event)
{
	struct room *room = find_room(resume, event->room);

	/* Left meanwhile. */
	if (room == NULL)
		return MC_RESUME_KNOWN;
	/* On its way since before the join: what is new comes again, behind `joined`. */
	if (room->joining || room->last < 0 || event->seq <= room->last)
		return MC_RESUME_KNOWN;
	if (event->seq != room->last + 1)
		return MC_RESUME_GAP;
	room->last = event->seq;
	return MC_RESUME_SHOW;
}

enum mc_resume_verdict
mc_resume_event(struct mc_resume *resume, const struct mc_chat_event *event)
{
	struct room *room;

	switch (event->type) {
	case MC_CHAT_MESSAGE: return see_message(resume, event);
	case MC_CHAT_ACK: settle(resume, event->room, event->client_id); return MC_RESUME_SHOW;
	case MC_CHAT_ERROR:
		if (event->client_id.len > 0 && !is_for_now(event->code))
			settle(resume, event->room, event->client_id);
		/* Of no message: it may be the answer to the join. */
		room = event->client_id.len == 0 ? find_room(resume, event->room) : NULL;
		if (room != NULL)
			room->joining = false;
		return MC_RESUME_SHOW;
	case MC_CHAT_JOINED:
		/* Of a room without memory the last ones follow: the first of them is known now. */
		room = find_room(resume, event->room);
		if (room == NULL)
			return MC_RESUME_SHOW;
		room->joining = false;
		if (room->last < 0)
			room->last =
				event->seq > MC_PAGE_MESSAGES ? event->seq - MC_PAGE_MESSAGES : 0;
		/* A database that came back from a backup has lost some: their numbers come anew.
		 */
		if (room->last > event->seq)
			room->last = event->seq;
		return MC_RESUME_SHOW;
	case MC_CHAT_WELCOME:
	case MC_CHAT_PRESENCE:
	case MC_CHAT_REMOVED:
	case MC_CHAT_ENDED:
	case MC_CHAT_PONG:
	case MC_CHAT_EVENT_COUNT: break;
	}
	return MC_RESUME_SHOW;
}

size_t
mc_resume_unacked(const struct mc_resume *resume)
{
	return resume->n_unacked;
}

static void
say_join(struct room *room, mc_resume_say *say, void *user)
{
	struct mc_chat_command join = { .verb = MC_CHAT_JOIN,
		.room = room->id,
		.has_after = room->last >= 0,
		.after = room->last >= 0 ? room->last : 0 };

	room->joining = true;
	say(user, &join);
}

void
mc_resume_replay(struct mc_resume *resume, mc_resume_say *say, void *user)
{
	for (struct room *room = resume->rooms; room != NULL; room = room->next)
		say_join(room, say, user);
	for (const struct unacked *unacked = resume->first; unacked != NULL;
		unacked = unacked->next) {
		struct mc_chat_command send = { .verb = MC_CHAT_SEND,
			.room = unacked->room,
			.client_id = unacked->client_id,
			.body = unacked->body };
		say(user, &send);
	}
}

void
mc_resume_rejoin(struct mc_resume *resume, int64_t id, mc_resume_say *say, void *user)
{
	struct room *room = find_room(resume, id);

	if (room != NULL && !room->joining)
		say_join(room, say, user);
}
