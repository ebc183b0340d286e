/*
 * crowd - members of rooms who listen, and senders who write: for mc-chatd, nats-server and
 * redis-server alike, with the same bodies, the same pace and the same reading.
 *
 *	crowd --protocol mc|nats|redis --port N --members N --senders N [--tokens FILE] [--room
 *ID]...
 *
 * Members are spread over the rooms, senders too.  When everybody has joined it says "ready", and
 * then does what each line of its input says, answering each with one JSON object:
 *
 *	saturate SECONDS WINDOW    as many messages as are delivered; WINDOW may be on their way
 *	rate SECONDS RATE          RATE messages a second; latency counts from when each was due
 *	ack SECONDS WINDOW         mc only: each sender has WINDOW messages without their ack
 *	ackrate SECONDS RATE       mc only: RATE messages a second; latency is of their acks
 *
 * One thread: what it costs is the same for every contestant.  It talks to 127.0.0.1 only.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "test/bench/clock.h"
#include "test/bench/crowd_protocol.h"
#include "test/bench/histogram.h"

enum {
	READ_SIZE = 256 * 1024,
	STASH_SIZE = 1024, /* a frame's beginning that has come; all of one where it is read */
	WATCHERS = 64,     /* members whose latencies are noted */
	EVENTS = 512,
	ROOMS_MAX = 64,
	PEOPLE_MAX = 20000,
	ACKS_MAX = 256, /* a sender's without answer */
	PATIENCE_MS = 30000,
	QUIET_MS = 300,
	LINE_SIZE = 100,
};

struct person {
	struct wire wire;
	bool is_watcher, is_ready;
	size_t skip;    /* of a frame whose kind is known, still to come */
	size_t n_stash; /* bytes of the next frame */
	char *stash;
	uint64_t acked, sent, sent_ns[ACKS_MAX]; /* a sender's, when it waits for acks */
};

static struct {
	enum protocol protocol;
	uint16_t port;
	int n_members, n_senders, n_rooms;
	long long rooms[ROOMS_MAX];
	const char *tokens;
} options;

static struct person *people; /* members, then senders */
static int n_people, epoll_fd, n_ready;
static char input[READ_SIZE + STASH_SIZE];
static uint64_t n_sent, n_delivered, n_acked, last_ns;
static bool notes_latency, notes_acks;
static struct histogram latencies;

/* --- reading ---------------------------------------------------------------------------- */

/* The run of digits that say_message put first in the body; the only one as long as that. */
static void
note_latency(const char *at, size_t size, uint64_t now)
{
	size_t run = 0;
	uint64_t stamp = 0;

	for (size_t i = 0; i < size && run < STAMP_DIGITS; i++) {
		if (at[i] >= '0' && at[i] <= '9') {
			stamp = stamp * 10 + (uint64_t)(at[i] - '0');
			run++;
		} else {
			stamp = 0;
			run = 0;
		}
	}
	if (run == STAMP_DIGITS && now > stamp)
		histogram_note(&latencies, now - stamp);
}

static void
on_frame(struct person *person, enum frame frame, const char *at, size_t size, uint64_t now)
{
	switch (frame) {
	case MESSAGE:
		n_delivered++;
		last_ns = now;
		if (person->is_watcher && notes_latency)
			note_latency(at, size, now);
		break;
	case ACK:
		n_acked++;
		last_ns = now;
		if (notes_acks)
			histogram_note(&latencies, now - person->sent_ns[person->acked % ACKS_MAX]);
		person->acked++;
		break;
	case READY:
		if (!person->is_ready)
			n_ready++;
		person->is_ready = true;
		break;
	case INCOMPLETE:
	case OTHER: break;
	}
}

static void
take(struct person *person, const char *at, size_t n, uint64_t now)
{
	while (n > 0) {
		size_t size = 0;
		enum frame frame = frame_at(&person->wire, at, n, &size);
		/* Who notes latencies needs the whole frame, others only its beginning. */
		if (frame == INCOMPLETE || (person->is_watcher && size > n)) {
			if (n > STASH_SIZE)
				die("frame", "is longer than a message can be");
			memcpy(person->stash, at, n);
			person->n_stash = n;
			return;
		}
		on_frame(person, frame, at, size, now);
		if (size > n) {
			person->skip = size - n;
			return;
		}
		at += size;
		n -= size;
	}
}

static void
on_readable(struct person *person, uint64_t now)
{
	size_t have = person->n_stash;
	char *at = input;
	ssize_t n = recv(person->wire.fd, input + have, READ_SIZE, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		die("a connection", n == 0 ? "was ended by the server" : strerror(errno));
	memcpy(input, person->stash, have);
	have += (size_t)n;
	person->n_stash = 0;
	size_t skipped = person->skip < have ? person->skip : have;
	person->skip -= skipped;
	take(person, at + skipped, have - skipped, now);
}

/* Waiting must not cost the servers the processor, so it is never spinning. */
static void
read_for(uint64_t wait_ns)
{
	struct epoll_event events[EVENTS];
	struct timespec wait = { (time_t)(wait_ns / NS), (long)(wait_ns % NS) };
	int n = epoll_pwait2(epoll_fd, events, EVENTS, &wait, NULL);
	uint64_t now = now_ns();

	for (int i = 0; i < n; i++)
		on_readable(&people[events[i].data.u32], now);
}

static void
read_what_comes(uint64_t wait_ms)
{
	read_for(wait_ms * (NS / 1000));
}

/* As many a message as it has readers. */
static uint64_t
readers(void)
{
	return (uint64_t)(options.n_members / options.n_rooms);
}

/* Until everything has come that was said; what never comes is in the figures. */
static void
read_the_rest(void)
{
	uint64_t until = now_ns() + (uint64_t)PATIENCE_MS * (NS / 1000);

	while (now_ns() < until &&
		(n_delivered < n_sent * readers() || (notes_acks && n_acked < n_sent)))
		read_what_comes(100);
}

/* Until nothing has come for a while: who came in last has been announced. */
static void
read_until_quiet(void)
{
	struct epoll_event event;

	while (epoll_wait(epoll_fd, &event, 1, QUIET_MS) > 0)
		read_what_comes(0);
}

/* --- runs ------------------------------------------------------------------------------- */

static struct person *
sender_in_turn(void)
{
	static int turn;

	turn = (turn + 1) % options.n_senders;
	return &people[options.n_members + turn];
}

static void
flush_all(void)
{
	for (int i = options.n_members; i < n_people; i++)
		if (people[i].wire.n_out > 0)
			flush(&people[i].wire);
}

static void
publish(struct person *sender, uint64_t stamp)
{
	say_message(&sender->wire, stamp);
	sender->sent++;
	n_sent++;
}

static void
saturate(uint64_t end, uint64_t window)
{
	uint64_t now;

	while ((now = now_ns()) < end) {
		uint64_t under_way = n_sent - n_delivered / readers();
		for (uint64_t i = under_way; i < window; i++) {
			struct person *sender = sender_in_turn();
			if (sender->wire.n_out > OUT_SIZE / 2)
				break;
			publish(sender, now);
		}
		flush_all();
		read_what_comes(1);
	}
}

static void
at_rate(uint64_t start, uint64_t end, double rate)
{
	double interval = (double)NS / rate;
	uint64_t due, n = 0;

	while ((due = start + (uint64_t)((double)n * interval)) < end) {
		uint64_t now = now_ns();
		if (due > now) {
			read_for(due - now);
			continue;
		}
		struct person *sender = sender_in_turn();
		if (notes_acks && sender->sent - sender->acked >= ACKS_MAX)
			die("rate", "is more than can be acked");
		sender->sent_ns[sender->sent % ACKS_MAX] = due;
		publish(sender, due);
		flush_all();
		n++;
	}
}

static void
with_acks(uint64_t end, uint64_t window)
{
	while (now_ns() < end) {
		for (int i = options.n_members; i < n_people; i++) {
			struct person *sender = &people[i];
			while (sender->sent - sender->acked < window) {
				uint64_t now = now_ns();
				sender->sent_ns[sender->sent % ACKS_MAX] = now;
				publish(sender, now);
			}
		}
		flush_all();
		read_what_comes(10);
	}
}

static double
cpu_seconds(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void
run(const char *what, double seconds, double amount)
{
	double cpu = cpu_seconds();
	uint64_t start = now_ns();
	uint64_t end = start + (uint64_t)(seconds * (double)NS);
	uint64_t delivered_in_time, acked_in_time;

	n_sent = n_delivered = n_acked = 0;
	memset(&latencies, 0, sizeof(latencies));
	last_ns = start;
	notes_acks = strncmp(what, "ack", 3) == 0;
	notes_latency = !notes_acks;
	for (int i = 0; i < n_people; i++)
		people[i].sent = people[i].acked = 0;
	if (strcmp(what, "ack") == 0)
		with_acks(end, (uint64_t)amount);
	else if (strcmp(what, "rate") == 0 || strcmp(what, "ackrate") == 0)
		at_rate(start, end, amount);
	else
		saturate(end, (uint64_t)amount);
	double took = (double)(now_ns() - start) / (double)NS;
	delivered_in_time = n_delivered;
	acked_in_time = n_acked;
	read_the_rest();
	printf("{\"sent\": %llu, \"expected\": %llu, \"delivered\": %llu, \"acked\": %llu, "
	       "\"deliveries_rate\": %.1f, \"acks_rate\": %.1f, \"p50_us\": %.1f, "
	       "\"p99_us\": %.1f, \"cpu_s\": %.6f}\n",
		(unsigned long long)n_sent,
		(unsigned long long)(n_sent * (options.n_members > 0 ? readers() : 0)),
		(unsigned long long)n_delivered, (unsigned long long)n_acked,
		(double)delivered_in_time / took, (double)acked_in_time / took,
		(double)histogram_at(&latencies, 0.5) / 1000,
		(double)histogram_at(&latencies, 0.99) / 1000, cpu_seconds() - cpu);
	fflush(stdout);
}

/* --- the beginning ---------------------------------------------------------------------- */

static void
open_person(int index, FILE *tokens)
{
	struct person *person = &people[index];
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(options.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)index };
	char token[LINE_SIZE] = "";
	int on = 1;

	if (tokens != NULL && fgets(token, sizeof(token), tokens) == NULL)
		die(options.tokens, "has too few lines");
	token[strcspn(token, "\n")] = '\0';
	person->wire.is_sender = index >= options.n_members;
	int gap = options.n_members > WATCHERS ? options.n_members / WATCHERS : 1;
	person->is_watcher = !person->wire.is_sender && index % gap == 0;
	person->wire.room = options.rooms[index % options.n_rooms];
	person->stash = malloc(STASH_SIZE);
	person->wire.out = malloc(person->wire.is_sender ? OUT_SIZE : OUT_SIZE / 16);
	person->wire.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (person->wire.fd < 0 ||
		connect(person->wire.fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect", strerror(errno));
	setsockopt(person->wire.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, person->wire.fd, &event) != 0)
		die("epoll_ctl", strerror(errno));
	say_hello(&person->wire, token);
}

static void
everybody_in(void)
{
	FILE *tokens = options.tokens == NULL ? NULL : fopen(options.tokens, "r");
	uint64_t until = now_ns() + (uint64_t)PATIENCE_MS * (NS / 1000);

	if (options.tokens != NULL && tokens == NULL)
		die(options.tokens, strerror(errno));
	n_people = options.n_members + options.n_senders;
	people = calloc((size_t)n_people, sizeof(*people));
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (people == NULL || epoll_fd < 0)
		die("start", strerror(errno));
	for (int i = 0; i < n_people; i++) {
		open_person(i, tokens);
		read_what_comes(0);
	}
	while (n_ready < n_people) {
		read_what_comes(100);
		if (now_ns() > until)
			die("join", "not everybody is in after 30 s");
	}
	read_until_quiet();
	if (tokens != NULL)
		fclose(tokens);
	puts("ready");
	fflush(stdout);
}

static void
parse(int argc, char **argv)
{
	static const struct option known[] = {
		{ "protocol", required_argument, NULL, 'P' },
		{ "port", required_argument, NULL, 'p' },
		{ "members", required_argument, NULL, 'm' },
		{ "senders", required_argument, NULL, 's' },
		{ "tokens", required_argument, NULL, 't' },
		{ "room", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	options.n_senders = 1;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'P':
			options.protocol = strcmp(optarg, "mc") == 0     ? MC
					   : strcmp(optarg, "nats") == 0 ? NATS
									 : REDIS;
			break;
		case 'p': options.port = (uint16_t)strtol(optarg, NULL, 10); break;
		case 'm': options.n_members = (int)strtol(optarg, NULL, 10); break;
		case 's': options.n_senders = (int)strtol(optarg, NULL, 10); break;
		case 't': options.tokens = optarg; break;
		case 'r':
			if (options.n_rooms == ROOMS_MAX)
				die("--room", "too many");
			options.rooms[options.n_rooms++] = strtoll(optarg, NULL, 10);
			break;
		default: exit(2);
		}
	}
	if (options.n_rooms == 0)
		options.rooms[options.n_rooms++] = 1;
	if (options.n_senders < 1 || options.n_members < 0 ||
		options.n_members + options.n_senders > PEOPLE_MAX)
		die("--members, --senders", "out of range");
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	char line[LINE_SIZE];

	parse(argc, argv);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	speak(options.protocol, now_ns());
	everybody_in();
	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *rest = strchr(line, ' ');
		if (rest == NULL)
			die("command", line);
		*rest++ = '\0';
		double seconds = strtod(rest, &rest);
		run(line, seconds, strtod(rest, NULL));
	}
	return 0;
}
