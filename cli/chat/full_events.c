/* full_events - what comes from chat, as it is shown on the whole screen. */
#include "cli/chat/full_int.h"

#include <ctype.h>
#include <stdio.h>

static void
take_message(struct full *full, const struct mc_chat_event *event)
{
	struct view *view = &full->view;
	size_t before = view->scroll > 0 ? full_rows(full) : 0;

	bool is_own = event->person.id == mc_chat_client_user(full->talk->client);
	bool unread = full->is_away || view->scroll > 0 || event->seq <= full->missed;
	if (unread && !view->log.has_mark && !is_own)
		log_mark(&view->log);
	log_message(&view->log, event);
	/* What is being read stays where it is. */
	if (view->scroll > 0) {
		view->scroll += full_rows(full) - before;
		view->below++;
	}
}

static void
take_joined(struct full *full, const struct mc_chat_event *event)
{
	(void)people_take(&full->talk->people, event);
	/* If it is still, that is said behind the messages. */
	if (!full->talk->room.is_live)
		full->talk->has_ended = false;
	if (full->is_lost && event->seq > log_last(&full->view.log)) {
		log_unmark(&full->view.log);
		full->missed = event->seq;
	}
	full->is_lost = false;
}

static void
take_presence(struct full *full, const struct mc_chat_event *event)
{
	char text[256];

	bool is_news = people_take(&full->talk->people, event);
	if (!is_news || full->talk->has_ended)
		return;
	snprintf(text, sizeof(text), "%.*s %s", MC_STR_ARGS(event->person.name),
		talk_coming(full->talk, event));
	full_notice(full, text);
}

static void
take_error(struct full *full, const struct mc_chat_event *event)
{
	/* Nobody would read it in the log any more. */
	if (full->is_leaving)
		full_end(full, talk_status(event->code), event->body);
	else if (event->client_id.len > 0)
		log_refused(&full->view.log, event->client_id, event->body);
	else if (mc_str_equal(event->code, MC_STR("not_found")))
		full_end(full, MC_NOT_FOUND, event->body);
	else
		log_refused(&full->view.log, MC_STR(""), event->body);
}

static void
note_end(struct full *full)
{
	const char *over = talk_over(full->talk);
	char text[64];

	snprintf(text, sizeof(text), "%c%s.", toupper((unsigned char)over[0]), over + 1);
	log_notice(&full->view.log, text);
}

/* A discussion is open again: who is in it no more learns it when what they write is taken. */
static void
come_back(struct full *full)
{
	int64_t last = log_last(&full->view.log);

	enum mc_status status =
		last > 0 ? mc_chat_client_join(full->talk->client, full->talk->room.id, last)
			 : talk_join(full->talk);
	if (status != MC_OK)
		full_end(full, status, MC_STR("out of memory"));
}

static void
take_event(struct full *full, const struct mc_chat_event *event)
{
	/* Of a room that was left a moment ago only what became of one's own. */
	bool is_here = event->room == full->talk->room.id;

	switch (event->type) {
	case MC_CHAT_ACK:
		if (is_here && full->talk->has_ended)
			come_back(full);
		log_acked(&full->view.log, event->client_id, event->seq);
		break;
	case MC_CHAT_ERROR:
		if (is_here)
			take_error(full, event);
		break;
	case MC_CHAT_MESSAGE:
		if (is_here)
			take_message(full, event);
		break;
	case MC_CHAT_JOINED:
		if (is_here)
			take_joined(full, event);
		break;
	case MC_CHAT_PRESENCE:
		if (is_here)
			take_presence(full, event);
		break;
	case MC_CHAT_REMOVED:
		for (size_t i = 0; is_here && i < event->n_seqs; i++)
			log_removed(&full->view.log, event->seqs[i]);
		break;
	case MC_CHAT_ENDED:
		if (is_here && !full->talk->has_ended) {
			full->talk->has_ended = true;
			note_end(full);
		}
		break;
	case MC_CHAT_WELCOME:
	case MC_CHAT_PONG:
	case MC_CHAT_EVENT_COUNT: break;
	}
}

void
full_take_events(struct full *full)
{
	struct mc_chat_event event;

	while (full->done < 0 && mc_chat_client_next(full->talk->client, 0, &event) == MC_OK)
		take_event(full, &event);
	enum mc_chat_state state = mc_chat_client_state(full->talk->client);
	if (state == MC_CHAT_WAITING && log_last(&full->view.log) > 0)
		full->is_lost = true;
	if (state == MC_CHAT_REFUSED && full->done < 0)
		full_end(full, MC_UNAUTHENTICATED,
			mc_str_from(mc_chat_client_why(full->talk->client)));
}
