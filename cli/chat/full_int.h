/*
 * full_int - a room on the whole screen, as its files share it: the loop (full.c), its state
 * (full_state.c), what comes from chat (full_events.c), what is typed (full_keys.c).  One thread.
 */
#ifndef CLI_CHAT_FULL_INT_H
#define CLI_CHAT_FULL_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/chat/talk.h"
#include "cli/chat/view.h"
#include "cli/common/keys.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/time.h"

enum { INPUT_MAX = 64 * 1024 };

struct full {
	struct talk *talk;
	struct view view;
	struct keys keys;
	struct mc_buf input;
	bool is_away;    /* the window has no focus */
	bool is_lost;    /* the connection was: what comes then was missed */
	int64_t missed;  /* up to that seq */
	bool is_leaving; /* as soon as all is stored, and at `leave_by` anyhow */
	struct mc_deadline leave_by;
	int done;              /* -1: goes on */
	int signal;            /* that ends it */
	enum mc_status status; /* with `why`: what is said when the terminal is back */
	char why[256];
};

/* It ends, and that is said when the terminal is back. */
void full_end(struct full *full, enum mc_status status, struct mc_str why);
/* In the status line, until the next key. */
void full_notice(struct full *full, const char *text);
/* How many rows all of the log has. */
size_t full_rows(const struct full *full);
/* Ends when all is stored; said twice, now. */
void full_leave(struct full *full);

/* All events that are there. */
void full_take_events(struct full *full);
/* What stdin has, as far as it makes whole keys. */
void full_read_keys(struct full *full);
/* What is read already; `all`: nothing follows. */
void full_take_keys(struct full *full, bool all);

#endif
