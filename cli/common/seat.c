#include "cli/common/seat.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/common/proxy.h"
#include "cli/common/say.h"
#include "cli/common/tokens.h"
#include "libminiclass/http/url.h"

static const char default_server[] = "http://127.0.0.1:8080";

struct mc_str
seat_authority(const char *url)
{
	const char *slashes = strstr(url, "://");
	struct mc_str rest = mc_str_from(slashes != NULL ? slashes + 3 : url);

	return mc_str_first(rest, mc_str_find(rest, '/'));
}

static bool
is_secure(const struct seat *seat)
{
	return strncasecmp(seat->server, "https:", 6) == 0;
}

void
seat_server(const char *wanted, char *out, size_t size)
{
	(void)snprintf(out, size, "%s", wanted);
	size_t len = strlen(out);
	if (len > 0 && out[len - 1] == '/')
		out[len - 1] = '\0';
}

/* What is no word would end the line of the request that it stands in. */
static bool
is_word(const char *text)
{
	for (; *text != '\0'; text++)
		if (!isgraph((unsigned char)*text))
			return false;
	return true;
}

/* Whose token, and where.  Without one the server says that it wants one, if it is there at all. */
static int
choose(const struct seat_options *options, bool with_token, struct seat *seat)
{
	struct mc_error error = { .status = MC_OK };
	struct tokens_entry entry;
	const char *token = getenv("MC_TOKEN");
	bool has_token = token != NULL && token[0] != '\0';
	bool has_server = options->server != NULL && options->server[0] != '\0';

	if (has_server)
		seat_server(options->server, seat->server, sizeof(seat->server));
	if (has_token && (strlen(token) >= sizeof(seat->token) || !is_word(token)))
		return say_error(MC_UNAUTHENTICATED, "MC_TOKEN", "is no token of mc-login");
	enum mc_status status = MC_NOT_FOUND;
	if (!has_server || !has_token)
		status = tokens_find(has_server ? seat->server : NULL, &entry, &error);
	if (status != MC_OK && status != MC_NOT_FOUND && !has_token && with_token)
		return say_error(MC_UNAUTHENTICATED, "log-in", error.message);
	seat->is_guessed = !has_server && entry.server[0] == '\0';
	if (!has_server)
		seat_server(entry.server[0] != '\0' ? entry.server : default_server, seat->server,
			sizeof(seat->server));
	if (with_token && (has_token || status == MC_OK))
		(void)snprintf(
			seat->token, sizeof(seat->token), "%s", has_token ? token : entry.token);
	return -1;
}

int
seat_take(const struct seat_options *options, bool with_token, struct seat *seat)
{
	struct mc_error error = { .status = MC_OK };

	*seat = (struct seat){ .api = NULL };
	int done = choose(options, with_token, seat);
	if (done >= 0)
		return done;
	struct mc_http_client_options client = {
		.url = seat->server,
		.ca_file = options->ca_file,
		.proxy =
			proxy_for(mc_authority_host(seat_authority(seat->server)), is_secure(seat)),
		.timeout_ms = options->timeout,
	};
	enum mc_status status =
		mc_api_create(&client, mc_str_from(seat->token), &seat->api, &error);
	if (status == MC_INVALID)
		return say_usage(
			error.field[0] != '\0' ? error.field : seat->server, error.message);
	return status == MC_OK ? -1 : say_error(status, seat->server, error.message);
}

void
seat_leave(struct seat *seat)
{
	mc_api_destroy(seat->api);
	seat->api = NULL;
	explicit_bzero(seat->token, sizeof(seat->token));
}

/* The server's address is said already; another one, of a proxy, is not. */
static const char *
without_address(const struct seat *seat, const char *message)
{
	struct mc_str server = seat_authority(seat->server);

	if (!mc_str_starts_with(mc_str_from(message), server))
		return message;
	const char *rest = message + server.len;
	/* A port that nobody wrote. */
	if (rest[0] == ':' && isdigit((unsigned char)rest[1]))
		rest += 1 + strspn(rest + 1, "0123456789");
	return strncmp(rest, ": ", 2) == 0 ? rest + 2 : message;
}

/* Whoever has not said yet which server they mean meets the usual address of one. */
static int
say_away(const struct seat *seat, const struct mc_error *error)
{
	char why[MC_ERROR_MESSAGE_MAX + 64];

	(void)snprintf(why, sizeof(why), "%s%s", without_address(seat, error->message),
		seat->is_guessed ? "; which server is yours? mc-login --server URL" : "");
	return say_error(error->status, seat->server, why);
}

int
seat_refused(const struct seat *seat, const char *what, const struct mc_error *error)
{
	char why[MC_ERROR_MESSAGE_MAX + 64];

	if (error->status == MC_UNAUTHENTICATED)
		return say_error(
			error->status, seat->server, "you are not logged in (any more): mc-login");
	bool is_away = error->status == MC_UNAVAILABLE || error->status == MC_TIMED_OUT;
	if (is_away && error->retry_after_s == 0)
		return say_away(seat, error);
	if (is_away)
		what = seat->server;
	if (error->retry_after_s == 0)
		return say_error(error->status, what, error->message);
	(void)snprintf(
		why, sizeof(why), "%s (try again in %d s)", error->message, error->retry_after_s);
	return say_error(error->status, what, why);
}

int
seat_call(struct seat *seat, const char *what, const char *path, struct json_object *body,
	struct mc_api_answer *out)
{
	struct mc_error error = { .status = MC_OK };

	if (mc_api_call(seat->api, path, body, out, &error) == MC_OK)
		return -1;
	return seat_refused(seat, what, &error);
}

void
seat_chat_address(const struct seat *seat, const char *option, char *out, size_t size, bool *tls)
{
	struct mc_str host = mc_authority_host(seat_authority(seat->server));

	*tls = is_secure(seat);
	if (option == NULL) {
		(void)snprintf(out, size, "%.*s:8081", MC_STR_ARGS(host));
		return;
	}
	struct mc_str given = mc_str_from(option);
	*tls = mc_str_starts_with(given, MC_STR("tls:"));
	(void)snprintf(out, size, "%s", *tls ? option + 4 : option);
}
