/* full_keys - what is typed on the whole screen. */
#include "cli/chat/full_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/chat/command.h"
#include "cli/chat/complete.h"
#include "cli/chat/older.h"
#include "cli/common/say.h"
#include "cli/common/screen.h"
#include "libminiclass/limits.h"

enum { READ_SIZE = 4096 };

/* By how much it is too long, the status line says by itself. */
static void
refuse(struct full *full, enum mc_status status, const struct mc_error *error)
{
	char text[64];

	snprintf(text, sizeof(text), "not sent: %d at most", MC_MESSAGE_BODY_MAX);
	screen_bell();
	if (status == MC_TOO_LARGE)
		full_notice(full, text);
	else
		full_notice(full,
			error->message[0] ? error->message : "too much is on the way already");
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
	full_notice(full, full->talk->room.is_private
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
		full_leave(full);
	else if (result == COMMAND_MOVED)
		show_moved(full);
	else if (result == COMMAND_FAILED)
		full_notice(full, said);
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
	size_t all = full_rows(full) + 1;

	/* Above the first row that we have there is more on the server. */
	if (wanted + (size_t)view_height(view) > all && log_first(&view->log) > 1) {
		struct mc_error error = { .status = MC_OK };
		if (older_fetch(full->talk, &view->log, &error) != MC_OK)
			full_notice(full, error.message);
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
	full_notice(full, "the line is full");
}

void
full_take_keys(struct full *full, bool all)
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
		case LINE_END: full_leave(full); break;
		case LINE_OTHER: take_key(full, &key); break;
		}
		if (command_surplus(line_text(&full->view.line)) == 0)
			full->view.is_cut = false;
		mc_buf_drop(&full->input, n);
	}
}

void
full_read_keys(struct full *full)
{
	char *to = mc_buf_reserve(&full->input, READ_SIZE);
	ssize_t n = to == NULL ? 0 : read(STDIN_FILENO, to, READ_SIZE);

	if (n > 0) {
		mc_buf_commit(&full->input, (size_t)n);
		full_take_keys(full, false);
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		/* The terminal is gone. */
		full->done = EXIT_FAILED;
	}
}
