/* attendance - a live session and who was in it, as its list and a correction show them. */
#ifndef SERVER_HANDLERS_ATTENDANCE_H
#define SERVER_HANDLERS_ATTENDANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/model/attendance.h"
#include "libminiclass/model/live.h"

struct ctx;
struct json_object;

/* Of the path's session. */
struct mc_str attendance_path(struct ctx *ctx);
enum mc_status attendance_ask(struct ctx *ctx);

struct attendance {
	struct mc_live session;
	struct mc_attendance *rows;
	size_t n_rows;
};
/* What was asked for, with all its rows. */
enum mc_status attendance_take(struct ctx *ctx, struct attendance *out) MC_MUST_USE;

void view_attendance(struct ctx *ctx, struct json_object *object, const struct mc_live *session,
	const struct mc_attendance *row);
enum { MINUTE_S = 60 };
/* `came`: else it is none, however many seconds. */
void view_duration(struct json_object *object, const char *key, int64_t seconds, bool came);

#endif
