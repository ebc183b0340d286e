#include "cli/common/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/common/glyph.h"
#include "cli/common/keys.h"
#include "cli/common/line.h"
#include "cli/common/say.h"
#include "cli/common/screen.h"

enum { INPUT_SIZE = 256 };

/* Whoever ends the program meanwhile (a signal) must give the terminal back. */
static struct {
	int fd;
	struct termios before;
} terminal = { .fd = -1 };

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
enum { N_ENDING = sizeof(ending) / sizeof(ending[0]) };

static int
open_terminal(void)
{
	int fd = isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;

	/* Without a controlling terminal, the one that stdin is. */
	if (fd < 0 && isatty(STDIN_FILENO))
		fd = dup(STDIN_FILENO);
	return fd;
}

static void
put(int fd, const char *text, size_t size)
{
	/* A terminal that is gone says so at the next read. */
	while (size > 0) {
		ssize_t n = write(fd, text, size);
		if (n < 0 && errno != EINTR)
			return;
		text += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
}

static void
put_text(int fd, const char *text)
{
	put(fd, text, strlen(text));
}

static void
give_back(void)
{
	(void)tcsetattr(terminal.fd, TCSAFLUSH, &terminal.before);
}

static void
end_by(int number)
{
	give_back();
	if (number == SIGINT)
		_exit(EXIT_INTERRUPTED);
	struct sigaction standard = { .sa_handler = SIG_DFL };
	(void)sigaction(number, &standard, NULL);
	(void)raise(number);
}

static bool
make_raw(int fd, struct sigaction before[N_ENDING])
{
	struct sigaction end = { .sa_handler = end_by, .sa_flags = SA_NODEFER };

	if (tcgetattr(fd, &terminal.before) != 0)
		return false;
	terminal.fd = fd;
	struct termios raw = terminal.before;
	/* Ctrl-Z too is for who gave the terminal back first: not here. */
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	raw.c_iflag &= ~(tcflag_t)IXON;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	for (size_t i = 0; i < N_ENDING; i++)
		(void)sigaction(ending[i], &end, &before[i]);
	return tcsetattr(fd, TCSAFLUSH, &raw) == 0;
}

static void
make_usual(struct sigaction before[N_ENDING])
{
	give_back();
	for (size_t i = 0; i < N_ENDING; i++)
		(void)sigaction(ending[i], &before[i], NULL);
	terminal.fd = -1;
}

/* A star for each character. */
struct stars {
	int fd, most;
	int shown, cursor;
};

static int
count_glyphs(struct mc_str text)
{
	int n = 0;

	for (size_t at = 0, size; (size = glyph_next(text, at, NULL)) > 0; at += size)
		n++;
	return n;
}

static void
repeat(int fd, const char *text, int times)
{
	for (int i = 0; i < times; i++)
		put_text(fd, text);
}

static void
show_stars(struct stars *stars, const struct line *line)
{
	int n = count_glyphs(line_text(line));
	int cursor = count_glyphs(mc_str_first(line_text(line), line->cursor));
	bool at_end = stars->cursor == stars->shown && cursor == n;

	n = n < stars->most ? n : stars->most;
	cursor = cursor < n ? cursor : n;
	if (!at_end)
		repeat(stars->fd, "\b", stars->cursor);
	repeat(stars->fd, "*", n - (at_end ? stars->shown : 0));
	repeat(stars->fd, at_end ? "\b \b" : " ", stars->shown - n);
	if (!at_end && stars->shown > n)
		repeat(stars->fd, "\b", stars->shown - n);
	repeat(stars->fd, "\b", n - cursor);
	stars->shown = n;
	stars->cursor = cursor;
}

enum step { STEP_ON, STEP_DONE, STEP_END };

static enum step
take_key(struct stars *stars, struct line *line, const struct key *key)
{
	if (key->kind == KEY_CTRL && (key->letter == 'C' || key->letter == '\\')) {
		put_text(stars->fd, "\r\n");
		give_back();
		_exit(EXIT_INTERRUPTED);
	}
	switch (line_key(line, key)) {
	case LINE_DONE: return STEP_DONE;
	case LINE_END: return STEP_END;
	case LINE_FULL: put_text(stars->fd, "\a"); return STEP_ON;
	case LINE_EDITED:
	case LINE_OTHER: show_stars(stars, line); return STEP_ON;
	}
	return STEP_ON;
}

static enum step
take_bytes(struct stars *stars, struct line *line, char *input, size_t *len)
{
	struct keys keys = { .pasting = false };
	struct key key;
	size_t used;
	enum step step = STEP_ON;

	while (step == STEP_ON && *len > 0 &&
		(used = keys_next(
			 &keys, (struct mc_str){ input, *len }, *len == INPUT_SIZE, &key)) > 0) {
		step = take_key(stars, line, &key);
		memmove(input, input + used, *len - used);
		*len -= used;
	}
	return step;
}

static bool
edit(struct stars *stars, struct line *line)
{
	char input[INPUT_SIZE];
	size_t len = 0;
	enum step step = STEP_ON;

	while (step == STEP_ON) {
		ssize_t n = read(stars->fd, input + len, sizeof(input) - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			step = STEP_END;
		len += n > 0 ? (size_t)n : 0;
		if (step == STEP_ON)
			step = take_bytes(stars, line, input, &len);
	}
	explicit_bzero(input, sizeof(input));
	return step == STEP_DONE;
}

static bool
ask_raw(int fd, const char *prompt, struct line *line)
{
	struct sigaction before[N_ENDING];
	struct stars stars = { .fd = fd };
	int rows, columns;

	screen_size(&rows, &columns);
	stars.most = columns - (int)strlen(prompt) - 1;
	if (stars.most < 1)
		stars.most = 1;
	if (!make_raw(fd, before))
		return false;
	put_text(fd, prompt);
	bool done = edit(&stars, line);
	put_text(fd, "\r\n");
	make_usual(before);
	return done;
}

bool
ask_password(const char *prompt, char *out, size_t size)
{
	struct line *line = calloc(1, sizeof(*line));
	int fd = open_terminal();
	bool done = false;

	if (line != NULL && fd >= 0) {
		line_init(line);
		done = ask_raw(fd, prompt, line);
		struct mc_str text = line_text(line);
		done = done && text.len < size;
		if (done)
			(void)snprintf(out, size, "%.*s", MC_STR_ARGS(text));
		line_finish(line);
		explicit_bzero(line, sizeof(*line));
	}
	if (fd >= 0)
		(void)close(fd);
	free(line);
	return done;
}

bool
ask_line(const char *prompt, char *out, size_t size)
{
	int fd = open_terminal();
	size_t len = 0;
	char c = '\0';

	if (fd < 0)
		return false;
	put_text(fd, prompt);
	/* The terminal itself lets the line be edited; what does not fit is passed over. */
	while (c != '\n') {
		ssize_t n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (c != '\n' && len + 1 < size)
			out[len++] = c;
	}
	out[len] = '\0';
	(void)close(fd);
	return c == '\n';
}
