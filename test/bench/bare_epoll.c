/*
 * bare_epoll - the least that a web server can do: recv, and the same bytes back with one writev.
 *
 *	bare_epoll PORT THREADS FILE
 *
 * FILE holds a whole answer, head and body.  Each thread has its own listener (SO_REUSEPORT), its
 * own epoll set and its own connections.  Every recv counts as one request: nothing is parsed.
 * What a real server needs beyond this is its own work; this is the kernel's.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ANSWER_SIZE_MAX = 1024 * 1024, THREADS_MAX = 64, BATCH = 128, BACKLOG = 1024 };

/* Set before the threads start. */
struct answer {
	uint16_t port;
	size_t head_size, size;
	char bytes[ANSWER_SIZE_MAX];
};

static _Noreturn void
die(const char *what, const char *why)
{
	fprintf(stderr, "bare_epoll: %s: %s\n", what, why);
	exit(1);
}

static void
answer_read(struct answer *answer, const char *path)
{
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		die(path, strerror(errno));
	answer->size = fread(answer->bytes, 1, sizeof(answer->bytes), file);
	fclose(file);
	const char *body = memmem(answer->bytes, answer->size, "\r\n\r\n", 4);
	if (body == NULL)
		die(path, "is no answer");
	answer->head_size = (size_t)(body + 4 - answer->bytes);
}

static int
listener_open(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0 ||
		bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, BACKLOG) != 0)
		die("listen", strerror(errno));
	return fd;
}

static void
watch(int epoll, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll_ctl", strerror(errno));
}

static void
accept_all(int epoll, int listener)
{
	int on = 1;

	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		watch(epoll, fd, EPOLLIN | EPOLLRDHUP | EPOLLET);
	}
}

/* Nobody sends another request before the answer, so one recv empties the socket. */
static void
serve(int fd, struct answer *answer)
{
	char request[16 * 1024];
	ssize_t n = recv(fd, request, sizeof(request), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(fd);
		return;
	}
	struct iovec parts[] = {
		{ answer->bytes, answer->head_size },
		{ answer->bytes + answer->head_size, answer->size - answer->head_size },
	};
	if (writev(fd, parts, 2) != (ssize_t)answer->size)
		close(fd);
}

static void *
run(void *argument)
{
	struct answer *answer = argument;
	struct epoll_event events[BATCH];
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int listener = listener_open(answer->port);

	if (epoll < 0)
		die("epoll_create1", strerror(errno));
	watch(epoll, listener, EPOLLIN);
	for (;;) {
		int n = epoll_wait(epoll, events, BATCH, -1);
		if (n < 0 && errno != EINTR)
			die("epoll_wait", strerror(errno));
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_all(epoll, listener);
			else
				serve(events[i].data.fd, answer);
		}
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	static struct answer answer;
	pthread_t thread = 0;

	if (argc != 4)
		die("usage", "bare_epoll PORT THREADS FILE");
	answer.port = (uint16_t)strtoul(argv[1], NULL, 10);
	unsigned long threads = strtoul(argv[2], NULL, 10);
	if (threads < 1 || threads > THREADS_MAX)
		die("threads", "out of range");
	answer_read(&answer, argv[3]);
	while (threads-- > 0)
		if (pthread_create(&thread, NULL, run, &answer) != 0)
			die("pthread_create", "failed");
	pthread_join(thread, NULL);
	return 0;
}
