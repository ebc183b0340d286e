#include "cli/chat/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/chat/command.h"
#include "cli/common/glyph.h"
#include "cli/common/say.h"
#include "cli/common/screen.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define REVERSE "\033[7m"
#define PLAIN "\033[0m"

/* Title above; status and line below. */
enum { ROWS_AROUND = 3, ROWS_DRAWN_MAX = 512, PROMPT_COLUMNS = 2 };

/* A row while it is made: text that is written to `out` ends in `bytes`. */
struct row {
	FILE *out;
	char *bytes;
	size_t len;
};

static bool
row_begin(struct row *row)
{
	*row = (struct row){ .out = NULL };
	row->out = open_memstream(&row->bytes, &row->len);
	return row->out != NULL;
}

static void
row_end(struct row *row, int at)
{
	if (fclose(row->out) == 0)
		screen_row(at, (struct mc_str){ row->bytes, row->len });
	free(row->bytes);
}

/* The text of `row`, without styles, in one style over the whole width. */
static void
row_end_bar(struct row *row, int at, int columns, const char *style)
{
	struct row bar;

	if (fclose(row->out) == 0 && row_begin(&bar)) {
		struct mc_str text = glyph_cut((struct mc_str){ row->bytes, row->len }, columns);
		fprintf(bar.out, "%s%.*s%*s", style, MC_STR_ARGS(text), columns - glyph_width(text),
			"");
		row_end(&bar, at);
	}
	free(row->bytes);
}

int
view_height(const struct view *view)
{
	int height = view->rows - ROWS_AROUND;

	return height > 1 ? height : 1;
}

static void
draw_title(const struct view *view)
{
	struct row row;

	if (!row_begin(&row))
		return;
	fputc(' ', row.out);
	say_clean(row.out, mc_str_from(view->talk->room.title), false);
	if (!view->talk->has_ended && view->talk->people.count > 0) {
		fputs(" \u2014 ", row.out);
		people_write(&view->talk->people, row.out);
	}
	row_end_bar(&row, 0, view->columns, REVERSE);
}

static const char *
colour_of(int64_t person)
{
	static const char *const colours[] = { "\033[36m", "\033[32m", "\033[33m", "\033[35m",
		"\033[34m", "\033[31m" };

	return say_has_colour() ? colours[(uint64_t)person % MC_COUNT(colours)] : "";
}

static void
write_part(FILE *out, const struct log_row *row, size_t from, size_t to, const char *style)
{
	from = from > row->from ? from : row->from;
	to = to < row->to ? to : row->to;
	if (from < to)
		fprintf(out, "%s%.*s" PLAIN, style, (int)(to - from), row->entry->text + from);
}

/* A day, or what is unread: its text between lines. */
static void
draw_rule(const struct view *view, const struct log_entry *entry, int at)
{
	struct row row;

	if (!row_begin(&row))
		return;
	fprintf(row.out, DIM "\u2500\u2500%s ", entry->text);
	for (int i = 3 + (int)entry->len; i < view->columns; i++)
		fputs("\u2500", row.out);
	row_end(&row, at);
}

static void
draw_log_row(const struct view *view, const struct log_row *from, int at)
{
	const struct log_entry *entry = from->entry;
	char style[32];
	struct row row;

	if (entry->kind == LOG_MARK || entry->kind == LOG_DAY) {
		draw_rule(view, entry, at);
		return;
	}
	if (!row_begin(&row))
		return;
	if (from->from > 0)
		fprintf(row.out, "%*s", LOG_INDENT, "");
	if (entry->kind == LOG_MESSAGE) {
		snprintf(style, sizeof(style), BOLD "%s", colour_of(entry->person));
		write_part(row.out, from, 0, LOG_INDENT, DIM);
		write_part(row.out, from, LOG_INDENT, entry->name_end, style);
		write_part(row.out, from, entry->name_end, entry->len, "");
	} else {
		write_part(row.out, from, 0, entry->len, DIM);
	}
	row_end(&row, at);
}

static void
draw_log(struct view *view)
{
	static struct log_row rows[ROWS_DRAWN_MAX];
	int height = view_height(view);
	size_t n = log_rows(&view->log, view->columns, &view->scroll, rows, (size_t)height);

	if (view->scroll == 0)
		view->below = 0;
	for (int i = 0; i < height; i++) {
		int above = height - 1 - i;
		if ((size_t)above < n)
			draw_log_row(view, &rows[above], 1 + i);
		else
			screen_row(1 + i, MC_STR(""));
	}
}

static const char *
state_of(const struct view *view)
{
	switch (mc_chat_client_state(view->talk->client)) {
	case MC_CHAT_CONNECTING: return "connecting";
	case MC_CHAT_CONNECTED:
		if (view->talk->has_ended)
			return "ended";
		return view->talk->people.count > 0 ? "connected" : "connecting";
	case MC_CHAT_WAITING: return "not connected, trying again";
	case MC_CHAT_REFUSED: break;
	}
	return "refused";
}

/* As long as it would be refused: a notice goes with the next key. */
static void
write_surplus(const struct view *view, FILE *out)
{
	size_t surplus = command_surplus(line_text(&view->line));

	if (surplus > 0)
		fprintf(out, " \u00b7 %zu byte%s too long%s", surplus, surplus == 1 ? "" : "s",
			view->is_cut ? ", the rest is cut off" : "");
}

/* The least important last: a narrow screen cuts it off. */
static void
draw_status(const struct view *view)
{
	size_t waiting = mc_chat_client_unacked(view->talk->client);
	const char *last = mc_chat_client_why(view->talk->client);
	struct row row;

	if (!row_begin(&row))
		return;
	fprintf(row.out, " %s", state_of(view));
	write_surplus(view, row.out);
	if (waiting > 0)
		fprintf(row.out, " \u00b7 %zu on the way", waiting);
	if (view->below > 0)
		fprintf(row.out, " \u00b7 %" PRId64 " new below", view->below);
	else if (view->scroll > 0)
		fputs(" \u00b7 scrolled back", row.out);
	if (view->notice[0] != '\0')
		last = view->notice;
	else if (last[0] == '\0')
		last = view->scroll > 0 ? "PgDn, Escape" : "/help, /quit";
	fputs(" \u00b7 ", row.out);
	say_clean(row.out, mc_str_from(last), false);
	row_end_bar(&row, view->rows - 2, view->columns, REVERSE);
}

/* Returns the cursor's column. */
static int
draw_line(const struct view *view)
{
	struct row row;
	size_t from, to;
	int cursor;

	line_window(&view->line, view->columns - PROMPT_COLUMNS, &from, &to, &cursor);
	if (!row_begin(&row))
		return 0;
	fputs(BOLD ">" PLAIN " ", row.out);
	for (size_t i = from; i < to; i++) {
		if (view->line.text[i] == '\n')
			fputs("\u21b5", row.out);
		else
			fputc(view->line.text[i], row.out);
	}
	row_end(&row, view->rows - 1);
	return PROMPT_COLUMNS + cursor;
}

bool
view_draw(struct view *view)
{
	/* Nothing sensible fits; whoever makes it so small makes it larger again. */
	if (view->rows < ROWS_AROUND + 1 || view->columns < 4)
		return screen_show(0, 0);
	draw_title(view);
	draw_log(view);
	draw_status(view);
	return screen_show(view->rows - 1, draw_line(view));
}
