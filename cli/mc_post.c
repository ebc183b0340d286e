/* mc-post - posts to a class, and its posts. */

#include <stddef.h>
#include <stdio.h>

#include "cli/common/confirm.h"
#include "cli/common/opt.h"
#include "cli/common/pick_class.h"
#include "cli/common/say.h"
#include "cli/post/post.h"

/* clang-format off */
static const struct opt opts[] = {
	{ "tag", 't', OPT_LIST, offsetof(struct post_tool, tags), 0, 0, NULL, "TAG",
		"a tag of the post (up to ten); with --list: only posts with it" },
	{ "list", 'l', OPT_FLAG, offsetof(struct post_tool, list), 0, 0, NULL, NULL,
		"show the posts, newest first" },
	{ "limit", 'n', OPT_INT, offsetof(struct post_tool, limit), 1, 100000, NULL, "N",
		"how many of them (default: 20)" },
	{ "before", 0, OPT_INT, offsetof(struct post_tool, before), 1, INT64_MAX, NULL, "ID",
		"only those older than this one" },
	{ "show", 0, OPT_INT, offsetof(struct post_tool, show), 1, INT64_MAX, NULL, "ID",
		"show one post" },
	{ "edit", 'e', OPT_INT, offsetof(struct post_tool, edit), 1, INT64_MAX, NULL, "ID",
		"change a post: its text, with -t its tags (-t '' takes them away)" },
	{ "remove", 0, OPT_INT, offsetof(struct post_tool, remove), 1, INT64_MAX, NULL, "ID",
		"take a post away" },
	{ "yes", 'y', OPT_FLAG, offsetof(struct post_tool, yes), 0, 0, NULL, NULL,
		"do not ask back (--remove)" },
	SEAT_OPTS(struct post_tool, options),
};
/* clang-format on */

static const struct opt_tool description = {
	.name = "mc-post",
	.summary =
		"Posts to a class you teach, and shows the posts of a class you are in.  TEXT is "
		"Markdown; without it, it is read from stdin or written in your editor.",
	.examples = "  mc-post physics -t homework 'Page 12, exercises 1 to 4.'\n"
		    "  mc-post physics -t notes -t week-3 <notes.md\n"
		    "  mc-post physics\n"
		    "  mc-post --list physics --tag homework\n",
	.operands = "CLASS [TEXT...]",
	.opts = opts,
	.n_opts = MC_COUNT(opts),
};

static int
check_modes(const struct post_tool *tool)
{
	if (tool->list + (tool->show > 0) + (tool->edit > 0) + (tool->remove > 0) > 1)
		return say_usage("usage", "one of --list, --show, --edit and --remove at a time");
	if (!tool->list && (tool->limit > 0 || tool->before > 0))
		return say_usage("usage", "--limit and --before belong to --list");
	if (tool->list && tool->tags.n > 1)
		return say_usage("--tag", "one at a time with --list");
	if (tool->tags.n > 0 && (tool->show > 0 || tool->remove > 0))
		return say_usage("--tag", "says nothing to --show and --remove");
	if (tool->yes && tool->remove == 0)
		return say_usage("--yes", "belongs to --remove");
	return tool->remove > 0 ? confirm_possible(tool->yes, "--remove") : -1;
}

static int
check_usage(const struct post_tool *tool, size_t n_operands)
{
	bool writes = !tool->list && tool->show == 0 && tool->remove == 0;

	if (n_operands == 0)
		return say_usage("usage", "CLASS is missing; see mc-post --help");
	if (!writes && n_operands > 1)
		return say_usage("usage", "--list, --show and --remove take no TEXT");
	return check_modes(tool);
}

static int
run(struct post_tool *tool)
{
	if (tool->list)
		return post_list(tool);
	if (tool->show > 0)
		return post_show(tool);
	if (tool->edit > 0)
		return post_edit(tool);
	return tool->remove > 0 ? post_remove(tool) : post_write(tool);
}

int
main(int argc, char **argv)
{
	struct post_tool tool = { .options = SEAT_DEFAULTS };
	char *const *operands = NULL;
	size_t n = 0;

	say_setup("mc-post", false);
	int done = opt_parse(&description, &tool, argc, argv, &operands, &n);
	if (done >= 0)
		return done;
	say_setup("mc-post", tool.options.json);
	done = check_usage(&tool, n);
	if (done < 0)
		done = seat_take(&tool.options, true, &tool.seat);
	if (done >= 0)
		return done;
	tool.class_words = operands[0];
	tool.words = operands + 1;
	tool.n_words = n - 1;
	if (tool.limit == 0)
		tool.limit = POST_LIMIT;
	done = pick_class(&tool.seat, tool.class_words, &tool.class_id);
	if (done < 0)
		done = run(&tool);
	seat_leave(&tool.seat);
	return say_finish(done);
}
