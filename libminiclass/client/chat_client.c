#include "libminiclass/client/chat_client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/random.h"
#include "libminiclass/base/time.h"
#include "libminiclass/base/utf8.h"
#include "libminiclass/chat/frame.h"
#include "libminiclass/chat/resume.h"
#include "libminiclass/crypt/digest.h"
#include "libminiclass/limits.h"
#include "libminiclass/net/addr.h"
#include "libminiclass/net/socket.h"
#include "libminiclass/net/stream.h"
#include "libminiclass/net/tls.h"

enum {
	ANSWER_MS = 10000,
	PING_MS = 30000,
	PAUSE_MS = 250,
	PAUSE_MAX_MS = 4000, /* so that it is back within five seconds of the other side */
	READ_SIZE = 64 * 1024,
	FRAME_MAX = 4 * 1024 * 1024, /* a `joined` with ten thousand members is 1 MiB */
	OUT_MAX = 16 * 1024 * 1024,  /* a thousand unacked messages are 5 MiB at most */
	HOST_SIZE = 256,
	WHY_SIZE = 160,
};

struct mc_chat_client {
	struct mc_addr addr;
	char host[HOST_SIZE]; /* as the certificate must say */
	char *token;
	struct mc_tls *tls; /* NULL: in clear */
	int64_t answer_ms, ping_ms, pause_ms, pause_max_ms;

	int64_t user; /* who the daemon says that we are; 0: it has not yet */
	enum mc_chat_state state;
	bool changed; /* the state, since its user was last told */
	char why[WHY_SIZE];
	struct mc_stream stream; /* fd -1: none */
	struct mc_buf in, out;
	size_t used; /* bytes of `in` that the last event borrows */
	struct mc_arena *arena;
	struct mc_resume *resume;
	int64_t pause;    /* before the next try */
	int64_t timer_at; /* what it means depends on the state: give up, ping, give up, try again
			   */
	bool pinged;
};

/* "host:port" or "[::1]:port"; of a Unix socket it is not asked. */
static void
copy_host(struct mc_str address, char host[HOST_SIZE])
{
	size_t end = address.len;

	while (end > 0 && address.ptr[end - 1] != ':')
		end--;
	struct mc_str name = mc_str_first(address, end > 0 ? end - 1 : 0);
	if (name.len >= 2 && name.ptr[0] == '[')
		name = mc_str_first(mc_str_skip(name, 1), name.len - 2);
	snprintf(host, HOST_SIZE, "%.*s", MC_STR_ARGS(name));
}

static int64_t
or_default(int64_t value, int64_t fallback)
{
	return value > 0 ? value : fallback;
}

enum mc_status
mc_chat_client_create(const struct mc_chat_client_options *options, struct mc_chat_client **out,
	struct mc_error *error)
{
	struct mc_chat_client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	client->stream.fd = -1;
	client->answer_ms = or_default(options->answer_ms, ANSWER_MS);
	client->ping_ms = or_default(options->ping_ms, PING_MS);
	client->pause_ms = or_default(options->pause_ms, PAUSE_MS);
	client->pause_max_ms = or_default(options->pause_max_ms, PAUSE_MAX_MS);
	client->pause = client->pause_ms;
	client->state = MC_CHAT_WAITING;
	client->timer_at = mc_clock_ms();
	mc_buf_init(&client->in, FRAME_MAX + READ_SIZE);
	mc_buf_init(&client->out, OUT_MAX);
	copy_host(mc_str_from(options->address), client->host);

	enum mc_status status = mc_addr_parse(mc_str_from(options->address), &client->addr, error);
	if (status == MC_OK && options->tls)
		status = mc_tls_client(options->ca_file, &client->tls, error);
	client->token =
		strndup(options->token.len == 0 ? "" : options->token.ptr, options->token.len);
	client->resume = mc_resume_create();
	client->arena = mc_arena_create(64 * 1024, 2 * FRAME_MAX);
	if (status == MC_OK &&
		(client->token == NULL || client->resume == NULL || client->arena == NULL))
		status = mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	if (status != MC_OK) {
		mc_chat_client_destroy(client);
		return status;
	}
	*out = client;
	return MC_OK;
}

void
mc_chat_client_destroy(struct mc_chat_client *client)
{
	if (client == NULL)
		return;
	mc_stream_close(&client->stream);
	mc_tls_destroy(client->tls);
	if (client->token != NULL)
		mc_wipe(client->token, strlen(client->token));
	free(client->token);
	mc_buf_finish(&client->in);
	mc_buf_finish(&client->out);
	mc_arena_destroy(client->arena);
	mc_resume_destroy(client->resume);
	free(client);
}

enum mc_chat_state
mc_chat_client_state(const struct mc_chat_client *client)
{
	return client->state;
}

const char *
mc_chat_client_why(const struct mc_chat_client *client)
{
	return client->why;
}

int64_t
mc_chat_client_user(const struct mc_chat_client *client)
{
	return client->user;
}

size_t
mc_chat_client_unacked(const struct mc_chat_client *client)
{
	return mc_resume_unacked(client->resume);
}

/* The only place where the state changes. */
static void
set_state(struct mc_chat_client *client, enum mc_chat_state state, int64_t timer_in_ms)
{
	client->changed |= client->state != state;
	client->state = state;
	client->timer_at = mc_clock_ms() + timer_in_ms;
}

static void
hang_up(struct mc_chat_client *client)
{
	mc_stream_close(&client->stream);
	client->stream = (struct mc_stream){ .fd = -1 };
	mc_buf_clear(&client->in);
	mc_buf_clear(&client->out);
	client->used = 0;
	client->pinged = false;
}

/* A whole class that was cut off must not come back in the same moment. */
static int64_t
with_chance(int64_t pause)
{
	return pause - mc_random_below((uint32_t)(pause / 2) + 1);
}

static void
lose(struct mc_chat_client *client, const char *why)
{
	hang_up(client);
	if (why != NULL)
		snprintf(client->why, sizeof(client->why), "%s", why);
	set_state(client, MC_CHAT_WAITING, with_chance(client->pause));
	client->pause =
		client->pause < client->pause_max_ms / 2 ? client->pause * 2 : client->pause_max_ms;
}

/* What the daemon said before says more. */
static void
lose_connection(struct mc_chat_client *client)
{
	const char *why = client->state == MC_CHAT_CONNECTED ? "the connection is lost"
							     : "chat cannot be reached";

	lose(client, client->why[0] != '\0' ? NULL : why);
}

static void
say(void *user, const struct mc_chat_command *command)
{
	struct mc_chat_client *client = user;
	struct mc_buf json;

	mc_buf_init(&json, READ_SIZE);
	mc_chat_command_write(&json, command);
	if (mc_buf_ok(&json))
		mc_frame_write(&client->out, mc_buf_str(&json));
	mc_buf_finish(&json);
}

static void
begin(struct mc_chat_client *client)
{
	struct mc_error error = { 0 };
	int fd = -1;

	client->why[0] = '\0';
	if (mc_socket_connect(&client->addr, &fd, &error) != MC_OK) {
		lose(client, error.message);
		return;
	}
	if (mc_stream_connect(&client->stream, fd, client->tls, client->host) != MC_OK) {
		client->stream.fd = -1;
		lose(client, "TLS could not be set up");
		return;
	}
	set_state(client, MC_CHAT_CONNECTING, client->answer_ms);
	say(client, &(struct mc_chat_command){
			    .verb = MC_CHAT_HELLO, .token = mc_str_from(client->token) });
}

static void
run_timer(struct mc_chat_client *client)
{
	if (client->state == MC_CHAT_REFUSED || mc_clock_ms() < client->timer_at)
		return;
	switch (client->state) {
	case MC_CHAT_WAITING: begin(client); break;
	case MC_CHAT_CONNECTING: lose(client, "no answer"); break;
	case MC_CHAT_CONNECTED:
		if (client->pinged) {
			lose(client, "no answer");
			break;
		}
		say(client, &(struct mc_chat_command){ .verb = MC_CHAT_PING });
		client->pinged = true;
		client->timer_at = mc_clock_ms() + client->answer_ms;
		break;
	case MC_CHAT_REFUSED: break;
	}
}

static void
flush(struct mc_chat_client *client)
{
	while (client->stream.fd >= 0 && client->out.len > 0) {
		struct iovec part = { client->out.ptr, client->out.len };
		size_t n = 0;
		switch (mc_stream_writev(&client->stream, &part, 1, &n)) {
		case MC_IO_OK: mc_buf_drop(&client->out, n); break;
		case MC_IO_AGAIN: return;
		case MC_IO_CLOSED:
		case MC_IO_FAILED: lose_connection(client); return;
		}
	}
}

/* False when there is nothing more to read just now. */
static bool
fill(struct mc_chat_client *client)
{
	size_t n = 0;

	if (client->stream.fd < 0)
		return false;
	char *to = mc_buf_reserve(&client->in, READ_SIZE);
	if (to == NULL) {
		lose(client, "out of memory");
		return false;
	}
	switch (mc_stream_read(&client->stream, to, READ_SIZE, &n)) {
	case MC_IO_OK: mc_buf_commit(&client->in, n); return true;
	case MC_IO_AGAIN: return false;
	case MC_IO_CLOSED:
	case MC_IO_FAILED: lose_connection(client); return false;
	}
	return false;
}

static void
welcome(struct mc_chat_client *client)
{
	client->pause = client->pause_ms;
	client->why[0] = '\0';
	set_state(client, MC_CHAT_CONNECTED, client->ping_ms);
	mc_resume_replay(client->resume, say, client);
}

static bool
is_code(const struct mc_chat_event *event, const char *code)
{
	return mc_str_equal(event->code, mc_str_from(code));
}

/* True when its user should see it. */
static bool
take_error(struct mc_chat_client *client, const struct mc_chat_event *event)
{
	if (is_code(event, "unauthenticated")) {
		hang_up(client);
		snprintf(client->why, sizeof(client->why), "%.*s", MC_STR_ARGS(event->body));
		set_state(client, MC_CHAT_REFUSED, 0);
		return false;
	}
	/* Not now: everything that waits is said again after a pause. */
	if (is_code(event, "busy") || is_code(event, "unavailable")) {
		char why[WHY_SIZE];
		snprintf(why, sizeof(why), "%.*s", MC_STR_ARGS(event->body));
		lose(client, why);
		return false;
	}
	/* About the connection: its end follows. */
	if (event->room == 0) {
		snprintf(client->why, sizeof(client->why), "%.*s", MC_STR_ARGS(event->body));
		return false;
	}
	return true;
}

static bool
take_event(struct mc_chat_client *client, const struct mc_chat_event *event)
{
	client->pinged = false;
	client->timer_at = mc_clock_ms() + client->ping_ms;
	switch (mc_resume_event(client->resume, event)) {
	case MC_RESUME_SHOW: break;
	case MC_RESUME_KNOWN: return false;
	case MC_RESUME_GAP:
		mc_resume_rejoin(client->resume, event->room, say, client);
		return false;
	}
	switch (event->type) {
	case MC_CHAT_WELCOME:
		client->user = event->person.id;
		welcome(client);
		return false;
	case MC_CHAT_PONG: return false;
	case MC_CHAT_ERROR: return take_error(client, event);
	case MC_CHAT_JOINED:
	case MC_CHAT_MESSAGE:
	case MC_CHAT_ACK:
	case MC_CHAT_PRESENCE:
	case MC_CHAT_REMOVED:
	case MC_CHAT_ENDED:
	case MC_CHAT_EVENT_COUNT: break;
	}
	return true;
}

/* The next event out of what was read; false when no whole one is there. */
static bool
next_event(struct mc_chat_client *client, struct mc_chat_event *out)
{
	for (;;) {
		struct mc_frame frame;
		mc_buf_drop(&client->in, client->used);
		client->used = 0;
		switch (mc_frame_next(mc_buf_str(&client->in), FRAME_MAX, &frame)) {
		case MC_FRAME_MORE: return false;
		case MC_FRAME_BAD:
		case MC_FRAME_TOO_BIG:
			lose(client, "what answers there is no mc-chatd");
			return false;
		case MC_FRAME_OK: break;
		}
		client->used = frame.size;
		mc_arena_reset(client->arena);
		if (mc_chat_event_read(client->arena, frame.json, out, NULL) != MC_OK) {
			lose(client, "what answers there is no mc-chatd");
			return false;
		}
		if (take_event(client, out))
			return true;
		if (client->stream.fd < 0)
			return false;
	}
}

static bool
step(struct mc_chat_client *client, struct mc_chat_event *out)
{
	run_timer(client);
	if (!mc_buf_ok(&client->out))
		lose(client, "too much waits to be sent");
	flush(client);
	do {
		if (client->stream.fd >= 0 && next_event(client, out))
			return true;
	} while (fill(client));
	flush(client);
	return false;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum mc_status
mc_chat_client_next(struct mc_chat_client *client, int64_t timeout_ms, struct mc_chat_event *out)
{
	struct mc_deadline deadline = mc_deadline_in(timeout_ms);

	for (;;) {
		bool found = step(client, out);
		if (found)
			return MC_OK;
		if (client->changed) {
			client->changed = false;
			return client->state == MC_CHAT_REFUSED ? MC_UNAUTHENTICATED : MC_TIMED_OUT;
		}
		if (client->state == MC_CHAT_REFUSED)
			return MC_UNAUTHENTICATED;
		int64_t left = mc_deadline_left(deadline);
		if (left <= 0)
			return MC_TIMED_OUT;
		struct pollfd waiting = { 0 };
		waiting.fd = mc_chat_client_fd(client, &waiting.events);
		/* An error shows in the next read or write. */
		(void)poll(&waiting, 1,
			(int)least(least(left, mc_chat_client_wait_ms(client)), 60000));
	}
}

int
mc_chat_client_fd(const struct mc_chat_client *client, short *events)
{
	/* While the other side has the next word of a handshake the socket takes more all the time.
	 */
	bool writes = client->out.len > 0 && !mc_stream_awaits_handshake(&client->stream);

	*events = (short)(writes ? POLLIN | POLLOUT : POLLIN);
	return client->stream.fd;
}

int64_t
mc_chat_client_wait_ms(const struct mc_chat_client *client)
{
	int64_t left = client->timer_at - mc_clock_ms();

	if (client->state == MC_CHAT_REFUSED)
		return INT64_MAX;
	return left > 0 ? left : 0;
}

enum mc_status
mc_chat_client_join(struct mc_chat_client *client, int64_t room, int64_t after)
{
	enum mc_status status = mc_resume_join(client->resume, room, after);

	if (status == MC_OK && client->state == MC_CHAT_CONNECTED)
		mc_resume_rejoin(client->resume, room, say, client);
	return status;
}

void
mc_chat_client_leave(struct mc_chat_client *client, int64_t room)
{
	mc_resume_leave(client->resume, room);
	if (client->state == MC_CHAT_CONNECTED)
		say(client, &(struct mc_chat_command){ .verb = MC_CHAT_LEAVE, .room = room });
}

enum mc_status
mc_chat_client_send(struct mc_chat_client *client, int64_t room, struct mc_str client_id,
	struct mc_str body, char used[MC_CHAT_CLIENT_ID_SIZE])
{
	char made[MC_CLIENT_ID_LENGTH];

	body = mc_str_trim(body); /* as the daemon does */
	/* What the daemon could not even name in its refusal would wait for its ack for ever. */
	if (client_id.len > MC_CLIENT_ID_MAX || body.len > MC_MESSAGE_BODY_MAX)
		return MC_TOO_LARGE;
	if (!mc_utf8_is_valid(client_id) || !mc_utf8_is_valid(body))
		return MC_INVALID;
	if (client_id.len == 0) {
		mc_client_id_make(made);
		client_id = (struct mc_str){ made, sizeof(made) };
		if (used != NULL)
			snprintf(used, MC_CHAT_CLIENT_ID_SIZE, "%.*s", MC_STR_ARGS(client_id));
	}
	enum mc_status status = mc_resume_send(client->resume, room, client_id, body);
	if (status == MC_OK && client->state == MC_CHAT_CONNECTED)
		say(client, &(struct mc_chat_command){ .verb = MC_CHAT_SEND,
				    .room = room,
				    .client_id = client_id,
				    .body = body });
	return status;
}
