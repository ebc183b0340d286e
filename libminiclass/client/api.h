/*
 * api - mc-server's JSON (docs/HTTP.md) for programs: token, bodies, problem documents.
 *
 * One thread at a time.  What a call hands out is borrowed until the next one.
 */
#ifndef LIBMINICLASS_CLIENT_API_H
#define LIBMINICLASS_CLIENT_API_H

#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"
#include "libminiclass/client/http_client.h"

struct json_object;
struct mc_api;

/* `token` may be empty: then calls are made as nobody in particular. */
enum mc_status mc_api_create(const struct mc_http_client_options *options, struct mc_str token,
	struct mc_api **out, struct mc_error *error) MC_MUST_USE;
void mc_api_destroy(struct mc_api *api);
/* From the next call on; as in the options. */
void mc_api_set_timeout(struct mc_api *api, int64_t timeout_ms);

struct mc_api_answer {
	int status;               /* of HTTP; 0: none came */
	struct mc_str text;       /* the body as it came: JSON, or CSV where that was asked for */
	struct json_object *json; /* parsed, strictly; NULL for CSV and an empty body */
};

/*
 * GET when `body` is NULL, else POST of that JSON object (borrowed; an empty one is fine).  `path`
 * as in docs/HTTP.md; text in it went through mc_url_escape.
 *
 * MC_OK for 2xx with a JSON object or CSV, and for 204 to a POST; another 2xx is not mc-server's:
 * MC_FAILED.  Else *out still has the answer, and the error the problem's detail, behind it
 * each field's message: 400, 415 and 422 MC_INVALID (error->field: the first field), 401
 * MC_UNAUTHENTICATED, 403 MC_FORBIDDEN, 404 MC_NOT_FOUND, 408 MC_TIMED_OUT, 409 MC_CONFLICT, 413
 * MC_TOO_LARGE, 429 MC_TOO_MANY, 502, 503 and 504 MC_UNAVAILABLE, all others MC_FAILED; and what
 * mc_http_client_call says.
 */
enum mc_status mc_api_call(struct mc_api *api, const char *path, struct json_object *body,
	struct mc_api_answer *out, struct mc_error *error) MC_MUST_USE;

#endif
