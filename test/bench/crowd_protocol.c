#include "test/bench/crowd_protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static enum protocol protocol;
static char body[BODY_SIZE + 1];
static unsigned long long run_id, next_id;

_Noreturn void
die(const char *what, const char *why)
{
	fprintf(stderr, "crowd: %s: %s\n", what, why);
	exit(1);
}

void
speak(enum protocol chosen, unsigned long long run)
{
	protocol = chosen;
	run_id = run;
	memset(body, 'x', BODY_SIZE);
}

void
flush(struct wire *wire)
{
	size_t done = 0;

	while (done < wire->n_out) {
		ssize_t n = send(wire->fd, wire->out + done, wire->n_out - done,
			MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			die("send", strerror(errno));
		if (n < 0)
			break;
		done += (size_t)n;
	}
	memmove(wire->out, wire->out + done, wire->n_out - done);
	wire->n_out -= done;
}

static void
say(struct wire *wire, const char *text, size_t len)
{
	if (wire->n_out + len > OUT_SIZE)
		die("say", "too much at once");
	memcpy(wire->out + wire->n_out, text, len);
	wire->n_out += len;
}

static void
say_json(struct wire *wire, const char *json, int len)
{
	char head[16];

	say(wire, head, (size_t)snprintf(head, sizeof(head), "%d\r\n", len));
	say(wire, json, (size_t)len);
	say(wire, "\r\n", 2);
}

void
say_hello(struct wire *wire, const char *token)
{
	char text[512];
	int len;

	switch (protocol) {
	case MC:
		len = snprintf(text, sizeof(text), "{\"type\":\"hello\",\"token\":\"%s\"}", token);
		say_json(wire, text, len);
		if (wire->is_sender)
			len = snprintf(text, sizeof(text), "{\"type\":\"ping\"}");
		else
			len = snprintf(text, sizeof(text), "{\"type\":\"join\",\"room\":%lld}",
				wire->room);
		say_json(wire, text, len);
		break;
	case NATS:
		len = wire->is_sender
			      ? snprintf(text, sizeof(text),
					"CONNECT {\"verbose\":false}\r\nPING\r\n")
			      : snprintf(text, sizeof(text),
					"CONNECT {\"verbose\":false}\r\nSUB r%lld 1\r\nPING\r\n",
					wire->room);
		say(wire, text, (size_t)len);
		break;
	case REDIS:
		len = wire->is_sender
			      ? snprintf(text, sizeof(text), "*1\r\n$4\r\nPING\r\n")
			      : snprintf(text, sizeof(text), "SUBSCRIBE r%lld\r\n", wire->room);
		say(wire, text, (size_t)len);
		break;
	}
	flush(wire);
}

void
say_message(struct wire *wire, uint64_t stamp)
{
	char text[512];
	int len = 0;

	(void)snprintf(text, sizeof(text), "%020llu", (unsigned long long)stamp);
	memcpy(body, text, STAMP_DIGITS);
	switch (protocol) {
	case MC:
		len = snprintf(text, sizeof(text),
			"{\"type\":\"send\",\"room\":%lld,\"client_id\":\"%llx-%llu\",\"body\":\"%"
			"s\"}",
			wire->room, run_id, next_id++, body);
		say_json(wire, text, len);
		break;
	case NATS:
		len = snprintf(
			text, sizeof(text), "PUB r%lld %d\r\n%s\r\n", wire->room, BODY_SIZE, body);
		say(wire, text, (size_t)len);
		break;
	case REDIS: {
		char room[32];
		int room_len = snprintf(room, sizeof(room), "r%lld", wire->room);
		len = snprintf(text, sizeof(text),
			"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", room_len, room,
			BODY_SIZE, body);
		say(wire, text, (size_t)len);
		break;
	}
	}
}

static bool
starts(const char *at, size_t n, const char *with)
{
	return n >= strlen(with) && memcmp(at, with, strlen(with)) == 0;
}

/* What begins here, and how long it is in all. */
static enum frame
mc_frame(const char *at, size_t n, size_t *size)
{
	size_t digits = 0, len = 0;

	while (digits < n && at[digits] >= '0' && at[digits] <= '9')
		len = len * 10 + (size_t)(at[digits++] - '0');
	if (n < digits + 2 + 11)
		return INCOMPLETE;
	*size = digits + 2 + len + 2;
	at += digits + 2;
	if (starts(at, 11, "{\"type\":\"me"))
		return MESSAGE;
	if (starts(at, 11, "{\"type\":\"ac"))
		return ACK;
	if (starts(at, 11, "{\"type\":\"jo") || starts(at, 11, "{\"type\":\"po"))
		return READY;
	if (starts(at, 11, "{\"type\":\"er"))
		die("mc-chatd says", at);
	return OTHER;
}

static enum frame
nats_frame(struct wire *wire, const char *at, size_t n, size_t *size)
{
	const char *end = memchr(at, '\n', n);

	if (end == NULL)
		return INCOMPLETE;
	*size = (size_t)(end + 1 - at);
	if (starts(at, n, "MSG ")) {
		*size += BODY_SIZE + 2;
		return MESSAGE;
	}
	if (starts(at, n, "PING")) {
		say(wire, "PONG\r\n", 6);
		flush(wire);
		return OTHER;
	}
	if (starts(at, n, "-ERR"))
		die("nats-server says", at);
	return starts(at, n, "PONG") ? READY : OTHER;
}

static enum frame
redis_frame(const struct wire *wire, const char *at, size_t n, size_t *size)
{
	char head[80];
	int len;

	if (n < 5)
		return INCOMPLETE;
	if (at[0] == ':' || at[0] == '+') {
		const char *end = memchr(at, '\n', n);
		if (end == NULL)
			return INCOMPLETE;
		*size = (size_t)(end + 1 - at);
		return at[0] == '+' ? READY : ACK;
	}
	len = snprintf(head, sizeof(head), "r%lld", wire->room);
	if (n < 21)
		return INCOMPLETE;
	if (starts(at, n, "*3\r\n$7\r\nmessage\r\n")) {
		*size = 17 + (size_t)snprintf(head + len, 40, "$%d\r\n\r\n", len) + (size_t)len +
			sizeof("$200\r\n") - 1 + BODY_SIZE + 2;
		return MESSAGE;
	}
	if (starts(at, n, "*3\r\n$9\r\nsubscribe\r\n")) {
		*size = 19 + (size_t)snprintf(head + len, 40, "$%d\r\n\r\n", len) + (size_t)len +
			sizeof(":1\r\n") - 1;
		return READY;
	}
	die("redis-server says", at);
}

enum frame
frame_at(struct wire *wire, const char *at, size_t n, size_t *size)
{
	switch (protocol) {
	case MC: return mc_frame(at, n, size);
	case NATS: return nats_frame(wire, at, n, size);
	case REDIS: return redis_frame(wire, at, n, size);
	}
	abort();
}
