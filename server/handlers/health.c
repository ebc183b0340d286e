/* health - is it alive, is it ready, and what has it counted? */

#include <stdatomic.h>

#include "libminiclass/db/migrate.h"
#include "libminiclass/db/query.h"
#include "libminiclass/service/log.h"
#include "server/ctx.h"
#include "server/handlers/handlers.h"
#include "server/metrics.h"
#include "server/reply.h"
#include "server/server.h"

enum { METRICS_SIZE_MAX = 64 * 1024 };

static enum mc_status
healthz(struct ctx *ctx)
{
	return reply_bytes(ctx, MC_STR("text/plain; charset=utf-8"), MC_STR("ok"));
}

/* For programs that watch: a word, not a page. */
static enum mc_status
not_ready(struct ctx *ctx, const char *why)
{
	reply_field(ctx, MC_STR("Retry-After"), MC_STR("2"));
	enum mc_status status =
		reply_bytes(ctx, MC_STR("text/plain; charset=utf-8"), mc_str_from(why));
	ctx->reply->status = 503;
	return status;
}

static enum mc_status
readyz(struct ctx *ctx)
{
	if (atomic_load(&ctx->server->stopping))
		return not_ready(ctx, "stopping");
	enum mc_status status = ctx_db(ctx);
	if (status == MC_OK)
		status = mc_migrate_check(ctx->db, mc_migrations, mc_migrations_count);
	if (status == MC_OK)
		return reply_bytes(ctx, MC_STR("text/plain; charset=utf-8"), MC_STR("ok"));

	const char *why = status == MC_CONFLICT
				  ? "the schema is not this version's: run mc-admin migrate"
				  : "the database is away";
	/* What the database said may name hosts and roles: that is for the log alone. */
	mc_log(MC_LOG_WARN, "not_ready", mc_log_text("why", why),
		mc_log_text(
			"database", ctx->db != NULL ? mc_db_message(ctx->db) : ctx->error.message));
	return not_ready(ctx, why);
}

static enum mc_status
metrics(struct ctx *ctx)
{
	struct mc_buf text;

	mc_buf_init(&text, METRICS_SIZE_MAX);
	metrics_print(&text, ctx->server);
	enum mc_status status = mc_buf_ok(&text) ? MC_OK : MC_NO_MEMORY;
	if (status == MC_OK)
		status = reply_bytes(
			ctx, MC_STR("text/plain; version=0.0.4; charset=utf-8"), mc_buf_str(&text));
	mc_buf_finish(&text);
	return status;
}

/* clang-format off */
const struct route health_routes[] = {
	{ MC_METHOD_GET, "/healthz", ACCESS_PUBLIC,   LANE_LOOP,   NULL, healthz, "healthz" },
	{ MC_METHOD_GET, "/readyz",  ACCESS_PUBLIC,   LANE_WORKER, NULL, readyz,  "readyz" },
	{ MC_METHOD_GET, "/metrics", ACCESS_LOOPBACK, LANE_WORKER, NULL, metrics, "metrics" },
	{ 0 },
};
/* clang-format on */
