/* mc-chat - takes part in a live class, a discussion or a private thread. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/chat/remove.h"
#include "cli/chat/talk.h"
#include "cli/common/confirm.h"
#include "cli/common/opt.h"
#include "cli/common/say.h"
#include "cli/common/seat.h"

struct tool {
	struct seat_options seat;
	struct room_wish wish;
	const char *send;
	int64_t remove, history, count;
	bool all, line, yes;
};

enum { HISTORY_SCREEN = 50 };

/* clang-format off */
static const struct opt opts[] = {
	{ "discussion", 'd', OPT_TEXT, offsetof(struct tool, wish.discussion), 0, 0, NULL, "ID|TOPIC",
		"a discussion of the class; part of its topic is enough" },
	{ "with", 'w', OPT_TEXT, offsetof(struct tool, wish.student), 0, 0, NULL, "STUDENT",
		"the private thread with that student (instructors)" },
	{ "private", 'p', OPT_FLAG, offsetof(struct tool, wish.is_private), 0, 0, NULL, NULL,
		"your private thread with the instructors (students)" },
	{ "room", 0, OPT_INT, offsetof(struct tool, wish.room), 1, INT64_MAX, NULL, "ID",
		"that very room, in place of CLASS" },
	{ "send", 's', OPT_TEXT, offsetof(struct tool, send), 0, 0, NULL, "TEXT",
		"send one message, wait until it is stored, and end" },
	{ "remove", 0, OPT_INT, offsetof(struct tool, remove), 1, INT64_MAX, NULL, "SEQ",
		"remove that message for everybody (instructors); --json shows the SEQ of each" },
	{ "all", 'a', OPT_FLAG, offsetof(struct tool, all), 0, 0, NULL, NULL,
		"and all else that the same person wrote there (--remove)" },
	{ "yes", 'y', OPT_FLAG, offsetof(struct tool, yes), 0, 0, NULL, NULL,
		"do not ask back (--remove)" },
	{ "history", 'n', OPT_INT, offsetof(struct tool, history), 0, 1000000, NULL, "N",
		"messages from before (default: 50; in pipes: none)" },
	{ "count", 'c', OPT_INT, offsetof(struct tool, count), 1, INT64_MAX, NULL, "N",
		"end after N messages" },
	{ "line", 'l', OPT_FLAG, offsetof(struct tool, line), 0, 0, NULL, NULL,
		"line by line, for screen readers and simple terminals" },
	{ "chat", 0, OPT_TEXT, offsetof(struct tool, wish.chat), 0, 0, "MC_CHAT", "HOST:PORT",
		"where chat is, tls:HOST:PORT over TLS (default: as the server says)" },
	SEAT_OPTS(struct tool, seat),
};
/* clang-format on */

static const struct opt_tool description = {
	.name = "mc-chat",
	.summary =
		"Takes part in what is live in a class, in a discussion, or in a private thread.",
	.examples = "  mc-chat algebra\n"
		    "  mc-chat algebra --discussion homework --with ben\n"
		    "  mc-chat algebra --send 'I am late'\n"
		    "  mc-chat algebra --history 20 </dev/null\n"
		    "  mc-chat algebra --remove 17\n"
		    "  mc-chat algebra --json --count 10 | jq -r .body\n",
	.operands = "[CLASS]",
	.opts = opts,
	.n_opts = MC_COUNT(opts),
};

static bool
is_dumb(void)
{
	const char *term = getenv("TERM");

	return term == NULL || strcmp(term, "dumb") == 0;
}

static int
talk_somehow(struct talk *talk, const struct tool *tool)
{
	bool person = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	bool screen = person && !tool->line && !tool->seat.json && tool->count == 0 && !is_dumb();

	talk->lines = tool->line || (person && !tool->seat.json);
	talk->history = tool->history;
	if (tool->history < 0)
		talk->history = talk->lines ? HISTORY_SCREEN : 0;
	if (tool->send != NULL)
		return talk_send(talk, tool->send);
	return screen ? talk_screen(talk) : talk_pipe(talk);
}

static int
talk_aloud(struct talk *talk, const struct tool *tool)
{
	int done = talk_open(talk, &tool->seat);

	return done >= 0 ? done : talk_somehow(talk, tool);
}

static int
check_usage(const struct tool *tool, size_t n_operands)
{
	if (n_operands == 0 && tool->wish.room == 0)
		return say_usage("usage", "CLASS is missing; see mc-chat --help");
	if (n_operands > 1)
		return say_usage("usage", "one CLASS at a time; see mc-chat --help");
	if (tool->wish.student != NULL && tool->wish.student[0] == '\0')
		return say_usage("--with", "is empty");
	if (tool->wish.discussion != NULL && tool->wish.discussion[0] == '\0')
		return say_usage("--discussion", "is empty");
	if (tool->wish.student != NULL && tool->wish.is_private)
		return say_usage(
			"--with", "is the instructors', --private the students': not both");
	if (n_operands == 1 && tool->wish.room > 0)
		return say_usage("--room", "stands in place of CLASS: not both");
	if (tool->wish.room > 0 && room_has_place(&tool->wish))
		return say_usage("--room", "is one room; no --discussion, --with or --private");
	if (tool->remove > 0 &&
		(tool->send != NULL || tool->history >= 0 || tool->count > 0 || tool->line))
		return say_usage(
			"--remove", "takes no part: no --send, --history, --count or --line");
	if (tool->all && tool->remove == 0)
		return say_usage("--all", "belongs to --remove");
	if (tool->yes && tool->remove == 0)
		return say_usage("--yes", "belongs to --remove");
	return tool->remove > 0 ? confirm_possible(tool->yes, "--remove") : -1;
}

int
main(int argc, char **argv)
{
	struct tool tool = { .seat = SEAT_DEFAULTS, .history = -1 };
	char *const *operands = NULL;
	size_t n_operands = 0;
	struct seat seat = { .api = NULL };
	struct talk talk = { .seat = &seat };

	say_setup("mc-chat", false);
	int done = opt_parse(&description, &tool, argc, argv, &operands, &n_operands);
	if (done >= 0)
		return done;
	say_setup("mc-chat", tool.seat.json);
	done = check_usage(&tool, n_operands);
	if (done >= 0)
		return done;
	done = seat_take(&tool.seat, true, &seat);
	if (done >= 0)
		return done;
	tool.wish.class_words = n_operands > 0 ? operands[0] : NULL;
	talk.chat = tool.wish.chat;
	talk.count = tool.count;
	talk.json = tool.seat.json;
	talk.timeout_ms = tool.seat.timeout;
	done = room_find(&seat, &tool.wish, &talk.room);
	if (done < 0)
		done = tool.remove > 0 ? remove_message(&talk, tool.remove, tool.all, tool.yes)
				       : talk_aloud(&talk, &tool);
	talk_close(&talk);
	seat_leave(&seat);
	return say_finish(done);
}
