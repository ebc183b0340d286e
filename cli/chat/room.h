/*
 * room - which room somebody means, as mc-server tells it (docs/HTTP.md), and where its chat is.
 */
#ifndef CLI_CHAT_ROOM_H
#define CLI_CHAT_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/common/seat.h"

/* What was asked for; NULL and false: not said. */
struct room_wish {
	const char *class_words;
	const char *discussion; /* id, or part of the topic */
	const char *student;    /* id, e-mail address or part of the name: their thread */
	bool is_private;        /* one's own private thread */
	int64_t room;           /* > 0: this very one */
	const char *chat; /* "host:port" or "tls:host:port": stands above what the server says */
};

struct room {
	int64_t id;
	int64_t class_id;
	int64_t discussion; /* 0: a live session's */
	int64_t last_seq;
	bool is_live;    /* a live session's, ended or not */
	bool is_private; /* a thread */
	char title[512]; /* as it came; of a thread with whose it is */
	char address[280];
	bool tls;
};

/* Whether it says where in a class: not what is live. */
bool room_has_place(const struct room_wish *wish);
/* -1: *out is filled; else the exit status, after having said why. */
int room_find(struct seat *seat, const struct room_wish *given, struct room *out);

/* The same steps without a word: what went wrong is in `error`. */
enum mc_status room_open(struct seat *seat, int64_t id, const char *chat, struct room *out,
	struct mc_error *error) MC_MUST_USE;
/*
 * The private thread of the discussion: with a student (id or part of the name), or with the
 * instructors when `student` is NULL.  MC_INVALID: no student or several, as the error says.
 */
enum mc_status room_thread(struct seat *seat, int64_t class_id, int64_t discussion,
	const char *student, int64_t *room, struct mc_error *error) MC_MUST_USE;

#endif
