#include "libminiclass/model/stay.h"

#include "libminiclass/db/query.h"

enum {
	CHANGES_AT_ONCE = 512, /* 16 KiB of stack, and one round trip for most */
	LATE_MS = 500,         /* more than it takes to tell */
};

/*
 * Tells of the rooms in `changed`.  A notice holds 7,999 bytes; a number of 19 digits and a space
 * are 20.
 */
#define TOLD                                                                                       \
	" payload AS (SELECT string_agg(p.room_id::text, ' ') AS rooms FROM"                       \
	" (SELECT room_id, (row_number() OVER (ORDER BY room_id) - 1) / 390 AS part"               \
	" FROM changed GROUP BY room_id) p GROUP BY p.part)"                                       \
	" SELECT count(pg_notify('mc_presence', rooms)) FROM payload"

/*
 * A join that is repeated is a beat: it says that somebody is there.  Who leaves is looked for with
 * IS TRUE, which makes it one look into a hash for each who is there; a join would be planned while
 * nobody is, and compare all with all when a lecture ends.
 */
#define CHANGE(left_at)                                                                            \
	"WITH change AS (SELECT DISTINCT ON (g.room_id, g.account_id)"                             \
	" r.class_id, g.room_id, g.account_id, g.joined <> 0 AS joined, g.ago_ms, r.student_id,"   \
	" r.ended_at FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int8[])"                  \
	" WITH ORDINALITY AS g (room_id, account_id, joined, ago_ms, n)"                           \
	" JOIN mc.room r ON r.id = g.room_id ORDER BY g.room_id, g.account_id, g.n DESC),"         \
	" ended AS (UPDATE mc.stay s SET left_at = greatest(" left_at ", s.joined_at)"             \
	" WHERE s.instance = $1 AND s.left_at IS NULL AND ((s.class_id, s.room_id, s.account_id)"  \
	" IN (SELECT c.class_id, c.room_id, c.account_id FROM change c WHERE NOT c.joined))"       \
	" IS TRUE RETURNING s.room_id),"                                                           \
	" came AS (SELECT c.class_id, c.room_id, c.account_id, m.role,"                            \
	" (SELECT max(s.id) FILTER (WHERE s.instance = $1 AND s.role = m.role) FROM"               \
	" (SELECT s.id, s.instance, s.role FROM mc.stay s WHERE s.class_id = c.class_id"           \
	" AND s.room_id = c.room_id AND s.account_id BETWEEN c.account_id AND c.account_id"        \
	" ORDER BY s.account_id DESC, s.id DESC LIMIT $6) s"                                       \
	" HAVING count(*) = $6) AS last FROM change c"                                             \
	" JOIN mc.membership m ON m.class_id = c.class_id AND m.account_id = c.account_id"         \
	" AND m.ended_at IS NULL WHERE c.joined AND c.ended_at IS NULL"                            \
	" AND (c.student_id IS NULL OR c.student_id = c.account_id OR m.role = 'instructor')),"    \
	" again AS (UPDATE mc.stay s SET beat_at = now(), left_at = NULL FROM came c"              \
	" WHERE s.class_id = c.class_id AND s.room_id = c.room_id AND s.id = c.last"               \
	" RETURNING s.room_id),"                                                                   \
	" begun AS (INSERT INTO mc.stay (class_id, room_id, account_id, role, instance)"           \
	" SELECT c.class_id, c.room_id, c.account_id, c.role, $1 FROM came c WHERE c.last IS NULL" \
	" ON CONFLICT (class_id, room_id, account_id, instance) WHERE left_at IS NULL"             \
	" DO UPDATE SET beat_at = now() RETURNING room_id),"                                       \
	" changed AS (SELECT room_id FROM ended UNION ALL SELECT room_id FROM again"               \
	" UNION ALL SELECT room_id FROM begun)," TOLD

static const struct mc_sql stay_change = { "stay_change", CHANGE("now()") };

/* Each looks for its own moment among all, which is dear: for what could not be told in time. */
static const struct mc_sql stay_change_late = {
	"stay_change_late",
	CHANGE("(SELECT now() - c.ago_ms * interval '1 ms' FROM change c WHERE"
	       " c.class_id = s.class_id AND c.room_id = s.room_id AND c.account_id = "
	       "s.account_id)"),
};

/*
 * Who left by themselves did so behind their last beat; only what is stale ends with it.  A range
 * of one account, and the order, leave one index to any plan: by the other the last stay of each
 * would be looked for among those of everybody.
 */
static const struct mc_sql stay_go_on = {
	"stay_go_on",
	"WITH last AS (SELECT s.class_id, s.room_id, s.id, r.ended_at"
	" FROM unnest($2::int8[], $3::int8[]) AS g (room_id, account_id)"
	" JOIN mc.room r ON r.id = g.room_id"
	" CROSS JOIN LATERAL (SELECT s.class_id, s.room_id, s.id, s.role, s.joined_at, s.beat_at,"
	" s.left_at FROM mc.stay s WHERE s.class_id = r.class_id AND s.room_id = r.id"
	" AND s.account_id BETWEEN g.account_id AND g.account_id AND s.instance = $1"
	" ORDER BY s.account_id DESC, s.id DESC LIMIT 1) s"
	" JOIN mc.membership m ON m.class_id = s.class_id AND m.account_id = g.account_id"
	" AND m.role = s.role AND m.ended_at IS NULL"
	" WHERE s.left_at = greatest(s.beat_at, s.joined_at)"
	" AND (r.ended_at IS NULL OR r.ended_at > s.left_at))"
	" UPDATE mc.stay s SET beat_at = now(), left_at = last.ended_at FROM last"
	" WHERE s.class_id = last.class_id AND s.room_id = last.room_id AND s.id = last.id",
};

static const struct mc_sql stay_beat = {
	"stay_beat",
	"WITH beaten AS (UPDATE mc.stay SET beat_at = now() WHERE instance = $1 AND left_at IS "
	"NULL)"
	" SELECT now()",
};

static const struct mc_sql stay_end_all = {
	"stay_end_all",
	"WITH changed AS (UPDATE mc.stay SET left_at = greatest(now(), joined_at)"
	" WHERE instance = $1 AND left_at IS NULL RETURNING room_id)," TOLD,
};

/* Several daemons do this at once: what another one is changing is left to it. */
static const struct mc_sql stay_end_stale = {
	"stay_end_stale",
	"WITH stale AS (SELECT class_id, room_id, id FROM mc.stay WHERE left_at IS NULL"
	" AND beat_at < now() - $1 * interval '1 second'"
	" FOR UPDATE SKIP LOCKED),"
	" changed AS (UPDATE mc.stay s SET left_at = greatest(s.beat_at, s.joined_at) FROM stale"
	" WHERE s.class_id = stale.class_id AND s.room_id = stale.room_id AND s.id = stale.id"
	" RETURNING s.room_id)," TOLD,
};

/*
 * As what they are in the class now: who lost the role must not be shown with it.  OFFSET 0 and
 * LATERAL keep the order, rooms, who is in them, what each is: a plan made on empty tables joins
 * the class's people with its rooms first, and one made while nobody was present begins with all
 * who are.
 */
static const struct mc_sql stay_present = {
	"stay_present",
	"SELECT p.room_id, a.id, a.name, m.role = 'instructor' FROM"
	" (SELECT DISTINCT r.class_id, r.id AS room_id, s.account_id FROM"
	" (SELECT class_id, id FROM mc.room WHERE id = ANY ($1) OFFSET 0) r"
	" CROSS JOIN LATERAL (SELECT s.account_id FROM mc.stay s WHERE s.class_id = r.class_id"
	" AND s.room_id = r.id AND s.left_at IS NULL"
	" AND ($3 OR s.beat_at >= now() - $2 * interval '1 second') OFFSET 0) s OFFSET 0) p"
	" CROSS JOIN LATERAL (SELECT m.role FROM mc.membership m WHERE m.class_id = p.class_id"
	" AND m.account_id = p.account_id AND m.ended_at IS NULL OFFSET 0) m"
	" JOIN mc.account a ON a.id = p.account_id"
	" ORDER BY p.room_id, a.name COLLATE \"und-x-icu\", a.id",
};

typedef enum mc_status part_change(
	struct mc_db *db, int64_t instance, const struct mc_stay_change *changes, size_t n);

static enum mc_status
in_parts(part_change *change, struct mc_db *db, int64_t instance,
	const struct mc_stay_change *changes, size_t n)
{
	enum mc_status status = MC_OK;

	for (size_t i = 0; i < n && status == MC_OK; i += CHANGES_AT_ONCE) {
		size_t some = n - i < CHANGES_AT_ONCE ? n - i : CHANGES_AT_ONCE;
		status = change(db, instance, changes + i, some);
	}
	return status;
}

static enum mc_status
change_some(struct mc_db *db, int64_t instance, const struct mc_stay_change *changes, size_t n)
{
	int64_t rooms[CHANGES_AT_ONCE], users[CHANGES_AT_ONCE], joined[CHANGES_AT_ONCE],
		ago[CHANGES_AT_ONCE];
	int64_t now = mc_clock_ms(), longest = 0;

	for (size_t i = 0; i < n; i++) {
		rooms[i] = changes[i].room;
		users[i] = changes[i].user;
		joined[i] = changes[i].joined;
		ago[i] = changes[i].left_ms > 0 ? now - changes[i].left_ms : 0;
		if (!changes[i].joined && ago[i] > longest)
			longest = ago[i];
	}
	return mc_db_run(db, longest < LATE_MS ? &stay_change : &stay_change_late, NULL,
		MC_PARAMS(mc_p_id(instance), mc_p_id_list(rooms, n), mc_p_id_list(users, n),
			mc_p_id_list(joined, n), mc_p_id_list(ago, n),
			mc_p_id(MC_STAYS_OF_ONE_MAX)));
}

enum mc_status
mc_stay_change(struct mc_db *db, int64_t instance, const struct mc_stay_change *changes, size_t n)
{
	return in_parts(change_some, db, instance, changes, n);
}

static enum mc_status
go_on_some(struct mc_db *db, int64_t instance, const struct mc_stay_change *changes, size_t n)
{
	int64_t rooms[CHANGES_AT_ONCE], users[CHANGES_AT_ONCE];

	for (size_t i = 0; i < n; i++) {
		rooms[i] = changes[i].room;
		users[i] = changes[i].user;
	}
	return mc_db_run(db, &stay_go_on, NULL,
		MC_PARAMS(mc_p_id(instance), mc_p_id_list(rooms, n), mc_p_id_list(users, n)));
}

enum mc_status
mc_stay_go_on(struct mc_db *db, int64_t instance, const struct mc_stay_change *changes, size_t n)
{
	return in_parts(go_on_some, db, instance, changes, n);
}

enum mc_status
mc_stay_beat(struct mc_db *db, int64_t instance, struct mc_time *now)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_query(db, &stay_beat, &rows, MC_PARAMS(mc_p_id(instance)));
	if (status == MC_OK) {
		struct mc_row row = mc_rows_at(&rows, 0);
		*now = mc_row_time(&row, 0);
	}
	return status;
}

enum mc_status
mc_stay_end_all(struct mc_db *db, int64_t instance)
{
	return mc_db_run(db, &stay_end_all, NULL, MC_PARAMS(mc_p_id(instance)));
}

enum mc_status
mc_stay_end_stale(struct mc_db *db)
{
	return mc_db_run(db, &stay_end_stale, NULL, MC_PARAMS(mc_p_int(MC_STAY_STALE_S)));
}

enum mc_status
mc_stay_present(struct mc_db *db, struct mc_arena *arena, const mc_room_id *rooms, size_t n_rooms,
	bool with_stale, struct mc_present **out, size_t *n)
{
	struct mc_rows rows;

	enum mc_status status = mc_db_query(db, &stay_present, &rows,
		MC_PARAMS(mc_p_id_list(rooms, n_rooms), mc_p_int(MC_STAY_STALE_S),
			mc_p_bool(with_stale)));
	if (status != MC_OK)
		return status;

	struct mc_present *list = mc_arena_array(arena, (size_t)rows.n, sizeof(*list));
	if (rows.n > 0 && !list)
		return MC_NO_MEMORY;
	for (int i = 0; i < rows.n; i++) {
		struct mc_row row = mc_rows_at(&rows, i);
		list[i] = (struct mc_present){ .room = mc_row_id(&row, 0),
			.user = mc_row_id(&row, 1),
			.name = mc_row_text(&row, 2),
			.role = mc_row_bool(&row, 3) ? MC_ROLE_INSTRUCTOR : MC_ROLE_STUDENT };
	}
	*out = list;
	*n = (size_t)rows.n;
	return MC_OK;
}
