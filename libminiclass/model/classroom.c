#include "libminiclass/model/classroom.h"

#include "libminiclass/limits.h"
#include "libminiclass/model/access_int.h"
#include "libminiclass/model/classroom_int.h"
#include "libminiclass/model/session_int.h"

enum { CODE_TRIES = 3, JOIN_TRIES = 2 };

/*
 * Creating again finds the class that is there; the update that changes nothing waits for a first
 * try that is still under way.  Its creator may have left since, so the membership stays as it is.
 */
static const struct mc_sql classroom_insert = {
	"classroom_insert",
	"WITH class AS (INSERT INTO mc.classroom AS c"
	" (created_by, name, description, join_code, client_id)"
	" VALUES ($1, $2, $3, $4, nullif($5, ''))"
	" ON CONFLICT (created_by, client_id) WHERE client_id IS NOT NULL"
	" DO UPDATE SET client_id = c.client_id RETURNING id, created_by, join_code)"
	" INSERT INTO mc.membership (class_id, account_id, role)"
	" SELECT id, created_by, 'instructor' FROM class WHERE join_code = $4",
};

static const struct mc_sql classroom_created = {
	"classroom_created",
	"SELECT " CLASSROOM_COLUMNS " FROM mc.classroom c"
	" JOIN mc.membership m ON m.class_id = c.id AND m.account_id = $1 AND m.ended_at IS NULL"
	" JOIN mc.account i ON i.id = c.instructor_id"
	" WHERE c.join_code = $2 OR (c.created_by = $1 AND c.client_id = $3)",
};

static const struct mc_sql classroom_list = {
	"classroom_list",
	"SELECT " CLASSROOM_COLUMNS " FROM mc.session s"
	" JOIN mc.account a ON a.id = s.account_id AND a.disabled_at IS NULL"
	" JOIN mc.membership m ON m.account_id = s.account_id AND m.ended_at IS NULL"
	" JOIN mc.classroom c ON c.id = m.class_id"
	" JOIN mc.account i ON i.id = c.instructor_id"
	" WHERE s.digest = $1 AND s.expires_at > now()"
	" ORDER BY m.joined_at DESC, c.id DESC LIMIT $2",
};

/*
 * Who was removed and has the code is a student again, since they first were one.  The lock makes a
 * change of the code wait for us, and us for it: the code that lets somebody in is still the
 * class's when they are in.
 */
static const struct mc_sql classroom_join = {
	"classroom_join",
	"INSERT INTO mc.membership AS m (class_id, account_id, role)"
	" SELECT c.id, $1, 'student' FROM mc.classroom c WHERE c.join_code = $2"
	" AND NOT EXISTS (SELECT FROM mc.membership held WHERE held.class_id = c.id"
	" AND held.account_id = $1 AND held.ended_at IS NULL) FOR KEY SHARE OF c"
	" ON CONFLICT (class_id, account_id, role)"
	" DO UPDATE SET ended_at = NULL, away = m.away * tstzmultirange(tstzrange(NULL, now()))"
	" WHERE m.ended_at IS NOT NULL",
};

static const struct mc_sql classroom_joined = {
	"classroom_joined",
	"SELECT " CLASSROOM_COLUMNS " FROM mc.classroom c"
	" JOIN mc.membership m ON m.class_id = c.id AND m.account_id = $1 AND m.ended_at IS NULL"
	" JOIN mc.account i ON i.id = c.instructor_id"
	" WHERE c.join_code = $2",
};

static const struct mc_sql classroom_lock = {
	"classroom_lock",
	"SELECT FROM mc.classroom WHERE id = $1 FOR NO KEY UPDATE",
};

/* The code is a key.  With the weaker lock we would wait for who joins, and they for us. */
static const struct mc_sql classroom_lock_code = {
	"classroom_lock_code",
	"SELECT FROM mc.classroom WHERE id = $1 FOR UPDATE",
};

static const struct mc_sql classroom_renew_code = {
	"classroom_renew_code",
	"WITH" BY_INSTRUCTOR "$2),"
	" renewed AS (UPDATE mc.classroom SET join_code = $3 WHERE id = $1" IF_MAY ")"
	" SELECT may FROM by",
};

static const struct mc_sql classroom_edit = {
	"classroom_edit",
	"WITH" BY_INSTRUCTOR "$2),"
	" edited AS (UPDATE mc.classroom SET name = $3, description = $4 WHERE id = $1" IF_MAY ")"
	" SELECT may FROM by",
};

struct mc_classroom
classroom_from_row(const struct mc_row *row, int first)
{
	return (struct mc_classroom){ .id = mc_row_id(row, first),
		.name = mc_row_text(row, first + 1),
		.description = mc_row_text(row, first + 2),
		.join_code = mc_row_text(row, first + 3),
		.role = mc_row_bool(row, first + 4) ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT,
		.instructor_id = mc_row_id(row, first + 5),
		.instructor_name = mc_row_text(row, first + 6),
		.n_members = mc_row_int(row, first + 7),
		.live = mc_row_bool(row, first + 8),
		.created_at = mc_row_time(row, first + 9),
		.n_instructors = mc_row_int(row, first + 10) };
}

/* The change and what it led to, asked for together: one round trip, one transaction. */
static enum mc_status
take_changed(struct mc_db *db, struct mc_classroom *out)
{
	struct mc_rows changed, found;

	enum mc_status status = mc_db_take(db, &changed);
	enum mc_status committed = mc_db_take(db, &found);
	if (status != MC_OK || committed != MC_OK)
		return status != MC_OK ? status : committed;
	if (found.n == 0)
		return MC_NOT_FOUND;
	struct mc_row row = mc_rows_at(&found, 0);
	*out = classroom_from_row(&row, 0);
	return MC_OK;
}

static struct mc_str
code_text(const struct mc_join_code *code)
{
	return (struct mc_str){ code->text, sizeof(code->text) };
}

static bool
is_code_taken(const struct mc_db *db)
{
	return mc_str_equal(mc_str_from(mc_db_constraint(db)), MC_STR("classroom_join_code_taken"));
}

enum mc_status
mc_classroom_create(struct mc_db *db, mc_user_id creator, struct mc_str name,
	struct mc_str description, struct mc_str client_id, struct mc_classroom *out)
{
	enum mc_status status = MC_CONFLICT;

	for (int i = 0; i < CODE_TRIES; i++) {
		struct mc_join_code code;
		mc_join_code_make(&code);
		mc_db_ask(db, &classroom_insert,
			MC_PARAMS(mc_p_id(creator), mc_p_text(name), mc_p_text(description),
				mc_p_text(code_text(&code)), mc_p_text(client_id)));
		mc_db_ask(db, &classroom_created,
			MC_PARAMS(mc_p_id(creator), mc_p_text(code_text(&code)),
				mc_p_text(client_id)));
		status = take_changed(db, out);
		if (status != MC_CONFLICT || !is_code_taken(db))
			break;
	}
	return status;
}

void
mc_classroom_list_ask(struct mc_db *db, const struct mc_digest *session)
{
	mc_db_ask(db, &classroom_list,
		MC_PARAMS(session_param(session), mc_p_id(MC_CLASSES_LISTED_MAX)));
}

enum mc_status
mc_classroom_list_take(
	struct mc_db *db, struct mc_arena *arena, struct mc_classroom **classes, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_take(db, &rows);
	if (status != MC_OK)
		return status;

	struct mc_classroom *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = classroom_from_row(&row, 0);
	}
	*classes = list;
	*n = (size_t)rows.n;
	return MC_OK;
}

enum mc_status
mc_classroom_join(struct mc_db *db, mc_user_id user, const struct mc_join_code *code,
	struct mc_classroom *out)
{
	enum mc_status status = MC_CONFLICT;

	/* Joining in two windows at once, one may meet the other's row; then it is there. */
	for (int i = 0; status == MC_CONFLICT && i < JOIN_TRIES; i++) {
		mc_db_ask(
			db, &classroom_join, MC_PARAMS(mc_p_id(user), mc_p_text(code_text(code))));
		mc_db_ask(db, &classroom_joined,
			MC_PARAMS(mc_p_id(user), mc_p_text(code_text(code))));
		status = take_changed(db, out);
	}
	return status;
}

void
classroom_lock_ask(struct mc_db *db, mc_class_id class_id)
{
	mc_db_ask(db, &classroom_lock, MC_PARAMS(mc_p_id(class_id)));
}

/* The lock and the change, asked for together. */
static enum mc_status
take_done(struct mc_db *db)
{
	struct mc_rows locked;
	struct mc_row row;

	enum mc_status status = mc_db_take(db, &locked);
	enum mc_status done = mc_db_take_one(db, &row);
	if (status != MC_OK || done != MC_OK)
		return status != MC_OK ? status : done;
	return mc_row_bool(&row, 0) ? MC_OK : MC_FORBIDDEN;
}

enum mc_status
mc_classroom_renew_code(
	struct mc_db *db, mc_class_id class_id, mc_user_id by, struct mc_join_code *out)
{
	enum mc_status status = MC_CONFLICT;

	for (int i = 0; status == MC_CONFLICT && i < CODE_TRIES; i++) {
		struct mc_join_code code;
		mc_join_code_make(&code);
		mc_db_ask(db, &classroom_lock_code, MC_PARAMS(mc_p_id(class_id)));
		mc_db_ask(db, &classroom_renew_code,
			MC_PARAMS(mc_p_id(class_id), mc_p_id(by), mc_p_text(code_text(&code))));
		status = take_done(db);
		if (status == MC_OK)
			*out = code;
	}
	return status;
}

enum mc_status
mc_classroom_edit(struct mc_db *db, mc_class_id class_id, mc_user_id by, struct mc_str name,
	struct mc_str description)
{
	classroom_lock_ask(db, class_id);
	mc_db_ask(db, &classroom_edit,
		MC_PARAMS(mc_p_id(class_id), mc_p_id(by), mc_p_text(name), mc_p_text(description)));
	return take_done(db);
}
