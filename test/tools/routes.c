/* routes - prints mc-server's table of routes: name, method, path, who; a line each. */

#include <stdio.h>

#include "libminiclass/base/attr.h"
#include "server/handlers/handlers.h"
#include "server/router.h"

static const char *
who(enum access access)
{
	switch (access) {
	case ACCESS_PUBLIC:
	case ACCESS_ANYONE: return "anyone";
	case ACCESS_USER: return "user";
	case ACCESS_MEMBER: return "member";
	case ACCESS_INSTRUCTOR: return "instructor";
	case ACCESS_ROOM: return "who may enter";
	case ACCESS_ROOM_INSTRUCTOR: return "instructor";
	case ACCESS_LOOPBACK: return "loopback";
	case ACCESS_UNSAID: break;
	}
	return "?";
}

int
main(void)
{
	for (const struct route *const *table = all_routes; *table != NULL; table++)
		for (const struct route *route = *table; route->path != NULL; route++)
			printf("%s\t%.*s\t%s\t%s\n", route->name,
				MC_STR_ARGS(mc_method_name(route->method)), route->path,
				who(route->access));
	return 0;
}
