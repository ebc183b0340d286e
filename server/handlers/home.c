/* home - the landing page. */

#include "server/ctx.h"
#include "server/handlers/handlers.h"
#include "server/reply.h"
#include "server/view.h"

static enum mc_status
home(struct ctx *ctx)
{
	if (ctx->has_user)
		return reply_see_other(ctx, MC_STR("/classes"));
	view_text(ctx->view, "name", MC_STR("Mini Classroom"));
	view_text(ctx->view, "version", MC_STR(MC_VERSION));
	return reply_view(ctx, "landing.html");
}

/* clang-format off */
const struct route home_routes[] = {
	{ MC_METHOD_GET, "/", ACCESS_ANYONE, LANE_WORKER, NULL, home, "home" },
	{ 0 },
};
/* clang-format on */
