/* in - logs in and out, signs up. */
#include "cli/login/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common/answer.h"
#include "cli/common/ask.h"
#include "cli/common/request.h"
#include "cli/common/say.h"
#include "cli/common/tokens.h"

enum { NAME_SIZE = 512 };

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
		return login_no_answer(what, label);
	if (out[0] == '\0')
		(void)snprintf(out, size, "%s", before);
	return out[0] != '\0' ? -1 : login_no_answer(what, label);
}

static int
check_keeping(void)
{
	struct mc_error error = { .status = MC_OK };
	enum mc_status status = tokens_check(&error);

	return status == MC_OK ? -1 : say_error(status, "token", error.message);
}

/* An empty variable says nothing. */
static bool
has_own_token(void)
{
	const char *token = getenv("MC_TOKEN");

	return token != NULL && token[0] != '\0';
}

/* Takes the session of a 2xx answer: keeps the token, and shows whose it is. */
static int
keep(const struct login_tool *tool, const struct seat *seat, const struct mc_api_answer *answer)
{
	struct mc_error error = { .status = MC_OK };
	struct tokens_entry entry = { .server = "" };
	struct mc_str token = answer_text(answer->json, "token");
	struct mc_str email = answer_text(answer->json, "user.email");

	if (token.len == 0 || email.len == 0)
		return say_error(MC_FAILED, seat->server, "the server's answer is no session");
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
		login_show_user(seat, answer_member(answer->json, "user"), "Logged in to");
	if (has_own_token() && say_is_terminal() && !tool->options.json)
		puts("MC_TOKEN is set: the other tools use that.");
	return EXIT_DONE;
}

/* Says that it is the password that is wrong, not that somebody should log in. */
static int
send_form(const struct login_tool *tool, struct seat *seat, struct json_object *body)
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

int
login_in(struct login_tool *tool, struct seat *seat)
{
	struct tokens_entry before;
	char name[NAME_SIZE] = "", email[TOKENS_EMAIL_SIZE] = "",
	     password[LOGIN_PASSWORD_SIZE] = "";
	int done = check_keeping();

	(void)!tokens_find(seat->server, &before, NULL);
	if (done < 0 && tool->signup)
		done = take_text(tool->name, "--name", "Name", "", name, sizeof(name));
	if (done < 0)
		done = take_text(
			tool->email, "EMAIL", "E-mail", before.email, email, sizeof(email));
	if (done < 0)
		done = login_take_password(tool, "Password: ", tool->signup, password);
	if (done < 0) {
		struct json_object *body = request_body();
		if (tool->signup)
			request_add_text(body, "name", mc_str_from(name));
		request_add_text(body, "email", mc_str_from(email));
		request_add_text(body, "password", mc_str_from(password));
		done = send_form(tool, seat, body);
		request_drop(body);
	}
	explicit_bzero(&before, sizeof(before));
	explicit_bzero(password, sizeof(password));
	return done;
}

/* The code is no secret any more once it is used, so it is shown; from stdin it is the first line.
 */
static int
take_code(const struct login_tool *tool, char out[LOGIN_PASSWORD_SIZE])
{
	if (tool->password_stdin)
		return login_take_password(tool, "", false, out);
	if (!ask_line("Code from your school: ", out, LOGIN_PASSWORD_SIZE) || out[0] == '\0')
		return login_no_answer("--password-stdin", "code");
	return -1;
}

int
login_reset(struct login_tool *tool, struct seat *seat)
{
	struct mc_error error = { .status = MC_OK };
	struct mc_api_answer answer;
	char email[TOKENS_EMAIL_SIZE] = "", code[LOGIN_PASSWORD_SIZE] = "",
	     new[LOGIN_PASSWORD_SIZE] = "";

	int done = check_keeping();
	if (done < 0)
		done = take_text(tool->email, "EMAIL", "E-mail", "", email, sizeof(email));
	if (done < 0)
		done = take_code(tool, code);
	if (done < 0)
		done = login_take_password(tool, "New password: ", true, new);
	if (done < 0) {
		struct json_object *body = request_body();
		request_add_text(body, "email", mc_str_from(email));
		request_add_text(body, "code", mc_str_from(code));
		request_add_text(body, "new", mc_str_from(new));
		enum mc_status status = mc_api_call(seat->api, "/reset", body, &answer, &error);
		request_drop(body);
		if (status == MC_OK)
			done = keep(tool, seat, &answer);
		else
			done = status == MC_UNAUTHENTICATED
				       ? say_error(status, "code", error.message)
				       : seat_refused(seat, "code", &error);
	}
	explicit_bzero(new, sizeof(new));
	explicit_bzero(code, sizeof(code));
	return done;
}

/* What the server has forgotten already may be forgotten here as well. */
int
login_out(struct login_tool *tool, struct seat *seat)
{
	struct mc_error error = { .status = MC_OK };
	struct mc_api_answer answer;
	struct json_object *body = request_body();

	enum mc_status status = mc_api_call(seat->api, "/logout", body, &answer, &error);
	request_drop(body);
	if (status != MC_OK && status != MC_UNAUTHENTICATED)
		return seat_refused(seat, "log-out", &error);
	if (!has_own_token())
		status = tokens_forget(seat->server, &error);
	else
		status = MC_OK;
	if (status != MC_OK)
		return say_error(status, "token", error.message);
	if (say_is_terminal() && !tool->options.json)
		printf("Logged out of %s.\n", seat->server);
	return EXIT_DONE;
}
