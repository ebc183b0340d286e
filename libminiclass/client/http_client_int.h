/*
 * http_client_int - what the files of the HTTP client share: whom it asks (http_client_url.c),
 * bytes and heads within a deadline (http_client_io.c), calls (http_client.c).
 */
#ifndef LIBMINICLASS_CLIENT_HTTP_CLIENT_INT_H
#define LIBMINICLASS_CLIENT_HTTP_CLIENT_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/time.h"
#include "libminiclass/client/http_client.h"
#include "libminiclass/http/head.h"
#include "libminiclass/net/stream.h"

enum { HOST_SIZE = 256, ADDRESS_SIZE = 512, BODY_MAX = 8 << 20 };

struct mc_http_client {
	char host[HOST_SIZE];         /* as the certificate must say */
	char authority[ADDRESS_SIZE]; /* the Host field */
	char address[ADDRESS_SIZE];   /* what to connect to: the server, or the proxy */
	bool proxied;
	struct mc_tls *tls; /* NULL: in clear */
	int64_t timeout_ms;

	struct mc_stream stream; /* fd -1: none */
	struct mc_buf out, in, body;
	struct mc_head_parser parser;
	struct mc_response_head head; /* borrows `in` */
	bool keeps;                   /* the connection, for the next call */
};

/* A call under way. */
struct attempt {
	struct mc_http_client *client;
	struct mc_deadline deadline;
	struct mc_error *error;
	bool answered; /* a byte of an answer came */
};

enum mc_status http_client_read_url(struct mc_http_client *client,
	const struct mc_http_client_options *options, struct mc_error *error) MC_MUST_USE;
/* Behind the URL; an empty `text` is none. */
enum mc_status http_client_read_proxy(
	struct mc_http_client *client, const char *text, struct mc_error *error) MC_MUST_USE;

/* Through the proxy's tunnel and with TLS, as the URL wants it. */
enum mc_status http_client_open(struct attempt *attempt) MC_MUST_USE;
void http_client_hang_up(struct mc_http_client *client);
/* All of `out`. */
enum mc_status http_client_send(struct attempt *attempt) MC_MUST_USE;
/* Waits for more bytes.  *closed: there will be none. */
enum mc_status http_client_receive(struct attempt *attempt, bool *closed) MC_MUST_USE;
/* The head of the answer, which then begins `in`; interim ones are passed over (RFC 9110, 15.2). */
enum mc_status http_client_receive_head(struct attempt *attempt) MC_MUST_USE;

/* Sets the attempt's error. */
enum mc_status http_client_lost(struct attempt *attempt) MC_MUST_USE;
enum mc_status http_client_no_http(struct attempt *attempt) MC_MUST_USE;

#endif
