#include "libminiclass/model/user.h"

#include "libminiclass/base/utf8.h"
#include "libminiclass/db/query.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/user_int.h"

enum {
	LOCAL_PART_MAX = 64, /* RFC 5321, 4.5.3.1.1 */
	LABEL_MAX = 63,      /* RFC 1035, 2.3.4 */
};

static const struct mc_sql user_insert = {
	"user_insert",
	"WITH account AS (INSERT INTO mc.account (name, email) VALUES ($1, $2) RETURNING id),"
	" credential AS (INSERT INTO mc.credential (account_id, password_hash)"
	" SELECT id, $3 FROM account)"
	" SELECT id FROM account",
};

static const struct mc_sql user_by_email = {
	"user_by_email",
	"SELECT a.id, a.name, a.email, c.password_hash FROM mc.account a"
	" JOIN mc.credential c ON c.account_id = a.id"
	" WHERE" OF_EMAIL " AND a.disabled_at IS NULL",
};

static const struct mc_sql user_set_hash = {
	"user_set_hash",
	"UPDATE mc.credential SET password_hash = $3, changed_at = now()"
	" WHERE account_id = $1 AND password_hash = $2",
};

/*
 * A statement of its own, behind the one above: its snapshot has the sessions of log-ins that held
 * the old hash when the change began, and had to finish before it.
 */
static const struct mc_sql user_end_sessions = {
	"user_end_sessions",
	"DELETE FROM mc.session WHERE account_id = $1 AND id <> $2"
	" AND EXISTS (SELECT FROM mc.credential WHERE account_id = $1 AND password_hash = $3)",
};

static const struct mc_sql user_upgrade_hash = {
	"user_upgrade_hash",
	"UPDATE mc.credential SET password_hash = $3 WHERE account_id = $1 AND password_hash = $2",
};

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* RFC 5322, 3.2.3: atext. */
static bool
is_atom_text(char c)
{
	static const struct mc_str others = MC_STR_INIT("!#$%&'*+-/=?^_`{|}~");

	return is_alphanumeric(c) || mc_str_find(others, c) < others.len;
}

/* RFC 5321, 4.1.2: Dot-string. Quoted strings are allowed there and used nowhere. */
static bool
is_local_part(struct mc_str local)
{
	if (local.len == 0 || local.len > LOCAL_PART_MAX)
		return false;
	for (size_t i = 0; i < local.len; i++) {
		bool dot_between = local.ptr[i] == '.' && i > 0 && i + 1 < local.len &&
				   local.ptr[i - 1] != '.';
		if (!dot_between && !is_atom_text(local.ptr[i]))
			return false;
	}
	return true;
}

static bool
is_label(struct mc_str label)
{
	if (label.len == 0 || label.len > LABEL_MAX)
		return false;
	for (size_t i = 0; i < label.len; i++) {
		bool hyphen_between = label.ptr[i] == '-' && i > 0 && i + 1 < label.len;
		if (!hyphen_between && !is_alphanumeric(label.ptr[i]))
			return false;
	}
	return true;
}

bool
mc_email_is_well_formed(struct mc_str email)
{
	size_t at = mc_str_find(email, '@');
	if (email.len > MC_EMAIL_MAX || at >= email.len || !is_local_part(mc_str_first(email, at)))
		return false;

	/* Two labels at least: without a dot it is a slip of the finger or a machine's own mail. */
	struct mc_str rest = mc_str_skip(email, at + 1);
	struct mc_str label;
	size_t n_labels = 0;
	while (mc_str_next(&rest, '.', &label)) {
		if (!is_label(label))
			return false;
		n_labels++;
	}
	return n_labels >= 2;
}

bool
mc_user_name_is_plain(struct mc_str name)
{
	int32_t first = mc_utf8_first_seen(name);

	return first != 0 && first != '*';
}

enum mc_status
mc_user_create(struct mc_db *db, const struct mc_user_new *wanted, struct mc_user *out)
{
	struct mc_row row;

	enum mc_status status = mc_db_one(db, &user_insert, &row,
		MC_PARAMS(mc_p_text(wanted->name), mc_p_text(wanted->email),
			mc_p_text(wanted->password_hash)));
	if (status != MC_OK)
		return status;
	*out = (struct mc_user){
		.id = mc_row_id(&row, 0), .name = wanted->name, .email = wanted->email
	};
	return MC_OK;
}

enum mc_status
mc_user_find_by_email(
	struct mc_db *db, struct mc_str email, struct mc_user *out, struct mc_str *password_hash)
{
	struct mc_row row;

	enum mc_status status = mc_db_one(db, &user_by_email, &row, MC_PARAMS(mc_p_text(email)));
	if (status != MC_OK)
		return status;
	*out = (struct mc_user){ .id = mc_row_id(&row, 0),
		.name = mc_row_text(&row, 1),
		.email = mc_row_text(&row, 2) };
	*password_hash = mc_row_text(&row, 3);
	return MC_OK;
}

enum mc_status
mc_user_set_password(struct mc_db *db, mc_user_id user, struct mc_str old_hash,
	struct mc_str new_hash, mc_session_id keep)
{
	struct mc_rows changed = { .n = 0 };
	struct mc_rows ended;

	/* What travels together is one transaction. */
	mc_db_ask(db, &user_set_hash,
		MC_PARAMS(mc_p_id(user), mc_p_text(old_hash), mc_p_text(new_hash)));
	mc_db_ask(db, &user_end_sessions,
		MC_PARAMS(mc_p_id(user), mc_p_id(keep), mc_p_text(new_hash)));
	enum mc_status status = mc_db_take(db, &changed);
	enum mc_status committed = mc_db_take(db, &ended);
	if (status != MC_OK || committed != MC_OK)
		return status != MC_OK ? status : committed;
	return changed.affected == 1 ? MC_OK : MC_CONFLICT;
}

enum mc_status
mc_user_upgrade_hash(
	struct mc_db *db, mc_user_id user, struct mc_str old_hash, struct mc_str new_hash)
{
	int affected;

	enum mc_status status = mc_db_run(db, &user_upgrade_hash, &affected,
		MC_PARAMS(mc_p_id(user), mc_p_text(old_hash), mc_p_text(new_hash)));
	if (status != MC_OK)
		return status;
	return affected == 1 ? MC_OK : MC_CONFLICT;
}
