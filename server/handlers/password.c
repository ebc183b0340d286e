#include "server/handlers/password.h"

#include "libminiclass/base/log.h"
#include "libminiclass/crypt/password.h"
#include "libminiclass/model/throttle.h"
#include "server/ctx.h"
#include "server/server.h"

enum { N_THROTTLES = 3 };

struct attempt {
	struct mc_user user;
	struct mc_str hash; /* empty for an unknown account */
	struct mc_throttle throttles[N_THROTTLES];
};

/* Ada@example.org and ada@example.org are one account, so they are one count. */
static struct mc_str
folded(struct ctx *ctx, struct mc_str email)
{
	char *text = mc_arena_text(ctx->arena, email);

	if (text == NULL)
		return email;
	for (char *c = text; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return (struct mc_str){ text, email.len };
}

static void
name_throttles(struct ctx *ctx, struct mc_str email, struct mc_throttle out[N_THROTTLES])
{
	struct mc_str account = folded(ctx, email);

	out[0] = (struct mc_throttle){ MC_THROTTLE_LOGIN_PAIR,
		mc_arena_printf(
			ctx->arena, "%.*s %.*s", MC_STR_ARGS(account), MC_STR_ARGS(ctx->peer)) };
	out[1] = (struct mc_throttle){ MC_THROTTLE_LOGIN_ACCOUNT, account };
	out[2] = (struct mc_throttle){ MC_THROTTLE_LOGIN_ADDRESS, ctx->peer };
}

/* Everything that is needed is in the arena afterwards, and the lease is given back: hashing is
 * slow. */
static enum mc_status
look_up(struct ctx *ctx, struct mc_str email, struct attempt *attempt)
{
	enum mc_status status = ctx_db(ctx);
	if (status != MC_OK)
		return status;
	status = mc_throttle_check(ctx->db, attempt->throttles, N_THROTTLES, &ctx->error);
	if (status != MC_OK)
		return status;

	struct mc_user found;
	struct mc_str hash = MC_STR("");
	status = mc_user_find_by_email(ctx->db, email, &found, &hash);
	if (status == MC_OK) {
		attempt->user.id = found.id;
		attempt->user.name = mc_arena_copy(ctx->arena, found.name);
		attempt->user.email = mc_arena_copy(ctx->arena, found.email);
		attempt->hash = mc_arena_copy(ctx->arena, hash);
		if (attempt->user.name.ptr == NULL || attempt->user.email.ptr == NULL ||
			attempt->hash.ptr == NULL)
			return MC_NO_MEMORY;
	} else if (status != MC_NOT_FOUND) {
		return status;
	}
	return ctx_db_release(ctx);
}

static void
upgrade_hash(struct ctx *ctx, struct attempt *attempt, struct mc_str password)
{
	char hash[MC_PASSWORD_HASH_SIZE];

	if (!mc_password_needs_rehash(&ctx->server->password_cost, attempt->hash))
		return;
	/* The log-in is right whether or not this succeeds; the next one tries again. */
	if (mc_password_hash(&ctx->server->password_cost, password, hash) != MC_OK ||
		ctx_db(ctx) != MC_OK ||
		mc_user_upgrade_hash(ctx->db, attempt->user.id, attempt->hash, mc_str_from(hash)) !=
			MC_OK) {
		mc_log(MC_LOG_WARN, "hash_upgrade_failed", mc_log_int("user", attempt->user.id));
		return;
	}
	struct mc_str kept = mc_arena_copy(ctx->arena, mc_str_from(hash));
	if (kept.ptr != NULL)
		attempt->hash = kept;
}

enum mc_status
password_check(struct ctx *ctx, struct mc_str email, struct mc_str password, struct mc_user *user,
	struct mc_str *hash)
{
	struct attempt attempt = { .hash = MC_STR("") };

	name_throttles(ctx, email, attempt.throttles);
	enum mc_status status = look_up(ctx, email, &attempt);
	if (status != MC_OK)
		return status;

	enum mc_status verdict =
		mc_password_verify(&ctx->server->password_cost, attempt.hash, password);
	if (verdict == MC_OK)
		upgrade_hash(ctx, &attempt, password);
	status = ctx_db(ctx);
	if (status != MC_OK)
		return status;
	if (verdict == MC_UNAUTHENTICATED) {
		status = mc_throttle_count(ctx->db, attempt.throttles, N_THROTTLES);
		return status == MC_OK ? verdict : status;
	}
	if (verdict != MC_OK)
		return verdict;
	/* Only the pair: others may be guessing at this account, or from this address. */
	status = mc_throttle_clear(ctx->db, attempt.throttles, 1);
	if (status != MC_OK)
		return status;
	*user = attempt.user;
	*hash = attempt.hash;
	return MC_OK;
}
