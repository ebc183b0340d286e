#include "cli/chat/remove.h"

#include <inttypes.h>
#include <stdio.h>

#include <json-c/json.h>

#include "cli/common/answer.h"
#include "cli/common/confirm.h"
#include "cli/common/glyph.h"
#include "cli/common/request.h"
#include "cli/common/say.h"

enum { PATH_SIZE = 128, NUMBERED = 10, WORDS_COLUMNS = 50 };

static void
write_path(char path[PATH_SIZE], const struct talk *talk, int64_t seq, bool all)
{
	snprintf(path, PATH_SIZE, "/rooms/%" PRId64 "/messages/%" PRId64 "/remove%s", talk->room.id,
		seq, all ? "/all" : "");
}

static void
write_n_removed(const struct mc_api_answer *answer, FILE *out)
{
	int64_t n = answer_int(answer->json, "removed");

	fprintf(out, "%" PRId64 " message%s removed, for everybody", n, n == 1 ? " is" : "s are");
}

int
remove_message(struct talk *talk, int64_t seq, bool all, bool yes)
{
	struct mc_api_answer answer;
	char what[64], path[PATH_SIZE];

	snprintf(what, sizeof(what), "message %" PRId64, seq);
	write_path(path, talk, seq, all);
	int done = confirm(talk->seat, yes, what, path);
	if (done < 0)
		done = request_post(talk->seat, what, path, request_body(), &answer);
	if (done >= 0)
		return done;
	if (talk->json) {
		answer_print(&answer);
	} else if (say_is_terminal() && all) {
		write_n_removed(&answer, stdout);
		puts(".");
	} else if (say_is_terminal()) {
		printf("Message %" PRId64 " is removed.\n", seq);
	}
	return EXIT_DONE;
}

/* 0: nothing is left. */
static int64_t
last_left(struct json_object *messages)
{
	for (size_t i = json_object_array_length(messages); i-- > 0;) {
		struct json_object *message = json_object_array_get_idx(messages, i);
		if (!answer_is(message, "removed"))
			return answer_int(message, "seq");
	}
	return 0;
}

static void
write_numbered(struct json_object *messages, FILE *out)
{
	size_t n = json_object_array_length(messages);

	for (size_t i = 0; i < n; i++) {
		struct json_object *message = json_object_array_get_idx(messages, i);
		if (answer_is(message, "removed"))
			continue;
		struct mc_str body = answer_text(message, "body");
		struct mc_str words = glyph_cut(body, WORDS_COLUMNS);
		fprintf(out, "%" PRId64 "  ", answer_int(message, "seq"));
		say_clean(out, answer_text(message, "from.name"), false);
		fputs(": ", out);
		say_clean(out, words, false);
		fputs(words.len < body.len ? "\u2026\n" : "\n", out);
	}
	fputs("/remove NUMBER all: also all else of who wrote it\n"
	      "/remove NUMBER: for everybody, there is no way back",
		out);
}

/* The server knows who may: it is asked for what its page asks before it removes. */
static enum mc_status
ask_whether_allowed(struct talk *talk, int64_t seq, struct mc_error *error)
{
	struct mc_api_answer answer;
	char path[PATH_SIZE];

	if (seq == 0)
		return mc_error_set(
			error, MC_NOT_FOUND, NULL, "of the last %d none is left", NUMBERED);
	write_path(path, talk, seq, false);
	return mc_api_call(talk->seat->api, path, NULL, &answer, error);
}

/* Numbers are seen nowhere else, so who types one has read what it stands for. */
static enum mc_status
number_messages(struct talk *talk, FILE *out, struct mc_error *error)
{
	struct json_object *messages;

	enum mc_status status = talk_messages_before(talk, INT64_MAX, NUMBERED, &messages, error);
	if (status != MC_OK)
		return status;
	json_object_get(messages); /* the next call takes the answer */
	status = ask_whether_allowed(talk, last_left(messages), error);
	if (status == MC_OK)
		write_numbered(messages, out);
	json_object_put(messages);
	return status;
}

/* What is typed behind /remove. */
struct removal {
	int64_t seq;
	bool all, yes;
};

static bool
read_removal(struct mc_str operand, struct removal *out)
{
	struct mc_str number = mc_str_first(operand, mc_str_find(operand, ' '));
	struct mc_str rest = mc_str_trim(mc_str_skip(operand, number.len));

	out->yes = mc_str_equal(rest, MC_STR("all yes"));
	out->all = out->yes || mc_str_equal(rest, MC_STR("all"));
	return mc_str_to_int(number, 1, INT64_MAX, &out->seq) && (rest.len == 0 || out->all);
}

static void
write_done(const struct removal *removal, const struct mc_api_answer *answer, FILE *out)
{
	if (!removal->all) {
		fprintf(out, "message %" PRId64 " is removed, for everybody", removal->seq);
	} else if (removal->yes) {
		write_n_removed(answer, out);
	} else {
		say_clean(out, answer_text(answer->json, "confirm.text"), true);
		fprintf(out, "\n/remove %" PRId64 " all yes: does it", removal->seq);
	}
}

/* One message was read by who types its number; of who wrote it all may be more than one thinks. */
static enum mc_status
carry_out(struct talk *talk, const struct removal *removal, FILE *out, struct mc_error *error)
{
	struct mc_api_answer answer;
	bool asks = removal->all && !removal->yes;
	struct json_object *body = asks ? NULL : request_body();
	char path[PATH_SIZE];

	if (!asks && body == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	write_path(path, talk, removal->seq, removal->all);
	enum mc_status status = mc_api_call(talk->seat->api, path, body, &answer, error);
	request_drop(body);
	if (status == MC_OK)
		write_done(removal, &answer, out);
	if (status == MC_NOT_FOUND)
		return mc_error_set(
			error, status, NULL, "there is no message %" PRId64 " here", removal->seq);
	return status;
}

enum mc_status
remove_typed(struct talk *talk, struct mc_str operand, FILE *out, struct mc_error *error)
{
	struct removal removal = { 0 };

	if (operand.len == 0)
		return number_messages(talk, out, error);
	if (!read_removal(operand, &removal))
		return mc_error_set(
			error, MC_INVALID, NULL, "a number; /remove alone shows those of the last");
	return carry_out(talk, &removal, out, error);
}
