/*
 * talk - one person in one room at a time: what the three ways of showing it (lines, one message,
 * the full screen) have in common.
 */
#ifndef CLI_CHAT_TALK_H
#define CLI_CHAT_TALK_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/chat/people.h"
#include "cli/chat/room.h"
#include "cli/common/seat.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/client/chat_client.h"

struct json_object;

struct talk {
	struct seat *seat;             /* borrowed */
	struct mc_chat_client *client; /* owned */
	const char *chat;              /* --chat */
	struct room room;
	int64_t outer; /* the discussion's room that /with left; 0: none */
	int64_t shown; /* to a person, of talk->room: the last message; 0: none */
	struct people people;
	bool has_ended;     /* the live class or the discussion: nobody is here any more */
	int64_t timeout_ms; /* to be connected, and for an ack */
	int64_t history;    /* messages from before */
	int64_t count;      /* ends after so many; 0: does not */
	bool json;
	bool lines; /* --line: for people, with commands and notices */
};

/* -1 to go on, else the exit status, after having said why. */
int talk_open(struct talk *talk, const struct seat_options *options);
void talk_close(struct talk *talk);
/* Whoever leaves a room has read what was shown.  That it cannot be told is no news to them, and
 * nothing to wait for longer than TALK_LEAVE_MS. */
void talk_note_read(struct talk *talk);
/* Joins talk->room with the history that is wanted. */
enum mc_status talk_join(struct talk *talk) MC_MUST_USE;

/* The last `limit` messages in front of that seq, oldest first; borrowed from the server's answer.
 */
enum mc_status talk_messages_before(struct talk *talk, int64_t seq, int limit,
	struct json_object **out, struct mc_error *error) MC_MUST_USE;

/* The three ways; they return the exit status. */
int talk_pipe(struct talk *talk);
int talk_send(struct talk *talk, const char *text);
int talk_screen(struct talk *talk);

/* Whether the server would take it as a message: 1 to MC_MESSAGE_BODY_MAX bytes of UTF-8 between
 * the blanks. */
enum mc_status talk_check(struct mc_str text, struct mc_error *error) MC_MUST_USE;

/* Of a presence that is news: "is here", "has left"; of oneself, who teaches now, "teaches here
 * now". */
const char *talk_coming(const struct talk *talk, const struct mc_chat_event *presence);
/* What it is that has ended: "the live class has ended". */
const char *talk_over(const struct talk *talk);
/* What an error of the daemon is to a program. */
enum mc_status talk_status(struct mc_str code);

/* Whoever leaves waits so long for what is on the way. */
enum { TALK_LEAVE_MS = 3000 };
/* EXIT_DONE, or after having said that not all of it is known to be stored. */
int talk_say_unsent(const struct talk *talk);

/* What a message says, or in its place that it was removed. */
struct mc_str talk_words(const struct mc_chat_event *message);
/* In front of the sender's name: no name begins like that (server/form.h). */
const char *talk_mark(const struct mc_chat_event *message);
/* "10:05" of the reader's own clock. */
enum { TALK_CLOCK_SIZE = 8 };
void talk_clock(struct mc_time when, char out[TALK_CLOCK_SIZE]);
/* "Mon 2026-11-23" of the reader's own calendar. */
enum { TALK_DAY_SIZE = 24 };
void talk_day(struct mc_time when, char out[TALK_DAY_SIZE]);

#endif
