/* password - from the terminal or stdin. */
#include "cli/login/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/common/ask.h"
#include "cli/common/say.h"

int
login_no_answer(const char *option, const char *what)
{
	if (isatty(STDIN_FILENO))
		return say_usage(what, "was not given; nothing was done");
	return say_usage(option, "is missing, and stdin is no terminal to ask at");
}

static int
read_password(char out[LOGIN_PASSWORD_SIZE])
{
	size_t len = 0;
	int c;

	while ((c = getc(stdin)) != EOF && c != '\n' && len < LOGIN_PASSWORD_SIZE - 1)
		out[len++] = (char)c;
	if (len > 0 && out[len - 1] == '\r')
		len--;
	out[len] = '\0';
	if (c != EOF && c != '\n')
		return say_usage("--password-stdin", "a password has 1024 bytes at most");
	return len > 0 ? -1 : say_usage("--password-stdin", "there is no password on stdin");
}

int
login_take_password(const struct login_tool *tool, const char *prompt, bool again,
	char out[LOGIN_PASSWORD_SIZE])
{
	char second[LOGIN_PASSWORD_SIZE];

	if (tool->password_stdin)
		return read_password(out);
	if (!ask_password(prompt, out, LOGIN_PASSWORD_SIZE))
		return login_no_answer("--password-stdin", "password");
	if (!again)
		return -1;
	if (!ask_password("The same again: ", second, sizeof(second)))
		return login_no_answer("--password-stdin", "password");
	bool same = strcmp(out, second) == 0;
	explicit_bzero(second, sizeof(second));
	return same ? -1 : say_usage("password", "the two are not the same; nothing was done");
}
