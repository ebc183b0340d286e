#include "libminiclass/model/operator.h"

#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/user_int.h"

static const struct mc_sql operator_accounts = {
	"operator_accounts",
	"SELECT a.id, a.name, a.email, a.created_at, a.disabled_at,"
	" greatest((SELECT max(s.used_at) FROM mc.session s WHERE s.account_id = a.id),"
	" (SELECT e.seen_at FROM mc.account_seen e WHERE e.account_id = a.id)),"
	" (SELECT count(*) FROM mc.membership m WHERE m.account_id = a.id AND m.ended_at IS NULL)"
	" FROM mc.account a WHERE a.id > $1 AND ($2 = '' OR strpos(lower(a.name), lower($2)) > 0"
	" OR strpos(a.email_key, lower($2)) > 0) ORDER BY a.id LIMIT $3",
};

static const struct mc_sql operator_classes = {
	"operator_classes",
	"SELECT c.id, c.name, i.names, c.members::bigint,"
	" (SELECT count(*) FROM mc.post p WHERE p.class_id = c.id AND p.removed_at IS NULL),"
	" c.created_at FROM mc.classroom c CROSS JOIN LATERAL"
	" (SELECT coalesce(string_agg(a.name, ', ' ORDER BY m.joined_at, a.id), '') AS names"
	" FROM mc.membership m JOIN mc.account a ON a.id = m.account_id"
	" WHERE m.class_id = c.id AND m.ended_at IS NULL AND m.role = 'instructor') i"
	" WHERE c.id > $1 AND ($2 = '' OR strpos(lower(c.name), lower($2)) > 0"
	" OR strpos(lower(i.names), lower($2)) > 0) ORDER BY c.id LIMIT $3",
};

static const struct mc_sql operator_create = {
	"operator_create",
	"INSERT INTO mc.account (name, email) VALUES ($1, $2) RETURNING id",
};

static const struct mc_sql operator_rename = {
	"operator_rename",
	"UPDATE mc.account SET name = $2 WHERE" OF_EMAIL,
};

static const struct mc_sql operator_disable = {
	"operator_disable",
	"UPDATE mc.account SET disabled_at = now()"
	" WHERE" OF_EMAIL " AND disabled_at IS NULL",
};

static const struct mc_sql operator_enable = {
	"operator_enable",
	"UPDATE mc.account SET disabled_at = NULL"
	" WHERE" OF_EMAIL " AND disabled_at IS NOT NULL",
};

static const struct mc_sql operator_end_sessions = {
	"operator_end_sessions",
	"DELETE FROM mc.session s USING mc.account a WHERE" OF_EMAIL
	" AND a.disabled_at IS NOT NULL AND s.account_id = a.id",
};

static const struct mc_sql operator_drop_code = {
	"operator_drop_code",
	"DELETE FROM mc.reset_code r USING mc.account a WHERE" OF_EMAIL
	" AND a.disabled_at IS NOT NULL AND r.account_id = a.id",
};

static const struct mc_sql operator_exists = {
	"operator_exists",
	"SELECT FROM mc.account WHERE" OF_EMAIL,
};

static struct mc_account
read_account(const struct mc_row *row)
{
	return (struct mc_account){
		.user = { .id = mc_row_id(row, 0),
			.name = mc_row_text(row, 1),
			.email = mc_row_text(row, 2) },
		.created_at = mc_row_time(row, 3),
		.disabled_at = mc_row_time(row, 4),
		.seen_at = mc_row_time(row, 5),
		.n_classes = mc_row_int(row, 6),
	};
}

static struct mc_class_summary
read_class(const struct mc_row *row)
{
	return (struct mc_class_summary){ .id = mc_row_id(row, 0),
		.name = mc_row_text(row, 1),
		.instructors = mc_row_text(row, 2),
		.n_members = mc_row_int(row, 3),
		.n_posts = mc_row_int(row, 4),
		.created_at = mc_row_time(row, 5) };
}

enum mc_status
mc_operator_accounts(struct mc_db *db, struct mc_arena *arena, struct mc_str part, mc_user_id after,
	struct mc_account **accounts, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_query(db, &operator_accounts, &rows,
		MC_PARAMS(mc_p_id(after), mc_p_text(part), mc_p_id(MC_OPERATOR_PAGE)));
	if (status != MC_OK)
		return status;

	struct mc_account *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = read_account(&row);
	}
	*accounts = list;
	*n = (size_t)rows.n;
	return MC_OK;
}

enum mc_status
mc_operator_classes(struct mc_db *db, struct mc_arena *arena, struct mc_str part, mc_class_id after,
	struct mc_class_summary **classes, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_query(db, &operator_classes, &rows,
		MC_PARAMS(mc_p_id(after), mc_p_text(part), mc_p_id(MC_OPERATOR_PAGE)));
	if (status != MC_OK)
		return status;

	struct mc_class_summary *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = read_class(&row);
	}
	*classes = list;
	*n = (size_t)rows.n;
	return MC_OK;
}

enum mc_status
mc_operator_create(struct mc_db *db, struct mc_str name, struct mc_str email, struct mc_user *out)
{
	struct mc_row row;

	enum mc_status status =
		mc_db_one(db, &operator_create, &row, MC_PARAMS(mc_p_text(name), mc_p_text(email)));
	if (status == MC_OK)
		*out = (struct mc_user){ .id = mc_row_id(&row, 0), .name = name, .email = email };
	return status;
}

/* The statements travel together, so they are one transaction, and each sees what came before. */
static enum mc_status
run_all(struct mc_db *db, const struct mc_sql *const *statements, size_t n, struct mc_str email,
	struct mc_rows *taken)
{
	enum mc_status status = MC_OK;

	for (size_t i = 0; i < n; i++)
		mc_db_ask(db, statements[i], MC_PARAMS(mc_p_text(email)));
	for (size_t i = 0; i < n; i++) {
		enum mc_status next = mc_db_take(db, &taken[i]);
		if (status == MC_OK)
			status = next;
	}
	return status;
}

enum mc_status
mc_operator_rename(struct mc_db *db, struct mc_str email, struct mc_str name)
{
	int renamed = 0;

	enum mc_status status = mc_db_run(
		db, &operator_rename, &renamed, MC_PARAMS(mc_p_text(email), mc_p_text(name)));
	return status == MC_OK && renamed == 0 ? MC_NOT_FOUND : status;
}

/* The code before the sessions, as when it is used (reset.c): nobody waits in a circle. */
enum mc_status
mc_operator_disable(struct mc_db *db, struct mc_str email, bool *changed)
{
	static const struct mc_sql *const statements[] = { &operator_exists, &operator_disable,
		&operator_drop_code, &operator_end_sessions };
	struct mc_rows taken[MC_COUNT(statements)];

	enum mc_status status = run_all(db, statements, MC_COUNT(statements), email, taken);
	if (status != MC_OK)
		return status;
	*changed = taken[1].affected > 0;
	return taken[0].n > 0 ? MC_OK : MC_NOT_FOUND;
}

/* A log-in that was under way when the account was disabled may have left a session behind: nobody
 * could use it, and nobody shall now. */
enum mc_status
mc_operator_enable(struct mc_db *db, struct mc_str email, bool *changed)
{
	static const struct mc_sql *const statements[] = { &operator_exists, &operator_drop_code,
		&operator_end_sessions, &operator_enable };
	struct mc_rows taken[MC_COUNT(statements)];

	enum mc_status status = run_all(db, statements, MC_COUNT(statements), email, taken);
	if (status != MC_OK)
		return status;
	*changed = taken[3].affected > 0;
	return taken[0].n > 0 ? MC_OK : MC_NOT_FOUND;
}
