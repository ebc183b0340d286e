#include "cli/common/confirm.h"

#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "cli/common/answer.h"
#include "cli/common/ask.h"
#include "cli/common/say.h"

int
confirm_possible(bool yes, const char *what)
{
	char why[96];

	if (yes || isatty(STDIN_FILENO))
		return -1;
	snprintf(why, sizeof(why), "is needed for \"%s\" when nobody can be asked", what);
	return say_usage("--yes", why);
}

int
confirm(struct seat *seat, bool yes, const char *what, const char *path)
{
	struct mc_api_answer answer;
	char line[16];

	if (yes)
		return -1;
	int done = seat_call(seat, what, path, NULL, &answer);
	if (done >= 0)
		return done;
	say_clean(stdout, answer_text(answer.json, "confirm.title"), false);
	putchar('\n');
	say_clean(stdout, answer_text(answer.json, "confirm.text"), true);
	putchar('\n');
	(void)fflush(stdout);
	if (ask_line("Go on? [y/N] ", line, sizeof(line)) &&
		(strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0))
		return -1;
	return say_error(MC_FAILED, what, "not confirmed; nothing has changed");
}
