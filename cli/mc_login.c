/* mc-login - signs up, logs in and out, and says who is logged in where. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/common/answer.h"
#include "cli/common/ask.h"
#include "cli/common/opt.h"
#include "cli/common/say.h"
#include "cli/common/seat.h"
#include "cli/common/tokens.h"

enum { PASSWORD_SIZE = 1025 /* the contract's 1024 bytes, and NUL */, NAME_SIZE = 512 };

struct tool {
	struct seat_options options;
	const char *name;
	bool password_stdin, signup, logout, status;
	const char *email; /* NULL: not said */
};

/* clang-format off */
static const struct opt opts[] = {
	{ "signup", 0, OPT_FLAG, offsetof(struct tool, signup), 0, 0, NULL, NULL,
		"make a new account, and log in to it" },
	{ "name", 'n', OPT_TEXT, offsetof(struct tool, name), 0, 0, NULL, "NAME",
		"your name, for --signup" },
	{ "password-stdin", 0, OPT_FLAG, offsetof(struct tool, password_stdin), 0, 0, NULL, NULL,
		"take the password from the first line of stdin" },
	{ "logout", 0, OPT_FLAG, offsetof(struct tool, logout), 0, 0, NULL, NULL,
		"end the session on the server, and forget it here" },
	{ "status", 0, OPT_FLAG, offsetof(struct tool, status), 0, 0, NULL, NULL,
		"who is logged in, and where" },
	SEAT_OPTS(struct tool, options),
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
no_answer(const char *what)
{
	return say_usage(what, isatty(STDIN_FILENO) ? "is needed"
						    : "is missing, and stdin is no "
						      "terminal to ask at");
}

/* From the option, or asked for, with what was used before as the suggestion. */
static int
take_text(const char *given, const char *what, const char *label, const char *before, char *out,
	size_t size)
{
	char prompt[TOKENS_EMAIL_SIZE + 32];

	if (given != NULL)
		return snprintf(out, size, "%s", given) < (int)size
			       ? -1
			       : say_usage(what, "is too long");
	(void)snprintf(
		prompt, sizeof(prompt), before[0] != '\0' ? "%s [%s]: " : "%s%s: ", label, before);
	if (!ask_line(prompt, out, size))
		return no_answer(what);
	if (out[0] == '\0')
		(void)snprintf(out, size, "%s", before);
	return out[0] != '\0' ? -1 : no_answer(what);
}

static int
read_password(char out[PASSWORD_SIZE])
{
	size_t len = 0;
	int c;

	while ((c = getc(stdin)) != EOF && c != '\n' && len < PASSWORD_SIZE - 1)
		out[len++] = (char)c;
	if (len > 0 && out[len - 1] == '\r')
		len--;
	out[len] = '\0';
	if (c != EOF && c != '\n')
		return say_usage("--password-stdin", "a password has 1024 bytes at most");
	return len > 0 ? -1 : say_usage("--password-stdin", "there is no password on stdin");
}

static int
take_password(const struct tool *tool, char out[PASSWORD_SIZE])
{
	char again[PASSWORD_SIZE];

	if (tool->password_stdin)
		return read_password(out);
	if (!ask_password("Password: ", out, PASSWORD_SIZE))
		return no_answer("--password-stdin");
	if (!tool->signup)
		return -1;
	bool asked = ask_password("Password again: ", again, sizeof(again));
	bool same = asked && strcmp(out, again) == 0;
	explicit_bzero(again, sizeof(again));
	return same ? -1 : say_usage("password", "the two are not the same; nothing was done");
}

static void
show_user(const struct seat *seat, struct json_object *user, const char *sentence)
{
	struct mc_str name = answer_text(user, "name"), email = answer_text(user, "email");

	if (say_is_terminal()) {
		printf("%s %s as ", sentence, seat->server);
		say_clean(stdout, name, false);
		fputs(" <", stdout);
		say_clean(stdout, email, false);
		puts(">.");
		return;
	}
	say_clean(stdout, name, false);
	putchar('\t');
	say_clean(stdout, email, false);
	printf("\t%s\n", seat->server);
}

static int
keep(const struct tool *tool, const struct seat *seat, const struct mc_api_answer *answer)
{
	struct mc_error error = { .status = MC_OK };
	struct tokens_entry entry = { .server = "" };
	struct mc_str token = answer_text(answer->json, "token");
	struct mc_str email = answer_text(answer->json, "user.email");

	(void)snprintf(entry.server, sizeof(entry.server), "%s", seat->server);
	(void)snprintf(entry.token, sizeof(entry.token), "%.*s", MC_STR_ARGS(token));
	(void)snprintf(entry.email, sizeof(entry.email), "%.*s", MC_STR_ARGS(email));
	enum mc_status status = tokens_keep(&entry, &error);
	explicit_bzero(&entry, sizeof(entry));
	if (status != MC_OK)
		return say_error(status, "token", error.message);
	if (tool->options.json)
		answer_print(answer);
	else
		show_user(seat, answer_member(answer->json, "user"), "Logged in to");
	if (getenv("MC_TOKEN") != NULL && say_is_terminal() && !tool->options.json)
		puts("MC_TOKEN is set: the other tools use that.");
	return EXIT_DONE;
}

/* Says that it is the password that is wrong, not that somebody should log in. */
static int
send_form(const struct tool *tool, struct seat *seat, struct json_object *body)
{
	struct mc_error error = { .status = MC_OK };
	struct mc_api_answer answer;

	if (body == NULL)
		return say_error(MC_NO_MEMORY, "log-in", "out of memory");
	enum mc_status status =
		mc_api_call(seat->api, tool->signup ? "/signup" : "/login", body, &answer, &error);
	if (status == MC_OK)
		return keep(tool, seat, &answer);
	if (status == MC_UNAUTHENTICATED)
		return say_error(status, "log-in", error.message);
	return seat_refused(seat, tool->signup ? "sign-up" : "log-in", &error);
}

static int
log_in(struct tool *tool, struct seat *seat)
{
	struct tokens_entry before;
	char name[NAME_SIZE] = "", email[TOKENS_EMAIL_SIZE] = "", password[PASSWORD_SIZE] = "";
	int done = -1;

	(void)!tokens_find(seat->server, &before, NULL);
	if (tool->signup)
		done = take_text(tool->name, "--name", "Name", "", name, sizeof(name));
	if (done < 0)
		done = take_text(
			tool->email, "EMAIL", "E-mail", before.email, email, sizeof(email));
	if (done < 0)
		done = take_password(tool, password);
	if (done < 0) {
		struct json_object *body = answer_body();
		if (tool->signup)
			answer_add_text(body, "name", mc_str_from(name));
		answer_add_text(body, "email", mc_str_from(email));
		answer_add_text(body, "password", mc_str_from(password));
		done = send_form(tool, seat, body);
		answer_drop(body);
	}
	explicit_bzero(&before, sizeof(before));
	explicit_bzero(password, sizeof(password));
	return done;
}

/* What the server has forgotten already may be forgotten here as well. */
static int
log_out(const struct tool *tool, struct seat *seat)
{
	struct mc_error error = { .status = MC_OK };
	struct mc_api_answer answer;
	struct json_object *body = answer_body();

	enum mc_status status = mc_api_call(seat->api, "/logout", body, &answer, &error);
	answer_drop(body);
	if (status != MC_OK && status != MC_UNAUTHENTICATED)
		return seat_refused(seat, "log-out", &error);
	if (getenv("MC_TOKEN") == NULL)
		status = tokens_forget(seat->server, &error);
	else
		status = MC_OK;
	if (status != MC_OK)
		return say_error(status, "token", error.message);
	if (say_is_terminal() && !tool->options.json)
		printf("Logged out of %s.\n", seat->server);
	return EXIT_DONE;
}

static int
show_status(const struct tool *tool, struct seat *seat)
{
	struct mc_api_answer answer;

	int done = seat_call(seat, "account", "/account", NULL, &answer);
	if (done >= 0)
		return done;
	if (tool->options.json)
		answer_print(&answer);
	else
		show_user(seat, answer_member(answer.json, "user"), "Logged in to");
	return EXIT_DONE;
}

static int
check_usage(const struct tool *tool, size_t n_operands)
{
	if (n_operands > 1)
		return say_usage("usage", "one EMAIL at a time; see mc-login --help");
	if (tool->signup + tool->logout + tool->status > 1)
		return say_usage("usage", "one of --signup, --logout and --status at a time");
	if (tool->name != NULL && !tool->signup)
		return say_usage("--name", "belongs to --signup");
	if ((tool->logout || tool->status) && (n_operands > 0 || tool->password_stdin))
		return say_usage("usage", "--logout and --status need nothing else");
	return -1;
}

int
main(int argc, char **argv)
{
	struct tool tool = { .options = SEAT_DEFAULTS };
	struct seat seat = { .api = NULL };
	char *const *operands = NULL;
	size_t n = 0;

	say_setup("mc-login", false);
	int done = opt_parse(&description, &tool, argc, argv, &operands, &n);
	if (done >= 0)
		return done;
	say_setup("mc-login", tool.options.json);
	done = check_usage(&tool, n);
	if (done < 0)
		done = seat_take(&tool.options, tool.logout || tool.status, &seat);
	if (done >= 0)
		return done;
	tool.email = n > 0 ? operands[0] : NULL;
	if (tool.logout)
		done = log_out(&tool, &seat);
	else
		done = tool.status ? show_status(&tool, &seat) : log_in(&tool, &seat);
	seat_leave(&seat);
	return say_finish(done);
}
