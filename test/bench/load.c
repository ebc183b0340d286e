/*
 * load - sends the same HTTP/1.1 requests over kept-alive connections, and measures the answers.
 *
 *	load --port 8080 --connections 8 --seconds 3 --request FILE [--request FILE ...]
 *
 * A request file holds one request, byte for byte; connection i sends file i modulo their number.
 * A run of percent signs in it becomes a number that no other request of this run has.  One
 * request at a time on each connection.  Without --rate the next follows the answer at once;
 * with it they are due at even intervals, and a latency counts from when the request was due, so
 * that a server that stalls cannot hide it.
 *
 * Prints one JSON object.  Everything but a whole 2xx answer is an error.  It talks to 127.0.0.1
 * only.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "test/bench/clock.h"
#include "test/bench/histogram.h"

enum {
	REQUEST_SIZE_MAX = 64 * 1024,
	REQUESTS_MAX = 64,
	CONNECTIONS_MAX = 20000,
	THREADS_MAX = 8,
	ANSWER_SIZE_MAX = 4 * 1024 * 1024,
	BATCH = 128,
	NUMBER_DIGITS_MAX = 18,
	STATUS_CLASSES = 6,
	PATIENCE_MS = 10000,
};

struct request {
	char *bytes;
	size_t size;
	char *number; /* within bytes: where the varying number stands; NULL: nowhere */
	int number_digits;
};

struct options {
	uint16_t port;
	int connections, threads;
	double seconds;
	double rate;       /* requests a second over all threads; 0: as fast as the answers come */
	uint64_t requests; /* at most; 0: no limit */
	const char *files[REQUESTS_MAX];
	int n_files;
};

struct connection {
	int fd;
	bool waiting; /* for an answer */
	int next_idle;
	int request;
	uint64_t since_ns; /* when the request was sent, or was due */
	uint64_t left;     /* of the body, once the head is there */
	bool in_body;
	int status;
	size_t n_head;
	char head[8192];
};

/* Each thread's own; the main thread reads it after joining. */
struct lane {
	const struct options *options;
	struct request requests[REQUESTS_MAX]; /* copies: the number is written into them */
	struct connection *connections;
	int n_connections, first;
	int idle; /* a list by index; -1: none */
	int epoll;
	double rate;
	uint64_t start_ns, end_ns, due_ns;
	uint64_t n_sent, n_ok, n_errors, n_lost;
	uint64_t by_class[STATUS_CLASSES];
	uint64_t last_ns; /* of the last answer */
	struct histogram latencies;
	pthread_t thread;
};

static atomic_ullong numbers; /* given to requests so far, over all threads */
static atomic_ullong budget;  /* requests that may still be sent */

static _Noreturn void
die(const char *what, const char *why)
{
	fprintf(stderr, "load: %s: %s\n", what, why);
	exit(1);
}

static void
request_read(const char *path, struct request *out)
{
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		die(path, strerror(errno));
	out->bytes = malloc(REQUEST_SIZE_MAX + 1);
	if (out->bytes == NULL)
		die(path, "out of memory");
	out->size = fread(out->bytes, 1, REQUEST_SIZE_MAX, file);
	fclose(file);
	out->bytes[out->size] = '\0';
	if (strstr(out->bytes, "\r\n\r\n") == NULL)
		die(path, "is no request");
	/* Escapes in a target have two digits behind the sign, so eight in a row are ours. */
	out->number = strstr(out->bytes, "%%%%%%%%");
	if (out->number != NULL)
		while (out->number_digits < NUMBER_DIGITS_MAX &&
			out->number[out->number_digits] == '%')
			out->number_digits++;
}

static void
request_vary(struct request *request)
{
	unsigned long long number;

	if (request->number == NULL)
		return;
	number = atomic_fetch_add_explicit(&numbers, 1, memory_order_relaxed);
	for (int i = request->number_digits - 1; i >= 0; i--) {
		request->number[i] = (char)('0' + number % 10);
		number /= 10;
	}
}

static void
connection_open(struct lane *lane, int index)
{
	struct connection *connection = &lane->connections[index];
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(lane->options->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)index };
	int on = 1;

	/* Connected while blocking: the loopback answers at once, or not at all. */
	connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection->fd < 0 || connect(connection->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect", strerror(errno));
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(lane->epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0)
		die("epoll_ctl", strerror(errno));
	connection->waiting = false;
	connection->in_body = false;
	connection->n_head = 0;
}

/* False when the budget is used up. */
static bool
connection_send(struct lane *lane, int index, uint64_t since_ns)
{
	struct connection *connection = &lane->connections[index];
	struct request *request = &lane->requests[connection->request];

	if (lane->options->requests > 0) {
		unsigned long long left = atomic_load(&budget);
		do {
			if (left == 0)
				return false;
		} while (!atomic_compare_exchange_weak(&budget, &left, left - 1));
	}
	request_vary(request);
	connection->since_ns = since_ns;
	connection->waiting = true;
	lane->n_sent++;
	/* A request is far smaller than a socket's buffer; what does not fit shows as lost. */
	if (send(connection->fd, request->bytes, request->size, MSG_NOSIGNAL | MSG_DONTWAIT) !=
		(ssize_t)request->size)
		shutdown(connection->fd, SHUT_RDWR);
	return true;
}

static void
make_idle(struct lane *lane, int index)
{
	lane->connections[index].next_idle = lane->idle;
	lane->idle = index;
}

/* The next request of this connection, if there is to be one. */
static void
go_on(struct lane *lane, int index, uint64_t now)
{
	if (lane->rate > 0)
		make_idle(lane, index);
	else if (now < lane->end_ns)
		(void)connection_send(lane, index, now);
}

static void
lose(struct lane *lane, int index, uint64_t now)
{
	close(lane->connections[index].fd);
	if (lane->connections[index].waiting) {
		lane->n_errors++;
		lane->n_lost++;
	}
	if (now >= lane->end_ns) {
		lane->connections[index].fd = -1;
		lane->connections[index].waiting = false;
		return;
	}
	bool was_idle = lane->rate > 0 && !lane->connections[index].waiting;
	connection_open(lane, index);
	if (!was_idle)
		go_on(lane, index, now);
}

static void
answered(struct lane *lane, int index, uint64_t now)
{
	struct connection *connection = &lane->connections[index];
	int class = connection->status / 100;

	connection->waiting = false;
	connection->in_body = false;
	connection->n_head = 0;
	if (class >= 0 && class < STATUS_CLASSES)
		lane->by_class[class]++;
	if (class == 2)
		lane->n_ok++;
	else
		lane->n_errors++;
	histogram_note(&lane->latencies, now - connection->since_ns);
	lane->last_ns = now;
	go_on(lane, index, now);
}

/* A head that is whole and NUL-ended: sets status and left. */
static bool
head_understood(struct connection *connection)
{
	const char *line = connection->head;

	if (strncmp(line, "HTTP/1.1 ", 9) != 0)
		return false;
	connection->status = (int)strtol(line + 9, NULL, 10);
	connection->left = 0;
	if (connection->status == 204 || connection->status == 304)
		return true;
	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, "content-length:", 15) == 0) {
			connection->left = strtoull(line + 15, NULL, 10);
			return connection->left <= ANSWER_SIZE_MAX;
		}
	}
	return false;
}

/* One answer at a time is on its way, so what comes belongs to it.  False: not HTTP. */
static bool
take(struct connection *connection, const char *bytes, size_t size)
{
	if (!connection->in_body) {
		size_t room = sizeof(connection->head) - 1 - connection->n_head;
		size_t copied = size < room ? size : room;
		memcpy(connection->head + connection->n_head, bytes, copied);
		connection->head[connection->n_head + copied] = '\0';
		char *end = strstr(connection->head, "\r\n\r\n");
		if (end == NULL) {
			connection->n_head += copied;
			return copied == size;
		}
		size_t used = (size_t)(end + 4 - connection->head) - connection->n_head;
		end[2] = '\0';
		if (!head_understood(connection))
			return false;
		connection->in_body = true;
		bytes += used;
		size -= used;
	}
	(void)bytes;
	if (size > connection->left)
		return false;
	connection->left -= size;
	return true;
}

static void
readable(struct lane *lane, int index, char *room, size_t room_size, uint64_t now)
{
	struct connection *connection = &lane->connections[index];
	ssize_t n = recv(connection->fd, room, room_size, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		lose(lane, index, now);
		return;
	}
	if (!connection->waiting || !take(connection, room, (size_t)n))
		die("answer", "is not what was asked for, or has no Content-Length");
	if (connection->in_body && connection->left == 0)
		answered(lane, index, now);
}

/* Sends what is due; returns how long nothing will be. */
static uint64_t
send_due(struct lane *lane, uint64_t now)
{
	uint64_t interval = (uint64_t)((double)NS / lane->rate);

	while (lane->due_ns <= now && lane->due_ns < lane->end_ns && lane->idle >= 0) {
		int index = lane->idle;
		lane->idle = lane->connections[index].next_idle;
		if (!connection_send(lane, index, lane->due_ns)) {
			lane->end_ns = now;
			break;
		}
		lane->due_ns += interval;
	}
	if (lane->idle < 0 || lane->due_ns >= lane->end_ns)
		return PATIENCE_MS * UINT64_C(1000000);
	return lane->due_ns > now ? lane->due_ns - now : 0;
}

static bool
any_waiting(const struct lane *lane)
{
	for (int i = 0; i < lane->n_connections; i++)
		if (lane->connections[i].waiting)
			return true;
	return false;
}

/* Until the time is over and the last answers are there. */
static void
turn_until_done(struct lane *lane, char *room, size_t room_size)
{
	struct epoll_event events[BATCH];
	uint64_t heard = now_ns();

	for (;;) {
		uint64_t now = now_ns();
		uint64_t wait = PATIENCE_MS * UINT64_C(1000000);
		if (lane->rate > 0)
			wait = send_due(lane, now);
		bool over = now >= lane->end_ns ||
			    (lane->options->requests > 0 && atomic_load(&budget) == 0);
		if (over && !any_waiting(lane))
			return;
		if (now < lane->end_ns && wait > lane->end_ns - now)
			wait = lane->end_ns - now;
		struct timespec timeout = { .tv_sec = (time_t)(wait / NS),
			.tv_nsec = (long)(wait % NS) };
		int n = epoll_pwait2(lane->epoll, events, BATCH, &timeout, NULL);
		if (n < 0 && errno != EINTR)
			die("epoll_pwait2", strerror(errno));
		now = now_ns();
		for (int i = 0; i < n; i++)
			readable(lane, (int)events[i].data.u32, room, room_size, now);
		if (n > 0)
			heard = now;
		else if (now - heard > PATIENCE_MS * UINT64_C(1000000) && any_waiting(lane))
			die("server", "has not answered for ten seconds");
	}
}

static void *
lane_run(void *argument)
{
	struct lane *lane = argument;
	enum { ROOM = 256 * 1024 };
	char *room = malloc(ROOM);

	if (room == NULL)
		die("memory", "is out");
	lane->start_ns = now_ns();
	lane->due_ns = lane->start_ns;
	lane->last_ns = lane->start_ns;
	lane->end_ns = lane->start_ns + (uint64_t)(lane->options->seconds * (double)NS);
	for (int i = 0; i < lane->n_connections; i++) {
		if (lane->rate > 0)
			make_idle(lane, i);
		else
			(void)connection_send(lane, i, now_ns());
	}
	turn_until_done(lane, room, ROOM);
	free(room);
	return NULL;
}

/* Connects before the clock runs. */
static void
lane_init(struct lane *lane, const struct options *options, int number)
{
	int share = options->connections / options->threads;

	lane->options = options;
	lane->idle = -1;
	lane->rate = options->rate / options->threads;
	lane->first = number * share;
	lane->n_connections =
		number == options->threads - 1 ? options->connections - lane->first : share;
	lane->epoll = epoll_create1(EPOLL_CLOEXEC);
	lane->connections = calloc((size_t)lane->n_connections, sizeof(*lane->connections));
	if (lane->epoll < 0 || lane->connections == NULL)
		die("start", strerror(errno));
	for (int i = 0; i < options->n_files; i++)
		request_read(options->files[i], &lane->requests[i]);
	for (int i = 0; i < lane->n_connections; i++) {
		lane->connections[i].request = (lane->first + i) % options->n_files;
		connection_open(lane, i);
	}
}

static double
seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void
report(const struct lane *lanes, int n)
{
	static struct histogram all;
	uint64_t ok = 0, errors = 0, lost = 0, first = UINT64_MAX, last = 0;
	uint64_t by_class[STATUS_CLASSES] = { 0 };
	struct rusage used;

	for (int i = 0; i < n; i++) {
		histogram_add(&all, &lanes[i].latencies);
		ok += lanes[i].n_ok;
		errors += lanes[i].n_errors;
		lost += lanes[i].n_lost;
		first = lanes[i].start_ns < first ? lanes[i].start_ns : first;
		last = lanes[i].last_ns > last ? lanes[i].last_ns : last;
		for (int class = 0; class < STATUS_CLASSES; class ++)
			by_class[class] += lanes[i].by_class[class];
	}
	double seconds = (double)(last > first ? last - first : 1) / 1e9;
	getrusage(RUSAGE_SELF, &used);
	printf("{\"ok\":%llu,\"errors\":%llu,\"lost\":%llu,\"seconds\":%.6f,\"rate\":%.1f,"
	       "\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,\"cpu_s\":%.6f,"
	       "\"2xx\":%llu,\"3xx\":%llu,\"4xx\":%llu,\"5xx\":%llu}\n",
		(unsigned long long)ok, (unsigned long long)errors, (unsigned long long)lost,
		seconds, (double)ok / seconds, (double)histogram_at(&all, 0.5) / 1e3,
		(double)histogram_at(&all, 0.99) / 1e3, (double)all.max_ns / 1e3,
		seconds_of(used.ru_utime) + seconds_of(used.ru_stime),
		(unsigned long long)by_class[2], (unsigned long long)by_class[3],
		(unsigned long long)by_class[4], (unsigned long long)by_class[5]);
}

static double
number_option(const char *name, const char *text, double min, double max)
{
	char *end;
	double value = strtod(text, &end);

	if (*end != '\0' || end == text || !(value >= min && value <= max))
		die(name, "is not a number, or out of range");
	return value;
}

static void
options_read(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "connections", required_argument, NULL, 'c' },
		{ "threads", required_argument, NULL, 't' },
		{ "seconds", required_argument, NULL, 's' },
		{ "rate", required_argument, NULL, 'r' },
		{ "requests", required_argument, NULL, 'n' },
		{ "request", required_argument, NULL, 'f' },
		{ 0 },
	};
	int letter;

	*options = (struct options){ .connections = 1, .threads = 1, .seconds = 3 };
	while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (letter) {
		case 'p': options->port = (uint16_t)number_option("port", optarg, 1, 65535); break;
		case 'c':
			options->connections =
				(int)number_option("connections", optarg, 1, CONNECTIONS_MAX);
			break;
		case 't':
			options->threads = (int)number_option("threads", optarg, 1, THREADS_MAX);
			break;
		case 's': options->seconds = number_option("seconds", optarg, 0.01, 600); break;
		case 'r': options->rate = number_option("rate", optarg, 0.1, 1e7); break;
		case 'n':
			options->requests = (uint64_t)number_option("requests", optarg, 1, 1e9);
			break;
		case 'f':
			if (options->n_files == REQUESTS_MAX)
				die("request", "too many files");
			options->files[options->n_files++] = optarg;
			break;
		default: exit(2);
		}
	}
	if (options->port == 0 || options->n_files == 0)
		die("usage", "load --port PORT --request FILE [--connections N] [--threads N] "
			     "[--seconds T] [--requests N] [--rate R]");
	if (options->threads > options->connections)
		options->threads = options->connections;
}

int
main(int argc, char **argv)
{
	struct options options;

	options_read(&options, argc, argv);
	atomic_store(&budget, options.requests);
	struct lane *lanes = calloc((size_t)options.threads, sizeof(*lanes));
	if (lanes == NULL)
		die("memory", "is out");
	for (int i = 0; i < options.threads; i++)
		lane_init(&lanes[i], &options, i);
	for (int i = 0; i < options.threads; i++)
		if (pthread_create(&lanes[i].thread, NULL, lane_run, &lanes[i]) != 0)
			die("pthread_create", "failed");
	for (int i = 0; i < options.threads; i++)
		pthread_join(lanes[i].thread, NULL);
	report(lanes, options.threads);
	return 0;
}
