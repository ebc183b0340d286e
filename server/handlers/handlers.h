/*
 * handlers - the route tables, one a resource; server/routes.c puts them together.
 *
 * A handler is four steps: read the form, refuse it, call the model, answer.  It checks no role:
 * its row in the table names the rule.
 */
#ifndef SERVER_HANDLERS_HANDLERS_H
#define SERVER_HANDLERS_HANDLERS_H

#include "server/router.h"

extern const struct route home_routes[];
extern const struct route health_routes[];
extern const struct route asset_routes[];
extern const struct route login_routes[];
extern const struct route account_routes[];
extern const struct route class_routes[];
extern const struct route post_routes[];
extern const struct route tag_routes[];
extern const struct route people_routes[];
extern const struct route live_routes[];
extern const struct route tally_routes[];
extern const struct route attendance_routes[];
extern const struct route correction_routes[];
extern const struct route discussion_routes[];
extern const struct route room_routes[];
extern const struct route message_routes[];
extern const struct route reading_routes[];

/* NULL-ended. */
extern const struct route *const all_routes[];

#endif
