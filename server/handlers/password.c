#include "server/handlers/password.h"

#include "libminiclass/crypt/digest.h"
#include "libminiclass/crypt/password.h"
#include "libminiclass/crypt/token.h"
#include "libminiclass/model/reset.h"
#include "libminiclass/model/throttle.h"
#include "libminiclass/service/log.h"
#include "server/ctx.h"
#include "server/server.h"

enum {
	N_THROTTLES = 3,
	N_THROTTLES_OF_ACCOUNT = 2, /* the first of them; the last one is the address's */
	LOOKS_MAX = 4,              /* at a hash that others change while we verify it */
};

/* What is guessed at. */
static const char login_secret[] = "log-in", own_secret[] = "own", code_secret[] = "code";

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

/* Each secret of an account is guessed at by itself: who tries one keeps its owner from no other.
 * What is typed as an address is one line, so it names no other secret's count. */
static void
name_throttles(struct ctx *ctx, const char *secret, struct mc_str email,
	struct mc_throttle out[N_THROTTLES])
{
	struct mc_str account =
		mc_arena_printf(ctx->arena, "%.*s\n%s", MC_STR_ARGS(folded(ctx, email)), secret);

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
	struct mc_user found;
	struct mc_str hash = MC_STR("");

	attempt->hash = hash;
	enum mc_status status = mc_user_find_by_email(ctx->db, email, &found, &hash);
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

/* MC_CONFLICT: another hash has taken the place of the one that was verified. */
static enum mc_status
upgrade_hash(struct ctx *ctx, struct attempt *attempt, struct mc_str password)
{
	char text[MC_PASSWORD_HASH_SIZE];
	struct mc_str hash = { .ptr = NULL };

	if (!mc_password_needs_rehash(&ctx->server->password_cost, attempt->hash))
		return MC_OK;
	enum mc_status status = mc_password_hash(&ctx->server->password_cost, password, text);
	if (status == MC_OK)
		hash = mc_arena_copy(ctx->arena, mc_str_from(text));
	if (status == MC_OK)
		status = hash.ptr == NULL ? MC_NO_MEMORY : ctx_db(ctx);
	if (status == MC_OK)
		status = mc_user_upgrade_hash(ctx->db, attempt->user.id, attempt->hash, hash);
	if (status == MC_CONFLICT)
		return status;
	/* The log-in is right whether or not this succeeds; the next one tries again. */
	if (status == MC_OK)
		attempt->hash = hash;
	else
		mc_log(MC_LOG_WARN, "hash_upgrade_failed", mc_log_int("user", attempt->user.id));
	return MC_OK;
}

/*
 * Is it the password?  attempt->hash is the stored one afterwards.  When others make it anew at the
 * same time we lose, and look again: theirs is of the same password, or of one that took its place.
 */
static enum mc_status
verify(struct ctx *ctx, struct mc_str email, struct mc_str password, struct attempt *attempt)
{
	enum mc_status verdict = MC_CONFLICT;

	for (int i = 0; verdict == MC_CONFLICT; i++) {
		if (i == LOOKS_MAX)
			return MC_UNAVAILABLE;
		verdict = look_up(ctx, email, attempt);
		if (verdict == MC_OK)
			verdict = mc_password_verify(
				&ctx->server->password_cost, attempt->hash, password);
		if (verdict == MC_OK)
			verdict = upgrade_hash(ctx, attempt, password);
	}
	return verdict;
}

/* Counts a failure, forgets those of the pair after a success; the verdict. */
static enum mc_status
note_verdict(struct ctx *ctx, const struct mc_throttle *throttles, enum mc_status verdict)
{
	enum mc_status status = MC_OK;

	if (verdict == MC_UNAUTHENTICATED)
		status = mc_throttle_count(ctx->db, throttles, N_THROTTLES);
	/* Only the pair: others may be guessing at this account, or from this address. */
	else if (verdict == MC_OK)
		status = mc_throttle_clear(ctx->db, throttles, 1);
	return status == MC_OK ? verdict : status;
}

static enum mc_status
check(struct ctx *ctx, const char *secret, struct mc_str email, struct mc_str password,
	struct mc_user *user, struct mc_str *hash)
{
	struct attempt attempt = { .hash = MC_STR("") };

	name_throttles(ctx, secret, email, attempt.throttles);
	enum mc_status status = ctx_db(ctx);
	if (status == MC_OK)
		status = mc_throttle_check(ctx->db, attempt.throttles, N_THROTTLES, &ctx->error);
	if (status != MC_OK)
		return status;

	enum mc_status verdict = verify(ctx, email, password, &attempt);
	status = ctx_db(ctx);
	if (status != MC_OK)
		return status;
	verdict = note_verdict(ctx, attempt.throttles, verdict);
	if (verdict != MC_OK)
		return verdict;
	*user = attempt.user;
	*hash = attempt.hash;
	return MC_OK;
}

enum mc_status
password_check(struct ctx *ctx, struct mc_str email, struct mc_str password, struct mc_user *user,
	struct mc_str *hash)
{
	return check(ctx, login_secret, email, password, user, hash);
}

enum mc_status
password_confirm(struct ctx *ctx, struct mc_str password, struct mc_user *user, struct mc_str *hash)
{
	return check(ctx, own_secret, ctx->user.email, password, user, hash);
}

/* The hash first, so that its time tells nothing; not while somebody has guessed too often. */
static enum mc_status
hash_unless_throttled(struct ctx *ctx, const struct mc_throttle *throttles, struct mc_str password,
	struct mc_str *out)
{
	char hash[MC_PASSWORD_HASH_SIZE];

	enum mc_status status = ctx_db(ctx);
	if (status == MC_OK)
		status = mc_throttle_check(ctx->db, throttles, N_THROTTLES, &ctx->error);
	if (status == MC_OK)
		status = ctx_db_release(ctx);
	if (status == MC_OK)
		status = mc_password_hash(&ctx->server->password_cost, password, hash);
	if (status != MC_OK)
		return status;
	*out = mc_arena_copy(ctx->arena, mc_str_from(hash));
	return out->ptr == NULL ? MC_NO_MEMORY : MC_OK;
}

/* They were at a password that is none any more: who had forgotten it must get in with the new one.
 * What was guessed from this address at others stays counted. */
static enum mc_status
forget_guesses(struct ctx *ctx, struct mc_str email)
{
	struct mc_throttle throttles[N_THROTTLES_OF_ACCOUNT + N_THROTTLES];

	/* The second ones stand where the address of the first ones stood. */
	name_throttles(ctx, login_secret, email, throttles);
	name_throttles(ctx, own_secret, email, throttles + N_THROTTLES_OF_ACCOUNT);
	return mc_throttle_clear(ctx->db, throttles, 2 * N_THROTTLES_OF_ACCOUNT);
}

enum mc_status
password_set_by_code(struct ctx *ctx, struct mc_str email, struct mc_str code,
	struct mc_str password, struct mc_user *user, struct mc_str *hash)
{
	struct mc_throttle throttles[N_THROTTLES];
	struct mc_digest digest;

	name_throttles(ctx, code_secret, email, throttles);
	enum mc_status status = hash_unless_throttled(ctx, throttles, password, hash);
	if (status == MC_OK)
		status = ctx_db(ctx);
	if (status != MC_OK)
		return status;
	/* What has not the form of a code is a wrong one like others. */
	enum mc_status verdict = MC_UNAUTHENTICATED;
	if (mc_reset_code_digest(code, &digest))
		verdict = mc_reset_use(ctx->db, email, &digest, *hash, user);
	verdict = note_verdict(ctx, throttles, verdict);
	return verdict == MC_OK ? forget_guesses(ctx, email) : verdict;
}
