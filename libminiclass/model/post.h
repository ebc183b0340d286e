/*
 * post - what instructors tell their class, newest first.
 *
 * Every read and change names the class with the post, so another class's post is not found.  Texts
 * in results are borrowed from the lease.  By the thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_POST_H
#define LIBMINICLASS_MODEL_POST_H

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

struct mc_post {
	mc_post_id id;
	mc_class_id class_id;
	mc_user_id author_id;
	struct mc_str author_name;
	struct mc_str body;  /* CommonMark */
	struct mc_str *tags; /* in the order given, no two alike */
	size_t n_tags;
	struct mc_time created_at;
	struct mc_time edited_at; /* 0: never */
};

struct mc_post_new {
	mc_class_id class_id;
	mc_user_id author_id;
	struct mc_str author_name; /* as known to the caller: only copied to the result */
	struct mc_str body;
	const struct mc_str *tags;
	size_t n_tags;
	struct mc_str
		client_id; /* may be empty; a second try with the same one gives the first's post */
};

struct mc_post_page {
	struct mc_post *posts; /* in the arena */
	size_t n_posts;
	mc_post_id next; /* `before` of the next page; 0 at the end */
};

/*
 * One statement. MC_FORBIDDEN: the author is no instructor of that class (any more).  MC_CONFLICT:
 * the post of that client_id was removed; nothing is posted.
 */
enum mc_status mc_post_create(struct mc_db *db, struct mc_arena *arena,
	const struct mc_post_new *wanted, struct mc_post *out) MC_MUST_USE;

/*
 * Posts with id < before (0: from the newest), with the tag (ptr NULL: all), at most `limit`, which
 * the take must be told again, and MC_PAGE_POSTS_SIZE bytes of them.  None, and none is read, for
 * whose session is of nobody in the class: the statement may travel with the one that lets in.
 */
void mc_post_page_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id,
	mc_post_id before, struct mc_str tag, int limit);
enum mc_status mc_post_page_take(
	struct mc_db *db, struct mc_arena *arena, int limit, struct mc_post_page *out) MC_MUST_USE;

/* How many others have posted behind the post `after` (0: in all); none in another's class. */
void mc_post_count_after_ask(
	struct mc_db *db, const struct mc_digest *session, mc_class_id class_id, mc_post_id after);
enum mc_status mc_post_count_after_take(struct mc_db *db, int64_t *out) MC_MUST_USE;

/* As the page; `least`: what they must be in the class.  MC_NOT_FOUND. */
void mc_post_find_ask(struct mc_db *db, const struct mc_digest *session, enum mc_role least,
	mc_class_id class_id, mc_post_id post);
enum mc_status mc_post_find_take(
	struct mc_db *db, struct mc_arena *arena, struct mc_post *out) MC_MUST_USE;

/*
 * `seen`: its edited_at, else created_at, as whoever edits it knows it; 0: whatever it is.
 * MC_CONFLICT: it was edited since, and says something else; MC_FORBIDDEN: `by` is no instructor
 * of the class (any more); MC_NOT_FOUND.
 */
enum mc_status mc_post_edit(struct mc_db *db, mc_class_id class_id, mc_post_id post, mc_user_id by,
	struct mc_str body, const struct mc_str *tags, size_t n_tags,
	struct mc_time seen) MC_MUST_USE;
/* Takes it out of every list; the row stays for the record.  MC_FORBIDDEN: as above; MC_NOT_FOUND.
 */
enum mc_status mc_post_remove(
	struct mc_db *db, mc_class_id class_id, mc_post_id post, mc_user_id by) MC_MUST_USE;

#endif
