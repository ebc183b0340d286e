/* mc-login - signs up, logs in and out, and says who is logged in where. */

#include <stddef.h>

#include "cli/common/opt.h"
#include "cli/common/say.h"
#include "cli/login/login.h"

/* clang-format off */
static const struct opt opts[] = {
	{ "signup", 0, OPT_FLAG, offsetof(struct login_tool, signup), 0, 0, NULL, NULL,
		"make a new account, and log in to it" },
	{ "name", 'n', OPT_TEXT, offsetof(struct login_tool, name), 0, 0, NULL, "NAME",
		"your name, for --signup" },
	{ "password-stdin", 0, OPT_FLAG, offsetof(struct login_tool, password_stdin), 0, 0, NULL, NULL,
		"take the password from the first line of stdin" },
	{ "logout", 0, OPT_FLAG, offsetof(struct login_tool, logout), 0, 0, NULL, NULL,
		"end the session on the server, and forget it here" },
	{ "password", 0, OPT_FLAG, offsetof(struct login_tool, password), 0, 0, NULL, NULL,
		"change the password; from stdin: the one so far, then the new one" },
	{ "reset", 0, OPT_FLAG, offsetof(struct login_tool, reset), 0, 0, NULL, NULL,
		"set a password with a code from your school; from stdin: code, then password" },
	{ "sessions", 0, OPT_FLAG, offsetof(struct login_tool, sessions), 0, 0, NULL, NULL,
		"where else you are logged in" },
	{ "end", 0, OPT_INT, offsetof(struct login_tool, end), 1, INT64_MAX, NULL, "ID",
		"end one of these sessions" },
	{ "status", 0, OPT_FLAG, offsetof(struct login_tool, status), 0, 0, NULL, NULL,
		"who is logged in, and where" },
	{ "servers", 0, OPT_FLAG, offsetof(struct login_tool, servers), 0, 0, NULL, NULL,
		"the servers you are logged in to, and which one is meant" },
	{ "use", 0, OPT_TEXT, offsetof(struct login_tool, use), 0, 0, NULL, "URL",
		"mean this one of them from now on" },
	SEAT_OPTS(struct login_tool, options),
};
/* clang-format on */

static const struct opt_tool description = {
	.name = "mc-login",
	.summary = "Logs in to a classroom.  The password is asked for, or read from stdin; it is "
		   "never an option.",
	.examples = "  mc-login --server https://class.example.org ada@example.org\n"
		    "  mc-login --signup --name 'Ada Lovelace' ada@example.org\n"
		    "  mc-login --password-stdin ada@example.org <password-file\n"
		    "  mc-login --status\n"
		    "  mc-login --logout\n",
	.operands = "[EMAIL]",
	.opts = opts,
	.n_opts = MC_COUNT(opts),
};

static int
check_usage(const struct login_tool *tool, size_t n_operands)
{
	bool here = tool->servers || tool->use != NULL;
	bool other = here || tool->logout || tool->status || tool->sessions || tool->end > 0;

	if (n_operands > 1)
		return say_usage("usage", "one EMAIL at a time; see mc-login --help");
	if (tool->signup + tool->logout + tool->status + tool->password + tool->reset +
			tool->sessions + (tool->end > 0) + tool->servers + (tool->use != NULL) >
		1)
		return say_usage("usage", "one thing at a time; see mc-login --help");
	if (tool->name != NULL && !tool->signup)
		return say_usage("--name", "belongs to --signup");
	if ((other || tool->password) && n_operands > 0)
		return say_usage("EMAIL", "is for logging in; who is logged in is known");
	if (other && tool->password_stdin)
		return say_usage("--password-stdin", "no password is needed for this");
	return -1;
}

static int
run(struct login_tool *tool, struct seat *seat)
{
	if (tool->logout)
		return login_out(tool, seat);
	if (tool->status)
		return login_status(tool, seat);
	if (tool->password)
		return login_password(tool, seat);
	if (tool->reset)
		return login_reset(tool, seat);
	if (tool->sessions)
		return login_sessions(tool, seat);
	return tool->end > 0 ? login_end(tool, seat) : login_in(tool, seat);
}

int
main(int argc, char **argv)
{
	struct login_tool tool = { .options = SEAT_DEFAULTS };
	struct seat seat = { .api = NULL };
	char *const *operands = NULL;
	size_t n = 0;

	say_setup("mc-login", false);
	int done = opt_parse(&description, &tool, argc, argv, &operands, &n);
	if (done >= 0)
		return done;
	say_setup("mc-login", tool.options.json);
	done = check_usage(&tool, n);
	if (done < 0 && tool.servers)
		done = login_servers(&tool);
	else if (done < 0 && tool.use != NULL)
		done = login_use(&tool);
	if (done >= 0)
		return say_finish(done);
	bool known = tool.logout || tool.status || tool.password || tool.sessions || tool.end > 0;
	done = seat_take(&tool.options, known, &seat);
	if (done >= 0)
		return done;
	tool.email = n > 0 ? operands[0] : NULL;
	done = run(&tool, &seat);
	seat_leave(&seat);
	return say_finish(done);
}
