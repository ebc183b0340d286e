#include "cli/common/say.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libminiclass/base/buf.h"
#include "libminiclass/base/utf8.h"
#include "libminiclass/text/json.h"

enum { CHARACTER_MAX = 4, MESSAGE_MAX = 64 * 1024 };

static struct {
	const char *program;
	bool json;
} setup = { .program = "miniclass" };

/* clang-format off */
const struct say_meaning say_meanings[SAY_EXITS] = {
	{ EXIT_DONE, "done", "done" },
	{ EXIT_FAILED, "failed", "failed" },
	{ EXIT_USAGE, "wrong usage", "wrong usage" },
	{ EXIT_NOT_FOUND, "not found", "not found, or not yours to see" },
	{ EXIT_LOG_IN, "log-in needed or refused", "log-in needed, or refused" },
	{ EXIT_REFUSED, "the server said no", "the server said no: your role, or a rule" },
	{ EXIT_AWAY, "server unreachable (safe to retry)", "the server cannot be reached; safe to try again" },
	{ EXIT_CONFLICT, "conflict", "conflict with what is there already" },
	{ EXIT_INTERRUPTED, "on Ctrl-C", "ended by Ctrl-C" },
};
/* clang-format on */

static void
be_interrupted(int number)
{
	(void)number;
	_exit(EXIT_INTERRUPTED);
}

/* A closed one would be the next socket's number, which would then be read or printed to.  These
 * fail where a closed one does. */
static void
hold_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* A closed pipe is told by the write that fails: the program then ends in its own way. */
void
say_setup(const char *program, bool json)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction interrupt = { .sa_handler = be_interrupted };

	hold_standard_descriptors();
	setup.program = program;
	setup.json = json;
	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigaction(SIGINT, &interrupt, NULL);
}

void
say_setup_for(const char *program, char *const *argv)
{
	bool json = false;

	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++)
		json = json || strcmp(*argv, "--json") == 0;
	say_setup(program, json);
}

int
say_exit_of(enum mc_status status)
{
	switch (status) {
	case MC_OK: return EXIT_DONE;
	case MC_NOT_FOUND: return EXIT_NOT_FOUND;
	case MC_UNAUTHENTICATED: return EXIT_LOG_IN;
	/* Rules of the server, as far as a script can tell. */
	case MC_FORBIDDEN:
	case MC_INVALID:
	case MC_TOO_MANY:
	case MC_TOO_LARGE: return EXIT_REFUSED;
	case MC_UNAVAILABLE:
	case MC_TIMED_OUT: return EXIT_AWAY;
	case MC_CONFLICT: return EXIT_CONFLICT;
	case MC_FAILED:
	case MC_NO_MEMORY:
	case MC_STATUS_COUNT: break;
	}
	return EXIT_FAILED;
}

static void
add_member(struct mc_buf *buf, const char *key, const char *text)
{
	mc_buf_addf(buf, "\"%s\":", key);
	mc_json_write_text(buf, mc_str_from(text));
}

static void
print_json(const char *status, const char *what, const char *why)
{
	struct mc_buf buf;

	mc_buf_init(&buf, MESSAGE_MAX);
	mc_buf_add_text(&buf, "{\"error\":{");
	add_member(&buf, "program", setup.program);
	mc_buf_add_char(&buf, ',');
	add_member(&buf, "what", what);
	mc_buf_add_char(&buf, ',');
	add_member(&buf, "why", why);
	mc_buf_add_char(&buf, ',');
	add_member(&buf, "status", status);
	mc_buf_add_text(&buf, "}}");
	if (mc_buf_ok(&buf))
		say_clean(stderr, mc_buf_str(&buf), false);
	mc_buf_finish(&buf);
}

/* What is on stdout already stands in front of it, where both are one terminal. */
static void
print(const char *status, const char *what, const char *why)
{
	(void)fflush(stdout);
	if (setup.json) {
		print_json(status, what, why);
	} else {
		fprintf(stderr, "%s: ", setup.program);
		say_clean(stderr, mc_str_from(what), false);
		fputs(": ", stderr);
		say_clean(stderr, mc_str_from(why), false);
	}
	fputc('\n', stderr);
}

int
say_error(enum mc_status status, const char *what, const char *why)
{
	print(mc_status_name(status), what, why);
	return say_exit_of(status);
}

int
say_usage(const char *what, const char *why)
{
	print("usage", what, why);
	return EXIT_USAGE;
}

/* Whoever read stdout has enough (head -1). */
static bool
reader_is_gone(void)
{
	struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

int
say_finish(int exit_status)
{
	bool written = fflush(stdout) == 0 && !ferror(stdout);

	if (written || exit_status != EXIT_DONE || reader_is_gone())
		return exit_status;
	return say_error(MC_FAILED, "output", "cannot be written");
}

/* The character in front of `text`, which is not empty; 0 bytes when it is none. */
static size_t
read_character(struct mc_str text, uint32_t *code)
{
	unsigned char first = (unsigned char)text.ptr[0];
	size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : CHARACTER_MAX;

	if (size > text.len || !mc_utf8_is_valid(mc_str_first(text, size)))
		return 0;
	*code = size == 1 ? first : first & (0x7fu >> size);
	for (size_t i = 1; i < size; i++)
		*code = *code << 6 | ((unsigned char)text.ptr[i] & 0x3fu);
	return size;
}

static bool
is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* They turn what stands around them, the name of who wrote it included (CVE-2021-42574). */
static bool
turns_text(uint32_t code)
{
	return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* How many bytes may be written as they are. */
static size_t
clean_run(struct mc_str text, bool lines)
{
	size_t at = 0, size;
	uint32_t code = 0;

	for (; at < text.len; at += size) {
		size = read_character(mc_str_skip(text, at), &code);
		bool stays = lines && (code == '\n' || code == '\t');
		if (size == 0 || turns_text(code) || (is_control(code) && !stays))
			break;
	}
	return at;
}

void
say_clean(FILE *out, struct mc_str text, bool lines)
{
	while (text.len > 0) {
		uint32_t code = 0;
		size_t size = clean_run(text, lines);
		(void)fwrite(text.ptr, 1, size, out);
		text = mc_str_skip(text, size);
		if (text.len == 0)
			break;
		size = read_character(text, &code);
		if (code == '\n' || code == '\t')
			fputc(' ', out);
		else if (size == 0 || !turns_text(code))
			fputs("\xef\xbf\xbd", out);
		text = mc_str_skip(text, size > 0 ? size : 1);
	}
}

bool
say_is_terminal(void)
{
	return isatty(STDOUT_FILENO) == 1;
}

bool
say_has_colour(void)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return say_is_terminal() && (no_colour == NULL || no_colour[0] == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}
