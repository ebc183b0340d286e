/* text - where the text of a post comes from. */
#include "cli/post/post.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/common/answer.h"
#include "cli/common/say.h"
#include "libminiclass/base/utf8.h"
#include "libminiclass/limits.h"

/* More than a post may have, because blanks around it do not count. */
enum { TEXT_MAX = 4 * MC_POST_BODY_MAX, PIECE = 4096 };

static void
join_words(const struct post_tool *tool, struct mc_buf *text)
{
	for (size_t i = 0; i < tool->n_words; i++) {
		if (i > 0)
			mc_buf_add_char(text, ' ');
		mc_buf_add_text(text, tool->words[i]);
	}
}

static int
read_stdin(struct mc_buf *text)
{
	size_t n = 0;

	do {
		char *room = mc_buf_reserve(text, PIECE);
		n = room != NULL ? fread(room, 1, PIECE, stdin) : 0;
		mc_buf_commit(text, n);
		/* Less is the end; asked once more, a terminal would wait for another Ctrl-D. */
	} while (n == PIECE);
	return ferror(stdin) ? say_error(MC_FAILED, "stdin", "cannot be read") : -1;
}

/* Who may not post is told so before they write, not after. */
static int
ask_editor(struct post_tool *tool, struct mc_str before, struct edit *edit, struct mc_buf *text)
{
	struct mc_api_answer answer;
	char path[POST_PATH_SIZE];
	char *note = NULL;
	size_t len = 0;

	snprintf(path, sizeof(path), "/classes/%" PRId64 "/posts/new", tool->class_id);
	int done = seat_call(&tool->seat, tool->class_words, path, NULL, &answer);
	if (done >= 0)
		return done;
	FILE *out = open_memstream(&note, &len);
	if (out == NULL)
		return say_error(MC_NO_MEMORY, "editor", "out of memory");
	fputs("Class: ", out);
	say_clean(out, answer_text(answer.json, "class.name"), false);
	for (size_t i = 0; i < tool->tags.n; i++) {
		fputs(i == 0 ? "\nTags: " : ", ", out);
		say_clean(out, mc_str_from(tool->tags.values[i]), false);
	}
	fputs("\nA post is Markdown.  Without a text nothing is posted.", out);
	if (fclose(out) == 0)
		done = edit_text(edit, "mc-post", before, (struct mc_str){ note, len }, text);
	else
		done = say_error(MC_NO_MEMORY, "editor", "out of memory");
	free(note);
	return done;
}

static int
check(const struct mc_buf *text)
{
	struct mc_str plain = mc_str_trim(mc_buf_str(text));
	char why[64];

	snprintf(why, sizeof(why), "a post has %d bytes at most", MC_POST_BODY_MAX);
	if (!mc_buf_ok(text) || plain.len > MC_POST_BODY_MAX)
		return say_error(MC_TOO_LARGE, "text", why);
	if (plain.len == 0)
		return say_usage("text", "there is none; nothing is posted");
	if (!mc_utf8_is_valid(plain))
		return say_usage("text", "is not UTF-8");
	return -1;
}

int
post_text(struct post_tool *tool, struct mc_str before, struct edit *edit, struct mc_buf *text)
{
	bool is_dash = tool->n_words == 1 && strcmp(tool->words[0], "-") == 0;
	int done = -1;

	mc_buf_init(text, TEXT_MAX);
	if (tool->n_words > 0 && !is_dash)
		join_words(tool, text);
	else if (is_dash || !isatty(STDIN_FILENO))
		done = read_stdin(text);
	else
		done = ask_editor(tool, before, edit, text);
	if (done < 0)
		done = check(text);
	return done;
}

void
post_text_done(struct edit *edit, bool used)
{
	if (!used && edit->path[0] != '\0')
		(void)say_error(MC_FAILED, edit->path, "has your text");
	else
		edit_drop(edit);
}
