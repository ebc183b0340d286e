#include "libminiclass/model/tag.h"

#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/access_int.h"

static const struct mc_sql tag_list = {
	"tag_list",
	"SELECT tag, count(*) FROM mc.post_tag WHERE class_id = $1 AND" IN_CLASS
	" GROUP BY tag ORDER BY count(*) DESC, tag COLLATE \"und-x-icu\" LIMIT $3",
};

static const struct mc_sql tag_groups = {
	"tag_groups",
	"SELECT t.tag, t.n, p.id, a.name, left(p.body, $6), p.created_at"
	" FROM (SELECT tag, count(*) AS n,"
	" row_number() OVER (ORDER BY count(*) DESC, tag COLLATE \"und-x-icu\") AS place"
	" FROM mc.post_tag WHERE class_id = $1 GROUP BY tag ORDER BY place LIMIT $3) t"
	" LEFT JOIN LATERAL (SELECT post_id FROM mc.post_tag"
	" WHERE class_id = $1 AND tag = t.tag AND t.place <= $4"
	" ORDER BY post_id DESC LIMIT $5) newest ON true"
	" LEFT JOIN mc.post p ON p.class_id = $1 AND p.id = newest.post_id"
	" LEFT JOIN mc.account a ON a.id = p.author_id"
	" WHERE" IN_CLASS " ORDER BY t.place, p.id DESC",
};

void
mc_tag_list_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id)
{
	mc_db_ask(db, &tag_list,
		MC_PARAMS(mc_p_id(class_id), session_param(session), mc_p_id(MC_TAGS_LISTED_MAX)));
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

void
mc_tag_groups_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id)
{
	mc_db_ask(db, &tag_groups,
		MC_PARAMS(mc_p_id(class_id), session_param(session), mc_p_id(MC_TAGS_LISTED_MAX),
			mc_p_id(MC_TAGS_GROUPED_MAX), mc_p_id(MC_TAG_POSTS_MAX),
			mc_p_int(MC_TAG_BEGINNING_MAX)));
}

enum mc_status
mc_tag_groups_take(
	struct mc_db *db, struct mc_arena *arena, struct mc_tag_group **groups, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_take(db, &rows);
	if (status != MC_OK)
		return status;

	/* A row is a tag's next post, or a tag without one. */
	struct mc_tag_group *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	struct mc_tag_post *posts = mc_arena_array(arena, (size_t)rows.n, sizeof(*posts));
	if (rows.n > 0 && (!list || !posts))
		return MC_NO_MEMORY;
	*n = 0;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		struct mc_str name = mc_row_text(&row, 0);
		if (*n == 0 || !mc_str_equal(list[*n - 1].tag.name, name))
			list[(*n)++] = (struct mc_tag_group){
				.tag = { .name = name, .n_posts = mc_row_int(&row, 1) },
				.posts = &posts[i]
			};
		if (mc_row_is_null(&row, 2))
			continue;
		posts[i] = (struct mc_tag_post){ .id = mc_row_id(&row, 2),
			.author_name = mc_row_text(&row, 3),
			.beginning = mc_row_text(&row, 4),
			.created_at = mc_row_time(&row, 5) };
		list[*n - 1].n_shown++;
	}
	*groups = list;
	return MC_OK;
}
