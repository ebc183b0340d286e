/*
 * http_client - HTTP/1.1 requests to one server, one at a time, over a connection that is kept.
 *
 * http and https (verified; the certificate must name the host), through a proxy where one is
 * given (RFC 9110, 9.3.6, CONNECT for https).  Every call ends within its time-out.  A request that
 * a kept connection lost before any byte of an answer came is sent once more on a new one, if its
 * method is safe.  Redirections are handed to the caller.  One thread at a time.
 */
#ifndef LIBMINICLASS_CLIENT_HTTP_CLIENT_H
#define LIBMINICLASS_CLIENT_HTTP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"
#include "libminiclass/http/head.h"

struct mc_http_client;

struct mc_http_client_options {
	const char *url; /* "http://host:port", "https://host", "unix:/path"; a path is refused */
	const char *ca_file; /* NULL: the system's authorities */
	const char *proxy;   /* "http://host:port"; NULL or "": none */
	int64_t timeout_ms;  /* of one call, all of it; 0: 30 s */
};

struct mc_http_call {
	enum mc_method method;
	struct mc_str target;          /* "/classes?x=y", already percent-coded */
	const struct mc_field *fields; /* beside Host, Content-Length and User-Agent */
	size_t n_fields;
	struct mc_str body; /* ptr NULL: none */
};

/* Borrowed until the next call. */
struct mc_http_reply {
	int status;
	const struct mc_field *fields;
	size_t n_fields;
	struct mc_str body; /* 8 MiB at most */
};

/* Copies what it needs.  MC_INVALID: the url, proxy or CA file, named in the error's field. */
enum mc_status mc_http_client_create(const struct mc_http_client_options *options,
	struct mc_http_client **out, struct mc_error *error) MC_MUST_USE;
void mc_http_client_destroy(struct mc_http_client *client);
/* From the next call on; as in the options. */
void mc_http_client_set_timeout(struct mc_http_client *client, int64_t timeout_ms);

/*
 * MC_OK: an answer came, whatever its status.  MC_UNAVAILABLE: no connection, or it was lost;
 * MC_TIMED_OUT; MC_FAILED: what came is no
 * HTTP, or the certificate is not to be trusted; MC_TOO_LARGE.  The error's message says why.
 */
enum mc_status mc_http_client_call(struct mc_http_client *client, const struct mc_http_call *call,
	struct mc_http_reply *out, struct mc_error *error) MC_MUST_USE;

#endif
