/* rooms - what every page with a room shows: its messages, who is here, where chat is. */
#ifndef SERVER_HANDLERS_ROOMS_H
#define SERVER_HANDLERS_ROOMS_H

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/model/room.h"

struct ctx;
struct json_object;
struct mc_message;

struct mc_str room_path(struct ctx *ctx, mc_room_id room);
/* Asks for the last messages of the room. */
void room_last_ask(struct ctx *ctx, mc_room_id room);
/*
 * Takes them: "messages" and "last_seq"; and in a page "room" with the rest.  Nothing else may be
 * waiting to be taken.
 */
enum mc_status view_room(struct ctx *ctx, const struct mc_room *room) MC_MUST_USE;

/* All that the page of ctx->room shows; its last messages are asked for. */
enum mc_status view_room_page(struct ctx *ctx) MC_MUST_USE;
void view_message(struct ctx *ctx, struct json_object *object, const struct mc_message *message);
/* What is said where nothing more can be written. */
const char *room_over(const struct mc_room *room);

#endif
