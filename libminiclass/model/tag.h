/* tag - the words that a class's posts carry, and how many posts each has. */
#ifndef LIBMINICLASS_MODEL_TAG_H
#define LIBMINICLASS_MODEL_TAG_H

#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/model/id.h"

struct mc_db;

struct mc_tag {
	struct mc_str name;
	int64_t n_posts;
};

/* Most used first, then by name; removed posts do not count. */
void mc_tag_list_ask(struct mc_db *db, mc_class_id class_id);
enum mc_status mc_tag_list_take(
	struct mc_db *db, struct mc_arena *arena, struct mc_tag **tags, size_t *n) MC_MUST_USE;

#endif
