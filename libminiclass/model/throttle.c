#include "libminiclass/model/throttle.h"

#include "libminiclass/crypt/digest.h"
#include "libminiclass/db/query.h"

enum { QUARTER_OF_AN_HOUR_S = 15 * 60 };

static const struct {
	int32_t window_s;
	int32_t failures; /* so many are allowed in a window */
} limits[MC_THROTTLE_COUNT] = {
	[MC_THROTTLE_LOGIN_PAIR] = { QUARTER_OF_AN_HOUR_S, 10 },
	[MC_THROTTLE_LOGIN_ACCOUNT] = { QUARTER_OF_AN_HOUR_S, 100 },
	[MC_THROTTLE_LOGIN_ADDRESS] = { QUARTER_OF_AN_HOUR_S, 300 },
	[MC_THROTTLE_JOIN_CODE] = { QUARTER_OF_AN_HOUR_S, 30 },
};

/* Seconds until the window ends, when it is used up. */
static const struct mc_sql throttle_check = {
	"throttle_check",
	"SELECT ceil(extract(epoch FROM started_at + $3 * interval '1 second' - now()))::integer"
	" FROM mc.throttle WHERE kind = $1 AND key = $2 AND failures >= $4"
	" AND started_at > now() - $3 * interval '1 second'",
};

static const struct mc_sql throttle_count = {
	"throttle_count",
	"INSERT INTO mc.throttle AS t (kind, key, started_at, failures) VALUES ($1, $2, now(), 1)"
	" ON CONFLICT (kind, key) DO UPDATE SET"
	" failures = CASE WHEN t.started_at > now() - $3 * interval '1 second'"
	" THEN t.failures + 1 ELSE 1 END,"
	" started_at = CASE WHEN t.started_at > now() - $3 * interval '1 second'"
	" THEN t.started_at ELSE now() END",
};

/* Each failure adds a row at most and takes two that are over, so the table does not grow. */
static const struct mc_sql throttle_prune = {
	"throttle_prune",
	"DELETE FROM mc.throttle WHERE ctid = ANY (ARRAY("
	"SELECT ctid FROM mc.throttle WHERE started_at < now() - $1 * interval '1 second'"
	" ORDER BY started_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
};

static const struct mc_sql throttle_clear = {
	"throttle_clear",
	"DELETE FROM mc.throttle WHERE kind = $1 AND key = $2",
};

enum { ROWS_PRUNED_EACH = 2, THROTTLES_MAX = 8 };

static void
ask(struct mc_db *db, const struct mc_sql *sql, const struct mc_throttle *throttle, size_t n_params)
{
	struct mc_digest digest = mc_sha256(throttle->key);
	const struct mc_param params[] = { mc_p_int((int32_t)throttle->kind),
		mc_p_bytes(digest.bytes, sizeof(digest.bytes)),
		mc_p_int(limits[throttle->kind].window_s),
		mc_p_int(limits[throttle->kind].failures) };

	mc_db_ask(db, sql, params, n_params);
}

/* In the order of kinds, whatever the caller's: all lock their rows in one order. */
static size_t
ask_each(struct mc_db *db, const struct mc_sql *sql, const struct mc_throttle *throttles, size_t n,
	size_t n_params)
{
	size_t n_asked = 0;

	for (unsigned kind = 0; kind < MC_THROTTLE_COUNT; kind++) {
		for (size_t i = 0; i < n && n_asked < THROTTLES_MAX; i++) {
			if (throttles[i].kind != (enum mc_throttle_kind)kind)
				continue;
			ask(db, sql, &throttles[i], n_params);
			n_asked++;
		}
	}
	return n_asked;
}

static enum mc_status
take_each(struct mc_db *db, size_t n)
{
	enum mc_status status = MC_OK;

	for (size_t i = 0; i < n; i++) {
		struct mc_rows rows;
		enum mc_status taken = mc_db_take(db, &rows);
		if (status == MC_OK)
			status = taken;
	}
	return status;
}

enum mc_status
mc_throttle_check(
	struct mc_db *db, const struct mc_throttle *throttles, size_t n, struct mc_error *error)
{
	enum mc_status status = MC_OK;
	int64_t wait_s = 0;

	size_t n_asked = ask_each(db, &throttle_check, throttles, n, 4);
	for (size_t i = 0; i < n_asked; i++) {
		struct mc_rows rows;
		enum mc_status taken = mc_db_take(db, &rows);
		if (taken != MC_OK) {
			status = taken;
		} else if (rows.n > 0) {
			struct mc_row row = mc_rows_at(&rows, 0);
			int64_t left = mc_row_int(&row, 0);
			wait_s = left > wait_s ? left : wait_s;
		}
	}
	if (status != MC_OK || wait_s == 0)
		return status;
	int64_t minutes = (wait_s + 59) / 60;
	(void)mc_error_set(error, MC_TOO_MANY, NULL,
		"Too many tries. Please try again in %lld minute%s.", (long long)minutes,
		minutes == 1 ? "" : "s");
	if (error)
		error->retry_after_s = (int)wait_s;
	return MC_TOO_MANY;
}

enum mc_status
mc_throttle_count(struct mc_db *db, const struct mc_throttle *throttles, size_t n)
{
	size_t n_asked = ask_each(db, &throttle_count, throttles, n, 3);

	mc_db_ask(db, &throttle_prune,
		MC_PARAMS(mc_p_int(QUARTER_OF_AN_HOUR_S), mc_p_id(ROWS_PRUNED_EACH * (int64_t)n)));
	return take_each(db, n_asked + 1);
}

enum mc_status
mc_throttle_clear(struct mc_db *db, const struct mc_throttle *throttles, size_t n)
{
	return take_each(db, ask_each(db, &throttle_clear, throttles, n, 2));
}
