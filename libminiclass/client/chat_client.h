/*
 * chat_client - takes part in rooms of mc-chatd, and goes on through lost connections.
 *
 * Framed JSON over TCP or TLS.  Connects, says hello, joins, sends; after a loss it comes back by
 * itself with growing pauses, joins with what it has seen and sends again what was not acked, so
 * that its user sees every message of a room once, in order, and every send is stored once.
 * Events are taken one at a time.  No thread of its own; one thread at a time uses it.
 */
#ifndef LIBMINICLASS_CLIENT_CHAT_CLIENT_H
#define LIBMINICLASS_CLIENT_CHAT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/crypt/token.h"

enum { MC_CHAT_CLIENT_ID_SIZE = MC_CLIENT_ID_LENGTH + 1 }; /* with NUL */

struct mc_chat_client;

enum mc_chat_state {
	MC_CHAT_CONNECTING, /* and saying hello */
	MC_CHAT_CONNECTED,  /* welcome */
	MC_CHAT_WAITING,    /* lost, or not there; tries again by itself */
	MC_CHAT_REFUSED,    /* the token opens nothing (any more): it does not try again */
};

struct mc_chat_client_options {
	const char *address; /* "host:port", "[::1]:8081", "unix:/path" */
	bool tls;
	const char *ca_file; /* NULL: the system's authorities */
	struct mc_str token;
	int64_t answer_ms;    /* for connecting, hello, and a pong; 0: 10 s */
	int64_t ping_ms;      /* of silence before a ping; 0: 30 s */
	int64_t pause_ms;     /* before the second try; 0: 250 ms; doubles up to pause_max_ms */
	int64_t pause_max_ms; /* 0: 4 s; up to a half is taken off by chance */
};

/* Copies what it needs of the options.  MC_INVALID: the address or the CA file. */
enum mc_status mc_chat_client_create(const struct mc_chat_client_options *options,
	struct mc_chat_client **out, struct mc_error *error) MC_MUST_USE;
/* What is not acked is lost with it. */
void mc_chat_client_destroy(struct mc_chat_client *client);

/* `after` < 0: the last 50 messages; else all behind that seq. */
enum mc_status mc_chat_client_join(
	struct mc_chat_client *client, int64_t room, int64_t after) MC_MUST_USE;
void mc_chat_client_leave(struct mc_chat_client *client, int64_t room);
/*
 * `client_id` empty: one is made, and copied to *used (may be NULL), to be known again in the ack.
 * MC_TOO_LARGE: a thousand wait already, or it is above the limits (limits.h); MC_INVALID: no
 * UTF-8.
 */
enum mc_status mc_chat_client_send(struct mc_chat_client *client, int64_t room,
	struct mc_str client_id, struct mc_str body, char used[MC_CHAT_CLIENT_ID_SIZE]) MC_MUST_USE;

enum mc_chat_state mc_chat_client_state(const struct mc_chat_client *client);
/* Why it waits or was refused; "" when it does not. */
const char *mc_chat_client_why(const struct mc_chat_client *client);
/* Whose messages are one's own; 0 before the first welcome. */
int64_t mc_chat_client_user(const struct mc_chat_client *client);
size_t mc_chat_client_unacked(const struct mc_chat_client *client);

/*
 * The next event that its user should see, waiting timeout_ms at most (0: what is there).  Text in
 * it lives until the next call.  MC_TIMED_OUT: none came; look at the state, which may have
 * changed; MC_UNAUTHENTICATED: refused.
 */
enum mc_status mc_chat_client_next(
	struct mc_chat_client *client, int64_t timeout_ms, struct mc_chat_event *out) MC_MUST_USE;

/*
 * For a poll loop with other descriptors: what to wait for, and for how long at most; then
 * mc_chat_client_next with timeout 0 until MC_TIMED_OUT.  -1: only the time.
 */
int mc_chat_client_fd(const struct mc_chat_client *client, short *events);
int64_t mc_chat_client_wait_ms(const struct mc_chat_client *client);

#endif
