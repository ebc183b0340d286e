#include "libminiclass/http/status.h"

#include <stddef.h>

/* clang-format off */
static const struct {
	int code;
	struct mc_str reason;
} reasons[] = {
	{ 100, MC_STR_INIT("Continue") },
	{ 101, MC_STR_INIT("Switching Protocols") },
	{ 200, MC_STR_INIT("OK") },
	{ 201, MC_STR_INIT("Created") },
	{ 202, MC_STR_INIT("Accepted") },
	{ 204, MC_STR_INIT("No Content") },
	{ 206, MC_STR_INIT("Partial Content") },
	{ 301, MC_STR_INIT("Moved Permanently") },
	{ 302, MC_STR_INIT("Found") },
	{ 303, MC_STR_INIT("See Other") },
	{ 304, MC_STR_INIT("Not Modified") },
	{ 307, MC_STR_INIT("Temporary Redirect") },
	{ 308, MC_STR_INIT("Permanent Redirect") },
	{ 400, MC_STR_INIT("Bad Request") },
	{ 401, MC_STR_INIT("Unauthorized") },
	{ 403, MC_STR_INIT("Forbidden") },
	{ 404, MC_STR_INIT("Not Found") },
	{ 405, MC_STR_INIT("Method Not Allowed") },
	{ 406, MC_STR_INIT("Not Acceptable") },
	{ 408, MC_STR_INIT("Request Timeout") },
	{ 409, MC_STR_INIT("Conflict") },
	{ 410, MC_STR_INIT("Gone") },
	{ 411, MC_STR_INIT("Length Required") },
	{ 412, MC_STR_INIT("Precondition Failed") },
	{ 413, MC_STR_INIT("Content Too Large") },
	{ 414, MC_STR_INIT("URI Too Long") },
	{ 415, MC_STR_INIT("Unsupported Media Type") },
	{ 416, MC_STR_INIT("Range Not Satisfiable") },
	{ 417, MC_STR_INIT("Expectation Failed") },
	{ 421, MC_STR_INIT("Misdirected Request") },
	{ 422, MC_STR_INIT("Unprocessable Content") },
	{ 426, MC_STR_INIT("Upgrade Required") },
	{ 428, MC_STR_INIT("Precondition Required") },
	{ 429, MC_STR_INIT("Too Many Requests") },
	{ 431, MC_STR_INIT("Request Header Fields Too Large") },
	{ 500, MC_STR_INIT("Internal Server Error") },
	{ 501, MC_STR_INIT("Not Implemented") },
	{ 502, MC_STR_INIT("Bad Gateway") },
	{ 503, MC_STR_INIT("Service Unavailable") },
	{ 504, MC_STR_INIT("Gateway Timeout") },
	{ 505, MC_STR_INIT("HTTP Version Not Supported") },
};
/* clang-format on */

struct mc_str
mc_http_reason(int code)
{
	for (size_t i = 0; i < MC_COUNT(reasons); i++) {
		if (reasons[i].code == code)
			return reasons[i].reason;
	}
	return MC_STR("");
}

bool
mc_http_has_body(int code)
{
	return code >= 200 && code != 204 && code != 304;
}
