/* mc-class - classes, who is in them, live classes, discussions and attendance. */

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/class/class.h"
#include "cli/common/opt.h"
#include "cli/common/say.h"

/* clang-format off */
static const struct opt opts[] = {
	{ "description", 'd', OPT_TEXT, offsetof(struct class_tool, description), 0, 0, NULL, "TEXT",
		"of a class (create, edit)" },
	{ "name", 0, OPT_TEXT, offsetof(struct class_tool, name), 0, 0, NULL, "NAME",
		"the class's new name (edit)" },
	{ "new", 0, OPT_FLAG, offsetof(struct class_tool, renew), 0, 0, NULL, NULL,
		"make a new code; the old one stops working (code)" },
	{ "session", 's', OPT_INT, offsetof(struct class_tool, session), 1, INT64_MAX, NULL, "ID",
		"one live class, as in \"sessions\" (attendance, correct, uncorrect, leave-out, "
		"take-in)" },
	{ "csv", 0, OPT_FLAG, offsetof(struct class_tool, csv), 0, 0, NULL, NULL,
		"as CSV for spreadsheets (attendance)" },
	{ "yes", 'y', OPT_FLAG, offsetof(struct class_tool, yes), 0, 0, NULL, NULL,
		"do not ask back (leave, remove, code --new)" },
	SEAT_OPTS(struct class_tool, options),
};

static const struct opt_verb verbs[] = {
	{ "list", "", "the classes you are in", class_list },
	{ "create", "NAME...", "make a class, and teach it", class_create },
	{ "join", "CODE...", "join a class with the code its teacher gave", class_join },
	{ "show", "CLASS", "what there is to know about it", class_show },
	{ "people", "CLASS", "who is in it, as far as you may know", people_list },
	{ "tags", "CLASS", "the tags of its posts", class_tags },
	{ "code", "CLASS", "the code that lets others join", class_code },
	{ "edit", "CLASS", "change its name or description", class_edit },
	{ "leave", "CLASS", "be in it no more", class_leave },
	{ "role", "CLASS PERSON ROLE", "make somebody an instructor (teacher) or a student", people_role },
	{ "remove", "CLASS PERSON", "take somebody out of it", people_remove },
	{ "live start", "CLASS [TITLE...]", "begin a live class", live_start },
	{ "live end", "CLASS", "end it", live_end },
	{ "live show", "CLASS", "what is live", live_show },
	{ "sessions", "CLASS", "its live classes so far", live_sessions },
	{ "discussions", "CLASS", "its discussions", discussion_list },
	{ "discuss", "CLASS TOPIC...", "begin a discussion", discussion_begin },
	{ "rename", "CLASS DISCUSSION TOPIC...", "give a discussion another topic",
		discussion_rename },
	{ "close", "CLASS DISCUSSION", "close a discussion: it can be read, and nobody writes in it",
		discussion_close },
	{ "reopen", "CLASS DISCUSSION", "open a closed discussion again", discussion_reopen },
	{ "threads", "CLASS [DISCUSSION]", "the private threads of a discussion, or the last of all",
		discussion_threads },
	{ "read", "CLASS", "mark all its discussions and private threads as read", discussion_read },
	{ "attendance", "CLASS", "who was there; with --session, in that one", attendance_show },
	{ "record", "CLASS [PERSON]", "your live classes one by one; for instructors, those of PERSON",
		attendance_record },
	{ "correct", "CLASS PERSON MINUTES REASON...", "count other minutes", attendance_correct },
	{ "uncorrect", "CLASS PERSON REASON...", "count what was counted again",
		attendance_uncorrect },
	{ "leave-out", "CLASS REASON...", "leave a live class out of the attendance", live_leave_out },
	{ "take-in", "CLASS REASON...", "count it again", live_take_in },
};
/* clang-format on */

static const struct opt_tool description = {
	.name = "mc-class",
	.summary = "Classes, the people in them, live classes, discussions and attendance.  CLASS "
		   "is an id, a web address or a part of the name.",
	.examples = "  mc-class\n"
		    "  mc-class create 'Physics 1' -d 'Mondays at nine.'\n"
		    "  mc-class join KP7QW-3XMRT\n"
		    "  mc-class live start physics 'Chapter 1'\n"
		    "  mc-class attendance physics --csv >physics.csv\n",
	.opts = opts,
	.n_opts = MC_COUNT(opts),
	.verbs = verbs,
	.n_verbs = MC_COUNT(verbs),
	.fallback = &verbs[0],
};

static int
check_belongs(bool given, const char *option, const char *const *words, const char *verb)
{
	char why[64];

	for (size_t i = 0; given && words[i] != NULL; i++)
		if (strcmp(words[i], verb) == 0)
			return -1;
	if (!given)
		return -1;
	snprintf(why, sizeof(why), "says nothing to \"%.32s\"", verb);
	return say_usage(option, why);
}

/* An option that the verb would pass over was meant for something: better said than ignored. */
static int
check_usage(const struct class_tool *tool, const char *verb)
{
	static const char *const described[] = { "create", "edit", NULL };
	static const char *const named[] = { "edit", NULL };
	static const char *const renewed[] = { "code", NULL };
	static const char *const counted[] = { "attendance", "correct", "uncorrect", "leave-out",
		"take-in", NULL };
	static const char *const listed[] = { "attendance", NULL };

	int done = check_belongs(tool->description != NULL, "--description", described, verb);
	if (done < 0)
		done = check_belongs(tool->name != NULL, "--name", named, verb);
	if (done < 0)
		done = check_belongs(tool->renew, "--new", renewed, verb);
	if (done < 0)
		done = check_belongs(tool->session > 0, "--session", counted, verb);
	if (done < 0)
		done = check_belongs(tool->csv, "--csv", listed, verb);
	if (done < 0 && tool->csv && tool->options.json)
		done = say_usage("--csv", "or --json, not both");
	return done;
}

int
main(int argc, char **argv)
{
	struct class_tool tool = { .options = SEAT_DEFAULTS };
	char *const *operands = NULL;
	size_t n = 0;

	say_setup("mc-class", false);
	int done = opt_parse(&description, &tool, argc, argv, &operands, &n);
	if (done >= 0)
		return done;
	say_setup("mc-class", tool.options.json);
	done = check_usage(&tool, n > 0 ? operands[0] : "list");
	if (done < 0)
		done = opt_run_verb(&description, &tool, operands, n);
	if (tool.seat.api != NULL)
		seat_leave(&tool.seat);
	return say_finish(done);
}
