/* users - accounts: listed, made, renamed, given a one-time code, disabled and enabled. */

#include <stdio.h>

#include "cli/admin/admin.h"
#include "cli/admin/report.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/utf8.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/crypt/token.h"
#include "libminiclass/db/query.h"
#include "libminiclass/db/tx.h"
#include "libminiclass/limits.h"
#include "libminiclass/model/operator.h"
#include "libminiclass/model/reset.h"
#include "libminiclass/text/json.h"

enum { ANSWER_MAX = 16 * 1024 };

static void
add_account(struct report *report, const struct mc_account *account)
{
	if (report->table) {
		table_add(report->table,
			(const struct mc_str[]){ report_int_cell(report, account->user.id),
				account->user.name, account->user.email,
				report_time_cell(report, account->created_at),
				report_time_cell(report, account->seen_at),
				report_time_cell(report, account->disabled_at),
				report_int_cell(report, account->n_classes) });
		return;
	}
	report_row(report);
	report_int(report, "id", account->user.id);
	report_text(report, "name", account->user.name);
	report_text(report, "email", account->user.email);
	report_time(report, "created_at", account->created_at);
	report_time(report, "seen_at", account->seen_at);
	report_time(report, "disabled_at", account->disabled_at);
	report_int(report, "classes", account->n_classes);
	report_row_end(report);
}

static enum mc_status
add_page(struct report *report, struct mc_str part, int64_t *after, size_t *n)
{
	struct mc_account *accounts;

	enum mc_status status =
		mc_operator_accounts(report->admin->db, report->page, part, *after, &accounts, n);
	for (size_t i = 0; status == MC_OK && i < *n; i++) {
		add_account(report, &accounts[i]);
		*after = accounts[i].user.id;
	}
	return status;
}

int
users_list(struct admin *admin)
{
	static const char *const heads[] = { "ID", "NAME", "E-MAIL", "CREATED", "SEEN", "DISABLED",
		"CLASSES" };
	static const struct report_kind kind = { "users", heads, MC_COUNT(heads), add_page };

	return report_run(admin, &kind);
}

/* And finishes it: a code is nowhere longer than it must be. */
static int
print_line(struct mc_buf *line)
{
	bool is_whole = mc_buf_ok(line);

	if (is_whole)
		printf("%.*s\n", MC_STR_ARGS(mc_buf_str(line)));
	mc_wipe(line->ptr, line->size);
	mc_buf_finish(line);
	return is_whole ? EXIT_DONE : say_error(MC_NO_MEMORY, "answer", "out of memory");
}

/* Nothing but the code where a program reads, so that it need not be cut out. */
static int
say_code(const struct admin *admin, struct mc_str email, const char *code, struct mc_time expires)
{
	char until[MC_TIME_RFC3339_SIZE];
	struct mc_buf json;

	expires.us -= expires.us % 1000000;
	mc_time_rfc3339(expires, until);
	if (!admin->json) {
		puts(code);
		if (say_is_terminal()) {
			printf("With it, %.*s sets a password at /reset, once, until %s.\n",
				MC_STR_ARGS(email), until);
			puts("Nobody can look it up again; mc-admin users reset makes another.");
		}
		return EXIT_DONE;
	}
	mc_buf_init(&json, ANSWER_MAX);
	mc_buf_add_text(&json, "{\"email\":");
	mc_json_write_text(&json, email);
	mc_buf_addf(&json, ",\"code\":\"%s\",\"expires_at\":\"%s\"}", code, until);
	return print_line(&json);
}

/* A new code for the account, as text and until when it can be used. */
static enum mc_status
make_code(const struct admin *admin, struct mc_str email, char code[MC_RESET_CODE_SHOWN],
	struct mc_time *expires)
{
	struct mc_digest digest;

	mc_reset_code_make(code);
	if (!mc_reset_code_digest(mc_str_from(code), &digest))
		return MC_FAILED;
	return mc_reset_put(admin->db, email, &digest, admin->valid_ms, expires);
}

/* Both or neither: an account whose code nobody saw would only be in the way of a second try. */
static enum mc_status
create_with_code(const struct admin *admin, struct mc_str name, struct mc_str email,
	char code[MC_RESET_CODE_SHOWN], struct mc_time *expires)
{
	struct mc_user user;
	struct mc_tx tx;

	mc_tx_begin(&tx, admin->db);
	enum mc_status status = mc_operator_create(admin->db, name, email, &user);
	if (status == MC_OK)
		status = make_code(admin, email, code, expires);
	if (status == MC_OK)
		status = mc_tx_commit(&tx);
	mc_tx_finish(&tx);
	return status;
}

static int
read_email(const struct admin *admin, struct mc_str *out)
{
	*out = mc_str_from(admin->operands[0]);
	if (mc_email_is_well_formed(*out))
		return EXIT_DONE;
	return say_usage(out->len > 0 ? out->ptr : "EMAIL",
		"is not an e-mail address, like name@example.org");
}

static int
read_email_and_name(const struct admin *admin, struct mc_str *email, struct mc_str *name)
{
	char why[48];

	int result = read_email(admin, email);
	if (result == EXIT_DONE)
		result = admin_text(admin, 1, "NAME", name);
	if (result != EXIT_DONE)
		return result;
	snprintf(why, sizeof(why), "has 1 to %d characters", MC_NAME_MAX);
	if (name->len == 0 || mc_utf8_length(*name) > MC_NAME_MAX)
		return say_usage("NAME", why);
	if (!mc_user_name_is_plain(*name))
		return say_usage(
			"NAME", "needs letters, no invisible characters, and no * in front");
	return EXIT_DONE;
}

int
users_create(struct admin *admin)
{
	char code[MC_RESET_CODE_SHOWN];
	struct mc_time expires;
	struct mc_str email, name;

	int result = read_email_and_name(admin, &email, &name);
	if (result != EXIT_DONE)
		return result;

	enum mc_status status = create_with_code(admin, name, email, code, &expires);
	if (status == MC_CONFLICT)
		return say_error(status, admin->operands[0],
			"has an account already; mc-admin users reset makes a code for it");
	if (status != MC_OK)
		return admin_fail_db(admin, status, admin->operands[0]);
	result = say_code(admin, email, code, expires);
	mc_wipe(code, sizeof(code));
	return result;
}

static int
fail_account(const struct admin *admin, enum mc_status status)
{
	if (status == MC_NOT_FOUND)
		return say_error(status, admin->operands[0], "has no account");
	return admin_fail_db(admin, status, admin->operands[0]);
}

static int
say_renamed(const struct admin *admin, struct mc_str name)
{
	struct mc_buf said;

	mc_buf_init(&said, ANSWER_MAX);
	if (admin->json) {
		mc_buf_addf(&said, "{\"email\":\"%s\",\"name\":", admin->operands[0]);
		mc_json_write_text(&said, name);
		mc_buf_add_text(&said, "}");
	} else {
		mc_buf_addf(&said, "%s: is called %.*s now", admin->operands[0], MC_STR_ARGS(name));
	}
	return print_line(&said);
}

int
users_rename(struct admin *admin)
{
	struct mc_str email, name;

	int result = read_email_and_name(admin, &email, &name);
	if (result != EXIT_DONE)
		return result;
	enum mc_status status = mc_operator_rename(admin->db, email, name);
	return status == MC_OK ? say_renamed(admin, name) : fail_account(admin, status);
}

int
users_reset(struct admin *admin)
{
	char code[MC_RESET_CODE_SHOWN];
	struct mc_time expires;
	struct mc_str email;

	int result = read_email(admin, &email);
	if (result != EXIT_DONE)
		return result;
	enum mc_status status = make_code(admin, email, code, &expires);
	if (status == MC_CONFLICT)
		return say_error(status, admin->operands[0],
			"is disabled; mc-admin users enable comes first");
	if (status != MC_OK)
		return fail_account(admin, status);
	result = say_code(admin, email, code, expires);
	mc_wipe(code, sizeof(code));
	return result;
}

static int
say_disabled(const struct admin *admin, bool disabled, bool changed)
{
	const char *email = admin->operands[0];

	if (admin->json)
		printf("{\"email\":\"%s\",\"disabled\":%s,\"changed\":%s}\n", email,
			disabled ? "true" : "false", changed ? "true" : "false");
	else if (!changed)
		printf("%s: is %s already\n", email, disabled ? "disabled" : "enabled");
	else if (disabled)
		printf("%s: disabled; all sessions have ended\n", email);
	else
		printf("%s: enabled; the password is the one from before\n", email);
	return EXIT_DONE;
}

static int
set_disabled(const struct admin *admin, bool disabled)
{
	struct mc_str email;
	bool changed;

	int result = read_email(admin, &email);
	if (result != EXIT_DONE)
		return result;
	enum mc_status status = disabled ? mc_operator_disable(admin->db, email, &changed)
					 : mc_operator_enable(admin->db, email, &changed);
	if (status != MC_OK)
		return fail_account(admin, status);
	return say_disabled(admin, disabled, changed);
}

int
users_disable(struct admin *admin)
{
	return set_disabled(admin, true);
}

int
users_enable(struct admin *admin)
{
	return set_disabled(admin, false);
}
