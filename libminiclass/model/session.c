#include "libminiclass/model/session.h"

#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/session_int.h"

enum { ROWS_PRUNED_EACH = 20 };

/*
 * Who never comes back shall leave no address: each session takes some that are over with it.  Of
 * one account, since two that do this lock the rows of mc.account_seen in no common order.
 *
 * The share lock makes a password change wait for us, and us for it: a session that the old
 * password opened either is there to be ended, or does not come to be.
 */
static const struct mc_sql session_insert = {
	"session_insert",
	"WITH expired AS (DELETE FROM mc.session WHERE id = ANY (ARRAY("
	"SELECT e.id FROM mc.session e WHERE e.expires_at <= now() AND e.account_id ="
	" (SELECT account_id FROM mc.session WHERE expires_at <= now() ORDER BY expires_at LIMIT 1)"
	" ORDER BY e.id LIMIT $7 FOR UPDATE SKIP LOCKED))),"
	" account AS (SELECT a.id FROM mc.account a JOIN mc.credential c ON c.account_id = a.id"
	" WHERE a.id = $1 AND a.disabled_at IS NULL AND ($6 = '' OR c.password_hash = $6)"
	" FOR SHARE OF c)"
	" INSERT INTO mc.session (account_id, digest, agent, address, expires_at)"
	" SELECT id, $2, $3, $4, now() + $5 * interval '1 day' FROM account"
	" RETURNING id, created_at, expires_at, used_at, agent, address",
};

static const struct mc_sql session_find = {
	"session_find",
	"SELECT " SESSION_COLUMNS " FROM mc.session s"
	" JOIN mc.account a ON a.id = s.account_id AND a.disabled_at IS NULL"
	" WHERE s.digest = $1 AND s.expires_at > now()",
};

static const struct mc_sql session_touch = {
	"session_touch",
	"UPDATE mc.session SET used_at = now()"
	" WHERE id = $1 AND used_at <= now() - $2 * interval '1 second'",
};

static const struct mc_sql session_list = {
	"session_list",
	"SELECT id, created_at, expires_at, used_at, agent, address FROM mc.session"
	" WHERE account_id = $1 AND expires_at > now() ORDER BY id DESC LIMIT $2",
};

static const struct mc_sql session_end = {
	"session_end",
	"DELETE FROM mc.session WHERE account_id = $1 AND id = $2",
};

static struct mc_session
read_session(const struct mc_row *row)
{
	return (struct mc_session){ .id = mc_row_id(row, 0),
		.created_at = mc_row_time(row, 1),
		.expires_at = mc_row_time(row, 2),
		.used_at = mc_row_time(row, 3),
		.agent = mc_row_text(row, 4),
		.address = mc_row_text(row, 5) };
}

static enum mc_status
take_session(struct mc_db *db, struct mc_row *row, struct mc_session *session, struct mc_user *user)
{
	enum mc_status status = mc_db_take_one(db, row);

	if (status != MC_OK)
		return status == MC_NOT_FOUND ? MC_UNAUTHENTICATED : status;
	*session = read_session(row);
	*user = (struct mc_user){
		.id = mc_row_id(row, 6), .name = mc_row_text(row, 7), .email = mc_row_text(row, 8)
	};
	return MC_OK;
}

enum mc_status
session_take_inside(
	struct mc_db *db, struct mc_row *row, struct mc_session *session, struct mc_user *user)
{
	enum mc_status status = take_session(db, row, session, user);

	return status == MC_OK && mc_row_is_null(row, SESSION_N_COLUMNS) ? MC_NOT_FOUND : status;
}

enum mc_status
mc_session_create(struct mc_db *db, const struct mc_session_new *wanted, struct mc_session *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_one(db, &session_insert, &row,
		MC_PARAMS(mc_p_id(wanted->user),
			mc_p_bytes(wanted->digest.bytes, sizeof(wanted->digest.bytes)),
			mc_p_text(wanted->agent), mc_p_text(wanted->address),
			mc_p_int(MC_SESSION_DAYS), mc_p_text(wanted->password_hash),
			mc_p_id(ROWS_PRUNED_EACH)));
	if (status == MC_OK)
		*out = read_session(&row);
	return status;
}

void
mc_session_find_ask(struct mc_db *db, const struct mc_digest *digest)
{
	mc_db_ask(db, &session_find, MC_PARAMS(session_param(digest)));
}

enum mc_status
mc_session_find_take(struct mc_db *db, struct mc_session *session, struct mc_user *user)
{
	struct mc_row row;

	return take_session(db, &row, session, user);
}

void
mc_session_touch_ask(struct mc_db *db, mc_session_id session)
{
	mc_db_ask(db, &session_touch, MC_PARAMS(mc_p_id(session), mc_p_int(MC_SESSION_USED_S)));
}

enum mc_status
mc_session_touch(struct mc_db *db, mc_session_id session)
{
	return mc_db_run(
		db, &session_touch, NULL, MC_PARAMS(mc_p_id(session), mc_p_int(MC_SESSION_USED_S)));
}

enum mc_status
mc_session_list(struct mc_db *db, struct mc_arena *arena, mc_user_id user,
	struct mc_session **sessions, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_query(db, &session_list, &rows,
		MC_PARAMS(mc_p_id(user), mc_p_id(MC_SESSIONS_LISTED_MAX)));
	if (status != MC_OK)
		return status;

	struct mc_session *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = read_session(&row);
	}
	*sessions = list;
	*n = (size_t)rows.n;
	return MC_OK;
}

enum mc_status
mc_session_end(struct mc_db *db, mc_user_id user, mc_session_id session)
{
	int affected;

	enum mc_status status =
		mc_db_run(db, &session_end, &affected, MC_PARAMS(mc_p_id(user), mc_p_id(session)));
	if (status != MC_OK)
		return status;
	return affected > 0 ? MC_OK : MC_NOT_FOUND;
}
