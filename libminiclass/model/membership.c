#include "libminiclass/model/membership.h"

#include "libminiclass/limits.h"
#include "libminiclass/model/access_int.h"
#include "libminiclass/model/classroom_int.h"
#include "libminiclass/model/session_int.h"

/*
 * Behind the barrier OFFSET the one membership is looked up first, however empty the tables are
 * while this is planned: a class of which there is none is not read, and neither are its other
 * members, so that how long it takes does not tell how many they are.
 */
static const struct mc_sql membership_find = {
	"membership_find",
	"SELECT " SESSION_COLUMNS ", " CLASSROOM_COLUMNS " FROM mc.session s"
	" JOIN mc.account a ON a.id = s.account_id AND a.disabled_at IS NULL"
	" LEFT JOIN LATERAL (SELECT o.class_id, o.role FROM mc.membership o WHERE o.class_id = $2"
	" AND o.account_id = s.account_id AND o.ended_at IS NULL OFFSET 0) m ON true"
	" LEFT JOIN mc.classroom c ON c.id = m.class_id"
	" LEFT JOIN mc.account i ON i.id = c.instructor_id"
	" WHERE s.digest = $1 AND s.expires_at > now()",
};

static const struct mc_sql membership_list = {
	"membership_list",
	"SELECT a.id, a.name, a.email, m.role = 'instructor', m.joined_at FROM mc.membership m"
	" JOIN mc.account a ON a.id = m.account_id"
	" WHERE m.class_id = $1 AND m.ended_at IS NULL AND (m.role = 'instructor' OR $2)"
	" ORDER BY m.role DESC, a.name COLLATE \"und-x-icu\", a.id LIMIT $3",
};

/* $2 is whom it is about, $3 who does it. */
#define MAY_AND_IS_THERE                                                                           \
	" SELECT may, EXISTS (SELECT FROM mc.membership"                                           \
	" WHERE class_id = $1 AND account_id = $2 AND ended_at IS NULL) FROM by"

/*
 * The old role ends before the new one begins, as INSERT reads what UPDATE returns.  The time of
 * joining goes along.
 */
static const struct mc_sql membership_set_role = {
	"membership_set_role",
	"WITH" BY_INSTRUCTOR "$3),"
	" ended AS (UPDATE mc.membership SET ended_at = now()"
	" WHERE class_id = $1 AND account_id = $2 AND ended_at IS NULL"
	" AND (role = 'instructor') <> $4" IF_MAY " RETURNING class_id, account_id, joined_at),"
	" begun AS (INSERT INTO mc.membership (class_id, account_id, role, joined_at)"
	" SELECT class_id, account_id,"
	" CASE WHEN $4 THEN 'instructor' ELSE 'student' END::mc.member_role, joined_at FROM ended"
	" ON CONFLICT (class_id, account_id, role)"
	" DO UPDATE SET ended_at = NULL, joined_at = EXCLUDED.joined_at)" MAY_AND_IS_THERE,
};

/* Of an instructor who is removed, what they were as a student is away as well: they may come back
 * so. */
static const struct mc_sql membership_end = {
	"membership_end",
	"WITH by AS (SELECT m.role = 'instructor' OR NOT $4" AS_MAY_OF "$3),"
	" before AS (UPDATE mc.membership s"
	" SET away = s.away + tstzmultirange(tstzrange(now(), NULL))"
	" FROM mc.membership i WHERE $4 AND i.class_id = $1 AND i.account_id = $2"
	" AND i.role = 'instructor' AND i.ended_at IS NULL AND s.class_id = $1"
	" AND s.account_id = $2 AND s.role = 'student'" IF_MAY "),"
	" ended AS (UPDATE mc.membership SET ended_at = now(),"
	" away = CASE WHEN $4 THEN away + tstzmultirange(tstzrange(now(), NULL)) ELSE away END"
	" WHERE class_id = $1 AND account_id = $2 AND ended_at IS NULL" IF_MAY ")" MAY_AND_IS_THERE,
};

struct mc_str
mc_role_name(enum mc_role role)
{
	return role == MC_ROLE_INSTRUCTOR ? MC_STR("instructor") : MC_STR("student");
}

void
mc_membership_find_ask(struct mc_db *db, const struct mc_digest *session, mc_class_id class_id)
{
	mc_db_ask(db, &membership_find, MC_PARAMS(session_param(session), mc_p_id(class_id)));
}

enum mc_status
mc_membership_find_take(struct mc_db *db, struct mc_session *session, struct mc_user *user,
	struct mc_classroom *classroom)
{
	struct mc_row row;

	enum mc_status status = session_take_inside(db, &row, session, user);
	if (status != MC_OK)
		return status;
	*classroom = classroom_from_row(&row, SESSION_N_COLUMNS);
	return MC_OK;
}

enum mc_status
mc_membership_list(struct mc_db *db, struct mc_arena *arena, mc_class_id class_id,
	enum mc_role only, struct mc_member **members, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_query(db, &membership_list, &rows,
		MC_PARAMS(mc_p_id(class_id), mc_p_bool(only != MC_ROLE_INSTRUCTOR),
			mc_p_id(MC_PEOPLE_LISTED_MAX)));
	if (status != MC_OK)
		return status;

	struct mc_member *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = (struct mc_member){ .id = mc_row_id(&row, 0),
			.name = mc_row_text(&row, 1),
			.email = mc_row_text(&row, 2),
			.role = mc_row_bool(&row, 3) ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT,
			.joined_at = mc_row_time(&row, 4) };
	}
	*members = list;
	*n = (size_t)rows.n;
	return MC_OK;
}

/* The lock and the change, asked for together: one round trip, one transaction. */
static enum mc_status
change(struct mc_db *db, const struct mc_sql *sql, mc_class_id class_id, mc_user_id user,
	mc_user_id by, bool how)
{
	struct mc_rows locked;
	struct mc_row row;

	classroom_lock_ask(db, class_id);
	mc_db_ask(
		db, sql, MC_PARAMS(mc_p_id(class_id), mc_p_id(user), mc_p_id(by), mc_p_bool(how)));
	enum mc_status status = mc_db_take(db, &locked);
	enum mc_status changed = mc_db_take_one(db, &row);
	if (status != MC_OK || changed != MC_OK)
		return status != MC_OK ? status : changed;
	if (!mc_row_bool(&row, 0))
		return MC_FORBIDDEN;
	return mc_row_bool(&row, 1) ? MC_OK : MC_NOT_FOUND;
}

enum mc_status
mc_membership_set_role(
	struct mc_db *db, mc_class_id class_id, mc_user_id user, enum mc_role role, mc_user_id by)
{
	if (role != MC_ROLE_STUDENT && role != MC_ROLE_INSTRUCTOR)
		return MC_INVALID;
	return change(db, &membership_set_role, class_id, user, by, role == MC_ROLE_INSTRUCTOR);
}

enum mc_status
mc_membership_leave(struct mc_db *db, mc_class_id class_id, mc_user_id user)
{
	return change(db, &membership_end, class_id, user, user, false);
}

enum mc_status
mc_membership_remove(struct mc_db *db, mc_class_id class_id, mc_user_id user, mc_user_id by)
{
	return change(db, &membership_end, class_id, user, by, true);
}
