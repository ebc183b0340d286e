/*
 * request - what is asked of mc-server to change something.
 */
#ifndef CLI_COMMON_REQUEST_H
#define CLI_COMMON_REQUEST_H

#include "cli/common/seat.h"
#include "libminiclass/base/str.h"
#include "libminiclass/client/api.h"

struct json_object;

/* The body of a request under way; NULL stays NULL, and request_post then says so. */
struct json_object *request_body(void);
void request_add_text(struct json_object *body, const char *key, struct mc_str text);

void request_drop(struct json_object *body);

/* As seat_call; `body` is consumed. */
int request_post(struct seat *seat, const char *what, const char *path, struct json_object *body,
	struct mc_api_answer *out);
/*
 * The same for what makes a new thing (docs/HTTP.md, Repeating a request): with a client_id, and
 * tried once more when the answer was lost.  An answer that names no new thing is a failure.
 */
int request_create(struct seat *seat, const char *what, const char *path, struct json_object *body,
	struct mc_api_answer *out);

#endif
