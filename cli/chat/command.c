#include "cli/chat/command.h"

#include <inttypes.h>

#include <json-c/json.h>

#include "cli/chat/remove.h"
#include "cli/common/answer.h"
#include "cli/common/request.h"
#include "cli/common/say.h"
#include "libminiclass/base/guess.h"
#include "libminiclass/limits.h"

/* What it says goes to `out`, why it failed to `error`. */
typedef enum mc_status command_fn(
	struct talk *talk, struct mc_str operand, FILE *out, struct mc_error *error);

static command_fn run_who, run_with, run_end, run_help, run_quit;

static const struct command {
	const char *name, *help;
	command_fn *run;
	enum command_result done; /* when it went well */
} commands[] = {
	{ "/who", ": who is here", run_who, COMMAND_SAID },
	{ "/with", " STUDENT: the private thread; /with alone: yours, or back", run_with,
		COMMAND_MOVED },
	{ "/remove",
		" NUMBER [all]: a message (all of who wrote it), for teachers; /remove alone: "
		"numbers",
		remove_typed, COMMAND_SAID },
	{ "/end", ": ends the live class, for all", run_end, COMMAND_SAID },
	{ "/help", ": these commands", run_help, COMMAND_SAID },
	{ "/quit", ": leaves", run_quit, COMMAND_QUIT },
};

const char *
command_name(size_t i)
{
	return i < MC_COUNT(commands) ? commands[i].name : NULL;
}

static enum mc_status
run_who(struct talk *talk, struct mc_str operand, FILE *out, struct mc_error *error)
{
	(void)operand;
	(void)error;
	if (talk->has_ended)
		fputs(talk_over(talk), out);
	else if (talk->people.count == 0)
		fputs("not in the room yet", out);
	else
		people_write(&talk->people, out);
	return MC_OK;
}

static enum mc_status
move(struct talk *talk, int64_t id, struct mc_error *error)
{
	struct room room;

	enum mc_status status = room_open(talk->seat, id, talk->chat, &room, error);
	if (status != MC_OK)
		return status;
	talk_note_read(talk);
	mc_chat_client_leave(talk->client, talk->room.id);
	talk->room = room;
	people_clear(&talk->people);
	talk->shown = 0;
	return talk_join(talk);
}

/* A student's own thread needs no name, so a name is what an instructor says. */
static enum mc_status
run_with(struct talk *talk, struct mc_str student, FILE *out, struct mc_error *error)
{
	int64_t here = talk->room.is_private ? talk->outer : talk->room.id;
	int64_t to = talk->outer;
	bool goes_back = student.len == 0 && talk->outer > 0;
	enum mc_status status = MC_OK;
	char name[256];

	(void)out;
	if (!goes_back && talk->room.discussion == 0)
		return mc_error_set(
			error, MC_INVALID, NULL, "this is no discussion: --discussion TOPIC");
	snprintf(name, sizeof(name), "%.*s", MC_STR_ARGS(student));
	if (!goes_back)
		status = room_thread(talk->seat, talk->room.class_id, talk->room.discussion,
			student.len == 0 ? NULL : name, &to, error);
	if (status == MC_OK)
		status = move(talk, to, error);
	if (status == MC_OK)
		talk->outer = goes_back ? 0 : here;
	return status;
}

static enum mc_status
run_end(struct talk *talk, struct mc_str operand, FILE *out, struct mc_error *error)
{
	bool yes = mc_str_equal(operand, MC_STR("yes"));
	struct mc_api_answer answer;
	char path[64];

	if (!talk->room.is_live)
		return mc_error_set(error, MC_INVALID, NULL, "only a live class can be ended");
	struct json_object *body = yes ? request_body() : NULL;
	snprintf(path, sizeof(path), "/classes/%" PRId64 "/live/end", talk->room.class_id);
	enum mc_status status = mc_api_call(talk->seat->api, path, body, &answer, error);
	request_drop(body);
	if (status == MC_OK && !yes) {
		say_clean(out, answer_text(answer.json, "confirm.text"), true);
		fputs("\n/end yes: ends it; /quit: only you leave", out);
	}
	return status;
}

static enum mc_status
run_help(struct talk *talk, struct mc_str operand, FILE *out, struct mc_error *error)
{
	(void)talk;
	(void)operand;
	(void)error;
	for (size_t i = 0; i < MC_COUNT(commands); i++)
		fprintf(out, "%s%s\n", commands[i].name, commands[i].help);
	fputs("//TEXT: a message that begins with /", out);
	return MC_OK;
}

static enum mc_status
run_quit(struct talk *talk, struct mc_str operand, FILE *out, struct mc_error *error)
{
	(void)talk;
	(void)operand;
	(void)out;
	(void)error;
	return MC_OK;
}

static void
say_unknown(struct mc_str word, FILE *out)
{
	struct mc_guess guess = { .typed = word };

	for (size_t i = 0; i < MC_COUNT(commands); i++)
		mc_guess_offer(&guess, commands[i].name);
	if (guess.name != NULL)
		fprintf(out, "no such command; did you mean %s?", guess.name);
	else
		fputs("no such command; /help names them", out);
}

/* What that line says to the room; false: it is a command. */
static bool
is_message(struct mc_str line, struct mc_str *text)
{
	bool is_escaped = mc_str_starts_with(line, MC_STR("//"));

	*text = is_escaped ? mc_str_skip(line, 1) : line;
	return is_escaped || !mc_str_starts_with(line, MC_STR("/"));
}

size_t
command_surplus(struct mc_str line)
{
	struct mc_str text;

	if (!is_message(mc_str_trim(line), &text) || text.len <= MC_MESSAGE_BODY_MAX)
		return 0;
	return text.len - MC_MESSAGE_BODY_MAX;
}

enum command_result
command_run(struct talk *talk, struct mc_str line, struct mc_str *text, FILE *out)
{
	struct mc_error error = { .status = MC_OK };

	if (is_message(line, text))
		return COMMAND_TEXT;
	struct mc_str word = mc_str_first(line, mc_str_find(line, ' '));
	struct mc_str operand = mc_str_trim(mc_str_skip(line, word.len));
	for (size_t i = 0; i < MC_COUNT(commands); i++) {
		if (!mc_str_equal(word, mc_str_from(commands[i].name)))
			continue;
		if (commands[i].run(talk, operand, out, &error) == MC_OK)
			return commands[i].done;
		say_clean(out, mc_str_from(error.message), false);
		return COMMAND_FAILED;
	}
	say_unknown(word, out);
	return COMMAND_FAILED;
}
