/* remove - one message, for everybody. */
#include "cli/chat/talk.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/common/answer.h"
#include "cli/common/confirm.h"
#include "cli/common/say.h"

int
talk_remove(struct talk *talk, int64_t seq, bool yes)
{
	struct mc_api_answer answer;
	char what[64], path[128];

	snprintf(what, sizeof(what), "message %" PRId64, seq);
	snprintf(path, sizeof(path), "/rooms/%" PRId64 "/messages/%" PRId64 "/remove",
		talk->room.id, seq);
	int done = confirm(talk->seat, yes, what, path);
	if (done < 0)
		done = answer_post(talk->seat, what, path, answer_body(), &answer);
	if (done >= 0)
		return done;
	if (talk->json)
		answer_print(&answer);
	else if (say_is_terminal())
		printf("Message %" PRId64 " is removed.\n", seq);
	return EXIT_DONE;
}
