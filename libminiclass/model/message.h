/*
 * message - appended once per client_id, numbered without gaps, replayed by seq.
 *
 * Appending is batched: one transaction takes whatever waits, over any rooms and senders, and sends
 * one NOTIFY for it on channel mc_room with the payload "ROOM:LAST_SEQ ROOM:LAST_SEQ ...".  It is
 * durable when the call returns.  By the thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_MESSAGE_H
#define LIBMINICLASS_MODEL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/model/id.h"

struct mc_db;

enum { MC_MESSAGE_BATCH_MAX = 512 };

struct mc_message {
	int64_t seq;
	mc_user_id sender_id;
	struct mc_str sender_name;
	struct mc_str client_id, body;
	struct mc_time at;
	enum mc_role sender_role; /* when it was sent */
	bool removed;             /* by an instructor; body is then empty */
};

struct mc_message_new {
	mc_room_id room;
	mc_user_id sender;
	struct mc_str client_id; /* unique per room and sender */
	struct mc_str body;
};

struct mc_message_result {
	enum mc_status
		status; /* MC_OK; MC_NOT_FOUND: no such room or not (any more) the sender's;
			   MC_CONFLICT: the room has ended; MC_INVALID: no text, or too long */
	bool repeated;  /* it was there already: seq and at are the first one's */
	int64_t seq;
	struct mc_time at;
	enum mc_role role; /* of the sender */
};

/*
 * n <= MC_MESSAGE_BATCH_MAX.  Each one is checked again in the statement (membership, thread,
 * ended), so that a right that was lost in this moment counts.  `doubtful`: some are probably there
 * already, or refused.  Then each is judged before any is written; otherwise all are written, and
 * judged when that fails, which is cheaper for a batch with nothing wrong and dearer for others.  A
 * failure of the call means that none was stored (or, MC_UNAVAILABLE, that it is not known: asking
 * again with the same client_ids is safe).
 */
enum mc_status mc_message_append(struct mc_db *db, const struct mc_message_new *messages, size_t n,
	bool doubtful, struct mc_message_result *results) MC_MUST_USE;

/*
 * Messages with seq > after, oldest first, at most `limit`; in the arena.  The caller knows that
 * whoever gets them may enter the room.
 */
enum mc_status mc_message_after(struct mc_db *db, struct mc_arena *arena, mc_room_id room,
	int64_t after, int limit, struct mc_message **out, size_t *n) MC_MUST_USE;
/*
 * The last `limit` with seq < before (0: the very last), oldest first; or the first with seq >
 * after.  None, and none is read, for whose session is of nobody who may enter.
 */
void mc_message_before_ask(struct mc_db *db, const struct mc_digest *session, mc_room_id room,
	int64_t before, int limit);
void mc_message_after_ask(struct mc_db *db, const struct mc_digest *session, mc_room_id room,
	int64_t after, int limit);
enum mc_status mc_message_take(
	struct mc_db *db, struct mc_arena *arena, struct mc_message **out, size_t *n) MC_MUST_USE;

/*
 * Nobody is shown its body any more; removing it again changes nothing.  Notified on mc_access as
 * "room:ID".  MC_NOT_FOUND: no such message; MC_FORBIDDEN: `by` is no instructor of the class.
 */
enum mc_status mc_message_remove(
	struct mc_db *db, mc_room_id room, int64_t seq, mc_user_id by) MC_MUST_USE;
/*
 * As that, all that its sender has written in the room so far, in steps that lock the room for a
 * moment each; how many were not removed before.  When one fails those before it are done, and to
 * ask again goes on.
 */
enum mc_status mc_message_remove_all(struct mc_db *db, mc_room_id room, int64_t seq, mc_user_id by,
	int64_t *n_removed) MC_MUST_USE;
/*
 * The seqs of removed messages, up to MC_REMOVED_PAGE of them, *n in `out`: in the order in which
 * they were removed, without the first `known`; or by seq, with after < seq <= last.
 */
enum mc_status mc_message_removed_since(
	struct mc_db *db, mc_room_id room, int64_t known, int64_t *out, size_t *n) MC_MUST_USE;
enum mc_status mc_message_removed_among(struct mc_db *db, mc_room_id room, int64_t after,
	int64_t last, int64_t *out, size_t *n) MC_MUST_USE;

#endif
