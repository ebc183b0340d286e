#include "server/ctx.h"

#include <stdarg.h>
#include <stdio.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/db/pool.h"
#include "libminiclass/http/head.h"
#include "server/server.h"

/* Longer than any queue of workers should take; beyond it the service is overloaded and says so. */
enum { LEASE_WAIT_MS = 2000 };

enum mc_status
ctx_db(struct ctx *ctx)
{
	if (ctx->db != NULL)
		return MC_OK;
	return mc_pool_acquire(ctx->server->pool, LEASE_WAIT_MS, &ctx->db, &ctx->error);
}

static bool
keep(struct mc_arena *arena, struct mc_str *text)
{
	struct mc_str copy = mc_arena_copy(arena, *text);
	if (copy.ptr == NULL)
		return false;
	*text = copy;
	return true;
}

enum mc_status
ctx_db_release(struct ctx *ctx)
{
	if (ctx->db == NULL)
		return MC_OK;
	bool kept = !ctx->has_user ||
		    (keep(ctx->arena, &ctx->user.name) && keep(ctx->arena, &ctx->user.email) &&
			    keep(ctx->arena, &ctx->session.agent) &&
			    keep(ctx->arena, &ctx->session.address));
	mc_pool_release(ctx->server->pool, ctx->db);
	ctx->db = NULL;
	return kept ? MC_OK : MC_NO_MEMORY;
}

struct mc_str
ctx_query(const struct ctx *ctx, const char *name)
{
	struct mc_str wanted = mc_str_from(name);

	for (size_t i = 0; i < ctx->n_query; i++)
		if (mc_str_equal(ctx->query[i].name, wanted))
			return ctx->query[i].value;
	return (struct mc_str){ 0 };
}

struct mc_str
ctx_field(const struct ctx *ctx, struct mc_str name)
{
	return mc_field_find(ctx->head->fields, ctx->head->n_fields, name);
}

/* One line is given as it is. */
struct mc_str
ctx_list(const struct ctx *ctx, struct mc_str name)
{
	struct mc_str list = ctx_field(ctx, name);
	struct mc_buf joined;
	size_t n = 0;

	mc_buf_init(&joined, MC_HEAD_SIZE_MAX);
	for (size_t i = 0; list.ptr != NULL && i < ctx->head->n_fields; i++) {
		const struct mc_field *field = &ctx->head->fields[i];
		if (!mc_str_equal_nocase(field->name, name))
			continue;
		if (n == 1)
			mc_buf_add(&joined, list);
		if (n++ == 0)
			continue;
		mc_buf_add_char(&joined, ',');
		mc_buf_add(&joined, field->value);
	}
	if (n > 1)
		list = mc_arena_copy(ctx->arena, mc_buf_str(&joined));
	mc_buf_finish(&joined);
	return list;
}

struct mc_str
ctx_path_of(struct ctx *ctx, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text))
		return MC_STR("/");
	struct mc_str path = mc_arena_copy(ctx->arena, (struct mc_str){ text, (size_t)n });
	return path.ptr == NULL ? MC_STR("/") : path;
}
