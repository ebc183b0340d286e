/* routes - the site on one page: every table of routes. */

#include <stddef.h>

#include "server/handlers/handlers.h"

const struct route *const all_routes[] = {
	home_routes,
	health_routes,
	asset_routes,
	login_routes,
	account_routes,
	class_routes,
	post_routes,
	tag_routes,
	people_routes,
	live_routes,
	tally_routes,
	attendance_routes,
	correction_routes,
	discussion_routes,
	room_routes,
	message_routes,
	reading_routes,
	NULL,
};
