#include "libminiclass/model/tag.h"

#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"

static const struct mc_sql tag_list = {
	"tag_list",
	"SELECT tag, count(*) FROM mc.post_tag WHERE class_id = $1"
	" GROUP BY tag ORDER BY count(*) DESC, tag COLLATE \"und-x-icu\" LIMIT $2",
};

void
mc_tag_list_ask(struct mc_db *db, mc_class_id class_id)
{
	mc_db_ask(db, &tag_list, MC_PARAMS(mc_p_id(class_id), mc_p_id(MC_TAGS_LISTED_MAX)));
}

enum mc_status
mc_tag_list_take(struct mc_db *db, struct mc_arena *arena, struct mc_tag **tags, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_take(db, &rows);
	if (status != MC_OK)
		return status;

	struct mc_tag *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = (struct mc_tag){ .name = mc_row_text(&row, 0),
			.n_posts = mc_row_int(&row, 1) };
	}
	*tags = list;
	*n = (size_t)rows.n;
	return MC_OK;
}
