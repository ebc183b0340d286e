/* account - who is logged in, their sessions, their password. */
#include "cli/login/login.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/common/answer.h"
#include "cli/common/listing.h"
#include "cli/common/request.h"
#include "cli/common/say.h"

void
login_show_user(const struct seat *seat, struct json_object *user, const char *sentence)
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

int
login_status(struct login_tool *tool, struct seat *seat)
{
	struct mc_api_answer answer;

	int done = seat_call(seat, "account", "/account", NULL, &answer);
	if (done < 0)
		done = answer_check(&answer, "user.email");
	if (done >= 0)
		return done;
	if (tool->options.json)
		answer_print(&answer);
	else
		login_show_user(seat, answer_member(answer.json, "user"), "Logged in to");
	return EXIT_DONE;
}

static const struct column session_columns[] = {
	{ "ID", COLUMN_INT, "id" },
	{ "THIS ONE", COLUMN_YES, "current" },
	{ "BEGAN", COLUMN_TIME, "created_at" },
	{ "LAST USED", COLUMN_TIME, "used_at" },
	{ "ENDS", COLUMN_TIME, "expires_at" },
	{ "FROM", COLUMN_TEXT, "address" },
	{ "WITH", COLUMN_TEXT, "agent" },
};

int
login_sessions(struct login_tool *tool, struct seat *seat)
{
	struct mc_api_answer answer;

	int done = seat_call(seat, "account", "/account", NULL, &answer);
	if (done >= 0)
		return done;
	return listing_answer(&answer, tool->options.json, session_columns,
		MC_COUNT(session_columns), "sessions", "There is no session.");
}

int
login_end(struct login_tool *tool, struct seat *seat)
{
	struct mc_api_answer answer;
	char path[64], what[32];

	(void)snprintf(path, sizeof(path), "/account/sessions/%" PRId64 "/end", tool->end);
	(void)snprintf(what, sizeof(what), "session %" PRId64, tool->end);
	int done = request_post(seat, what, path, request_body(), &answer);
	if (done >= 0)
		return done;
	if (say_is_terminal() && !tool->options.json)
		printf("Session %" PRId64 " has ended.\n", tool->end);
	return EXIT_DONE;
}

int
login_password(struct login_tool *tool, struct seat *seat)
{
	char current[LOGIN_PASSWORD_SIZE] = "", new[LOGIN_PASSWORD_SIZE] = "";
	struct mc_api_answer answer;

	int done = login_take_password(tool, "Password so far: ", false, current);
	if (done < 0)
		done = login_take_password(tool, "New password: ", true, new);
	if (done < 0) {
		struct json_object *body = request_body();
		request_add_text(body, "current", mc_str_from(current));
		request_add_text(body, "new", mc_str_from(new));
		done = request_post(seat, "password", "/account/password", body, &answer);
	}
	explicit_bzero(current, sizeof(current));
	explicit_bzero(new, sizeof(new));
	if (done >= 0)
		return done;
	if (say_is_terminal() && !tool->options.json)
		puts("The password is changed, and all other sessions have ended.");
	return EXIT_DONE;
}
