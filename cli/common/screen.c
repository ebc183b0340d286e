#include "cli/common/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "libminiclass/base/buf.h"

enum { ROWS_MAX = 512, COLUMNS_MAX = 1024, ROW_SIZE_MAX = 64 * 1024, OUT_SIZE_MAX = 16 << 20 };

/* Alternate screen; no wrapping, so that a width that we count otherwise spoils one row only. */
static const char enter_bytes[] = "\033[?1049h\033[?7l\033[?2004h\033[?1004h\033[0m\033[2J";
static const char leave_bytes[] = "\033[?2004l\033[?1004l\033[?7h\033[0m\033[?25h\033[?1049l";

static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
static const int told[] = { SIGWINCH, SIGCONT, SIGTSTP };
static const int crashing[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL };

/* The handlers of signals know nothing else. */
static struct termios before;
static volatile sig_atomic_t is_in;     /* the terminal is ours at the moment */
static volatile sig_atomic_t ending_by; /* 0: goes on */
static int signal_pipe[2] = { -1, -1 };

static struct mc_buf shown[ROWS_MAX]; /* as they were last drawn */
static bool is_shown[ROWS_MAX];
static struct mc_buf out;

static bool
write_all(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDOUT_FILENO, bytes, n);
		if (done > 0) {
			bytes += done;
			n -= (size_t)done;
		} else if (errno == EAGAIN) {
			/* Whoever shares the terminal made it non-blocking. */
			struct pollfd waiting = { .fd = STDOUT_FILENO, .events = POLLOUT };
			(void)poll(&waiting, 1, 1000);
		} else if (errno != EINTR) {
			return false;
		}
	}
	return true;
}

/* Also inside of handlers: nothing but write and tcsetattr. */
static void
leave(void)
{
	if (!is_in)
		return;
	is_in = 0;
	(void)write_all(leave_bytes, sizeof(leave_bytes) - 1);
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

static bool
enter(void)
{
	struct termios raw = before;

	raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
	raw.c_oflag &= ~(tcflag_t)OPOST;
	raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
	raw.c_cflag |= CS8;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0)
		return false;
	is_in = 1;
	screen_forget();
	return write_all(enter_bytes, sizeof(enter_bytes) - 1);
}

static void
note_signal(int number)
{
	int saved = errno;
	unsigned char byte = (unsigned char)number;

	for (size_t i = 0; i < MC_COUNT(ending); i++)
		if (number == ending[i])
			ending_by = number;
	/* A full pipe is readable all the same. */
	(void)!write(signal_pipe[1], &byte, 1);
	errno = saved;
}

/* The default is back in force already (SA_RESETHAND). */
static void
crash(int number)
{
	leave();
	(void)raise(number);
}

static void
handle(const int *numbers, size_t n, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < n; i++)
		(void)sigaction(numbers[i], &action, NULL);
}

static void
handle_all(void)
{
	handle(ending, MC_COUNT(ending), note_signal, SA_RESTART);
	handle(told, MC_COUNT(told), note_signal, SA_RESTART);
	handle(crashing, MC_COUNT(crashing), crash, (int)SA_RESETHAND);
}

void
screen_size(int *rows, int *columns)
{
	struct winsize size = { .ws_row = 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	*rows = size.ws_row < ROWS_MAX ? size.ws_row : ROWS_MAX;
	*columns = size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

bool
screen_open(void)
{
	if (tcgetattr(STDIN_FILENO, &before) != 0 || !isatty(STDOUT_FILENO))
		return false;
	if (pipe2(signal_pipe, O_NONBLOCK | O_CLOEXEC) != 0)
		return false;
	mc_buf_init(&out, OUT_SIZE_MAX);
	for (int i = 0; i < ROWS_MAX; i++)
		mc_buf_init(&shown[i], ROW_SIZE_MAX);
	handle_all();
	if (atexit(leave) != 0)
		return false;
	return enter();
}

void
screen_close(void)
{
	leave();
	for (int i = 0; i < ROWS_MAX; i++)
		mc_buf_finish(&shown[i]);
	mc_buf_finish(&out);
}

int
screen_signal_fd(void)
{
	return signal_pipe[0];
}

void
screen_suspend(void)
{
	static const int stop = SIGTSTP;

	leave();
	handle(&stop, 1, SIG_DFL, 0);
	(void)raise(SIGTSTP);
	/* Continued behind another job: it is not our terminal yet. */
	while (!ending_by && tcgetpgrp(STDIN_FILENO) >= 0 && tcgetpgrp(STDIN_FILENO) != getpgrp())
		(void)raise(SIGSTOP);
	handle(&stop, 1, note_signal, SA_RESTART);
	if (!ending_by)
		(void)enter();
}

int
screen_signals(void)
{
	unsigned char numbers[64];
	bool stop = false;
	ssize_t n;

	while ((n = read(signal_pipe[0], numbers, sizeof(numbers))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			stop |= numbers[i] == SIGTSTP;
	}
	if (ending_by)
		return ending_by;
	if (stop)
		screen_suspend();
	else
		/* After SIGSTOP somebody else may have changed the terminal. */
		(void)enter();
	return ending_by;
}

void
screen_die(int number)
{
	leave();
	handle(&number, 1, SIG_DFL, 0);
	(void)raise(number);
}

void
screen_forget(void)
{
	for (int i = 0; i < ROWS_MAX; i++)
		is_shown[i] = false;
}

void
screen_bell(void)
{
	mc_buf_add_char(&out, '\a');
}

void
screen_row(int row, struct mc_str bytes)
{
	if (row < 0 || row >= ROWS_MAX)
		return;
	if (is_shown[row] && mc_str_equal(mc_buf_str(&shown[row]), bytes))
		return;
	mc_buf_clear(&shown[row]);
	mc_buf_add(&shown[row], bytes);
	is_shown[row] = mc_buf_ok(&shown[row]);
	mc_buf_addf(&out, "\033[?25l\033[%d;1H\033[0m\033[2K", row + 1);
	mc_buf_add(&out, bytes);
	mc_buf_add_text(&out, "\033[0m");
}

bool
screen_show(int row, int column)
{
	mc_buf_addf(&out, "\033[%d;%dH\033[?25h", row + 1, column + 1);
	bool good = mc_buf_ok(&out) && write_all(out.ptr, out.len);
	mc_buf_clear(&out);
	return good;
}
