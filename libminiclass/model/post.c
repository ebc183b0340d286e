#include "libminiclass/model/post.h"

#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/access_int.h"

/* Of mc.post p and mc.account a, in the order that read_post reads. */
#define POST_COLUMNS                                                                               \
	"p.id, p.class_id, p.author_id, a.name, p.body, p.tags, p.created_at, p.edited_at"
enum { POST_N_COLUMNS = 8 };

/*
 * No row: the author is no instructor of the class now.  A second try with the same client_id
 * changes nothing and gives the first's post, waiting for it when it is still under way; and says
 * whether it was removed since.
 */
static const struct mc_sql post_insert = {
	"post_insert",
	"INSERT INTO mc.post AS p (class_id, author_id, body, tags, client_id)"
	" SELECT m.class_id, m.account_id, $3, $4, nullif($5, '') FROM mc.membership m"
	" WHERE" INSTRUCTOR_IS "$2"
	" ON CONFLICT (class_id, author_id, client_id) WHERE client_id IS NOT NULL"
	" DO UPDATE SET client_id = p.client_id"
	" RETURNING id, class_id, author_id, NULL::text, body, tags, created_at, edited_at,"
	" removed_at IS NOT NULL",
};

static const struct mc_sql post_page = {
	"post_page",
	"SELECT " POST_COLUMNS " FROM mc.post p JOIN mc.account a ON a.id = p.author_id"
	" WHERE p.class_id = $1 AND p.id < $3 AND p.removed_at IS NULL AND" IN_CLASS
	" ORDER BY p.id DESC LIMIT $4",
};

static const struct mc_sql post_count_after = {
	"post_count_after",
	"SELECT count(*) FROM mc.post p WHERE p.class_id = $1 AND p.id > $3"
	" AND p.removed_at IS NULL AND p.author_id <> " SESSION_ACCOUNT " AND" IN_CLASS,
};

static const struct mc_sql post_page_tagged = {
	"post_page_tagged",
	"SELECT " POST_COLUMNS " FROM mc.post_tag t"
	" JOIN mc.post p ON p.class_id = t.class_id AND p.id = t.post_id"
	" JOIN mc.account a ON a.id = p.author_id"
	" WHERE t.class_id = $1 AND t.tag = $5 AND t.post_id < $3 AND p.removed_at IS NULL"
	" AND" IN_CLASS " ORDER BY t.post_id DESC LIMIT $4",
};

static const struct mc_sql post_find = {
	"post_find",
	"SELECT " POST_COLUMNS " FROM mc.post p JOIN mc.account a ON a.id = p.author_id"
	" WHERE p.class_id = $1 AND p.id = $3 AND p.removed_at IS NULL"
	" AND" IN_CLASS_OF("$2", AS_INSTRUCTOR_IF("$4")),
};

static const struct mc_sql post_edit = {
	"post_edit",
	"WITH" BY_INSTRUCTOR "$6),"
	" edited AS (UPDATE mc.post SET body = $3, tags = $4, edited_at = now()"
	" WHERE class_id = $1 AND id = $2 AND removed_at IS NULL" IF_MAY
	" AND ($5::timestamptz IS NULL OR coalesce(edited_at, created_at) = $5"
	" OR (body = $3 AND tags = $4)) RETURNING id)"
	" SELECT" MAY ", EXISTS (SELECT FROM edited) FROM mc.post"
	" WHERE class_id = $1 AND id = $2 AND removed_at IS NULL",
};

static const struct mc_sql post_remove = {
	"post_remove",
	"WITH" BY_INSTRUCTOR "$3),"
	" removed AS (UPDATE mc.post SET removed_at = now(), removed_by = $3"
	" WHERE class_id = $1 AND id = $2 AND removed_at IS NULL" IF_MAY " RETURNING id)"
	" SELECT" MAY ", EXISTS (SELECT FROM removed)",
};

/* Each tag once, where it stands first; `out` has room for MC_POST_TAGS_MAX. */
static enum mc_status
distinct_tags(const struct mc_str *tags, size_t n_tags, struct mc_str *out, size_t *n_out)
{
	size_t n = 0;

	for (size_t i = 0; i < n_tags; i++) {
		size_t j = 0;
		while (j < n && !mc_str_equal(out[j], tags[i]))
			j++;
		if (j < n)
			continue;
		if (n == MC_POST_TAGS_MAX)
			return MC_INVALID;
		out[n++] = tags[i];
	}
	*n_out = n;
	return MC_OK;
}

static enum mc_status
read_post(const struct mc_row *row, struct mc_arena *arena, struct mc_post *out)
{
	struct mc_post post = { .id = mc_row_id(row, 0),
		.class_id = mc_row_id(row, 1),
		.author_id = mc_row_id(row, 2),
		.author_name = mc_row_text(row, 3),
		.body = mc_row_text(row, 4),
		.created_at = mc_row_time(row, 6),
		.edited_at = mc_row_time(row, 7) };

	if (!mc_row_text_list(row, 5, arena, &post.tags, &post.n_tags))
		return MC_NO_MEMORY;
	*out = post;
	return MC_OK;
}

enum mc_status
mc_post_create(struct mc_db *db, struct mc_arena *arena, const struct mc_post_new *wanted,
	struct mc_post *out)
{
	struct mc_str tags[MC_POST_TAGS_MAX];
	size_t n_tags;
	struct mc_row row;

	enum mc_status status = distinct_tags(wanted->tags, wanted->n_tags, tags, &n_tags);
	if (status != MC_OK)
		return status;
	status = mc_db_one(db, &post_insert, &row,
		MC_PARAMS(mc_p_id(wanted->class_id), mc_p_id(wanted->author_id),
			mc_p_text(wanted->body), mc_p_text_list(tags, n_tags),
			mc_p_text(wanted->client_id)));
	if (status == MC_NOT_FOUND)
		return MC_FORBIDDEN;
	if (status != MC_OK)
		return status;
	if (mc_row_bool(&row, POST_N_COLUMNS))
		return MC_CONFLICT;

	struct mc_post post;
	status = read_post(&row, arena, &post);
	if (status != MC_OK)
		return status;
	post.author_name = wanted->author_name;
	*out = post;
	return MC_OK;
}

/* One more than wanted tells whether there is a next page. */
static int
bounded(int limit)
{
	if (limit < 1)
		return 1;
	return limit < MC_PAGE_POSTS_MAX ? limit : MC_PAGE_POSTS_MAX;
}

void
mc_post_page_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id,
	mc_post_id before, struct mc_str tag, int limit)
{
	const struct mc_param params[] = { mc_p_id(class_id), session_param(session),
		mc_p_id(before > 0 ? before : INT64_MAX), mc_p_id(bounded(limit) + 1),
		mc_p_text(tag) };

	if (tag.ptr)
		mc_db_ask(db, &post_page_tagged, params, 5);
	else
		mc_db_ask(db, &post_page, params, 4);
}

void
mc_post_count_after_ask(
	struct mc_db *db, const struct mc_digest *session, mc_class_id class_id, mc_post_id after)
{
	mc_db_ask(db, &post_count_after,
		MC_PARAMS(mc_p_id(class_id), session_param(session), mc_p_id(after)));
}

enum mc_status
mc_post_count_after_take(struct mc_db *db, int64_t *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_take_one(db, &row);
	if (status == MC_OK)
		*out = mc_row_int(&row, 0);
	return status;
}

/* How many of them make a page: one at least. */
static int
fitting(const struct mc_rows *rows, int limit)
{
	size_t size = 0;
	int n = 0;

	while (n < rows->n && n < limit) {
		struct mc_row row = mc_rows_at(rows, n);
		size += mc_row_text(&row, 4).len;
		if (n > 0 && size > MC_PAGE_POSTS_SIZE)
			break;
		n++;
	}
	return n;
}

enum mc_status
mc_post_page_take(struct mc_db *db, struct mc_arena *arena, int limit, struct mc_post_page *out)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_take(db, &rows);
	if (status != MC_OK)
		return status;

	int n = fitting(&rows, bounded(limit));
	struct mc_post_page page = { .n_posts = (size_t)n };
	page.posts = mc_arena_array(arena, (size_t)n, sizeof(*page.posts));
	if (n > 0 && !page.posts)
		return MC_NO_MEMORY;
	for (int i = 0; i < n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		status = read_post(&row, arena, &page.posts[i]);
		if (status != MC_OK)
			return status;
	}
	if (rows.n > n)
		page.next = page.posts[n - 1].id;
	*out = page;
	return MC_OK;
}

void
mc_post_find_ask(struct mc_db *db, const struct mc_digest *session, enum mc_role least,
	mc_class_id class_id, mc_post_id post)
{
	mc_db_ask(db, &post_find,
		MC_PARAMS(mc_p_id(class_id), session_param(session), mc_p_id(post),
			mc_p_bool(least == MC_ROLE_INSTRUCTOR)));
}

enum mc_status
mc_post_find_take(struct mc_db *db, struct mc_arena *arena, struct mc_post *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_take_one(db, &row);
	return status == MC_OK ? read_post(&row, arena, out) : status;
}

enum mc_status
mc_post_edit(struct mc_db *db, mc_class_id class_id, mc_post_id post, mc_user_id by,
	struct mc_str body, const struct mc_str *tags, size_t n_tags, struct mc_time seen)
{
	struct mc_str distinct[MC_POST_TAGS_MAX];
	size_t n_distinct;
	struct mc_row row;

	enum mc_status status = distinct_tags(tags, n_tags, distinct, &n_distinct);
	if (status != MC_OK)
		return status;
	status = mc_db_one(db, &post_edit, &row,
		MC_PARAMS(mc_p_id(class_id), mc_p_id(post), mc_p_text(body),
			mc_p_text_list(distinct, n_distinct),
			seen.us == 0 ? mc_p_null() : mc_p_time(seen), mc_p_id(by)));
	if (status != MC_OK)
		return status;
	if (!mc_row_bool(&row, 0))
		return MC_FORBIDDEN;
	return mc_row_bool(&row, 1) ? MC_OK : MC_CONFLICT;
}

enum mc_status
mc_post_remove(struct mc_db *db, mc_class_id class_id, mc_post_id post, mc_user_id by)
{
	struct mc_row row;

	enum mc_status status = mc_db_one(
		db, &post_remove, &row, MC_PARAMS(mc_p_id(class_id), mc_p_id(post), mc_p_id(by)));
	if (status != MC_OK)
		return status;
	if (!mc_row_bool(&row, 0))
		return MC_FORBIDDEN;
	return mc_row_bool(&row, 1) ? MC_OK : MC_NOT_FOUND;
}
