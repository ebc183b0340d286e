#include "cli/common/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_NOT_STARTED = 127, EXIT_SIGNAL = 128 };

static struct sigaction interrupt_before, quit_before;

static void
be_default(int number)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	(void)sigaction(number, &action, NULL);
}

static void
become(const char *command, const char *operand, int input)
{
	static char shell[] = "sh", option[] = "-c", script[] = "eval \"$0 \\\"\\$@\\\"\"";

	be_default(SIGINT);
	be_default(SIGQUIT);
	be_default(SIGPIPE);
	if (input >= 0 && dup2(input, STDIN_FILENO) < 0)
		_exit(EXIT_NOT_STARTED);
	if (!isatty(STDOUT_FILENO)) {
		int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
		if (terminal >= 0)
			(void)dup2(terminal, STDOUT_FILENO);
	}
	/* Copies, because execv takes no constants; this is the child's own memory. */
	char *words[] = { shell, option, script, strdup(command),
		operand != NULL ? strdup(operand) : NULL, NULL };
	if (words[3] != NULL)
		(void)execv("/bin/sh", words);
	_exit(EXIT_NOT_STARTED);
}

pid_t
run_begin(const char *command, const char *operand, int input)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGINT, &ignore, &interrupt_before);
	(void)sigaction(SIGQUIT, &ignore, &quit_before);
	pid_t child = fork();
	if (child == 0)
		become(command, operand, input);
	if (child < 0) {
		(void)sigaction(SIGINT, &interrupt_before, NULL);
		(void)sigaction(SIGQUIT, &quit_before, NULL);
	}
	return child;
}

int
run_wait(pid_t child)
{
	int status = 0;
	pid_t ended;

	do
		ended = waitpid(child, &status, 0);
	while (ended < 0 && errno == EINTR);
	(void)sigaction(SIGINT, &interrupt_before, NULL);
	(void)sigaction(SIGQUIT, &quit_before, NULL);
	if (ended < 0)
		return EXIT_NOT_STARTED;
	return WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

const char *
run_choice(const char *const *variables, bool empty, const char *otherwise)
{
	for (; *variables != NULL; variables++) {
		const char *value = getenv(*variables);
		if (value != NULL && (empty || value[0] != '\0'))
			return value;
	}
	return otherwise;
}
