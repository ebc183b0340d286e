/*
 * crowd_protocol - what crowd says to mc-chatd, nats-server and redis-server, and how it tells what
 * they say apart.
 *
 * Every message has a body of BODY_SIZE bytes whose first STAMP_DIGITS are its stamp.  One thread,
 * one protocol.
 */
#ifndef TEST_BENCH_CROWD_PROTOCOL_H
#define TEST_BENCH_CROWD_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BODY_SIZE = 200,
	STAMP_DIGITS = 20,
	OUT_SIZE = 64 * 1024,
};

enum protocol { MC, NATS, REDIS };
enum frame { INCOMPLETE, MESSAGE, ACK, READY, OTHER };

/* A member's connection, or a sender's. */
struct wire {
	int fd;
	bool is_sender;
	long long room;
	size_t n_out;
	char *out; /* said, and not yet sent */
};

_Noreturn void die(const char *what, const char *why);

/* Before anything is said; no two runs have the same id. */
void speak(enum protocol protocol, unsigned long long run_id);

/* Sent at once: who it is, and in which room. */
void say_hello(struct wire *wire, const char *token);
/* To the wire's room; sent with the next flush. */
void say_message(struct wire *wire, uint64_t stamp);
/* Sends what can be sent without waiting. */
void flush(struct wire *wire);

/* What begins here, and how long it is in all.  nats-server's PING is answered. */
enum frame frame_at(struct wire *wire, const char *at, size_t n, size_t *size);

#endif
