/*
 * log - what is shown of a room: messages under their days, notices, the line above what is unread,
 * and what is on its way.  Texts are cleaned as they come in; rows are made as they are drawn.  One
 * thread.
 */
#ifndef CLI_CHAT_LOG_H
#define CLI_CHAT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/chat/talk.h"
#include "libminiclass/base/str.h"
#include "libminiclass/chat/message.h"
#include "libminiclass/client/chat_client.h"
#include "libminiclass/limits.h"

enum log_kind {
	LOG_MESSAGE,
	LOG_NOTICE,
	LOG_DAY,     /* above the first message of a day, unless all are of today */
	LOG_MARK,    /* the line above what is unread */
	LOG_PENDING, /* always the last ones */
};

struct log_entry {
	enum log_kind kind;
	int64_t seq;    /* of a message; of what is pending: once it is acked */
	int64_t person; /* who wrote it */
	char *text;     /* "10:05 Ben: Good morning"; owned */
	size_t len;
	size_t name_end;         /* behind "10:05 Ben:" */
	char day[TALK_DAY_SIZE]; /* of a message, and of a day */
	char client_id[MC_CHAT_CLIENT_ID_SIZE];
};

enum { LOG_MAX = MC_REMOVED_BEHIND, LOG_INDENT = 6 };

struct log {
	struct log_entry *entries; /* oldest first */
	size_t n, size;
	size_t n_pending;
	bool has_mark;
};

void log_clear(struct log *log);
void log_message(struct log *log, const struct mc_chat_event *message);
/* In front of all others: one from before. */
void log_older(struct log *log, const struct mc_chat_event *message);
/* It was removed: if it is shown, its words go. */
void log_removed(struct log *log, int64_t seq);
void log_notice(struct log *log, const char *text);
/* The seqs of the first and last message; 0: none. */
int64_t log_first(const struct log *log);
int64_t log_last(const struct log *log);

void log_mark(struct log *log);
void log_unmark(struct log *log);

void log_pending(struct log *log, const char *client_id, struct mc_str text);
/* It has that seq; it goes when the message comes, or now when it came. */
void log_acked(struct log *log, struct mc_str client_id, int64_t seq);
/* It never will: `why` and what it was become a notice. */
void log_refused(struct log *log, struct mc_str client_id, struct mc_str why);

/* A row to be drawn: bytes from..to of an entry. */
struct log_row {
	const struct log_entry *entry;
	size_t from, to;
};
/*
 * The last `n` rows above the last *skip, last one first; fewer when there are no more: *skip is
 * then what it can be at most.  Returns how many.
 */
size_t log_rows(const struct log *log, int columns, size_t *skip, struct log_row *rows, size_t n);

#endif
