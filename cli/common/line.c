#include "cli/common/line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common/glyph.h"

void
line_init(struct line *line)
{
	*line = (struct line){ .len = 0 };
}

static void
forget(struct mc_str text)
{
	char *owned;

	memcpy(&owned, &text.ptr, sizeof(owned));
	free(owned);
}

void
line_finish(struct line *line)
{
	for (size_t i = 0; i < line->n_history; i++)
		forget(line->history[i]);
	line_init(line);
}

struct mc_str
line_text(const struct line *line)
{
	return (struct mc_str){ line->text, line->len };
}

static void
set_text(struct line *line, struct mc_str text)
{
	if (text.len > 0)
		memmove(line->text, text.ptr, text.len);
	line->len = line->cursor = text.len;
}

static enum line_result
insert(struct line *line, struct mc_str text)
{
	if (text.len > LINE_SIZE - line->len)
		return LINE_FULL;
	memmove(line->text + line->cursor + text.len, line->text + line->cursor,
		line->len - line->cursor);
	if (text.len > 0)
		memcpy(line->text + line->cursor, text.ptr, text.len);
	line->len += text.len;
	line->cursor += text.len;
	return LINE_EDITED;
}

static void
erase(struct line *line, size_t from, size_t to)
{
	memmove(line->text + from, line->text + to, line->len - to);
	line->len -= to - from;
	line->cursor = from;
}

/* `was_killing`: it is added to what the key before killed, in front or behind. */
static void
kill_text(struct line *line, size_t from, size_t to, bool was_killing)
{
	size_t n = to - from;
	bool in_front = to == line->cursor;

	line->killing = true;
	if (!was_killing)
		line->killed_len = 0;
	if (n > LINE_SIZE - line->killed_len)
		line->killed_len = 0;
	if (in_front) {
		memmove(line->killed + n, line->killed, line->killed_len);
		memcpy(line->killed, line->text + from, n);
	} else {
		memcpy(line->killed + line->killed_len, line->text + from, n);
	}
	line->killed_len += n;
	erase(line, from, to);
}

static size_t
next(const struct line *line, size_t at)
{
	return at + glyph_next(line_text(line), at, NULL);
}

static size_t
before(const struct line *line, size_t at)
{
	return glyph_before(line_text(line), at);
}

/* Letters and digits, and all that is not ASCII. */
static bool
is_word(const struct line *line, size_t at)
{
	unsigned char c = (unsigned char)line->text[at];

	return c >= 0x80 || isalnum(c);
}

static size_t
word_end(const struct line *line)
{
	size_t at = line->cursor;

	while (at < line->len && !is_word(line, at))
		at = next(line, at);
	while (at < line->len && is_word(line, at))
		at = next(line, at);
	return at;
}

static size_t
word_begin(const struct line *line)
{
	size_t begin = 0;
	bool in_word = false;

	/* From the front: each step back would count from there (glyph_before). */
	for (size_t at = 0; at < line->cursor; at = next(line, at)) {
		if (is_word(line, at) && !in_word)
			begin = at;
		in_word = is_word(line, at);
	}
	return begin;
}

/* Ctrl-W goes by blanks. */
static size_t
blank_before(const struct line *line)
{
	size_t at = line->cursor;

	while (at > 0 && isspace((unsigned char)line->text[at - 1]))
		at--;
	while (at > 0 && !isspace((unsigned char)line->text[at - 1]))
		at--;
	return at;
}

static void
reverse(char *text, size_t from, size_t to)
{
	while (from + 1 < to) {
		char last = text[--to];
		text[to] = text[from];
		text[from++] = last;
	}
}

/* The characters around the cursor change places; at the end the last two.  Two neighbours do
 * when each is reversed and then both together. */
static void
transpose(struct line *line)
{
	size_t middle = line->cursor < line->len ? line->cursor : before(line, line->len);

	if (middle == 0)
		return;
	size_t begin = before(line, middle), end = next(line, middle);
	reverse(line->text, begin, middle);
	reverse(line->text, middle, end);
	reverse(line->text, begin, end);
	line->cursor = end;
}

static void
show_history(struct line *line, size_t at)
{
	if (line->at == line->n_history) {
		memcpy(line->draft, line->text, line->len);
		line->draft_len = line->len;
	}
	line->at = at;
	set_text(line, at < line->n_history ? line->history[at]
					    : (struct mc_str){ line->draft, line->draft_len });
}

static void
go_up(struct line *line)
{
	if (line->at > 0)
		show_history(line, line->at - 1);
}

static void
go_down(struct line *line)
{
	if (line->at < line->n_history)
		show_history(line, line->at + 1);
}

void
line_keep(struct line *line)
{
	char *copy = line->len > 0 ? malloc(line->len) : NULL;
	size_t n = line->n_history;
	bool again = n > 0 && mc_str_equal(line->history[n - 1], line_text(line));

	if (copy != NULL && !again) {
		memcpy(copy, line->text, line->len);
		if (n == LINE_HISTORY) {
			forget(line->history[0]);
			memmove(&line->history[0], &line->history[1],
				(n - 1) * sizeof(line->history[0]));
			line->n_history = n = n - 1;
		}
		line->history[n] = (struct mc_str){ copy, line->len };
		line->n_history++;
	} else {
		free(copy);
	}
	line->at = line->n_history;
	line->len = line->cursor = 0;
	line->killing = false;
}

static enum line_result
delete_here(struct line *line)
{
	if (line->cursor < line->len)
		erase(line, line->cursor, next(line, line->cursor));
	return LINE_EDITED;
}

static enum line_result
delete_before(struct line *line)
{
	if (line->cursor > 0)
		erase(line, before(line, line->cursor), line->cursor);
	return LINE_EDITED;
}

static enum line_result
control_key(struct line *line, char letter, bool was_killing)
{
	switch (letter) {
	case 'A': line->cursor = 0; break;
	case 'E': line->cursor = line->len; break;
	case 'B': line->cursor = before(line, line->cursor); break;
	case 'F': line->cursor = next(line, line->cursor); break;
	case 'D': return line->len == 0 ? LINE_END : delete_here(line);
	case 'K': kill_text(line, line->cursor, line->len, was_killing); break;
	case 'U': kill_text(line, 0, line->cursor, was_killing); break;
	case 'W': kill_text(line, blank_before(line), line->cursor, was_killing); break;
	case 'Y': return insert(line, (struct mc_str){ line->killed, line->killed_len });
	case 'T': transpose(line); break;
	case 'P': go_up(line); break;
	case 'N': go_down(line); break;
	default: return LINE_OTHER;
	}
	return LINE_EDITED;
}

static enum line_result
alt_key(struct line *line, char letter, bool was_killing)
{
	switch (letter) {
	case 'b':
	case 'B': line->cursor = word_begin(line); break;
	case 'f':
	case 'F': line->cursor = word_end(line); break;
	case 'd':
	case 'D': kill_text(line, line->cursor, word_end(line), was_killing); break;
	case 0x7f: kill_text(line, word_begin(line), line->cursor, was_killing); break;
	default: return LINE_OTHER;
	}
	return LINE_EDITED;
}

enum line_result
line_key(struct line *line, const struct key *key)
{
	bool was_killing = line->killing;

	line->killing = false;
	switch (key->kind) {
	case KEY_TEXT: return insert(line, key->text);
	case KEY_CTRL: return control_key(line, key->letter, was_killing);
	case KEY_ALT: return alt_key(line, key->letter, was_killing);
	case KEY_ENTER: return LINE_DONE;
	case KEY_BACKSPACE: return delete_before(line);
	case KEY_DELETE: return delete_here(line);
	case KEY_LEFT: line->cursor = before(line, line->cursor); break;
	case KEY_RIGHT: line->cursor = next(line, line->cursor); break;
	case KEY_UP: go_up(line); break;
	case KEY_DOWN: go_down(line); break;
	case KEY_HOME: line->cursor = 0; break;
	case KEY_END: line->cursor = line->len; break;
	case KEY_NONE:
	case KEY_TAB:
	case KEY_PAGE_UP:
	case KEY_PAGE_DOWN:
	case KEY_ESCAPE:
	case KEY_FOCUS_IN:
	case KEY_FOCUS_OUT: return LINE_OTHER;
	}
	return LINE_EDITED;
}

void
line_window(const struct line *line, int columns, size_t *from, size_t *to, int *cursor)
{
	struct mc_str text = line_text(line);
	int width = glyph_width(mc_str_first(text, line->cursor));
	size_t begin = 0;

	/* One column is the cursor's own. */
	while (begin < line->cursor && width >= columns) {
		int first;
		begin += glyph_next(text, begin, &first);
		width -= first;
	}
	*from = begin;
	*to = begin + glyph_cut(mc_str_skip(text, begin), columns).len;
	*cursor = width;
}
