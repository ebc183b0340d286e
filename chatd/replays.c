#include "chatd/replays.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "chatd/daemon.h"
#include "chatd/jobs.h"
#include "chatd/open_rooms.h"
#include "chatd/packet.h"
#include "libminiclass/base/arena.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/message.h"
#include "libminiclass/model/room.h"

enum {
	STEPS = 256,         /* of replays fit into their memory, and then smaller ones */
	STEP_MIN = 8 * 1024, /* who reads slowly holds one step, and others get on all the same */
	ARENA_BLOCK = 256 * 1024,
	ARENA_MAX = 64 * 1024 * 1024,
};

struct replays {
	struct daemon *daemon;
	struct open_rooms *rooms;
	struct mc_arena *arena;
	struct packet_builder builder;
	_Atomic uint64_t reads; /* written by its thread, read by anyone */
};

struct replays *
replays_create(struct daemon *daemon, struct open_rooms *rooms)
{
	struct replays *replays = calloc(1, sizeof(*replays));

	if (replays == NULL)
		return NULL;
	replays->daemon = daemon;
	replays->rooms = rooms;
	packet_builder_init(&replays->builder);
	replays->arena = mc_arena_create(ARENA_BLOCK, ARENA_MAX);
	if (replays->arena == NULL) {
		replays_destroy(replays);
		return NULL;
	}
	return replays;
}

void
replays_destroy(struct replays *replays)
{
	if (replays == NULL)
		return;
	packet_builder_finish(&replays->builder);
	mc_arena_destroy(replays->arena);
	free(replays);
}

uint64_t
replays_reads(const struct replays *replays)
{
	return atomic_load(&replays->reads);
}

/* The more of replays waits for readers who do not read, the smaller is what each next one gets. */
static size_t
step_size(const struct replays *replays)
{
	size_t all = (size_t)replays->daemon->settings.replay_memory;
	size_t held = atomic_load(&replays->daemon->replay_held);
	size_t size = held < all ? (all - held) / STEPS : 0;

	return size > STEP_MIN ? size : STEP_MIN;
}

/* What is read and not sent costs everybody: the messages behind will be about as long as these. */
static int
next_step(size_t n, size_t size, size_t step)
{
	size_t fit = size > 0 ? n * step / size + 1 : MC_PAGE_MESSAGES_MAX;

	return fit < MC_PAGE_MESSAGES_MAX ? (int)fit : MC_PAGE_MESSAGES_MAX;
}

/* What was removed of what the joiner had seen, and of what was replayed since it began. */
static enum mc_status
add_removed(struct replays *replays, struct mc_db *db, mc_room_id room,
	const struct join_progress *progress, int64_t n_removed)
{
	int64_t known = progress->known, seen = progress->seen;
	int64_t behind = seen > MC_REMOVED_BEHIND ? seen - MC_REMOVED_BEHIND : 0;
	enum mc_status status = MC_OK;

	if (seen > 0)
		status = open_rooms_add_removed_among(db, room, behind, seen, &replays->builder);
	if (status == MC_OK && n_removed > known)
		status = open_rooms_add_removed_since(db, room, &known, &replays->builder);
	return status;
}

/* One step of what the joiner missed; the last one ends at the cursor. */
static enum mc_status
replay(struct replays *replays, struct mc_db *db, struct job *job, struct open_room *room,
	int64_t n_removed)
{
	struct job_join *join = &job->join;
	struct join_progress *progress = &join->progress;
	struct mc_message *messages;
	size_t n, taken = 0, most = step_size(replays);

	/* Its first step is as long as others found it right for this room. */
	if (!progress->joined && room->step > 0)
		progress->step = room->step;

	enum mc_status status = mc_message_after(
		db, replays->arena, job->room, progress->after, progress->step, &messages, &n);
	if (status != MC_OK)
		return status;
	atomic_fetch_add(&replays->reads, n);
	packet_builder_clear(&replays->builder);
	const struct mc_buf *form = &replays->builder.forms[join->form];
	/* What is beyond the cursor comes with the live messages. */
	for (; taken < n && messages[taken].seq <= room->cursor && form->len < most; taken++)
		packet_builder_add_message(&replays->builder, job->room, &messages[taken]);
	int64_t after = taken > 0 ? messages[taken - 1].seq : progress->after;
	bool is_full = taken < n || n == (size_t)progress->step;
	bool more = is_full && after < room->cursor;
	int step = next_step(taken, form->len, most);
	if (!more && n_removed > 0) {
		status = add_removed(replays, db, job->room, progress, n_removed);
		if (status != MC_OK)
			return status;
	}
	if (taken > 0 || form->len > 0) {
		join->packet = packet_create_one(&replays->builder, join->form);
		if (join->packet == NULL)
			return MC_NO_MEMORY;
	}
	/* Last: a step that failed is tried again as it was. */
	progress->after = after;
	progress->step = step;
	join->more = more;
	if (taken > 0)
		room->step = step;
	return MC_OK;
}

enum mc_status
replays_join(struct replays *replays, struct mc_db *db, struct job *job)
{
	struct job_join *join = &job->join;
	struct join_progress *progress = &join->progress;
	struct mc_room found;

	mc_arena_reset(replays->arena);
	enum mc_status status = mc_room_find(db, job->user, job->room, &found);
	if (status != MC_OK)
		return status;
	join->role = found.role;
	join->ended = found.ended;
	if (progress->known < 0)
		progress->known = found.n_removed;

	struct open_room *room = open_rooms_find(replays->rooms, job->room);
	struct open_room passing = { .id = job->room, .cursor = found.last_seq };
	if (room == NULL && !found.ended) {
		room = open_rooms_add(replays->rooms, job->room, found.last_seq, found.n_removed);
		if (room == NULL)
			return MC_NO_MEMORY;
	}
	if (room != NULL && found.last_seq > room->cursor) {
		status = open_rooms_catch_up(replays->rooms, db, room);
		if (status != MC_OK)
			return status;
	}
	if (room == NULL)
		room = &passing; /* an ended room is read, and nobody stays in it */
	else
		open_room_open_for(room, job->front);
	if (!progress->has_after) {
		progress->has_after = true;
		progress->after =
			room->cursor > MC_PAGE_MESSAGES ? room->cursor - MC_PAGE_MESSAGES : 0;
	}
	join->last_seq = room->cursor;
	return replay(replays, db, job, room, found.n_removed);
}
