/*
 * message - what clients and mc-chatd say to each other, as structs; to and from JSON.
 *
 * docs/CHAT.md, Commands and Events.  Pure: no socket, no clock.  Text in what was read lives in
 * the arena.
 */
#ifndef LIBMINICLASS_CHAT_MESSAGE_H
#define LIBMINICLASS_CHAT_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/buf.h"
#include "libminiclass/base/error.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"

enum mc_chat_verb {
	MC_CHAT_HELLO,
	MC_CHAT_JOIN,
	MC_CHAT_LEAVE,
	MC_CHAT_SEND,
	MC_CHAT_PING,
	MC_CHAT_VERB_COUNT
};

struct mc_chat_command {
	enum mc_chat_verb verb;
	int64_t room;            /* of join, leave, send: > 0 */
	bool has_after;          /* of join */
	int64_t after;           /* of join: >= 0 */
	struct mc_str token;     /* of hello; ptr NULL when left out */
	struct mc_str client_id; /* of send: as it came, 1..MC_CLIENT_ID_MAX bytes, no controls */
	struct mc_str body;      /* of send: normalised text, 1..MC_MESSAGE_BODY_MAX bytes */
};

/*
 * Reads and checks one command.  A member that is null is left out; one that is not known is
 * passed over.  MC_INVALID: the error's `field` is the machine's code ("bad_json", "bad_type",
 * "bad_field", "too_long") and its message says which member; *out then holds room and client_id
 * where they could be read, so that the error can name them.  MC_NO_MEMORY: the same, "busy".
 */
enum mc_status mc_chat_command_read(struct mc_arena *arena, struct mc_str json,
	struct mc_chat_command *out, struct mc_error *error) MC_MUST_USE;
void mc_chat_command_write(struct mc_buf *buf, const struct mc_chat_command *command);

struct mc_chat_person {
	int64_t id;
	struct mc_str name;
	struct mc_str role; /* "instructor" or "student"; ptr NULL: not said */
};

enum mc_chat_event_type {
	MC_CHAT_WELCOME,
	MC_CHAT_JOINED,
	MC_CHAT_MESSAGE,
	MC_CHAT_ACK,
	MC_CHAT_PRESENCE,
	MC_CHAT_REMOVED,
	MC_CHAT_ENDED,
	MC_CHAT_PONG,
	MC_CHAT_ERROR,
	MC_CHAT_EVENT_COUNT
};

struct mc_chat_event {
	enum mc_chat_event_type type;
	int64_t room;                         /* 0: none */
	int64_t seq;                          /* of message and ack; last_seq of joined */
	struct mc_chat_person person;         /* of welcome, message; of presence unless id is 0 (a
						 student's arrival told to a student) */
	const struct mc_chat_person *members; /* of joined */
	size_t n_members;
	int64_t member_count;    /* of presence: how many are here now; of joined too */
	bool joined;             /* of presence with a person: joined or left */
	struct mc_str client_id; /* of ack; of error when known */
	struct mc_str body;      /* of message; the message of error */
	struct mc_str code;      /* of error: "not_found", "slow_consumer", ... */
	struct mc_time at;       /* of message */
	bool removed;            /* of message: by an instructor; body is then empty */
	const int64_t *seqs;     /* of removed: which messages */
	size_t n_seqs;
};

/*
 * Appends the JSON of an event.  Presence without a person is the new count and nothing else;
 * joined has a "count" when more are here than its members name.
 */
void mc_chat_event_write(struct mc_buf *buf, const struct mc_chat_event *event);
/* A client's side: MC_INVALID for what is no event of ours; the error's field names the member. */
enum mc_status mc_chat_event_read(struct mc_arena *arena, struct mc_str json,
	struct mc_chat_event *out, struct mc_error *error) MC_MUST_USE;

#endif
