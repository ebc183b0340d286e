/*
 * seat - who sits at this terminal: server, token, and the connection made of them.
 *
 * The server is --server, MC_SERVER, or the one logged in to last; the token MC_TOKEN, or what was
 * kept for that server (tokens.h).
 */
#ifndef CLI_COMMON_SEAT_H
#define CLI_COMMON_SEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libminiclass/base/attr.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"
#include "libminiclass/client/api.h"

/* The options that every tool has; SEAT_OPTS(struct tool, seat) in its table. */
struct seat_options {
	const char *server;  /* --server URL, MC_SERVER */
	const char *ca_file; /* --ca-file FILE, MC_CA_FILE */
	int64_t timeout;     /* --timeout TIME, MC_TIMEOUT; 30 s */
	bool json;           /* --json */
};

/* A member's name cannot stand in parentheses. NOLINTBEGIN(bugprone-macro-parentheses) */
/* clang-format off */
#define SEAT_OPTS(type, field) \
	{ "server", 0, OPT_TEXT, offsetof(type, field.server), 0, 0, "MC_SERVER", "URL", \
		"the server (default: the one logged in to last)" }, \
	{ "ca-file", 0, OPT_TEXT, offsetof(type, field.ca_file), 0, 0, "MC_CA_FILE", "FILE", \
		"authorities to trust, PEM (default: the system's)" }, \
	{ "timeout", 0, OPT_MS, offsetof(type, field.timeout), 1, 86400000, "MC_TIMEOUT", "TIME", \
		"for one request (default: 30s)" }, \
	{ "json", 0, OPT_FLAG, offsetof(type, field.json), 0, 0, NULL, NULL, \
		"the server's JSON, unchanged; errors as JSON too" }
/* clang-format on */
/* NOLINTEND(bugprone-macro-parentheses) */
#define SEAT_DEFAULTS                                                                              \
	{                                                                                          \
		.timeout = 30000                                                                   \
	}

struct seat {
	struct mc_api *api;
	char server[512]; /* "http://127.0.0.1:8080" */
	char token[64];   /* "": none */
	bool is_guessed;  /* nobody named that server, or has logged in to one */
};

/* Of "https://[::1]:8443/x" the "[::1]:8443"; borrowed. */
struct mc_str seat_authority(const char *url);
/* A server as it was typed, and as it is kept: without a slash at the end. */
void seat_server(const char *wanted, char *out, size_t size);
/*
 * Fills *seat; with a token only if one is wanted.  Without any the server's refusal follows, not
 * ours, so that who is away is told from who is not logged in.  Returns -1 to go on, else the exit
 * status, after having said why.
 */
int seat_take(const struct seat_options *options, bool with_token, struct seat *seat);
void seat_leave(struct seat *seat);

/* Calls and, when it fails, says so and returns the exit status; -1: *out is a 2xx answer. */
int seat_call(struct seat *seat, const char *what, const char *path, struct json_object *body,
	struct mc_api_answer *out);

/* The same for an error of mc_api_call. */
int seat_refused(const struct seat *seat, const char *what, const struct mc_error *error);

/* Where chat is: "host:port" and whether TLS; MC_CHAT ("host:port" or "tls:host:port") or
 * --chat, else the server's host and port 8081 (TLS with https). */
void seat_chat_address(
	const struct seat *seat, const char *option, char *out, size_t size, bool *tls);

#endif
