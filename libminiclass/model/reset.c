#include "libminiclass/model/reset.h"

#include "libminiclass/db/query.h"
#include "libminiclass/model/user_int.h"

static const struct mc_sql reset_put = {
	"reset_put",
	"WITH account AS (SELECT id, disabled_at IS NULL AS enabled FROM mc.account"
	" WHERE" OF_EMAIL "),"
	" code AS (INSERT INTO mc.reset_code (account_id, digest, expires_at)"
	" SELECT id, $2, now() + $3 * interval '1 millisecond' FROM account WHERE enabled"
	" ON CONFLICT (account_id) DO UPDATE SET digest = excluded.digest,"
	" created_at = excluded.created_at, expires_at = excluded.expires_at RETURNING expires_at)"
	" SELECT (SELECT expires_at FROM code) FROM account",
};

/*
 * Of two that use it at once, the second waits for the first one's delete and finds nothing.  A
 * log-in that has verified the old password holds a share lock on the credential: we wait for it.
 */
static const struct mc_sql reset_use = {
	"reset_use",
	"WITH code AS (DELETE FROM mc.reset_code r USING mc.account a"
	" WHERE" OF_EMAIL " AND a.disabled_at IS NULL"
	" AND r.account_id = a.id AND r.digest = $2 AND r.expires_at > now()"
	" RETURNING r.account_id)"
	" INSERT INTO mc.credential AS c (account_id, password_hash) SELECT account_id, $3 FROM "
	"code"
	" ON CONFLICT (account_id)"
	" DO UPDATE SET password_hash = excluded.password_hash, changed_at = now()",
};

/*
 * Statements of their own behind that one, for its outcome and what it waited for.  Nobody else has
 * our salted hash, so an account with it is one whose code was good.
 */
static const struct mc_sql reset_end_sessions = {
	"reset_end_sessions",
	"DELETE FROM mc.session s USING mc.account a, mc.credential c"
	" WHERE" OF_EMAIL " AND c.account_id = a.id"
	" AND c.password_hash = $2 AND s.account_id = a.id",
};

static const struct mc_sql reset_whose = {
	"reset_whose",
	"SELECT a.id, a.name, a.email FROM mc.account a"
	" JOIN mc.credential c ON c.account_id = a.id AND c.password_hash = $2"
	" WHERE" OF_EMAIL,
};

enum mc_status
mc_reset_put(struct mc_db *db, struct mc_str email, const struct mc_digest *code, int64_t valid_ms,
	struct mc_time *expires_at)
{
	struct mc_row row;

	enum mc_status status = mc_db_one(db, &reset_put, &row,
		MC_PARAMS(mc_p_text(email), mc_p_bytes(code->bytes, sizeof(code->bytes)),
			mc_p_id(valid_ms)));
	if (status != MC_OK)
		return status;
	if (mc_row_is_null(&row, 0))
		return MC_CONFLICT;
	*expires_at = mc_row_time(&row, 0);
	return MC_OK;
}

enum mc_status
mc_reset_use(struct mc_db *db, struct mc_str email, const struct mc_digest *code,
	struct mc_str new_hash, struct mc_user *out)
{
	struct mc_rows changed = { .n = 0 };
	struct mc_rows ended, whose = { .n = 0 };

	/* What travels together is one transaction. */
	mc_db_ask(db, &reset_use,
		MC_PARAMS(mc_p_text(email), mc_p_bytes(code->bytes, sizeof(code->bytes)),
			mc_p_text(new_hash)));
	mc_db_ask(db, &reset_end_sessions, MC_PARAMS(mc_p_text(email), mc_p_text(new_hash)));
	mc_db_ask(db, &reset_whose, MC_PARAMS(mc_p_text(email), mc_p_text(new_hash)));
	enum mc_status statuses[] = { mc_db_take(db, &changed), mc_db_take(db, &ended),
		mc_db_take(db, &whose) };
	for (size_t i = 0; i < MC_COUNT(statuses); i++)
		if (statuses[i] != MC_OK)
			return statuses[i];
	if (changed.affected == 0 || whose.n == 0)
		return MC_UNAUTHENTICATED;
	struct mc_row row = mc_rows_at(&whose, 0);
	*out = (struct mc_user){ .id = mc_row_id(&row, 0),
		.name = mc_row_text(&row, 1),
		.email = mc_row_text(&row, 2) };
	return MC_OK;
}
