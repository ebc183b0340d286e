/* full - a room on the whole screen: what it waits for, and how it ends. */
#include "cli/chat/full_int.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "cli/common/say.h"
#include "cli/common/screen.h"

enum { ESCAPE_MS = 50 /* behind an Escape: then it was the key */ };

static void
check_leaving(struct full *full)
{
	if (full->is_leaving && (mc_chat_client_unacked(full->talk->client) == 0 ||
					mc_deadline_left(full->leave_by) == 0))
		full->done = EXIT_DONE;
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
		full_read_keys(full);
	else if (half && full->done < 0)
		full_take_keys(full, true);
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
		full_end(&full, MC_NO_MEMORY, MC_STR("out of memory"));
	while (full.done < 0) {
		full_take_events(&full);
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
