/* full - a room on the whole screen: what comes from chat, the keyboard and signals. */
#include "cli/chat/talk.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/chat/command.h"
#include "cli/chat/complete.h"
#include "cli/chat/older.h"
#include "cli/chat/view.h"
#include "cli/common/keys.h"
#include "cli/common/say.h"
#include "cli/common/screen.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/time.h"
#include "libminiclass/limits.h"

enum {
	READ_SIZE = 4096,
	INPUT_MAX = 64 * 1024,
	ESCAPE_MS = 50, /* behind an Escape: then it was the key */
};

struct full {
	struct talk *talk;
	struct view view;
	struct keys keys;
	struct mc_buf input;
	bool is_away;    /* the window has no focus */
	bool is_lost;    /* the connection was: what comes then was missed */
	int64_t missed;  /* up to that seq */
	bool is_leaving; /* as soon as all is stored, and at `leave_by` anyhow */
	struct mc_deadline leave_by;
	int done;              /* -1: goes on */
	int signal;            /* that ends it */
	enum mc_status status; /* with `why`: what is said when the terminal is back */
	char why[256];
};

static void
end_with(struct full *full, enum mc_status status, struct mc_str why)
{
	full->status = status;
	full->done = say_exit_of(status);
	snprintf(full->why, sizeof(full->why), "%.*s", MC_STR_ARGS(why));
}

static void
notice(struct full *full, const char *text)
{
	snprintf(full->view.notice, sizeof(full->view.notice), "%s", text);
}

static size_t
count_rows(const struct full *full)
{
	static struct log_row none[1];
	size_t all = SIZE_MAX;

	(void)log_rows(&full->view.log, full->view.columns, &all, none, 1);
	return all;
}

static void
take_message(struct full *full, const struct mc_chat_event *event)
{
	struct view *view = &full->view;
	size_t before = view->scroll > 0 ? count_rows(full) : 0;

	bool is_own = event->person.id == mc_chat_client_user(full->talk->client);
	bool unread = full->is_away || view->scroll > 0 || event->seq <= full->missed;
	if (unread && !view->log.has_mark && !is_own)
		log_mark(&view->log);
	log_message(&view->log, event);
	/* What is being read stays where it is. */
	if (view->scroll > 0) {
		view->scroll += count_rows(full) - before;
		view->below++;
	}
}

static void
take_joined(struct full *full, const struct mc_chat_event *event)
{
	(void)people_take(&full->talk->people, event);
	/* If it is still, that is said behind the messages. */
	if (!full->talk->room.is_live)
		full->talk->has_ended = false;
	if (full->is_lost && event->seq > log_last(&full->view.log)) {
		log_unmark(&full->view.log);
		full->missed = event->seq;
	}
	full->is_lost = false;
}

static void
take_presence(struct full *full, const struct mc_chat_event *event)
{
	char text[256];

	bool is_news = people_take(&full->talk->people, event);
	if (!is_news || full->talk->has_ended)
		return;
	snprintf(text, sizeof(text), "%.*s %s", MC_STR_ARGS(event->person.name),
		talk_coming(full->talk, event));
	notice(full, text);
}

/* What was typed last may be on the way still; who says it twice does not wait for it. */
static void
leave(struct full *full)
{
	if (full->is_leaving || mc_chat_client_unacked(full->talk->client) == 0)
		full->done = EXIT_DONE;
	full->is_leaving = true;
	full->leave_by = mc_deadline_in(TALK_LEAVE_MS);
	notice(full, "leaving when all is sent; Ctrl-C: now");
}

static void
check_leaving(struct full *full)
{
	if (full->is_leaving && (mc_chat_client_unacked(full->talk->client) == 0 ||
					mc_deadline_left(full->leave_by) == 0))
		full->done = EXIT_DONE;
}

static void
take_error(struct full *full, const struct mc_chat_event *event)
{
	/* Nobody would read it in the log any more. */
	if (full->is_leaving)
		end_with(full, talk_status(event->code), event->body);
	else if (event->client_id.len > 0)
		log_refused(&full->view.log, event->client_id, event->body);
	else if (mc_str_equal(event->code, MC_STR("not_found")))
		end_with(full, MC_NOT_FOUND, event->body);
	else
		log_refused(&full->view.log, MC_STR(""), event->body);
}

static void
note_end(struct full *full)
{
	const char *over = talk_over(full->talk);
	char text[64];

	snprintf(text, sizeof(text), "%c%s.", toupper((unsigned char)over[0]), over + 1);
	log_notice(&full->view.log, text);
}

/* A discussion is open again: who is in it no more learns it when what they write is taken. */
static void
come_back(struct full *full)
{
	int64_t last = log_last(&full->view.log);

	enum mc_status status =
		last > 0 ? mc_chat_client_join(full->talk->client, full->talk->room.id, last)
			 : talk_join(full->talk);
	if (status != MC_OK)
		end_with(full, status, MC_STR("out of memory"));
}

static void
take_event(struct full *full, const struct mc_chat_event *event)
{
	/* Of a room that was left a moment ago only what became of one's own. */
	bool is_here = event->room == full->talk->room.id;

	switch (event->type) {
	case MC_CHAT_ACK:
		if (is_here && full->talk->has_ended)
			come_back(full);
		log_acked(&full->view.log, event->client_id, event->seq);
		break;
	case MC_CHAT_ERROR:
		if (is_here)
			take_error(full, event);
		break;
	case MC_CHAT_MESSAGE:
		if (is_here)
			take_message(full, event);
		break;
	case MC_CHAT_JOINED:
		if (is_here)
			take_joined(full, event);
		break;
	case MC_CHAT_PRESENCE:
		if (is_here)
			take_presence(full, event);
		break;
	case MC_CHAT_REMOVED:
		for (size_t i = 0; is_here && i < event->n_seqs; i++)
			log_removed(&full->view.log, event->seqs[i]);
		break;
	case MC_CHAT_ENDED:
		if (is_here && !full->talk->has_ended) {
			full->talk->has_ended = true;
			note_end(full);
		}
		break;
	case MC_CHAT_WELCOME:
	case MC_CHAT_PONG:
	case MC_CHAT_EVENT_COUNT: break;
	}
}

static void
take_events(struct full *full)
{
	struct mc_chat_event event;

	while (full->done < 0 && mc_chat_client_next(full->talk->client, 0, &event) == MC_OK)
		take_event(full, &event);
	enum mc_chat_state state = mc_chat_client_state(full->talk->client);
	if (state == MC_CHAT_WAITING && log_last(&full->view.log) > 0)
		full->is_lost = true;
	if (state == MC_CHAT_REFUSED && full->done < 0)
		end_with(full, MC_UNAUTHENTICATED,
			mc_str_from(mc_chat_client_why(full->talk->client)));
}

/* By how much it is too long, the status line says by itself. */
static void
refuse(struct full *full, enum mc_status status, const struct mc_error *error)
{
	char text[64];

	snprintf(text, sizeof(text), "not sent: %d at most", MC_MESSAGE_BODY_MAX);
	screen_bell();
	if (status == MC_TOO_LARGE)
		notice(full, text);
	else
		notice(full, error->message[0] ? error->message : "too much is on the way already");
}

/* False: it stays in the line. */
static bool
send_text(struct full *full, struct mc_str text)
{
	struct mc_error error = { .status = MC_OK };
	char id[MC_CHAT_CLIENT_ID_SIZE];

	enum mc_status status = talk_check(text, &error);
	if (status == MC_OK)
		status = mc_chat_client_send(
			full->talk->client, full->talk->room.id, MC_STR(""), text, id);
	if (status == MC_OK)
		log_pending(&full->view.log, id, text);
	else
		refuse(full, status, &error);
	return status == MC_OK;
}

static void
show_moved(struct full *full)
{
	log_clear(&full->view.log);
	full->view.scroll = 0;
	full->missed = 0;
	notice(full, full->talk->room.is_private
			     ? "only the two sides of this thread read here; /with: back"
			     : "everyone in the class reads here");
}

static void
take_command(struct full *full, struct mc_str line)
{
	struct mc_str text;
	char *said = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&said, &size);

	if (out == NULL)
		return;
	enum command_result result = command_run(full->talk, line, &text, out);
	if (fclose(out) != 0 || result == COMMAND_QUIT)
		leave(full);
	else if (result == COMMAND_MOVED)
		show_moved(full);
	else if (result == COMMAND_FAILED)
		notice(full, said);
	else if (result == COMMAND_SAID && said[0] != '\0')
		log_notice(&full->view.log, said);
	if (result != COMMAND_TEXT || send_text(full, text))
		line_keep(&full->view.line);
	free(said);
}

static void
take_enter(struct full *full)
{
	struct mc_str line = mc_str_trim(line_text(&full->view.line));

	full->view.scroll = 0;
	log_unmark(&full->view.log);
	if (line.len > 0)
		take_command(full, line);
}

static void
page_up(struct full *full)
{
	struct view *view = &full->view;
	size_t wanted = view->scroll + (size_t)view_height(view) - 1;
	size_t all = count_rows(full) + 1;

	/* Above the first row that we have there is more on the server. */
	if (wanted + (size_t)view_height(view) > all && log_first(&view->log) > 1) {
		struct mc_error error = { .status = MC_OK };
		if (older_fetch(full->talk, &view->log, &error) != MC_OK)
			notice(full, error.message);
	}
	/* Too far is put right as it is drawn. */
	view->scroll = wanted;
}

static void
page_down(struct view *view)
{
	size_t step = (size_t)view_height(view) - 1;

	view->scroll = view->scroll > step ? view->scroll - step : 0;
}

static void
take_tab(struct full *full)
{
	static const struct key backspace = { .kind = KEY_BACKSPACE };
	struct line *line = &full->view.line;
	struct mc_buf out;
	size_t n_bytes = 0;

	mc_buf_init(&out, INPUT_MAX);
	struct mc_str before = mc_str_first(line_text(line), line->cursor);
	enum complete_result result = complete_word(full->talk, before, &n_bytes, &out);
	struct key key = { .kind = KEY_TEXT, .text = mc_buf_str(&out) };
	if (result == COMPLETE_DONE) {
		for (size_t end = before.len - n_bytes; line->cursor > end;)
			(void)line_key(line, &backspace);
		(void)line_key(line, &key);
	} else if (result == COMPLETE_MORE) {
		snprintf(full->view.notice, sizeof(full->view.notice), "%.*s",
			MC_STR_ARGS(mc_buf_str(&out)));
	} else {
		screen_bell();
	}
	mc_buf_finish(&out);
}

/* What the editor leaves. */
static void
take_key(struct full *full, const struct key *key)
{
	struct view *view = &full->view;

	if (key->kind == KEY_TAB)
		take_tab(full);
	else if (key->kind == KEY_PAGE_UP)
		page_up(full);
	else if (key->kind == KEY_PAGE_DOWN)
		page_down(view);
	else if (key->kind == KEY_ALT && (key->letter == '<' || key->letter == '>'))
		view->scroll = key->letter == '<' ? SIZE_MAX : 0;
	else if (key->kind == KEY_ESCAPE)
		view->scroll = 0;
	else if (key->kind == KEY_FOCUS_IN)
		full->is_away = false;
	else if (key->kind == KEY_CTRL && key->letter == 'L')
		screen_forget();
	else if (key->kind == KEY_CTRL && key->letter == 'C')
		full->done = EXIT_INTERRUPTED;
	else if (key->kind == KEY_CTRL && key->letter == 'Z')
		screen_suspend();
	if (key->kind == KEY_FOCUS_OUT) {
		full->is_away = true;
		/* All of it was on the screen. */
		if (view->scroll == 0)
			log_unmark(&view->log);
	}
}

/* A paste may be many such keys. */
static void
take_full(struct full *full)
{
	if (!full->view.is_cut)
		screen_bell();
	full->view.is_cut = true;
	notice(full, "the line is full");
}

static void
take_keys(struct full *full, bool all)
{
	struct key key;
	size_t n;

	while (full->done < 0 &&
		(n = keys_next(&full->keys, mc_buf_str(&full->input), all, &key)) > 0) {
		if (key.kind != KEY_FOCUS_IN && key.kind != KEY_FOCUS_OUT)
			full->view.notice[0] = '\0';
		switch (line_key(&full->view.line, &key)) {
		case LINE_EDITED: break;
		case LINE_FULL: take_full(full); break;
		case LINE_DONE: take_enter(full); break;
		case LINE_END: leave(full); break;
		case LINE_OTHER: take_key(full, &key); break;
		}
		if (command_surplus(line_text(&full->view.line)) == 0)
			full->view.is_cut = false;
		mc_buf_drop(&full->input, n);
	}
}

static void
read_keys(struct full *full)
{
	char *to = mc_buf_reserve(&full->input, READ_SIZE);
	ssize_t n = to == NULL ? 0 : read(STDIN_FILENO, to, READ_SIZE);

	if (n > 0) {
		mc_buf_commit(&full->input, (size_t)n);
		take_keys(full, false);
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		/* The terminal is gone. */
		full->done = EXIT_FAILED;
	}
}

static void
wait_for_more(struct full *full)
{
	struct pollfd fds[3] = { { .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = screen_signal_fd(), .events = POLLIN }, { .fd = -1 } };
	int64_t wait = mc_chat_client_wait_ms(full->talk->client);
	bool half = full->input.len > 0;

	fds[2].fd = mc_chat_client_fd(full->talk->client, &fds[2].events);
	if (half && wait > ESCAPE_MS)
		wait = ESCAPE_MS;
	if (full->is_leaving && wait > mc_deadline_left(full->leave_by))
		wait = mc_deadline_left(full->leave_by);
	int n = poll(fds, 3, (int)(wait < 60000 ? wait : 60000));
	if (fds[1].revents != 0 && n > 0) {
		full->signal = screen_signals();
		if (full->signal != 0)
			full->done = EXIT_INTERRUPTED;
		screen_size(&full->view.rows, &full->view.columns);
	}
	if (fds[0].revents != 0 && n > 0 && full->done < 0)
		read_keys(full);
	else if (half && full->done < 0)
		take_keys(full, true);
}

/* The exit status; the terminal is back. */
static int
finish(struct full *full)
{
	int unsaid = EXIT_DONE;

	screen_close();
	if (full->status == MC_OK && full->signal == 0 && full->done == EXIT_DONE)
		talk_note_read(full->talk);
	if (full->signal == 0 && full->status == MC_OK)
		unsaid = talk_say_unsent(full->talk);
	log_clear(&full->view.log);
	line_finish(&full->view.line);
	mc_buf_finish(&full->input);
	if (full->signal == SIGINT)
		return EXIT_INTERRUPTED;
	if (full->signal != 0)
		screen_die(full->signal);
	if (full->status != MC_OK)
		return say_error(full->status, full->talk->room.title, full->why);
	return full->done == EXIT_DONE ? unsaid : full->done;
}

int
talk_screen(struct talk *talk)
{
	static struct full full;
	struct view *view = &full.view;

	screen_size(&view->rows, &view->columns);
	if (view->rows < VIEW_ROWS_MIN || view->columns < VIEW_COLUMNS_MIN || !screen_open())
		return talk_pipe(talk);
	full.talk = talk;
	full.done = -1;
	view->talk = talk;
	line_init(&view->line);
	mc_buf_init(&full.input, INPUT_MAX);
	if (talk_join(talk) != MC_OK)
		end_with(&full, MC_NO_MEMORY, MC_STR("out of memory"));
	while (full.done < 0) {
		take_events(&full);
		if (full.done < 0)
			check_leaving(&full);
		if (!view_draw(view) && full.done < 0)
			full.done = EXIT_FAILED;
		if (!full.is_away && view->scroll == 0)
			talk->shown = log_last(&view->log);
		if (full.done < 0)
			wait_for_more(&full);
	}
	return finish(&full);
}
