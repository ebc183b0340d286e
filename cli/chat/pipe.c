/*
 * pipe - a room as lines: each line of stdin a message, each message a line of stdout.
 *
 * At the end of stdin it goes on until what was sent is stored and was shown, or with --count
 * until so many messages came.  Who sits there and leaves does not wait for a daemon that is away.
 */
#include "cli/chat/talk.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/chat/command.h"
#include "cli/common/say.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/time.h"

enum {
	READ_SIZE = 16 * 1024,
	FEED_MAX = 256 * 1024,
	UNACKED_MAX = 128, /* the daemon reads no further behind 256 */
};

struct pipe {
	struct talk *talk;
	struct mc_buf feed; /* of stdin */
	bool fed;           /* stdin has ended */
	bool skipping;      /* the rest of a line that was too long */
	int64_t line;       /* its number */

	bool joined;
	int64_t joined_seq;      /* the room's last when we came */
	int64_t seen, acked;     /* the highest seq of each */
	int64_t shown;           /* messages, for --count */
	char day[TALK_DAY_SIZE]; /* of the last one; before it: today */
	int64_t away_since;      /* -1: connected */
	int64_t quiet_since;     /* the last event, or the end of stdin */
	enum mc_chat_state was;  /* for the notices */
	int failed;              /* EXIT_DONE, or what a message that was refused makes of it */
	int done;                /* -1: goes on */
};

static void
fail(struct pipe *pipe, int exit_status)
{
	if (pipe->failed == EXIT_DONE)
		pipe->failed = exit_status;
}

/* For people only: in a pipe there is nothing but messages. */
static void
notice(struct pipe *pipe, const char *text)
{
	if (!pipe->talk->lines || pipe->talk->json)
		return;
	fputs("-- ", stdout);
	for (const char *c = text; *c != '\0'; c++) {
		putchar(*c);
		if (*c == '\n')
			fputs("-- ", stdout);
	}
	putchar('\n');
}

static void
show_json(const struct mc_chat_event *event)
{
	struct mc_buf json;

	mc_buf_init(&json, 1024 * 1024);
	mc_chat_event_write(&json, event);
	mc_buf_add_char(&json, '\n');
	if (mc_buf_ok(&json))
		(void)fwrite(json.ptr, 1, json.len, stdout);
	mc_buf_finish(&json);
}

/* The clock alone says it, as long as it is of today. */
static void
show_day(struct pipe *pipe, struct mc_time at)
{
	char day[TALK_DAY_SIZE];

	talk_day(at, day);
	if (strcmp(day, pipe->day) != 0)
		notice(pipe, day);
	snprintf(pipe->day, sizeof(pipe->day), "%s", day);
}

static void
show_message(struct pipe *pipe, const struct mc_chat_event *event)
{
	char clock[TALK_CLOCK_SIZE];

	pipe->seen = event->seq;
	if (pipe->talk->count > 0 && pipe->shown >= pipe->talk->count)
		return;
	pipe->shown++;
	if (pipe->talk->json) {
		show_json(event);
		return;
	}
	show_day(pipe, event->at);
	talk_clock(event->at, clock);
	if (say_is_terminal())
		pipe->talk->shown = event->seq;
	printf("%s %s", clock, talk_mark(event));
	say_clean(stdout, event->person.name, false);
	fputs(": ", stdout);
	say_clean(stdout, talk_words(event), false);
	putchar('\n');
}

static void
show_presence(struct pipe *pipe, const struct mc_chat_event *event)
{
	char *text = NULL;
	size_t size = 0;

	bool is_news = people_take(&pipe->talk->people, event);
	if (!pipe->talk->lines || (event->type == MC_CHAT_PRESENCE && !is_news))
		return;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL)
		return;
	if (event->type == MC_CHAT_JOINED) {
		say_clean(out, mc_str_from(pipe->talk->room.title), false);
		fputs(", ", out);
		people_write(&pipe->talk->people, out);
	} else {
		say_clean(out, event->person.name, false);
		fprintf(out, " %s", talk_coming(pipe->talk, event));
	}
	if (fclose(out) == 0)
		notice(pipe, text);
	free(text);
}

static void
show_ended(struct pipe *pipe)
{
	size_t lost = mc_chat_client_unacked(pipe->talk->client);

	notice(pipe, talk_over(pipe->talk));
	pipe->done = EXIT_DONE;
	if (lost > 0 || pipe->feed.len > 0) {
		char why[64];
		snprintf(why, sizeof(why), "not all was sent: %s", talk_over(pipe->talk));
		pipe->done = say_error(MC_CONFLICT, pipe->talk->room.title, why);
	}
}

static void
show_error(struct pipe *pipe, const struct mc_chat_event *event)
{
	char why[200];
	enum mc_status status = talk_status(event->code);

	snprintf(why, sizeof(why), "%.*s", MC_STR_ARGS(event->body));
	if (status == MC_NOT_FOUND)
		pipe->done = say_error(status, pipe->talk->room.title, why);
	else if (status == MC_CONFLICT)
		fail(pipe, say_error(status, pipe->talk->room.title, why));
	else
		fail(pipe, say_error(status, "message", why));
}

static void
show(struct pipe *pipe, const struct mc_chat_event *event)
{
	if (event->room != pipe->talk->room.id)
		return;
	pipe->quiet_since = mc_clock_ms();
	switch (event->type) {
	case MC_CHAT_JOINED:
		pipe->joined = true;
		pipe->joined_seq = event->seq;
		show_presence(pipe, event);
		break;
	case MC_CHAT_MESSAGE: show_message(pipe, event); break;
	case MC_CHAT_ACK:
		if (event->seq > pipe->acked)
			pipe->acked = event->seq;
		break;
	case MC_CHAT_PRESENCE: show_presence(pipe, event); break;
	case MC_CHAT_ENDED: show_ended(pipe); break;
	case MC_CHAT_ERROR: show_error(pipe, event); break;
	case MC_CHAT_REMOVED: /* what is printed is printed */
	case MC_CHAT_WELCOME:
	case MC_CHAT_PONG:
	case MC_CHAT_EVENT_COUNT: break;
	}
}

static void
send_text(struct pipe *pipe, struct mc_str text)
{
	struct mc_error error = { .status = MC_OK };
	char number[32];

	if (mc_str_trim(text).len == 0)
		return;
	enum mc_status status = talk_check(text, &error);
	if (status == MC_OK)
		status = mc_chat_client_send(
			pipe->talk->client, pipe->talk->room.id, MC_STR(""), text, NULL);
	if (status == MC_OK)
		return;
	snprintf(number, sizeof(number), "line %" PRId64, pipe->line);
	fail(pipe, say_error(status, number, error.message[0] ? error.message : "out of memory"));
}

static void
end_feed(struct pipe *pipe)
{
	pipe->fed = true;
	pipe->quiet_since = mc_clock_ms();
}

static void
restart(struct pipe *pipe)
{
	int64_t after = pipe->talk->room.last_seq - pipe->talk->history;

	pipe->joined = false;
	pipe->seen = after > 0 ? after : 0;
	pipe->acked = 0;
}

/* A line of somebody who sits there. */
static void
take_command(struct pipe *pipe, struct mc_str line)
{
	char *said = NULL;
	size_t size = 0;
	struct mc_str text;
	FILE *out = open_memstream(&said, &size);

	if (out == NULL)
		return;
	enum command_result result = command_run(pipe->talk, line, &text, out);
	if (fclose(out) == 0 && said[0] != '\0')
		notice(pipe, said);
	free(said);
	switch (result) {
	case COMMAND_TEXT: send_text(pipe, text); break;
	case COMMAND_QUIT:
		end_feed(pipe);
		pipe->talk->count = 0;
		break;
	case COMMAND_MOVED: restart(pipe); break;
	case COMMAND_SAID:
	case COMMAND_FAILED: break;
	}
}

static void
take_line(struct pipe *pipe, struct mc_str line)
{
	pipe->line++;
	if (pipe->skipping)
		pipe->skipping = false;
	else if (pipe->talk->lines)
		take_command(pipe, mc_str_trim(line));
	else
		send_text(pipe, line);
}

/* What was read, as long as the daemon takes it. */
static void
take_lines(struct pipe *pipe)
{
	while (pipe->feed.len > 0 && pipe->done < 0 &&
		mc_chat_client_unacked(pipe->talk->client) < UNACKED_MAX) {
		struct mc_str all = mc_buf_str(&pipe->feed);
		size_t end = mc_str_find(all, '\n');
		if (end == all.len && !pipe->fed && all.len < FEED_MAX / 2)
			return;
		take_line(pipe, mc_str_first(all, end));
		/* Its beginning was refused already. */
		pipe->skipping = end == all.len && !pipe->fed;
		mc_buf_drop(&pipe->feed, end < all.len ? end + 1 : end);
	}
}

static void
read_feed(struct pipe *pipe)
{
	char *to = mc_buf_reserve(&pipe->feed, READ_SIZE);
	ssize_t n = to == NULL ? 0 : read(STDIN_FILENO, to, READ_SIZE);

	if (n > 0)
		mc_buf_commit(&pipe->feed, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		end_feed(pipe);
}

static void
check_state(struct pipe *pipe)
{
	enum mc_chat_state state = mc_chat_client_state(pipe->talk->client);
	const char *why = mc_chat_client_why(pipe->talk->client);
	char text[240];

	if (state == MC_CHAT_REFUSED)
		pipe->done = say_error(MC_UNAUTHENTICATED, pipe->talk->room.address, why);
	if (state == MC_CHAT_WAITING && pipe->was == MC_CHAT_CONNECTED) {
		snprintf(text, sizeof(text), "not connected (%s); trying again", why);
		notice(pipe, text);
	}
	if (state == MC_CHAT_CONNECTED)
		pipe->away_since = -1;
	else if (pipe->away_since < 0)
		pipe->away_since = mc_clock_ms();
	else if (!pipe->talk->lines && mc_clock_ms() - pipe->away_since >= pipe->talk->timeout_ms &&
		 pipe->done < 0)
		pipe->done = say_error(MC_UNAVAILABLE, pipe->talk->room.address,
			why[0] != '\0' ? why : "no answer");
	if (state != MC_CHAT_CONNECTING)
		pipe->was = state;
}

/* Of who sits there; INT64_MAX: nobody is leaving. */
static int64_t
leaving_ms(const struct pipe *pipe)
{
	if (!pipe->talk->lines || !pipe->fed || pipe->talk->count > 0)
		return INT64_MAX;
	return pipe->quiet_since + TALK_LEAVE_MS - mc_clock_ms();
}

static void
check_leaving(struct pipe *pipe)
{
	const struct talk *talk = pipe->talk;

	if (pipe->done >= 0 || leaving_ms(pipe) > 0)
		return;
	pipe->done = talk_say_unsent(talk);
	if (pipe->done == EXIT_DONE && !pipe->joined)
		pipe->done = say_error(MC_UNAVAILABLE, talk->room.address, "no answer");
}

static bool
is_over(const struct pipe *pipe)
{
	if (mc_chat_client_unacked(pipe->talk->client) > 0)
		return false;
	if (pipe->talk->count > 0)
		return pipe->shown >= pipe->talk->count;
	return pipe->fed && pipe->feed.len == 0 && pipe->joined && pipe->seen >= pipe->joined_seq &&
	       pipe->seen >= pipe->acked;
}

/* Everything that is there; false: stdout takes no more. */
static bool
take_events(struct pipe *pipe)
{
	struct mc_chat_event event;

	while (pipe->done < 0 && mc_chat_client_next(pipe->talk->client, 0, &event) == MC_OK) {
		show(pipe, &event);
		if (is_over(pipe))
			pipe->done = EXIT_DONE;
	}
	return fflush(stdout) == 0;
}

/* Until something comes; false: whoever read stdout has gone. */
static bool
wait_for_more(struct pipe *pipe)
{
	struct talk *talk = pipe->talk;
	struct pollfd fds[3] = { { .fd = -1 }, { .fd = STDOUT_FILENO }, { .fd = -1 } };
	bool hungry = !pipe->fed && pipe->feed.len < FEED_MAX / 2 &&
		      mc_chat_client_unacked(talk->client) < UNACKED_MAX;
	int64_t wait = mc_chat_client_wait_ms(talk->client);

	if (hungry)
		fds[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	fds[2].fd = mc_chat_client_fd(talk->client, &fds[2].events);
	if (pipe->away_since >= 0) {
		int64_t left = pipe->away_since + talk->timeout_ms - mc_clock_ms();
		wait = left < wait && !talk->lines ? left : wait;
	}
	wait = wait < leaving_ms(pipe) ? wait : leaving_ms(pipe);
	wait = wait < 0 ? 0 : (wait > 60000 ? 60000 : wait);
	if (poll(fds, 3, (int)wait) > 0 && fds[0].revents != 0)
		read_feed(pipe);
	return (fds[1].revents & (POLLERR | POLLNVAL)) == 0;
}

/* False: whoever read stdout has gone. */
static bool
take_turn(struct pipe *pipe)
{
	take_lines(pipe);
	if (!take_events(pipe))
		return false;
	check_state(pipe);
	if (pipe->done < 0 && is_over(pipe))
		pipe->done = EXIT_DONE;
	check_leaving(pipe);
	return pipe->done >= 0 || wait_for_more(pipe);
}

/* Who only watched has seen enough (head -1); what was to be sent must not be lost in silence. */
static int
end_unread(struct pipe *pipe)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	if (!pipe->fed && pipe->feed.len == 0 && poll(&input, 1, 0) > 0)
		read_feed(pipe);
	if (pipe->feed.len > 0)
		return say_error(MC_FAILED, pipe->talk->room.title,
			"nobody reads the output any more; not all of the input was sent");
	return talk_say_unsent(pipe->talk);
}

int
talk_pipe(struct talk *talk)
{
	struct pipe pipe = { .talk = talk,
		.away_since = mc_clock_ms(),
		.was = MC_CHAT_WAITING,
		.failed = EXIT_DONE,
		.done = -1 };

	talk_day(mc_time_now(), pipe.day);
	mc_buf_init(&pipe.feed, FEED_MAX);
	enum mc_status status = talk_join(talk);
	if (status != MC_OK)
		return say_error(status, "chat", "out of memory");
	restart(&pipe);
	while (pipe.done < 0) {
		if (!take_turn(&pipe) && pipe.done < 0)
			pipe.done = end_unread(&pipe);
	}
	talk_note_read(talk);
	mc_buf_finish(&pipe.feed);
	return pipe.done > 0 ? pipe.done : pipe.failed;
}
