/*
 * client - the library's chat client as a program, for tests that break what is around it.
 *
 *	client ADDRESS ROOM COUNT [CA-FILE] <messages
 *
 * The token is in MC_TOKEN.  Sends each line of its input, prints "SEQ BODY" for each message from
 * the room's first on, and ends with 0 when it has seen COUNT and all it sent is acked.  With a
 * CA-FILE it speaks TLS.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libminiclass/client/chat_client.h"
#include "libminiclass/limits.h"

static bool
send_input(struct mc_chat_client *client, int64_t room)
{
	char line[MC_MESSAGE_BODY_MAX + 2];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct mc_str body = mc_str_first(mc_str_from(line), strcspn(line, "\n"));
		if (mc_chat_client_send(client, room, (struct mc_str){ 0 }, body, NULL) != MC_OK)
			return false;
	}
	return true;
}

/* True when everything was seen and stored. */
static bool
take_part(struct mc_chat_client *client, int64_t count)
{
	int64_t seen = 0;

	while (seen < count || mc_chat_client_unacked(client) > 0) {
		struct mc_chat_event event;
		enum mc_status status = mc_chat_client_next(client, 60000, &event);
		if (status == MC_TIMED_OUT) {
			fprintf(stderr, "state %d %s\n", (int)mc_chat_client_state(client),
				mc_chat_client_why(client));
			continue;
		}
		if (status != MC_OK || event.type == MC_CHAT_ERROR) {
			fprintf(stderr, "refused: %s\n",
				status == MC_OK ? "by the room" : mc_chat_client_why(client));
			return false;
		}
		if (event.type != MC_CHAT_MESSAGE)
			continue;
		seen = event.seq;
		printf("%" PRId64 " %.*s\n", event.seq, MC_STR_ARGS(event.body));
		(void)fflush(stdout);
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct mc_chat_client *client;
	struct mc_error error = { 0 };
	const char *token = getenv("MC_TOKEN");

	if (argc < 4 || token == NULL)
		return 2;
	const struct mc_chat_client_options options = { .address = argv[1],
		.tls = argc > 4,
		.ca_file = argc > 4 ? argv[4] : NULL,
		.token = mc_str_from(token),
		.pause_ms = 20,
		.pause_max_ms = 200 };
	int64_t room = strtoll(argv[2], NULL, 10), count = strtoll(argv[3], NULL, 10);
	if (mc_chat_client_create(&options, &client, &error) != MC_OK) {
		fprintf(stderr, "%s\n", error.message);
		return 2;
	}
	bool done = mc_chat_client_join(client, room, 0) == MC_OK && send_input(client, room) &&
		    take_part(client, count);
	mc_chat_client_destroy(client);
	return done ? 0 : 1;
}
