#include "cli/common/pager.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/common/glyph.h"
#include "cli/common/run.h"
#include "cli/common/say.h"
#include "cli/common/screen.h"

enum { EXIT_NOT_STARTED = 127 };

/* Columns of a line: a style has none. */
static int
width_of(struct mc_str line)
{
	int width = 0;
	struct mc_str rest = line, plain;

	while (mc_str_next(&rest, '\033', &plain)) {
		width += glyph_width(plain);
		if (rest.ptr != NULL)
			rest = mc_str_skip(rest, mc_str_find(rest, 'm') + 1);
	}
	return width;
}

static bool
is_longer(struct mc_str text, int rows, int columns)
{
	struct mc_str line;
	int n = 0;

	while (n < rows && text.len > 0 && mc_str_next(&text, '\n', &line)) {
		int width = width_of(line);
		n += width > columns ? (width + columns - 1) / columns : 1;
	}
	return n >= rows;
}

/* False: nothing of it was shown. */
static bool
page(const char *pager, struct mc_str text)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	pid_t child = run_begin(pager, NULL, ends[0]);
	(void)close(ends[0]);
	if (child < 0) {
		(void)close(ends[1]);
		return false;
	}
	while (text.len > 0) {
		/* It may end before it has read all: that is what people leave it for. */
		ssize_t n = write(ends[1], text.ptr, text.len);
		if (n <= 0)
			break;
		text = mc_str_skip(text, (size_t)n);
	}
	(void)close(ends[1]);
	return run_wait(child) != EXIT_NOT_STARTED;
}

void
pager_show(struct mc_str text)
{
	static const char *const variables[] = { "MC_PAGER", "PAGER", NULL };
	const char *term = getenv("TERM");
	const char *pager = run_choice(variables, true, "less -FIRX");
	bool is_dumb = term == NULL || strcmp(term, "dumb") == 0;
	int rows = 0, columns = 0;

	screen_size(&rows, &columns);
	if (say_is_terminal() && !is_dumb && pager[0] != '\0' && strcmp(pager, "cat") != 0 &&
		is_longer(text, rows, columns)) {
		/* For a plain "less" too; whoever has set it, knows better. */
		(void)setenv("LESS", "FIRX", 0);
		(void)fflush(stdout);
		if (page(pager, text))
			return;
	}
	(void)fwrite(text.ptr, 1, text.len, stdout);
}
