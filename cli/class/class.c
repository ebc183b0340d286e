#include "cli/class/class.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/common/pick_class.h"
#include "cli/common/request.h"
#include "cli/common/say.h"

int
class_sit(struct class_tool *tool)
{
	return tool->seat.api != NULL ? -1 : seat_take(&tool->options, true, &tool->seat);
}

int
class_pick(struct class_tool *tool, const char *words, int64_t *id)
{
	int done = class_sit(tool);

	return done >= 0 ? done : pick_class(&tool->seat, words, id);
}

void
class_path(char path[CLASS_PATH_SIZE], int64_t id, const char *rest)
{
	snprintf(path, CLASS_PATH_SIZE, "/classes/%" PRId64 "%s", id, rest);
}

int
class_get(
	struct class_tool *tool, const char *words, const char *rest, struct mc_api_answer *answer)
{
	char path[CLASS_PATH_SIZE];
	int64_t id = 0;

	int done = class_pick(tool, words, &id);
	if (done >= 0)
		return done;
	class_path(path, id, rest);
	return seat_call(&tool->seat, words, path, NULL, answer);
}

int
class_post(
	struct class_tool *tool, const char *words, const char *rest, struct mc_api_answer *answer)
{
	char path[CLASS_PATH_SIZE];
	int64_t id = 0;

	int done = class_pick(tool, words, &id);
	if (done >= 0)
		return done;
	class_path(path, id, rest);
	return request_post(&tool->seat, words, path, request_body(), answer);
}

int
class_need_session(const struct class_tool *tool)
{
	if (tool->session > 0)
		return -1;
	return say_usage("--session", "is missing; \"mc-class sessions CLASS\" has the ids");
}

struct mc_str
class_join_words(char *const *words, size_t n)
{
	static char text[CLASS_WORDS_MAX]; /* the one thread's */
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		int more = snprintf(
			text + len, sizeof(text) - len, "%s%s", i > 0 ? " " : "", words[i]);
		/* The server's limits are far below; it says which one. */
		if (more < 0 || (size_t)more >= sizeof(text) - len)
			return (struct mc_str){ text, sizeof(text) - 1 };
		len += (size_t)more;
	}
	return (struct mc_str){ text, len };
}

int
class_done(const struct class_tool *tool, const struct mc_api_answer *answer, struct mc_str subject,
	const char *rest)
{
	if (tool->options.json) {
		answer_print(answer);
	} else if (say_is_terminal()) {
		say_clean(stdout, subject, false);
		puts(rest);
	}
	return EXIT_DONE;
}
