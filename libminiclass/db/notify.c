#include "libminiclass/db/notify.h"

#include <assert.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libminiclass/base/time.h"
#include "libminiclass/db/conn_int.h"

enum {
	RETRY_MIN_MS = 250,
	RETRY_MAX_MS = 1000, /* what is told within five seconds is told then, too */
	CONNECT_MS = 5000,   /* until all of its LISTENs are answered */
	PROBE_MS = 2000,     /* of silence; a lost link says nothing by itself */
	ANSWER_MS = 2000,
	LISTEN_SIZE = 256, /* of all LISTENs in one text: channels are constants of ours */
};

enum state {
	STATE_DOWN,       /* until: when to try again */
	STATE_CONNECTING, /* until: when to give up */
	STATE_ASKED,      /* LISTEN was sent, and its answer has not come; until: when to give up */
	STATE_LISTENING,  /* until: when to probe */
	STATE_PROBING,    /* listening; until: when to give up */
};

/* All fields belong to the one thread that waits. */
struct mc_notify {
	char *conninfo, *application;
	char listen[LISTEN_SIZE];
	struct mc_notify_handler handler;

	enum state state;
	struct mc_deadline until;
	PGconn *conn;     /* NULL while DOWN */
	short events;     /* while CONNECTING: what libpq waits for */
	int pause_ms;     /* before the next try but one */
	int64_t heard_ms; /* all that had come by then is with the handlers */
};

static bool
write_listen(const char *const *channels, char out[LISTEN_SIZE])
{
	size_t len = 0;

	out[0] = '\0';
	for (; *channels; channels++) {
		int n = snprintf(out + len, LISTEN_SIZE - len, "LISTEN %s;", *channels);
		if (n < 0 || (size_t)n >= LISTEN_SIZE - len)
			return false;
		len += (size_t)n;
	}
	return true;
}

struct mc_notify *
mc_notify_create(const char *conninfo, const char *application, const char *const *channels,
	const struct mc_notify_handler *handler)
{
	struct mc_notify *notify = calloc(1, sizeof(*notify));
	if (!notify)
		return NULL;

	notify->handler = *handler;
	notify->conninfo = strdup(conninfo ? conninfo : "");
	notify->application = strdup(application ? application : "miniclass");
	notify->pause_ms = RETRY_MIN_MS;
	notify->until = mc_deadline_in(0);
	bool fits = write_listen(channels, notify->listen);
	assert(fits);
	if (!fits || !notify->conninfo || !notify->application) {
		mc_notify_destroy(notify);
		return NULL;
	}
	return notify;
}

void
mc_notify_destroy(struct mc_notify *notify)
{
	if (!notify)
		return;
	PQfinish(notify->conn);
	free(notify->conninfo);
	free(notify->application);
	free(notify);
}

static bool
is_listening(const struct mc_notify *notify)
{
	return notify->state == STATE_LISTENING || notify->state == STATE_PROBING;
}

static void
enter(struct mc_notify *notify, enum state state, int ms)
{
	notify->state = state;
	notify->until = mc_deadline_in(ms);
}

static void
lose(struct mc_notify *notify)
{
	bool was_listening = is_listening(notify);

	PQfinish(notify->conn);
	notify->conn = NULL;
	enter(notify, STATE_DOWN, notify->pause_ms);
	notify->pause_ms *= 2;
	if (notify->pause_ms > RETRY_MAX_MS)
		notify->pause_ms = RETRY_MAX_MS;
	if (was_listening)
		notify->handler.state(notify->handler.user, false);
}

static void
connect_anew(struct mc_notify *notify)
{
	const struct db_options options = { .conninfo = notify->conninfo,
		.application = notify->application };
	const struct db_parameters with = db_parameters(&options, NULL);

	notify->conn = PQconnectStartParams(with.keywords, with.values, 1);
	if (!notify->conn || PQstatus(notify->conn) == CONNECTION_BAD) {
		lose(notify);
		return;
	}
	db_ignore_notices(notify->conn);
	notify->events = POLLOUT;
	enter(notify, STATE_CONNECTING, CONNECT_MS);
}

/* An answer comes before `until`, or the connection counts as lost. */
static void
send_query(struct mc_notify *notify, const char *text, enum state state, int ms)
{
	/* Short enough for any socket's buffer, so that nothing here waits. */
	if (PQsendQuery(notify->conn, text) && PQflush(notify->conn) == 0)
		enter(notify, state, ms);
	else
		lose(notify);
}

static void
go_on_connecting(struct mc_notify *notify)
{
	switch (PQconnectPoll(notify->conn)) {
	case PGRES_POLLING_READING: notify->events = POLLIN; return;
	case PGRES_POLLING_WRITING: notify->events = POLLOUT; return;
	case PGRES_POLLING_OK:
		if (PQsetnonblocking(notify->conn, 1) != 0)
			lose(notify);
		else
			send_query(notify, notify->listen, STATE_ASKED, CONNECT_MS);
		return;
	case PGRES_POLLING_FAILED:
	case PGRES_POLLING_ACTIVE:
	default: lose(notify); return;
	}
}

/* True when the whole answer has come; a failure in it loses the connection. */
static bool
take_answer(struct mc_notify *notify)
{
	while (!PQisBusy(notify->conn)) {
		PGresult *result = PQgetResult(notify->conn);
		if (!result)
			return true;
		ExecStatusType status = PQresultStatus(result);
		PQclear(result);
		if (status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
			lose(notify);
			return false;
		}
	}
	return false;
}

static void
hand_out(struct mc_notify *notify)
{
	PGnotify *heard;

	while ((heard = PQnotifies(notify->conn)) != NULL) {
		const struct mc_notice notice = { mc_str_from(heard->relname),
			mc_str_from(heard->extra), heard->be_pid };
		notify->handler.notice(notify->handler.user, &notice);
		PQfreemem(heard);
	}
}

static void
read_input(struct mc_notify *notify)
{
	bool was_listening = is_listening(notify);
	int64_t begun = mc_clock_ms();

	if (!PQconsumeInput(notify->conn)) {
		/* What came before the end is as true as ever. */
		if (was_listening)
			hand_out(notify);
		lose(notify);
		return;
	}
	if (notify->state != STATE_LISTENING && !take_answer(notify)) {
		if (is_listening(notify))
			hand_out(notify);
		return;
	}
	notify->pause_ms = RETRY_MIN_MS;
	notify->heard_ms = begun;
	enter(notify, STATE_LISTENING, PROBE_MS);
	if (!was_listening)
		notify->handler.state(notify->handler.user, true);
	hand_out(notify);
}

/* What is due without anything to read. */
static void
act_on_time(struct mc_notify *notify)
{
	if (mc_deadline_left(notify->until) > 0)
		return;
	switch (notify->state) {
	case STATE_DOWN: connect_anew(notify); return;
	case STATE_LISTENING: send_query(notify, "", STATE_PROBING, ANSWER_MS); return;
	case STATE_CONNECTING:
	case STATE_ASKED:
	case STATE_PROBING:
	default: lose(notify); return;
	}
}

void
mc_notify_wait(struct mc_notify *notify, int wake_fd, int timeout_ms)
{
	act_on_time(notify);

	int64_t left = mc_deadline_left(notify->until);
	if (timeout_ms >= 0 && timeout_ms < left)
		left = timeout_ms;
	/* poll passes over a negative descriptor. */
	struct pollfd fds[2] = { { .fd = wake_fd, .events = POLLIN },
		{ .fd = notify->conn ? PQsocket(notify->conn) : -1,
			.events = notify->state == STATE_CONNECTING ? notify->events : POLLIN } };
	if (poll(fds, 2, (int)left) <= 0 || fds[1].revents == 0)
		return;
	if (notify->state == STATE_CONNECTING)
		go_on_connecting(notify);
	else
		read_input(notify);
}

int64_t
mc_notify_heard_ms(const struct mc_notify *notify)
{
	return notify->heard_ms;
}
