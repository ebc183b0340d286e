/*
 * tag - the words that a class's posts carry, and how many posts each has.  By the thread that has
 * the lease.
 */
#ifndef LIBMINICLASS_MODEL_TAG_H
#define LIBMINICLASS_MODEL_TAG_H

#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/model/id.h"

struct mc_db;

struct mc_tag {
	struct mc_str name;
	int64_t n_posts;
};

/*
 * Most used first, then by name; removed posts do not count.  None, and none is read, for whose
 * session is of nobody in the class.
 */
void mc_tag_list_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id);
enum mc_status mc_tag_list_take(
	struct mc_db *db, struct mc_arena *arena, struct mc_tag **tags, size_t *n) MC_MUST_USE;

/* A post as an overview of tags shows it. */
struct mc_tag_post {
	mc_post_id id;
	struct mc_str author_name;
	struct mc_str beginning; /* of the body: MC_TAG_BEGINNING_MAX characters at most */
	struct mc_time created_at;
};

struct mc_tag_group {
	struct mc_tag tag;
	struct mc_tag_post *posts; /* newest first, MC_TAG_POSTS_MAX at most */
	size_t n_shown;            /* of them; 0 behind the first MC_TAGS_GROUPED_MAX tags */
};

/* The same tags in the same order for the same people, with their newest posts. */
void mc_tag_groups_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id);
enum mc_status mc_tag_groups_take(struct mc_db *db, struct mc_arena *arena,
	struct mc_tag_group **groups, size_t *n) MC_MUST_USE;

#endif
