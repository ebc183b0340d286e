/* full_state - what its files note of a room on the whole screen. */
#include "cli/chat/full_int.h"

#include <stdio.h>

#include "cli/common/say.h"

void
full_end(struct full *full, enum mc_status status, struct mc_str why)
{
	full->status = status;
	full->done = say_exit_of(status);
	snprintf(full->why, sizeof(full->why), "%.*s", MC_STR_ARGS(why));
}

void
full_notice(struct full *full, const char *text)
{
	snprintf(full->view.notice, sizeof(full->view.notice), "%s", text);
}

size_t
full_rows(const struct full *full)
{
	static struct log_row none[1];
	size_t all = SIZE_MAX;

	(void)log_rows(&full->view.log, full->view.columns, &all, none, 1);
	return all;
}

/* What was typed last may be on the way still; who says it twice does not wait for it. */
void
full_leave(struct full *full)
{
	if (full->is_leaving || mc_chat_client_unacked(full->talk->client) == 0)
		full->done = EXIT_DONE;
	full->is_leaving = true;
	full->leave_by = mc_deadline_in(TALK_LEAVE_MS);
	full_notice(full, "leaving when all is sent; Ctrl-C: now");
}
