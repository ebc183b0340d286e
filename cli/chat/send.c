/* send - one message, until it is stored. */
#include "cli/chat/talk.h"

#include <stdio.h>

#include "cli/common/say.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/time.h"

static void
show_ack(const struct talk *talk, const struct mc_chat_event *ack)
{
	struct mc_buf json;

	if (!talk->json)
		return;
	mc_buf_init(&json, 4096);
	mc_chat_event_write(&json, ack);
	if (mc_buf_ok(&json))
		printf("%.*s\n", MC_STR_ARGS(mc_buf_str(&json)));
	mc_buf_finish(&json);
}

static int
refused(const struct talk *talk, const struct mc_chat_event *event)
{
	char why[200];

	snprintf(why, sizeof(why), "%.*s", MC_STR_ARGS(event->body));
	return say_error(talk_status(event->code), talk->room.title, why);
}

/* It is stored, was refused, or the time is over: then it may be stored all the same. */
static int
wait_for_ack(struct talk *talk)
{
	struct mc_deadline deadline = mc_deadline_in(talk->timeout_ms);
	struct mc_chat_event event;
	const char *why;

	while (mc_deadline_left(deadline) > 0) {
		enum mc_status status =
			mc_chat_client_next(talk->client, mc_deadline_left(deadline), &event);
		why = mc_chat_client_why(talk->client);
		if (status == MC_UNAUTHENTICATED)
			return say_error(status, talk->room.address, why);
		if (status == MC_OK && event.type == MC_CHAT_ACK) {
			show_ack(talk, &event);
			return EXIT_DONE;
		}
		if (status == MC_OK && event.type == MC_CHAT_ERROR)
			return refused(talk, &event);
	}
	why = mc_chat_client_why(talk->client);
	return say_error(
		MC_UNAVAILABLE, talk->room.address, why[0] != '\0' ? why : "no answer in time");
}

int
talk_send(struct talk *talk, const char *text)
{
	struct mc_error error = { .status = MC_OK };

	enum mc_status status = talk_check(mc_str_from(text), &error);
	if (status == MC_OK)
		status = mc_chat_client_send(
			talk->client, talk->room.id, MC_STR(""), mc_str_from(text), NULL);
	if (status != MC_OK)
		return say_error(
			status, "--send", error.message[0] ? error.message : "out of memory");
	return wait_for_ack(talk);
}
