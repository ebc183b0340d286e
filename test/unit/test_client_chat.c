/* A client of chat against a daemon that plays a part: losing connections, gaps, refusals. */

#include "libminiclass/client/chat_client.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libminiclass/net/addr.h"
#include "libminiclass/net/socket.h"
#include "test/unit/check.h"

enum { LINES_MAX = 40, SIZE_MAX_SAID = 512 };

/*
 * The part: one line after the other.  "<TEXT" waits for a frame that has TEXT in it, ">JSON" says
 * it, "." waits until the other side ends, "|" ends this connection and takes the next one.  The
 * first connection is taken at once.
 */
struct part {
	const char *const *lines;
	int listener;
	char address[MC_ADDR_TEXT_SIZE];
	char failure[SIZE_MAX_SAID];
	pthread_t thread;
};

static int
take_connection(struct part *part)
{
	struct pollfd waiting = { .fd = part->listener, .events = POLLIN };
	int fd = -1;

	while (fd < 0 && poll(&waiting, 1, 20000) == 1)
		fd = accept(part->listener, NULL, NULL);
	return fd;
}

static bool
read_exactly(int fd, char *to, size_t n)
{
	while (n > 0) {
		ssize_t got = recv(fd, to, n, 0);
		if (got <= 0)
			return false;
		to += got;
		n -= (size_t)got;
	}
	return true;
}

static bool
read_frame(int fd, char text[SIZE_MAX_SAID])
{
	char head[16];
	size_t n = 0;

	do {
		if (n + 1 == sizeof(head) || !read_exactly(fd, head + n, 1))
			return false;
	} while (head[n++] != '\n');
	size_t size = strtoul(head, NULL, 10);
	if (size + 3 > SIZE_MAX_SAID || !read_exactly(fd, text, size + 2))
		return false;
	text[size] = '\0';
	return true;
}

static void *
play(void *user)
{
	struct part *part = user;
	int fd = take_connection(part);

	for (const char *const *line = part->lines; *line != NULL && part->failure[0] == '\0';
		line++) {
		char text[SIZE_MAX_SAID] = "";
		switch ((*line)[0]) {
		case '<':
			if (!read_frame(fd, text) || strstr(text, *line + 1) == NULL)
				snprintf(part->failure, sizeof(part->failure),
					"expected %.200s, was told %.200s", *line + 1, text);
			break;
		case '>':
			snprintf(text, sizeof(text), "%zu\r\n%s\r\n", strlen(*line + 1), *line + 1);
			if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
				snprintf(part->failure, sizeof(part->failure), "send");
			break;
		case '.':
			if (read_exactly(fd, text, 1))
				snprintf(part->failure, sizeof(part->failure), "it goes on");
			break;
		default:
			close(fd);
			fd = take_connection(part);
			break;
		}
	}
	close(fd);
	return NULL;
}

static struct mc_chat_client *
start_with(struct part *part, const char *const *lines, struct mc_chat_client_options options)
{
	struct mc_addr addr;
	struct mc_chat_client *client;

	*part = (struct part){ .lines = lines };
	check_status(MC_OK, mc_addr_parse(MC_STR("127.0.0.1:0"), &addr, NULL), "address");
	check_status(MC_OK, mc_socket_listen(&addr, false, &part->listener, NULL), "listen");
	check_status(MC_OK, mc_socket_address(part->listener, &addr), "address");
	mc_addr_text(&addr, part->address);
	check_int(0, pthread_create(&part->thread, NULL, play, part), "thread");
	options.address = part->address;
	options.token = MC_STR("secret");
	check_status(MC_OK, mc_chat_client_create(&options, &client, NULL), "create");
	return client;
}

static struct mc_chat_client *
start(struct part *part, const char *const *lines)
{
	return start_with(
		part, lines, (struct mc_chat_client_options){ .pause_ms = 1, .pause_max_ms = 5 });
}

static void
end(struct part *part, struct mc_chat_client *client)
{
	pthread_join(part->thread, NULL);
	close(part->listener);
	mc_chat_client_destroy(client);
	if (part->failure[0] != '\0')
		fail_msg("%s", part->failure);
}

/* The next event, however many changes of state come before it. */
static struct mc_chat_event
next(struct mc_chat_client *client)
{
	struct mc_chat_event event;
	enum mc_status status;

	do
		status = mc_chat_client_next(client, 20000, &event);
	while (status == MC_TIMED_OUT);
	check_status(MC_OK, status, "next");
	return event;
}

#define WELCOME ">{\"type\":\"welcome\",\"user\":{\"id\":1,\"name\":\"Ada\"}}"
#define JOINED(seq) ">{\"type\":\"joined\",\"room\":7,\"last_seq\":" #seq ",\"members\":[]}"
#define MESSAGE(seq, text)                                                                         \
	">{\"type\":\"message\",\"room\":7,\"seq\":" #seq                                          \
	",\"from\":{\"id\":2,\"name\":\"Ben\",\"role\":\"student\"},\"body\":\"" text              \
	"\",\"at\":\"2026-11-23T08:00:00Z\"}"

static void
test_hello_is_said_first_and_messages_come(void **state)
{
	static const char *const lines[] = { "<\"hello\",\"token\":\"secret\"", WELCOME,
		"<\"join\",\"room\":7", JOINED(1), MESSAGE(1, "hi"), NULL };
	struct part part;
	struct mc_chat_client *client = start(&part, lines);

	(void)state;
	check_status(MC_OK, mc_chat_client_join(client, 7, -1), "join");
	check_int(MC_CHAT_JOINED, next(client).type, "joined");
	struct mc_chat_event event = next(client);
	check_int(MC_CHAT_MESSAGE, event.type, "message");
	check_str(MC_STR("hi"), event.body, "body");
	check_int(MC_CHAT_CONNECTED, mc_chat_client_state(client), "state");
	end(&part, client);
}

static void
test_after_a_loss_it_goes_on_where_it_was(void **state)
{
	static const char *const lines[] = { "<hello", WELCOME, "<\"join\",\"room\":7", JOINED(1),
		MESSAGE(1, "one"), "|", "<hello", WELCOME, "<\"after\":1", JOINED(3),
		MESSAGE(2, "two"), MESSAGE(2, "two"), MESSAGE(3, "three"), NULL };
	struct part part;
	struct mc_chat_client *client = start(&part, lines);

	(void)state;
	check_status(MC_OK, mc_chat_client_join(client, 7, 0), "join");
	check_int(MC_CHAT_JOINED, next(client).type, "joined");
	check_int(1, next(client).seq, "one");
	check_int(MC_CHAT_JOINED, next(client).type, "joined again");
	check_int(2, next(client).seq, "two");
	check_int(3, next(client).seq, "three, and two was not shown twice");
	end(&part, client);
}

static void
test_a_gap_is_filled_by_asking_again(void **state)
{
	static const char *const lines[] = { "<hello", WELCOME, "<join", JOINED(1),
		MESSAGE(1, "one"), MESSAGE(3, "three"), "<\"after\":1", JOINED(3),
		MESSAGE(2, "two"), MESSAGE(3, "three"), NULL };
	struct part part;
	struct mc_chat_client *client = start(&part, lines);

	(void)state;
	check_status(MC_OK, mc_chat_client_join(client, 7, 0), "join");
	(void)next(client);
	check_int(1, next(client).seq, "one");
	check_int(MC_CHAT_JOINED, next(client).type, "joined again");
	check_int(2, next(client).seq, "two");
	check_int(3, next(client).seq, "three");
	end(&part, client);
}

static void
test_what_was_not_acked_is_sent_again_with_the_same_id(void **state)
{
	static const char *const lines[] = { "<hello", WELCOME, "<\"client_id\":\"mine\"", "|",
		"<hello", WELCOME, "<\"client_id\":\"mine\"",
		">{\"type\":\"ack\",\"room\":7,\"client_id\":\"mine\",\"seq\":1}", "|", "<hello",
		WELCOME, "<\"client_id\":\"next\"",
		">{\"type\":\"ack\",\"room\":7,\"client_id\":\"next\",\"seq\":2}", NULL };
	struct part part;
	struct mc_chat_client *client = start(&part, lines);

	(void)state;
	check_status(MC_OK, mc_chat_client_send(client, 7, MC_STR("mine"), MC_STR("x"), NULL), "");
	check_int(1, (long long)mc_chat_client_unacked(client), "it waits");
	check_int(1, next(client).seq, "acked");
	check_int(0, (long long)mc_chat_client_unacked(client), "and is not sent a third time");
	check_status(MC_OK, mc_chat_client_send(client, 7, MC_STR("next"), MC_STR("y"), NULL), "");
	check_int(2, next(client).seq, "the next one");
	end(&part, client);
}

static void
test_busy_means_again_and_later(void **state)
{
	static const char *const lines[] = { "<hello", WELCOME, "<\"client_id\":\"mine\"",
		">{\"type\":\"error\",\"code\":\"unavailable\",\"message\":\"Please send it "
		"again.\",\"room\":7,"
		"\"client_id\":\"mine\"}",
		"|", "<hello", WELCOME, "<\"client_id\":\"mine\"",
		">{\"type\":\"ack\",\"room\":7,\"client_id\":\"mine\",\"seq\":1}", NULL };
	struct part part;
	struct mc_chat_client *client = start(&part, lines);

	(void)state;
	check_status(MC_OK, mc_chat_client_send(client, 7, MC_STR("mine"), MC_STR("x"), NULL), "");
	check_int(MC_CHAT_ACK, next(client).type, "acked in the end");
	end(&part, client);
}

#define PONG ">{\"type\":\"pong\"}"

static void
test_who_answers_each_ping_is_kept(void **state)
{
	static const char *const lines[] = { "<hello", WELCOME, "<ping", PONG, "<ping", PONG,
		"<ping", PONG, ">{\"type\":\"ended\",\"room\":7}", NULL };
	struct part part;
	struct mc_chat_client *client =
		start_with(&part, lines, (struct mc_chat_client_options){ .ping_ms = 20 });

	(void)state;
	check_int(MC_CHAT_ENDED, next(client).type, "pings are no events");
	check_int(MC_CHAT_CONNECTED, mc_chat_client_state(client), "on the same connection");
	end(&part, client);
}

static void
test_who_does_not_answer_a_ping_is_left(void **state)
{
	static const char *const lines[] = { "<hello", WELCOME, "<join", JOINED(0), "<ping", ".",
		"|", "<hello", WELCOME, "<join", JOINED(0), NULL };
	struct part part;
	struct mc_chat_client *client = start_with(&part, lines,
		(struct mc_chat_client_options){
			.pause_ms = 1, .pause_max_ms = 5, .ping_ms = 20, .answer_ms = 1000 });

	(void)state;
	check_status(MC_OK, mc_chat_client_join(client, 7, 0), "join");
	check_int(MC_CHAT_JOINED, next(client).type, "joined");
	check_int(MC_CHAT_JOINED, next(client).type, "and again, on another connection");
	end(&part, client);
}

static void
test_a_pause_is_short_again_once_somebody_was_there(void **state)
{
	enum { PAUSE_MS = 20 };
	static const char *const lines[] = { "<hello", "|", "<hello", "|", "<hello", "|", "<hello",
		"|", "<hello", WELCOME, "<join", JOINED(0), "|", "<hello", WELCOME, "<join",
		JOINED(0), NULL };
	struct part part;
	struct mc_chat_client *client =
		start_with(&part, lines, (struct mc_chat_client_options){ .pause_ms = PAUSE_MS });
	struct mc_chat_event event;

	(void)state;
	check_status(MC_OK, mc_chat_client_join(client, 7, 0), "join");
	check_int(MC_CHAT_JOINED, next(client).type, "after four tries");
	do
		check_status(MC_TIMED_OUT, mc_chat_client_next(client, 20000, &event), "lost");
	while (mc_chat_client_state(client) != MC_CHAT_WAITING);
	check_int(true, mc_chat_client_wait_ms(client) <= PAUSE_MS, "as at first");
	check_int(MC_CHAT_JOINED, next(client).type, "joined again");
	end(&part, client);
}

static void
test_a_token_that_opens_nothing_ends_it(void **state)
{
	static const char *const lines[] = { "<hello",
		">{\"type\":\"error\",\"code\":\"unauthenticated\",\"message\":\"Please log in.\"}",
		NULL };
	struct part part;
	struct mc_chat_client *client = start(&part, lines);
	struct mc_chat_event event;
	enum mc_status status;

	(void)state;
	do
		status = mc_chat_client_next(client, 20000, &event);
	while (status == MC_TIMED_OUT);
	check_status(MC_UNAUTHENTICATED, status, "refused");
	check_int(MC_CHAT_REFUSED, mc_chat_client_state(client), "state");
	check_str(MC_STR("Please log in."), mc_str_from(mc_chat_client_why(client)), "why");
	check_status(MC_UNAUTHENTICATED, mc_chat_client_next(client, 0, &event), "it stays so");
	end(&part, client);
}

static void
test_an_error_about_the_connection_is_why_it_ended_and_no_event(void **state)
{
	static const char *const lines[] = { "<hello", WELCOME,
		">{\"type\":\"error\",\"code\":\"going_away\",\"message\":\"Please come back.\"}",
		"|", "<hello", WELCOME, ">{\"type\":\"ended\",\"room\":7}", NULL };
	struct part part;
	struct mc_chat_client *client = start(&part, lines);
	struct mc_chat_event event;

	(void)state;
	do
		check_status(MC_TIMED_OUT, mc_chat_client_next(client, 20000, &event), "no event");
	while (mc_chat_client_state(client) != MC_CHAT_WAITING);
	check_str(MC_STR("Please come back."), mc_str_from(mc_chat_client_why(client)), "why");
	check_int(MC_CHAT_ENDED, next(client).type, "on the next connection");
	end(&part, client);
}

/* Else half a command would be the last that is ever said. */
static void
test_what_is_never_read_ends_somewhere(void **state)
{
	enum { LEAVE_SIZE = 30, ENOUGH = 16 * 1024 * 1024 / LEAVE_SIZE };
	static const char *const lines[] = { "<hello", WELCOME, ".", "|", "<hello", WELCOME,
		">{\"type\":\"ended\",\"room\":7}", NULL };
	struct part part;
	struct mc_chat_client *client = start(&part, lines);
	struct mc_chat_event event;

	(void)state;
	while (mc_chat_client_state(client) != MC_CHAT_CONNECTED)
		check_status(MC_TIMED_OUT, mc_chat_client_next(client, 20000, &event), "");
	for (int n = 0; n < ENOUGH; n++)
		mc_chat_client_leave(client, 1000000000);
	do
		check_status(MC_TIMED_OUT, mc_chat_client_next(client, 20000, &event), "no event");
	while (mc_chat_client_state(client) != MC_CHAT_WAITING);
	check_str(MC_STR("too much waits to be sent"), mc_str_from(mc_chat_client_why(client)),
		"why");
	check_int(MC_CHAT_ENDED, next(client).type, "nothing of it is said again");
	end(&part, client);
}

static void
test_who_answers_nonsense_is_left_and_tried_again(void **state)
{
	static const char *const lines[] = { "<hello", ">[]", "|", "<hello", ">{\"type\":\"new\"}",
		"|", "<hello", WELCOME, "<join", JOINED(0), NULL };
	struct part part;
	struct mc_chat_client *client = start(&part, lines);

	(void)state;
	check_status(MC_OK, mc_chat_client_join(client, 7, -1), "join");
	check_int(MC_CHAT_JOINED, next(client).type, "the third one is right");
	end(&part, client);
}

static void
test_nobody_there_is_a_state_and_not_an_end(void **state)
{
	struct mc_addr addr;
	char address[MC_ADDR_TEXT_SIZE];
	struct mc_chat_client *client;
	struct mc_chat_event event;
	int fd = -1;

	(void)state;
	check_status(MC_OK, mc_addr_parse(MC_STR("127.0.0.1:0"), &addr, NULL), "address");
	check_status(MC_OK, mc_socket_listen(&addr, false, &fd, NULL), "listen");
	check_status(MC_OK, mc_socket_address(fd, &addr), "address");
	mc_addr_text(&addr, address);
	close(fd);
	const struct mc_chat_client_options options = {
		.address = address, .token = MC_STR_INIT("secret"), .pause_ms = 1, .pause_max_ms = 2
	};
	check_status(MC_OK, mc_chat_client_create(&options, &client, NULL), "create");
	for (int tries = 0; tries < 6; tries++) {
		do
			check_status(
				MC_TIMED_OUT, mc_chat_client_next(client, 20000, &event), "no");
		while (mc_chat_client_state(client) != MC_CHAT_WAITING);
		check_str(MC_STR("chat cannot be reached"), mc_str_from(mc_chat_client_why(client)),
			"it says why");
		check_int(true, mc_chat_client_wait_ms(client) <= 2, "and tries again soon");
	}
	mc_chat_client_destroy(client);
}

static void
test_what_it_cannot_use_is_refused_at_once(void **state)
{
	struct mc_chat_client *client = NULL;
	struct mc_error error = { 0 };

	(void)state;
	check_status(MC_INVALID,
		mc_chat_client_create(
			&(struct mc_chat_client_options){ .address = "nowhere" }, &client, &error),
		"address");
	check_int(true, error.message[0] != '\0', "said");
	check_status(MC_INVALID,
		mc_chat_client_create(&(struct mc_chat_client_options){ .address = "127.0.0.1:1",
					      .tls = true,
					      .ca_file = "/nowhere/ca.pem" },
			&client, &error),
		"authorities");
	check_int(true, client == NULL, "none");
}

static void
test_what_nobody_could_ack_is_not_sent(void **state)
{
	static char body[4097], id[65];
	const struct mc_chat_client_options options = { .address = "127.0.0.1:1" };
	struct mc_chat_client *client;

	(void)state;
	memset(body, 'x', sizeof(body));
	memset(id, 'i', sizeof(id));
	const struct {
		const char *what;
		struct mc_str id, body;
		enum mc_status status;
	} cases[] = {
		{ "the longest", { id, 64 }, { body, 4096 }, MC_OK },
		{ "one more", { id, 64 }, { body, 4097 }, MC_TOO_LARGE },
		{ "a long name", { id, 65 }, { body, 1 }, MC_TOO_LARGE },
		{ "no UTF-8", { "c", 1 }, { "\xff", 1 }, MC_INVALID },
		{ "a name that is none", { "\xff", 1 }, { "b", 1 }, MC_INVALID },
	};
	check_status(MC_OK, mc_chat_client_create(&options, &client, NULL), "create");
	for (size_t i = 0; i < MC_COUNT(cases); i++)
		check_status(cases[i].status,
			mc_chat_client_send(client, 7, cases[i].id, cases[i].body, NULL),
			cases[i].what);
	check_int(1, (int64_t)mc_chat_client_unacked(client), "only the first");
	mc_chat_client_destroy(client);
}

static void
test_a_handshake_that_waits_for_the_other_side_asks_for_nothing_else(void **state)
{
	struct mc_chat_client *client;
	struct mc_chat_event event;
	struct mc_addr addr;
	char address[MC_ADDR_TEXT_SIZE];
	int listener = -1;
	short events = 0;

	(void)state;
	check_status(MC_OK, mc_addr_parse(MC_STR("127.0.0.1:0"), &addr, NULL), "address");
	check_status(MC_OK, mc_socket_listen(&addr, false, &listener, NULL), "listen");
	check_status(MC_OK, mc_socket_address(listener, &addr), "address");
	mc_addr_text(&addr, address);
	const struct mc_chat_client_options options = { .address = address, .tls = true };
	check_status(MC_OK, mc_chat_client_create(&options, &client, NULL), "create");
	/* The kernel takes the connection, and nobody says a word. */
	check_status(MC_TIMED_OUT, mc_chat_client_next(client, 100, &event), "nothing comes");
	check_status(MC_TIMED_OUT, mc_chat_client_next(client, 100, &event), "nothing comes");
	check_int(MC_CHAT_CONNECTING, mc_chat_client_state(client), "it is under way");
	check_int(true, mc_chat_client_fd(client, &events) >= 0, "connected");
	check_int(POLLIN, events, "else the socket would be ready all the time");
	close(listener);
	mc_chat_client_destroy(client);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hello_is_said_first_and_messages_come),
		cmocka_unit_test(test_after_a_loss_it_goes_on_where_it_was),
		cmocka_unit_test(test_a_gap_is_filled_by_asking_again),
		cmocka_unit_test(test_what_was_not_acked_is_sent_again_with_the_same_id),
		cmocka_unit_test(test_busy_means_again_and_later),
		cmocka_unit_test(test_who_answers_each_ping_is_kept),
		cmocka_unit_test(test_who_does_not_answer_a_ping_is_left),
		cmocka_unit_test(test_a_pause_is_short_again_once_somebody_was_there),
		cmocka_unit_test(test_a_token_that_opens_nothing_ends_it),
		cmocka_unit_test(test_an_error_about_the_connection_is_why_it_ended_and_no_event),
		cmocka_unit_test(test_what_is_never_read_ends_somewhere),
		cmocka_unit_test(test_who_answers_nonsense_is_left_and_tried_again),
		cmocka_unit_test(test_nobody_there_is_a_state_and_not_an_end),
		cmocka_unit_test(test_what_it_cannot_use_is_refused_at_once),
		cmocka_unit_test(test_what_nobody_could_ack_is_not_sent),
		cmocka_unit_test(
			test_a_handshake_that_waits_for_the_other_side_asks_for_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
