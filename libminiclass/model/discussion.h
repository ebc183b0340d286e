/*
 * discussion - topics of a class, each with a room; and in each, private threads of one student
 * with the instructors.  By the thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_DISCUSSION_H
#define LIBMINICLASS_MODEL_DISCUSSION_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/model/id.h"

struct mc_db;

struct mc_discussion {
	mc_discussion_id id;
	mc_room_id room;
	struct mc_str topic;
	struct mc_str created_by;
	struct mc_time created_at;
	struct mc_time closed_at; /* 0: it is open */
	int64_t n_messages;
	int64_t n_removed;      /* of these */
	struct mc_time last_at; /* 0: nothing written yet */
	int64_t n_unread;       /* by who asks; libminiclass/model/reading.h */
};

/*
 * `client_id` may be empty; a second try with the same one gives the first's.  MC_FORBIDDEN: `by`
 * is no instructor of the class.
 */
enum mc_status mc_discussion_create(struct mc_db *db, mc_class_id class_id, mc_user_id by,
	struct mc_str topic, struct mc_str client_id, struct mc_discussion *out) MC_MUST_USE;
/*
 * The one written in last first, one that never was by when it was opened.  None, and none is read,
 * for whose session is of nobody in the class.
 */
void mc_discussion_list_ask(
	struct mc_db *db, const struct mc_digest *session, mc_class_id class_id);
enum mc_status mc_discussion_list_take(struct mc_db *db, struct mc_arena *arena,
	struct mc_discussion **out, size_t *n) MC_MUST_USE;
void mc_discussion_find_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id,
	mc_discussion_id discussion);
enum mc_status mc_discussion_find_take(struct mc_db *db, struct mc_discussion *out) MC_MUST_USE;

/*
 * Another topic; or closed, so that it is read and nobody writes in it, until it is opened again.
 * Its private threads go on.  What it is already it stays, since when it was.  MC_NOT_FOUND: no
 * such discussion, or `by` is no instructor of the class.
 */
enum mc_status mc_discussion_rename(struct mc_db *db, mc_class_id class_id,
	mc_discussion_id discussion, mc_user_id by, struct mc_str topic,
	struct mc_discussion *out) MC_MUST_USE;
enum mc_status mc_discussion_set_closed(struct mc_db *db, mc_class_id class_id,
	mc_discussion_id discussion, mc_user_id by, bool closed,
	struct mc_discussion *out) MC_MUST_USE;

struct mc_thread {
	mc_room_id room;
	mc_user_id student_id;
	struct mc_str student_name;
	int64_t n_messages;
	mc_discussion_id discussion;
	struct mc_str topic;
	struct mc_time last_at; /* 0: nothing written yet */
	int64_t n_unread;       /* by who asks */
};

/* To an instructor all, the one written in last first; to a student their own. */
enum mc_status mc_thread_list(struct mc_db *db, struct mc_arena *arena, mc_class_id class_id,
	mc_discussion_id discussion, mc_user_id reader, enum mc_role role, struct mc_thread **out,
	size_t *n) MC_MUST_USE;
/*
 * Of all discussions of the class, those in which something was written, those with something
 * unread first and of these the one written in last, MC_THREADS_RECENT_MAX at most: to an
 * instructor all, to a student their own, to anybody else none.  The statement decides by the
 * session, so it can travel with the one that lets in.
 */
void mc_thread_recent_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id);
enum mc_status mc_thread_recent_take(
	struct mc_db *db, struct mc_arena *arena, struct mc_thread **out, size_t *n) MC_MUST_USE;
/*
 * The thread of that student, made when there is none; what is unread of it is not looked up.
 * MC_NOT_FOUND: no such discussion, or no (active) student of the class; or `by` is neither that
 * student nor an instructor.
 */
enum mc_status mc_thread_open(struct mc_db *db, mc_class_id class_id, mc_discussion_id discussion,
	mc_user_id student, mc_user_id by, struct mc_thread *out, bool *created) MC_MUST_USE;

#endif
