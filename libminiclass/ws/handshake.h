/* handshake - the WebSocket upgrade of RFC 6455, section 4, both ends.  Pure: no socket. */
#ifndef LIBMINICLASS_WS_HANDSHAKE_H
#define LIBMINICLASS_WS_HANDSHAKE_H

#include <stdbool.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"
#include "libminiclass/http/head.h"

enum { MC_WS_KEY_LENGTH = 24, MC_WS_ACCEPT_LENGTH = 28 };

/*
 * Checks a request head against 4.2.1.  MC_OK and *accept (the value of Sec-WebSocket-Accept);
 * MC_INVALID with the message; *status is the HTTP status to refuse with: 400, 405 for another
 * method, 426 (with Sec-WebSocket-Version: 13) for another version.
 */
enum mc_status mc_ws_server_check(const struct mc_request_head *head,
	char accept[MC_WS_ACCEPT_LENGTH], int *status, struct mc_error *error) MC_MUST_USE;
/* Appends the 101 head; `protocol` empty: none was agreed on. */
void mc_ws_server_write(
	struct mc_buf *buf, const char accept[MC_WS_ACCEPT_LENGTH], struct mc_str protocol);

/* A client's key of 16 random bytes; the request's fields; and what it must find in the answer. */
void mc_ws_client_key(char key[MC_WS_KEY_LENGTH]);
void mc_ws_client_write(struct mc_buf *buf, struct mc_str host, struct mc_str path,
	const char key[MC_WS_KEY_LENGTH], struct mc_str protocol, struct mc_str token);
bool mc_ws_client_check(const struct mc_response_head *head, const char key[MC_WS_KEY_LENGTH],
	struct mc_str protocol) MC_MUST_USE;

#endif
