/*
 * view - the full screen: title with who is here, the log, a status line, the line being written.
 * What is shown is here, what happens is in the loop (full.c).  One thread.
 */
#ifndef CLI_CHAT_VIEW_H
#define CLI_CHAT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/chat/log.h"
#include "cli/chat/talk.h"
#include "cli/common/line.h"

/* The least that the full screen needs; below it there are lines. */
enum { VIEW_ROWS_MIN = 15, VIEW_COLUMNS_MIN = 60 };

struct view {
	const struct talk *talk; /* borrowed */
	struct log log;
	struct line line;
	int rows, columns;
	size_t scroll;    /* rows below what is shown */
	int64_t below;    /* messages that came down there */
	bool is_cut;      /* not all that was typed is in `line` */
	char notice[256]; /* in the status line, until the next key; cleaned as it is drawn */
};

/* Rows of the log. */
int view_height(const struct view *view);
/* All of it; only what changed goes out.  False: the terminal is gone. */
bool view_draw(struct view *view) MC_MUST_USE;

#endif
