/*
 * reading - how far each person has read discussions and private threads.
 *
 * Only they themselves are told.  In live sessions nothing is marked.  By the thread that has the
 * lease.
 */
#ifndef LIBMINICLASS_MODEL_READING_H
#define LIBMINICLASS_MODEL_READING_H

#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/time.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/model/id.h"

struct mc_db;

/* Up to `seq`, as far as the room goes; never back.  Whether the user may read it is the caller's
 * to know. */
enum mc_status mc_reading_mark(
	struct mc_db *db, mc_room_id room, mc_user_id user, int64_t seq) MC_MUST_USE;
/* All that the user may read in the class and was written by then (0: now): who marks it all has
 * seen that there is something, and not what came since.  By the database's clock, as messages. */
enum mc_status mc_reading_mark_all(
	struct mc_db *db, mc_class_id class_id, mc_user_id user, struct mc_time until) MC_MUST_USE;

/* In how many there is something new, `but` one room (0: none).  The statement decides by the
 * session, as it does which ones somebody may read: nobody else's class has any. */
struct mc_unread {
	int64_t n_discussions, n_threads;
	struct mc_time as_of; /* by the database's clock */
};
void mc_reading_count_ask(
	struct mc_db *db, const struct mc_digest *session, mc_class_id class_id, mc_room_id but);
enum mc_status mc_reading_count_take(struct mc_db *db, struct mc_unread *out) MC_MUST_USE;

#endif
